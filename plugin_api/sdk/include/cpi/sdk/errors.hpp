// What a service's answer means when it is not a success: the manifest's `errors`, then a table by
// HTTP status, with the texts and codes of the usual envelopes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"

namespace cpi {

// What makes a 2xx answer a refusal: any envelope that says so, or all of them but a bare
// {"result": false} or {"success": false}, which then is the answer "no".
enum class Refusals : std::uint8_t { all, not_by_bare_false };

// {"result": false} or {"success": false}, and nothing that says why. [any]
bool is_bare_false(const boost::json::value &body) noexcept;

// Whether an object says that it is a failure, as one around a list does (expect_list), and has
// nothing else to say. [any]
bool denies_and_no_more(const boost::json::object &object);

// What an object's `result` and `success` say, in whatever spelling: true, "1", 0, "false", ... A
// list or an object there is data and says nothing; null or a strange word is unclear.
enum class Said : std::uint8_t { nothing, yes, no, unclear };
Said said_by(const boost::json::value &body) noexcept;

// The same failure where the request may be repeated. Where it may not, a bad_response becomes
// unknown_outcome: a user who is told to try again would make the change twice. [any]
Failure in_doubt(Failure failure, bool repeatable);

// A refusal that came before any effect, and that may be over soon.
struct PassingRefusal {
  bool of_credentials = false;       // else of too many requests at once
  std::uint64_t retry_after_ms = 0;  // what the manifest or the service says; 0: nothing
};

class ErrorTable {
 public:
  ErrorTable();  // only the SDK's own table
  // `errors`: the manifest's list (null when absent); `where` its place; `service`: its name for a
  // person, in messages. Throws std::invalid_argument. [any]
  static ErrorTable compile(const boost::json::value *errors, std::string_view where,
                            std::string_view service = "The service");

  // The answer's JSON when it is a success, else throws Failure. `repeatable` is the request's
  // flag; `now_unix_ms` is Channel::now(). An empty 2xx body is null. [any]
  boost::json::value read_json(const Response &response, bool repeatable, std::int64_t now_unix_ms,
                               Refusals refusals = Refusals::all) const;

  // The same judgement without building a document: transport, HTTP status, and the envelope's
  // top-level members. For those who read the body with a SAX parser; whether the rest of the body
  // is JSON is for them to find out (throw bad_answer() then). `list`: where a list is expected, to
  // be judged as by expect_list(). [any]
  void expect_success(const Response &response, bool repeatable, std::int64_t now_unix_ms,
                      const Pointer *list = nullptr) const;

  // Of an answer that read_json() gave: throws Failure when an object around the list at `list`
  // says that the answer is a failure. That is told in more ways than an answer at large has:
  // besides `result`, `success`, `is_error` and the errors, also by {"status": "error"} or "fail",
  // "failed", "failure", "no", false, or the number of an HTTP error; and in objects inside, too. A
  // `status` beside an `id` is the state of that thing. Rows beside it make no difference: they may
  // be a part of the list, and what is missing would count as gone, or as the whole. [any]
  void expect_list(const Response &response, const boost::json::value &answer, const Pointer &list,
                   bool repeatable, std::int64_t now_unix_ms) const;

  // What a body that is no JSON, or of the wrong shape, becomes. `what`: "ends too early", ...
  // [any]
  Failure bad_answer(const Response &response, std::string_view what, bool repeatable = true) const;

  // The failure for a refusal in one part of an answer, as if the part were the whole. [any]
  Failure refused(const Response &response, const boost::json::value &said, bool repeatable,
                  std::int64_t now_unix_ms) const;

  // What an answer is by the manifest's rules, where the first that holds has the class
  // auth_expired or rate_limited. Nothing for HTTP 401, 429 and 503: these the host knows itself.
  // Cheap for all other answers: a body is parsed only when it is an object of at most 64 KiB and
  // has the name of a member that such a rule looks at. [any]
  std::optional<PassingRefusal> passing_refusal(const Response &response,
                                                std::int64_t now_unix_ms) const;

  struct Rules;

 private:
  std::shared_ptr<const Rules> rules_;
};

// Boost.JSON reads 1e999 as infinity, which JSON cannot say: such a value must not be passed on.
bool is_writable(const boost::json::value &value);

// The body without a UTF-8 byte order mark.
std::string_view without_bom(std::string_view body) noexcept;

// A service's text made fit to show: control characters removed, at most 300 characters.
std::string presentable(std::string_view text);

}  // namespace cpi
