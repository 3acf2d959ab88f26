// Builds the form of an operation or an auth method from its manifest entry: plain JSON Schema for
// any form library, and a UI schema for react-jsonschema-form. The members are described in
// host_stub/server/openapi.yaml (OperationForm, MethodForm).
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/manifest/manifest.hpp"

namespace host {

// A schema without references and without own annotations (members that begin with x-).
boost::json::object plain_schema(const boost::json::value &schema);

// The UI schema: nested by property names, and by `items` for the elements of a list. `manifest`
// has the lookups that the schema's x-options name.
boost::json::object form_ui(const cpi::manifest::Manifest &manifest,
                            const boost::json::value &schema);

boost::json::object action_form(const cpi::manifest::Manifest &manifest,
                                const boost::json::object &action);
boost::json::object trigger_form(const cpi::manifest::Manifest &manifest,
                                 const boost::json::object &trigger);
// `redirect_uri`: where a browser sign-in ends; empty: unknown.
boost::json::object method_form(const cpi::manifest::Manifest &manifest,
                                const cpi::manifest::AuthMethod &method,
                                std::string_view redirect_uri = {});

// {"forms": [...]}: all auth methods, triggers and actions.
boost::json::object all_forms(const cpi::manifest::Manifest &manifest);

// {"read_only", "destructive", "idempotent", "queued"?}, without those declared as false.
boost::json::object effects_json(const boost::json::object &action);

}  // namespace host
