// The form of an operation, or of a way to connect, made from its manifest entry: plain JSON Schema
// for any form library, and beside it how to show it, as react-jsonschema-form takes it. The
// members are described in host_stub/server/openapi.yaml (OperationForm, MethodForm).
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/manifest/manifest.hpp"

namespace host {

// A schema without references and without annotations of our own (members that begin with x-).
boost::json::object plain_schema(const boost::json::value &schema);

// How to show a schema: nested by property names, and by `items` for the elements of a list.
// `manifest` has the lookups that its x-options name.
boost::json::object form_ui(const cpi::manifest::Manifest &manifest,
                            const boost::json::value &schema);

boost::json::object action_form(const cpi::manifest::Manifest &manifest,
                                const boost::json::object &action);
boost::json::object trigger_form(const cpi::manifest::Manifest &manifest,
                                 const boost::json::object &trigger);
// `redirect_uri`: where a sign-in through the browser would end; empty: not known.
boost::json::object method_form(const cpi::manifest::Manifest &manifest,
                                const cpi::manifest::AuthMethod &method,
                                std::string_view redirect_uri = {});

// {"forms": [...]}: every way to connect, every trigger and every action.
boost::json::object all_forms(const cpi::manifest::Manifest &manifest);

// {"read_only", "destructive", "idempotent", "queued"?}, those that are not declared as false.
boost::json::object effects_json(const boost::json::object &action);

}  // namespace host
