#include "plugins/hang_watch.hpp"

#include <algorithm>
#include <utility>

namespace host {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

bool same(const PluginCall &left, const PluginCall &right) {
  return left.thread == right.thread && left.number == right.number;
}

}  // namespace

std::string Hang::sentence() const {
  std::string what = '`' + call.function + '`';
  if (!call.operation.empty()) what += " of " + call.operation;
  const std::string span = std::to_string(duration_cast<std::chrono::seconds>(lasts).count());
  return over ? "the plugin " + call.plugin + " returned from " + what + " after " + span + " s"
              : "the plugin " + call.plugin + " has not returned from " + what + " for " + span +
                    " s";
}

std::vector<Hang> HangWatch::check(std::vector<PluginCall> calls, Clock::time_point now) {
  std::vector<Hang> reported;
  std::vector<Watched> still;
  for (Watched &known : watched_) {
    known.lasts = duration_cast<milliseconds>(now - known.since);
    const auto found = std::ranges::find_if(
        calls, [&known](const PluginCall &call) { return same(call, known.call); });
    if (found == calls.end()) {
      if (known.report_at > first_report)
        reported.push_back({.call = std::move(known.call), .lasts = known.lasts, .over = true});
      continue;
    }
    calls.erase(found);
    if (known.lasts >= known.report_at) {
      reported.push_back({.call = known.call, .lasts = known.lasts});
      known.report_at = known.lasts + std::min<milliseconds>(known.lasts, longest_gap);
    }
    still.push_back(std::move(known));
  }
  for (PluginCall &call : calls) still.push_back({.call = std::move(call), .since = now});
  watched_ = std::move(still);
  return reported;
}

std::vector<Hang> HangWatch::lasting(milliseconds least) const {
  std::vector<Hang> found;
  for (const Watched &watched : watched_)
    if (watched.lasts >= least) found.push_back({.call = watched.call, .lasts = watched.lasts});
  return found;
}

}  // namespace host
