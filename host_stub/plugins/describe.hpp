// The output of `connector-host plugins` and `connector-host describe`, from the manifest alone: no
// code of the plugin runs.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "plugins/discovery.hpp"

namespace host {

// Text for a terminal, ending with a line break. Control characters are removed from the manifest's
// texts, so that a plugin cannot manipulate the terminal.
std::string plugins_text(const Discovery &discovery);
std::string describe_text(const PluginFiles &files);

// {"plugins": [{"id", "version", "title", "summary", "manifest", "library", "sha256", "auth":
// [ids],
//   "triggers": n, "actions": n, "lookups": n, "warnings": [...]}],
//  "problems": [{"code", "plugin", "path", "found", "expected", "advice", "manifest_problems"}],
//  "searched": [paths]}
boost::json::object plugins_json(const Discovery &discovery);

// The manifest for a generated UI: self-contained `input` and `output` schemas for every operation,
// an `event_type` for each trigger, without the request templates and detection data that only the
// plugin uses.
boost::json::object describe_json(const PluginFiles &files);

}  // namespace host
