#include "cpi/manifest/manifest.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/manifest/check.hpp"
#include "json_access.hpp"

namespace cpi::manifest {
namespace {

std::vector<std::string> texts_in(const json::object &object, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::array *list = array_in(object, key)) {
    for (const json::value &each : *list) texts.emplace_back(view(each.as_string()));
  }
  return texts;
}

template <typename Visit>
void for_each_in(const json::object &object, std::string_view key, const Visit &visit) {
  if (const json::array *list = array_in(object, key)) {
    for (const json::value &each : *list) visit(each.as_object());
  }
}

std::span<const json::value> list_in(const json::object &object, std::string_view key) {
  const json::array *list = array_in(object, key);
  return list == nullptr ? std::span<const json::value>()
                         : std::span<const json::value>(list->data(), list->size());
}

const json::object *find_in(std::span<const json::value> list, std::string_view id) {
  for (const json::value &each : list) {
    if (text_in(each.as_object(), "id") == id) return &each.as_object();
  }
  return nullptr;
}

Network network_of(const json::object &manifest) {
  Network network;
  network.connect_timeout = std::chrono::seconds(5);
  network.total_timeout = std::chrono::seconds(30);
  network.max_response_bytes = std::uint64_t{8} << 20U;
  const json::object *node = object_in(manifest, "network");
  if (node == nullptr) return network;
  network.allowed_hosts = texts_in(*node, "allowed_hosts");
  if (const json::object *timeouts = object_in(*node, "timeouts_ms")) {
    using std::chrono::milliseconds;
    network.connect_timeout =
        milliseconds(integer_in(*timeouts, "connect").value_or(network.connect_timeout.count()));
    network.total_timeout =
        milliseconds(integer_in(*timeouts, "total").value_or(network.total_timeout.count()));
  }
  if (const auto bytes = integer_in(*node, "max_response_bytes")) {
    network.max_response_bytes = static_cast<std::uint64_t>(*bytes);
  }
  return network;
}

std::vector<RateLimit> rate_limits_of(const json::object &manifest) {
  std::vector<RateLimit> limits;
  for_each_in(manifest, "rate_limits", [&](const json::object &node) {
    RateLimit limit;
    limit.id = text_in(node, "id");
    limit.window = std::chrono::seconds(integer_in(node, "window_s").value_or(1));
    limit.limit = static_cast<std::uint32_t>(integer_in(node, "limit").value_or(1));
    if (const json::value *share = node.if_contains("poll_share")) {
      limit.poll_share = share->to_number<double>();
    }
    limit.applies_to = texts_in(node, "applies_to");
    limit.per = text_in(node, "per");
    limits.push_back(std::move(limit));
  });
  return limits;
}

ClientAuth client_auth_of(std::string_view name) {
  if (name == "basic") return ClientAuth::basic;
  return name == "body_json" ? ClientAuth::body_json : ClientAuth::body_form;
}

std::vector<AuthMethod> auth_methods_of(const json::object &manifest) {
  std::vector<AuthMethod> methods;
  const json::object none;
  const json::object *auth = object_in(manifest, "auth");
  const json::object *defs = object_in(manifest, "$defs");
  if (auth == nullptr) return methods;
  for_each_in(*auth, "methods", [&](const json::object &node) {
    AuthMethod method;
    method.id = text_in(node, "id");
    method.title = text_in(node, "title");
    method.description = text_in(node, "description");
    method.type = text_in(node, "type");
    method.authorize_url = text_in(node, "authorize_url");
    method.token_url = text_in(node, "token_url");
    method.scopes = texts_in(node, "scopes");
    if (node.contains("scope_separator")) {
      method.scope_separator = text_in(node, "scope_separator");
    }
    method.client_auth = client_auth_of(text_in(node, "client_auth"));
    method.overridable = texts_in(node, "overridable");
    if (const json::object *refresh = object_in(node, "refresh")) {
      method.refresh_skew = std::chrono::seconds(integer_in(*refresh, "skew_s").value_or(0));
    }
    method.help_url = text_in(node, "help_url");
    if (const json::value *input = node.if_contains("input")) {
      method.input = standalone_schema(*input, defs == nullptr ? none : *defs);
    }
    method.members = node;
    methods.push_back(std::move(method));
  });
  return methods;
}

std::vector<Limitation> limitations_of(const json::object &manifest) {
  std::vector<Limitation> limitations;
  for_each_in(manifest, "limitations", [&](const json::object &node) {
    Limitation limitation;
    limitation.id = text_in(node, "id");
    limitation.message = text_in(node, "message");
    limitation.instead = text_in(node, "instead");
    limitations.push_back(std::move(limitation));
  });
  return limitations;
}

std::vector<Omission> omissions_of(const json::object &manifest) {
  std::vector<Omission> omissions;
  for_each_in(manifest, "omissions", [&](const json::object &node) {
    Omission omission;
    if (const json::array *methods = array_in(node, "methods")) {
      for (const json::value &method : *methods) {
        if (const json::string *name = method.if_string()) omission.methods.emplace_back(*name);
      }
    }
    omission.path = text_in(node, "path");
    omission.reason = text_in(node, "reason");
    omissions.push_back(std::move(omission));
  });
  return omissions;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 hash{};
  // The cast is libsodium's interface: it takes unsigned bytes.
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char *>(bytes.data()),
                     bytes.size());
  return hash;
}

std::string to_hex(const Sha256 &hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : hash) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xfU];
  }
  return text;
}

std::string_view AuthMethod::text(std::string_view member) const {
  return text_in(members, member);
}

struct Manifest::State {
  State(json::value source, const Sha256 &of_bytes) : value(std::move(source)), hash(of_bytes) {
    const json::object &root = value.as_object();
    if (const json::object *node = object_in(root, "library")) {
      library.file = text_in(*node, "file");
      library.abi_major = static_cast<int>(integer_in(*node, "abi_major").value_or(0));
    }
    network = network_of(root);
    rate_limits = rate_limits_of(root);
    auth_methods = auth_methods_of(root);
    limitations = limitations_of(root);
    omissions = omissions_of(root);
  }

  [[nodiscard]] const json::object &root() const { return value.get_object(); }

  json::value value;
  Sha256 hash;
  Library library;
  Network network;
  std::vector<RateLimit> rate_limits;
  std::vector<AuthMethod> auth_methods;
  std::vector<Limitation> limitations;
  std::vector<Omission> omissions;
};

Manifest::Manifest(Document document, std::string_view bytes)
    : state_(std::make_shared<const State>(std::move(document.value), manifest::sha256(bytes))) {}

const json::object &Manifest::json() const noexcept {
  return state_->root();
}
const Sha256 &Manifest::sha256() const noexcept {
  return state_->hash;
}

std::string_view Manifest::id() const {
  return text_in(json(), "id");
}
std::string_view Manifest::version() const {
  return text_in(json(), "version");
}
std::string_view Manifest::title() const {
  return text_in(json(), "title");
}
std::string_view Manifest::summary() const {
  return text_in(json(), "summary");
}
std::string_view Manifest::description() const {
  return text_in(json(), "description");
}
const Library &Manifest::library() const noexcept {
  return state_->library;
}
const Network &Manifest::network() const noexcept {
  return state_->network;
}
std::span<const RateLimit> Manifest::rate_limits() const noexcept {
  return state_->rate_limits;
}
std::span<const AuthMethod> Manifest::auth_methods() const noexcept {
  return state_->auth_methods;
}
std::span<const Limitation> Manifest::limitations() const noexcept {
  return state_->limitations;
}
std::span<const Omission> Manifest::omissions() const noexcept {
  return state_->omissions;
}

std::span<const json::value> Manifest::actions() const {
  return list_in(json(), "actions");
}
std::span<const json::value> Manifest::triggers() const {
  return list_in(json(), "triggers");
}
std::span<const json::value> Manifest::lookups() const {
  return list_in(json(), "lookups");
}

const json::object *Manifest::find_action(std::string_view id) const {
  return find_in(actions(), id);
}
const json::object *Manifest::find_trigger(std::string_view id) const {
  return find_in(triggers(), id);
}
const json::object *Manifest::find_lookup(std::string_view id) const {
  return find_in(lookups(), id);
}
const AuthMethod *Manifest::find_auth_method(std::string_view id) const {
  for (const AuthMethod &method : state_->auth_methods) {
    if (method.id == id) return &method;
  }
  return nullptr;
}

json::value Manifest::schema_of(const json::object &operation, std::string_view key) const {
  const json::value *schema = operation.if_contains(key);
  if (schema == nullptr) return json::object();
  const json::object none;
  const json::object *defs = object_in(json(), "$defs");
  return standalone_schema(*schema, defs == nullptr ? none : *defs);
}

std::string_view Manifest::test_label() const {
  return of_test("label");
}

std::string_view Manifest::test_time_zone() const {
  return of_test("time_zone");
}

std::string_view Manifest::of_test(std::string_view member) const {
  const json::object *auth = object_in(json(), "auth");
  const json::object *test = auth == nullptr ? nullptr : object_in(*auth, "test");
  return test == nullptr ? std::string_view() : text_in(*test, member);
}

std::string Manifest::event_type(const json::object &trigger) const {
  const json::object *dedupe = object_in(trigger, "dedupe");
  const auto version = dedupe == nullptr ? 1 : integer_in(*dedupe, "version").value_or(1);
  return "com." + std::string(id()) + '.' + std::string(text_in(trigger, "id")) + ".v" +
         std::to_string(version);
}

LoadResult load(const std::filesystem::path &path, const Limits &limits) {
  FileBytes file = read_file(path, limits);
  if (!file.bytes) return {std::nullopt, std::move(file.problems)};
  return load_text(*file.bytes, path.string(), limits);
}

LoadResult load_text(std::string_view bytes, std::string file_name, const Limits &limits) {
  ReadResult read = read_yaml(bytes, std::move(file_name), limits);
  LoadResult result{std::nullopt, std::move(read.problems)};
  if (!read.document) return result;
  for (Problem &problem : check(*read.document)) result.problems.push_back(std::move(problem));
  sort_problems(result.problems);
  if (!has_errors(result.problems)) {
    result.manifest.emplace(*std::move(read.document), bytes);
  }
  return result;
}

}  // namespace cpi::manifest
