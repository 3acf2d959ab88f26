#include "cli/destinations.hpp"

namespace host::cli {

namespace {

void report_disabled(Log &log, const SinkRecord &sink) {
  log.warn("this destination is disabled: its events are kept and not sent",
           {{"sink", sink.name},
            {"reason", sink.disabled_reason},
            {"waiting", sink.pending},
            {"advice", "to send them again: connector-host destination enable " + sink.name}});
}

void report_unnamed(Log &log, const SinkRecord &sink) {
  if (sink.pending + sink.held > 0) {
    log.warn(
        "events are waiting for a destination that this run does not use: they are kept; new "
        "events "
        "are not recorded for it",
        {{"sink", sink.name},
         {"waiting", sink.pending},
         {"on_hold", sink.held},
         {"disabled", sink.disabled_reason},
         {"advice",
          "add it with --sink, or discard its events: connector-host destination forget "
          "--discard " +
              sink.name}});
  } else if (sink.active) {
    log.info("the last run used another destination: new events are not recorded for it",
             {{"sink", sink.name}});
  }
}

}  // namespace

void report_destinations(Log &log, Store &store, const std::set<std::string> &named) {
  for (const SinkRecord &sink : store.sinks()) {
    if (named.contains(sink.name)) {
      if (!sink.disabled_reason.empty()) report_disabled(log, sink);
    } else if (sink.name != standard_output_sink) {
      report_unnamed(log, sink);
    }
  }
}

}  // namespace host::cli
