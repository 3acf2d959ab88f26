// What `connector-host plugins` and `connector-host describe` say about a plugin, from its manifest
// alone: no code of the plugin runs.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "plugins/discovery.hpp"

namespace host {

// Text for a terminal, with a line break at its end. Texts of the manifest are cleaned of control
// characters, so that a plugin cannot play with the terminal.
std::string plugins_text(const Discovery &discovery);
std::string describe_text(const PluginFiles &files);

// {"plugins": [{"id", "version", "title", "summary", "manifest", "library", "sha256", "auth":
// [ids],
//   "triggers": n, "actions": n, "lookups": n, "warnings": [...]}],
//  "problems": [{"code", "plugin", "path", "found", "expected", "advice", "manifest_problems"}],
//  "searched": [paths]}
boost::json::object plugins_json(const Discovery &discovery);

// The manifest whole, as a generated UI wants it: every operation's `input` and `output` schema
// standing alone, each trigger with its `event_type`; request templates and detection data, which
// are the plugin's own matter, left out.
boost::json::object describe_json(const PluginFiles &files);

}  // namespace host
