// Finds calls into plugins that last too long. A call normally takes microseconds; one that takes
// seconds hangs, and blocks everything else on its thread.
//
// It is polled about once a second, which is its resolution.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "plugins/plugin_calls.hpp"

namespace host {

struct Hang {
  PluginCall call;
  std::chrono::milliseconds lasts{0};
  bool over = false;  // it has returned, after that time

  // "the plugin tiny has not returned from `next` of poll thing.created for 12 s"
  std::string sentence() const;
};

class HangWatch {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds first_report{10};
  static constexpr std::chrono::minutes longest_gap{60};

  // Takes the current calls and returns those to report: a call that has lasted for ten seconds,
  // again whenever its duration has doubled (later every hour), and when it has returned.
  std::vector<Hang> check(std::vector<PluginCall> calls, Clock::time_point now);

  // The calls that had lasted this long at the last check.
  std::vector<Hang> lasting(std::chrono::milliseconds least) const;

 private:
  struct Watched {
    PluginCall call;
    Clock::time_point since;
    std::chrono::milliseconds lasts{0};
    std::chrono::milliseconds report_at = first_report;
  };
  std::vector<Watched> watched_;
};

}  // namespace host
