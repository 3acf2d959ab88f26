// Which calls into plugins last too long. A call is a matter of microseconds; one that lasts for
// seconds hangs, and holds up everything else of its thread.
//
// It is asked about once a second, and knows nothing better than that.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "plugins/plugin_calls.hpp"

namespace host {

struct Hang {
  PluginCall call;
  std::chrono::milliseconds lasts{0};
  bool over = false;  // it came back, after that time

  // "the plugin tiny has not returned from `next` of poll thing.created for 12 s"
  std::string sentence() const;
};

class HangWatch {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds first_told{10};
  static constexpr std::chrono::minutes longest_gap{60};

  // Takes what is being called now, and gives what is to be told: a call that has lasted for ten
  // seconds, again each time its time has doubled (every hour at last), and when it came back.
  std::vector<Hang> look(std::vector<PluginCall> calls, Clock::time_point now);

  // The calls that had lasted for so long at the last look.
  std::vector<Hang> lasting(std::chrono::milliseconds least) const;

 private:
  struct Watched {
    PluginCall call;
    Clock::time_point since;
    std::chrono::milliseconds lasts{0};
    std::chrono::milliseconds tell_at = first_told;
  };
  std::vector<Watched> watched_;
};

}  // namespace host
