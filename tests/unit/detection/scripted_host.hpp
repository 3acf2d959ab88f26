// A host in one object: drives an operation's coroutine through its Channel and answers its steps
// from a function. No network, no clock, no boundary.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi {

struct Answer {
  int status = 200;
  std::string body;
};

class ScriptedHost {
 public:
  using Serve = std::function<Answer(const Request &)>;
  // What a batch is given to; false: the process dies before it is stored.
  using Store = std::function<bool(const Batch &)>;

  struct Outcome {
    std::optional<Result> result;
    std::optional<Failure> failure;
    bool died = false;
    std::vector<Request> requests;
  };

  Outcome run(const std::function<Task<Result>(Channel &)> &operation, std::int64_t now_unix_ms,
              const Serve &serve, const Store &store);
};

}  // namespace cpi
