#include "auth_check.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "cpi/json/pointer.hpp"
#include "cpi/manifest/manifest_schema.hpp"
#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

// The members of an auth method, in the format's schema.
const json::object &auth_members() {
  static const json::value schema = json::parse(manifest_schema_text());
  return schema.at("definitions").at("auth_method").at("properties").as_object();
}

// In lower case. They say where a message ends, which connection it uses, what its body is or whose
// session it belongs to, so the host or the request's own body decides them
// (RFC 9110, sections 7 and 8).
constexpr std::array<std::string_view, 22> taken_headers = {"accept",
                                                            "accept-encoding",
                                                            "connection",
                                                            "content-encoding",
                                                            "content-length",
                                                            "content-range",
                                                            "content-type",
                                                            "cookie",
                                                            "date",
                                                            "expect",
                                                            "forwarded",
                                                            "host",
                                                            "keep-alive",
                                                            "proxy-authorization",
                                                            "proxy-connection",
                                                            "range",
                                                            "te",
                                                            "trailer",
                                                            "transfer-encoding",
                                                            "upgrade",
                                                            "user-agent",
                                                            "via"};

bool is_taken(std::string_view header) {
  std::string lower(header);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::find(taken_headers, lower) != taken_headers.end();
}

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

}  // namespace

void check_auth_method(Findings &findings, const json::object &method, const std::string &pointer) {
  const json::value *input = method.if_contains("input");
  if (input == nullptr) return;
  std::string first_pointer;
  bool has_secret = false;
  for (const auto &[name, rules] : auth_members()) {
    const std::string_view key(name.data(), name.size());
    const json::value *value = method.if_contains(key);
    const json::object *schema = rules.if_object();
    if (value == nullptr || !value->is_string() || schema == nullptr) continue;
    const std::string_view definition = text_in(*schema, "$ref");
    const std::string_view text = view(value->get_string());
    const std::string place = pointer_join(pointer, key);
    if (definition == "#/definitions/credential_header" && is_taken(text))
      findings.add(
          "M336", place,
          "the header " + in_quotes(text) + " is not free: the host sets it, or the body does");
    const bool secret = definition == "#/definitions/secret_pointer";
    if (!secret && definition != "#/definitions/input_pointer") continue;
    const std::array<const json::value *, 1> schemas = {input};
    const Spot spot = find_spot(schemas, pointer_tokens(text), findings.defs());
    if (spot.kind != Spot::Kind::found) {
      findings.add("M325", place, "the input has no " + in_quotes(text));
      return;
    }
    if (secret && !spot.secret)
      findings.add("M314", place, "the field " + in_quotes(text) + " holds a secret");
    has_secret = has_secret || secret || spot.secret;
    if (first_pointer.empty()) first_pointer = place;
  }
  if (!first_pointer.empty() && !has_secret)
    findings.add("M314", first_pointer, "nothing that is sent to prove who signs in is a secret");
}

}  // namespace cpi::manifest
