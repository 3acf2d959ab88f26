// Builds the API's answers, as openapi.yaml describes them: the store's records with texts from the
// manifest.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/catalogue.hpp"
#include "control/failure.hpp"
#include "run/engine.hpp"
#include "server/change_feed.hpp"
#include "store/store.hpp"

namespace host::server {

// Builds the rows for one request or message; caches names. For one thread.
class RowMaker {
 public:
  // All must outlive it.
  RowMaker(Store &store, const Catalogue &catalogue, Engine &engine, const ChangeFeed &feed)
      : store_(store), catalogue_(catalogue), engine_(engine), feed_(feed) {}

  boost::json::object connection(const ConnectionRecord &connection);
  boost::json::object trigger(const TriggerRecord &trigger);
  boost::json::array triggers(const std::vector<TriggerRecord> &triggers);
  // End of the trigger's last poll since the host started, Unix milliseconds; 0: none.
  std::int64_t last_poll_at(const TriggerRecord &trigger) const;
  boost::json::object event(const EventRecord &event);
  boost::json::object poll(const PollNote &note);

 private:
  using Times = std::map<std::int64_t, std::int64_t>;  // next polls by row, Unix milliseconds

  boost::json::object trigger_at(const TriggerRecord &trigger, const Times &times);
  boost::json::object poll_at(const PollNote &note, const Times &times);
  // See excess_text.
  std::string excess_of(const PollNote &note) const;
  std::string label_of(const std::string &connection);
  std::string plugin_title(const std::string &plugin) const;
  // Null if the plugin or its trigger no longer exists.
  const boost::json::object *definition_of(const std::string &plugin,
                                           const std::string &trigger) const;

  Store &store_;
  const Catalogue &catalogue_;
  Engine &engine_;
  const ChangeFeed &feed_;
  std::map<std::string, std::string, std::less<>> labels_;
};

boost::json::object cost_row(const boost::json::object &definition, std::int64_t interval_ms,
                             const boost::json::object &input);

// {"class", "fault", "message", "problems", ...}: the value in {"error": ...}.
boost::json::object error_row(const OperationError &error);
boost::json::object failure_json(const Failure &failure);  // {"error": {...}}

// An error of this API itself: `error_class` may be "no_session".
boost::json::object refusal_json(std::string_view error_class, Fault fault, std::string message,
                                 std::string advice);

// The HTTP status for a failure: see openapi.yaml.
int status_of(const Failure &failure);

boost::json::object plugin_row(const PluginFiles &files, std::int64_t connections);
boost::json::object plugin_detail(const PluginFiles &files, std::int64_t connections);

}  // namespace host::server
