// The addresses of an auth method: what the manifest says, what a connection sets otherwise, and
// what is sealed with the secrets that are sent there.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cpi/manifest/manifest.hpp"
#include "store/records.hpp"

namespace host {

// What overrides the manifest for one connection. Throws std::invalid_argument, naming the member,
// for what the method does not let a connection override or what is no https URL.
struct EndpointSettings {
  std::string token_url;
  std::string scope;          // already joined
  std::string authorize_url;  // of the authorization code flow; else empty

  // `settings` is the connection's JSON; empty is an empty object.
  static EndpointSettings of(const cpi::manifest::AuthMethod &method, std::string_view settings);
};

// Where the secrets of a connection may be sent: to the addresses that were in force when the
// secrets were entered. They are sealed together with the secrets and used from there, so that
// neither a changed row nor another default in a later manifest moves them.
//
// The hosts of the API are not among them: they are the manifest's, and no setting of a connection
// moves them. They follow from the plugin, which is sealed.
struct SealedEndpoints {
  std::string plugin;
  std::string method;
  boost::json::object settings;  // of the connection, as they were then
  std::string token_url;
  std::string authorize_url;

  boost::json::object to_json() const;
  static std::optional<SealedEndpoints> from_json(const boost::json::value &json);

  // The sealed addresses, with the scopes of `resolved`.
  EndpointSettings in_force(const EndpointSettings &resolved) const;
  // What the row says otherwise, for a person: "the setting token_url"; empty: nothing.
  std::string changed_in(const ConnectionRecord &row) const;
};

// What is sealed for `row` when its settings come to `resolved`. Settings that are no JSON object
// count as none.
SealedEndpoints sealed_endpoints(const ConnectionRecord &row, const EndpointSettings &resolved);

}  // namespace host
