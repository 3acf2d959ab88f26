// A checked manifest, as hosts use it: the document, the hash of its bytes, and typed access to
// the parts that a host needs. Parts that only the plugin needs (templates, detection) stay JSON.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/manifest/manifest_schema.hpp"
#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

using Sha256 = std::array<std::uint8_t, 32>;
[[nodiscard]] Sha256 sha256(std::string_view bytes);  // FIPS 180-4, by libsodium. [any]
[[nodiscard]] std::string to_hex(const Sha256 &hash);

struct Library {
  std::string file;  // stem: "sendpulse" means sendpulse.so beside the manifest
  int abi_major = 0;
};

struct Network {
  std::vector<std::string> allowed_hosts;       // exact names in lower case
  std::chrono::milliseconds connect_timeout{};  // TLS handshake included
  std::chrono::milliseconds total_timeout{};
  std::uint64_t max_response_bytes = 0;
};

// At most `limit` requests in any `window`; per account.
struct RateLimit {
  std::string id;
  std::chrono::seconds window{};
  std::uint32_t limit = 0;
  double poll_share = 0.5;              // the share that polls may use
  std::vector<std::string> applies_to;  // action ids; empty means every request of the account
  std::string per;                      // pointer into their input: each value has its own limit
};

enum class ClientAuth : std::uint8_t { basic, body_form, body_json };

struct AuthMethod {
  std::string id;
  std::string title;
  std::string description;
  std::string type;  // one of those in manifest.schema.json
  std::string authorize_url;
  std::string token_url;
  std::vector<std::string> scopes;
  std::string scope_separator = " ";
  ClientAuth client_auth = ClientAuth::body_form;
  std::vector<std::string> overridable;  // of authorize_url, token_url, scopes
  std::chrono::seconds refresh_skew{};   // renew this long before the token expires
  std::string help_url;
  boost::json::value input;     // JSON Schema of the user's input; self-contained
  boost::json::object members;  // all members as written, including those of a single type

  // The text of a member; empty when absent.
  [[nodiscard]] std::string_view text(std::string_view member) const;
};

// The paths that it refuses are the plugin's matter (custom calls).
struct Limitation {
  std::string id;
  std::string message;
  std::string instead;  // may be empty
};

// An endpoint of the service that no operation uses, and why.
struct Omission {
  std::vector<std::string> methods;
  std::string path;  // {} is a parameter
  std::string reason;
};

// Immutable and cheap to copy; everything is [any]. Views and pointers are valid as long as any
// copy exists.
class Manifest {
 public:
  // `document` must have passed check() without errors; `bytes` is the text it was read from.
  Manifest(Document document, std::string_view bytes);

  [[nodiscard]] const boost::json::object &json() const noexcept;
  [[nodiscard]] const Sha256 &sha256() const noexcept;

  [[nodiscard]] std::string_view id() const;
  [[nodiscard]] std::string_view version() const;  // semver
  [[nodiscard]] std::string_view title() const;
  [[nodiscard]] std::string_view summary() const;
  [[nodiscard]] std::string_view description() const;  // may be empty
  [[nodiscard]] const Library &library() const noexcept;
  [[nodiscard]] const Network &network() const noexcept;
  [[nodiscard]] std::span<const RateLimit> rate_limits() const noexcept;
  [[nodiscard]] std::span<const AuthMethod> auth_methods() const noexcept;
  [[nodiscard]] std::span<const Limitation> limitations() const noexcept;
  [[nodiscard]] std::span<const Omission> omissions() const noexcept;

  // In the order of the manifest; each is a JSON object.
  [[nodiscard]] std::span<const boost::json::value> actions() const;
  [[nodiscard]] std::span<const boost::json::value> triggers() const;
  [[nodiscard]] std::span<const boost::json::value> lookups() const;

  // Null if there is none with this id.
  [[nodiscard]] const boost::json::object *find_action(std::string_view id) const;
  [[nodiscard]] const boost::json::object *find_trigger(std::string_view id) const;
  [[nodiscard]] const boost::json::object *find_lookup(std::string_view id) const;
  [[nodiscard]] const AuthMethod *find_auth_method(std::string_view id) const;

  // The schema under `key` ("input" or "output") of an operation, self-contained; {} if absent.
  [[nodiscard]] boost::json::value schema_of(const boost::json::object &operation,
                                             std::string_view key) const;

  // JSON Pointer into the answer of the connection test, to the connection's name.
  [[nodiscard]] std::string_view test_label() const;
  // JSON Pointer into the same answer, to the account's time zone; empty if it names none.
  [[nodiscard]] std::string_view test_time_zone() const;

  // The CloudEvents type of a trigger's events: com.<id>.<trigger id>.v<dedupe.version>.
  [[nodiscard]] std::string event_type(const boost::json::object &trigger) const;

 private:
  std::string_view of_test(std::string_view member) const;

  struct State;
  std::shared_ptr<const State> state_;
};

struct LoadResult {
  std::optional<Manifest> manifest;  // empty if any problem is an error
  std::vector<Problem> problems;     // sorted; warnings may come with a manifest
};

// Reads and checks a manifest. Throws only std::bad_alloc. [any]
[[nodiscard]] LoadResult load(const std::filesystem::path &path, const Limits &limits = {});
[[nodiscard]] LoadResult load_text(std::string_view bytes, std::string file_name,
                                   const Limits &limits = {});

}  // namespace cpi::manifest
