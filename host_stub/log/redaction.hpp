// The last safeguard before a log line or a message leaves the process: redacts known secrets and
// everything that looks like a bearer token. It should never be needed.
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
  // From now on this text is redacted, both literally and in its JSON form. A text shorter than six
  // bytes is not: it would redact half of every line.
  void remember(std::string_view secret);
  std::string redact(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Secret> secrets_;  // longest first, so that no part of one remains
};

}  // namespace host
