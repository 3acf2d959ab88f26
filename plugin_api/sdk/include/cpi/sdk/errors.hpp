// Classifies answers that are not a success: by the manifest's `errors`, then by a table by HTTP
// status. Texts and codes are taken from the usual envelopes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/answer_shape.hpp"
#include "cpi/language/error_rule.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"

namespace cpi {

// {"result": false} or {"success": false}, and nothing that says why. [any]
bool is_bare_false(const boost::json::value &body) noexcept;

// A document nested deeper is not an answer but an attack on somebody's stack.
constexpr std::size_t deepest_answer = 64;

// The meaning of an object's `result` and `success`, in any spelling: true, "1", 0, "false", ... A
// list or an object there is data (`nothing`); null or an unknown word is `unclear`.
enum class Flag : std::uint8_t { nothing, yes, no, unclear };
Flag flag_in(const boost::json::value &body) noexcept;

// Whether a member is an identifier by its name: `id`, or a name that ends in `_id`. [any]
bool is_name_of_id(std::string_view name) noexcept;
// Whether a value can be an identifier: a number above 0, or a text that is not empty, "0", "null"
// or "false". [any]
bool is_id(const boost::json::value &value) noexcept;

// The same of the answer to a change, with what else it says there and in its `data`: no also if
// its `status` says that it failed; unclear, if an id or a yes is beside that, if it is in `data`
// or 500 or more, if an `id` is a truth value, or, without a yes, if it can be no identifier (but
// null). [any]
Flag change_flag_in(const boost::json::value &body) noexcept;

// The meaning of an answer to a request that has no output: no, if it reports failure as in
// expect_list(); unclear, if its `status` is 500 or more, or if it has a message and nothing that
// says whether it worked; yes also for a `status` that says so. [any]
Flag plain_flag_in(const boost::json::object &object);

// The same failure if the request may be repeated. Otherwise a bad_response becomes
// unknown_outcome: a user who tries again would make the change twice. [any]
Failure in_doubt(Failure failure, bool repeatable);

// Whether an answer arrived and is one of those that are meant. [any]
bool is_one_of(const Response &response, std::span<const AnswerCondition> meant);

// A temporary refusal of a request that had no effect.
struct PassingRefusal {
  bool of_credentials = false;       // else: too many requests
  std::uint64_t retry_after_ms = 0;  // from the manifest or the service; 0: unknown
};

class ErrorTable {
 public:
  ErrorTable();  // only the SDK's own table
  // `errors`: the manifest's list (null if absent); `where`: its place; `service`: its name in
  // messages. Throws std::invalid_argument. [any]
  static ErrorTable compile(const boost::json::value *errors, std::string_view where,
                            std::string_view service = "The service");

  // Returns the answer's JSON if it is a success, else throws Failure. `repeatable` is the
  // request's flag; `now_unix_ms` is Channel::now(). An empty 2xx body is null. [any]
  boost::json::value read_json(const Response &response, bool repeatable, std::int64_t now_unix_ms,
                               Refusals refusals = Refusals::all) const;

  // The same check without building a document: transport, HTTP status, and the envelope's
  // top-level members. For callers that read the body with a SAX parser; they must check that the
  // rest of the body is JSON (and throw bad_answer() if not). `list`: where a list is expected; it
  // is checked as in expect_list(). [any]
  void expect_success(const Response &response, bool repeatable, std::int64_t now_unix_ms,
                      const Pointer *list = nullptr) const;

  // For an answer from read_json(): throws Failure if an object around the list at `list` reports
  // failure. This covers more than the check of other answers: besides `result`, `success`,
  // `is_error` and the errors, also a `status` of "error", "fail", "failed", "failure", "no",
  // false, or the number of an HTTP error; also in nested objects. A `status` beside an `id` is the
  // state of that item. The failure counts even if there are rows: they may be only a part of the
  // list, and the missing rows would count as removed. [any]
  void expect_list(const Response &response, const boost::json::value &answer, const Pointer &list,
                   bool repeatable, std::int64_t now_unix_ms) const;

  // The failure for a body that is not JSON or has the wrong shape. `what`: "ends too early", ...
  // [any]
  Failure bad_answer(const Response &response, std::string_view what, bool repeatable = true) const;

  // The failure for an error in one part of an answer, classified as if the part were the whole.
  // [any]
  Failure refused(const Response &response, const boost::json::value &answer, bool repeatable,
                  std::int64_t now_unix_ms) const;

  // Set if the first matching rule of the manifest has the class auth_expired or rate_limited.
  // Empty for HTTP 401, 429 and 503, which the host handles itself. Cheap for all other answers: a
  // body is parsed only if it is an object of at most 64 KiB that contains the name of a member
  // used by such a rule. [any]
  std::optional<PassingRefusal> passing_refusal(const Response &response,
                                                std::int64_t now_unix_ms) const;

  // The service's name in messages. [any]
  std::string_view service() const noexcept;

  struct Rules;

 private:
  std::shared_ptr<const Rules> rules_;
};

// Boost.JSON reads 1e999 as infinity, which JSON cannot express: such a value must not be passed
// on.
bool is_writable(const boost::json::value &value);

// The body without a UTF-8 byte order mark.
std::string_view without_bom(std::string_view body) noexcept;

// A service's text made safe to show: without control characters, at most 300 characters.
std::string presentable(std::string_view text);

}  // namespace cpi
