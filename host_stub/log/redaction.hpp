// The last belt before a log line or a message leaves the process: known secrets and everything
// that looks like a bearer token are blacked out. Nothing should ever need it.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace host {

// [any thread]
class Redactor {
 public:
  // From now on this text is blacked out, as it is and as JSON writes it. One shorter than six
  // bytes is not: it would black out half of every line.
  void remember(std::string_view secret);
  std::string redact(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Secret> secrets_;  // longest first, so that no part of one stays behind
};

}  // namespace host
