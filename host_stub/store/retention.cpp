#include "store/retention.hpp"

#include <memory>

namespace host {

namespace {

constexpr std::int64_t bite = 2000;

}  // namespace

void forget_before(Committer &committer, std::int64_t unix_ms) {
  const auto forgotten = std::make_shared<std::int64_t>(0);
  committer.write([=](Store &store) { *forgotten = store.prune(unix_ms, bite); },
                  [=, &committer](const StoreError *error) {
                    if (error == nullptr && *forgotten == bite) forget_before(committer, unix_ms);
                  });
}

}  // namespace host
