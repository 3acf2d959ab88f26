// The `probe` of a manifest: what its connector assumes about the service, and the reads that show
// whether a real account bears it out.
//
//   requests      read requests, sent in their order. `take` names values of an answer that the
//                 paths and queries of later requests use; `count` has the number of rows of each
//                 earlier request, by its id
//   assumptions   a sentence, the request whose answer it is about, and one check
//   writes        see probe_writes.hpp
//
// A host sends the requests and judges the answers; a plugin has no part in it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/network.hpp"
#include "cpi/language/problem.hpp"
#include "cpi/language/request_template.hpp"

namespace cpi {

// Of all rows, the first that has the value, or the one with the largest number at `largest`.
struct ProbeTake {
  std::string name;
  Pointer from;  // into a row
  std::optional<Pointer> largest;
};

struct ProbeRequest {
  std::string id;
  RequestTemplate request;      // GET or HEAD, and repeatable: it changes nothing
  boost::json::object query;    // as the manifest has it: literal values as text, "{}" for others
  std::optional<Pointer> rows;  // to the list in the answer; absent: the answer is the only row
  std::vector<ProbeTake> take;
  std::vector<std::string> known;  // names that its templates may use: those taken before it
};

// Exactly one of these for each assumption. Pointers are into a row.
struct ProbeCheck {
  enum class Kind {
    descending,      // `at` never grows from row to row
    ascending,       // `at` never shrinks
    unique,          // no two rows have the same `at`
    page_maximum,    // a page has at most `number` rows; `next` asks for the rows after it
    past_the_end,    // no rows, or one of `statuses`
    format,          // every text `at` has one of the formats `words`
    type,            // every value `at` has one of the types `words`
    present,         // every row has `pointers`, and none of them is null
    absent,          // no row has any of `pointers`
    not_in_future,   // `at`, read as UTC where it has no offset, is not after the answer's date
    sum,             // the number `at` is the sum of those at `pointers`
    status,          // the answer has one of `statuses`
    http_version,    // "1.1" or "2"
    absent_headers,  // the answer has none of the headers `words`
    value,           // every row has one of `values` at `at`, in the same JSON type
    has,             // for each of `values` there is a row that has it at `at`; case does not count
    has_none,        // no row has one of `values` at `at`; case does not count
    row_count,       // there are `number` rows
    error_members,   // an error status, and JSON that has `pointers`, none of them null
    same_as,         // same status, members, types and truth values as the answer to `next`
    at_once,         // the first read showed what the step waits for (probe_writes.hpp)
  };
  Kind kind = Kind::status;
  std::string name;  // as the manifest spells the kind
  Pointer at;
  std::string at_text;
  std::vector<Pointer> pointers;
  std::vector<std::string> pointer_texts;
  std::vector<std::string> words;
  std::vector<int> statuses;
  std::vector<boost::json::value> values;  // scalars
  std::size_t number = 0;
  std::string next;  // id of a request; may be empty
};

struct ProbeAssumption {
  std::string id;
  std::string description;  // a sentence
  std::string of;           // id of a request
  ProbeCheck check;
};

struct Probe {
  // Of one request: it is repeated once after a server error, and some times while a renewed
  // credential takes effect.
  static constexpr int most_attempts = 8;

  std::size_t max_requests = 0;  // attempts of all requests; leaves room for one to be repeated
  std::vector<ProbeRequest> requests;
  std::vector<ProbeAssumption> assumptions;

  // Throws LanguageError. [any]
  static Probe compile(const boost::json::value &node, const Network &network,
                       std::string_view where);
  static Probe compile(const boost::json::value &node, const Network &network,
                       std::string_view where, Problems &problems);
};

}  // namespace cpi
