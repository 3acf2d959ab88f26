// The answer to one request of a probe, and how its values are compared.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/language/probe.hpp"
#include "http/transport.hpp"

namespace host {

struct ProbeAnswer {
  enum class State { not_sent, no_answer, answered };
  State state = State::not_sent;
  std::string why;  // not_sent, no_answer: a sentence without its period; never from the service
  int status = 0;
  int http_version = 0;  // 11, 20; 0: unknown
  std::vector<HttpHeader> headers;
  std::optional<boost::json::value> body;  // absent where it is no JSON
  std::size_t body_bytes = 0;
  // Of a read that is repeated until a check holds:
  std::size_t reads = 0;                // how many were answered or lost
  bool reached = false;                 // the check held at the last one
  std::chrono::milliseconds waited{0};  // from the end of the write before it to this answer

  // Null if there is none.
  const std::string *header(std::string_view name) const;
};

ProbeAnswer read_answer(HttpResponse response);
// The same for a request that may have no answer.
ProbeAnswer read_outcome(HttpOutcome outcome);

// The rows of an answer: the elements of its list, the values of an object whose names are all
// numbers, or, without `rows`, the whole answer. Nothing where there is no such list; null is an
// empty one. The pointers are valid as long as the answer.
std::optional<std::vector<const boost::json::value *>> rows_of(const cpi::ProbeRequest &request,
                                                               const ProbeAnswer &answer);

// A number, a time, or other text; times and numbers only compare with their like.
struct Comparable {
  enum class Kind { number, instant, clock, text };
  Kind kind = Kind::text;
  double number = 0;  // a time's Unix milliseconds; of a clock without offset as if in UTC
  std::string text;

  std::partial_ordering operator<=>(const Comparable &other) const;
  bool operator==(const Comparable &other) const = default;
};
// Nothing for what has no order: null, booleans, objects, lists, empty text.
std::optional<Comparable> comparable(const boost::json::value &value);

}  // namespace host
