// Reads a list page by page, in the four paging styles of services.
//
// PageWalk only computes which page is next, for callers that send requests and count rows
// themselves (detection). read_rows reads a whole list, for actions and lookups.
//
// How a list ends, and what is then known. What is said to be complete is complete: a duplicate
// check, for instance, concludes from it that something does not exist.
//
//   the walk ends because                                              | complete
//   -------------------------------------------------------------------+---------------------------
//   as many rows came as the total says                                | yes
//   the list is not paged                                              | yes (1)
//   a page is empty                                                    | yes (1)
//   a page after the first is refused with 404 or 422                  | yes (1)
//   a page repeats others (2), the last of which was short or too      | yes (1), (3)
//   large                                                              |
//   a page repeats others (2), and is as large as asked for            | failure: bad_response
//   the last row does not say where the next page begins               | no
//   enough rows came, or so many requests were made                    | no
//
// (1) Unless the last total is larger. A total may count rows that are never shown, so such a list
// is never complete; the user is told both numbers. A total that is smaller than what came is none.
//
// (2) A service that does not know the offset gives the same rows for ever, and not always with the
// same bytes: a counter or a time in them moves. So rows are compared by their key: the members
// that each row must have, if one of them is an id. An address alone is no key, since a bounce or a
// message may be one of many to it. A page repeats others if all of its rows came before. Without a
// key a page repeats the one before it, if the members that each row must have (two or more) are
// the same in all rows, in any order; without these, if it is the same text.
//
// (3) A row that comes again on a later page, with others that are new, is left out: it moved while
// the list was read, and so another row may have moved past the pages. Such a list is not complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/language/paging.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi {

constexpr std::size_t default_row_cap = 10'000;

class PageWalk {
 public:
  // `wanted`: stop after this many rows. `overlap`: rows to read again at each page border, so that
  // a row that moved up between two requests is seen (offset style only; actions use 0).
  PageWalk(const Paging &paging, std::size_t wanted, std::size_t overlap = 0) noexcept;

  // Continues where `position` (of an earlier walk) stopped. Returns false if it is not a valid
  // position.
  bool resume(std::string_view position);

  Extra extra() const;                 // what the next request needs
  std::size_t asked() const noexcept;  // rows that it asks for

  // Records a received page. Returns true if there may be another page; extra() then describes it.
  // Only the after style needs `last_row`. `total` is set if the answer has it. `short_ends`: a
  // page with fewer rows than asked for, or with more, is known to be the last; otherwise one more
  // request confirms the end.
  bool advance(std::size_t rows, const boost::json::value *last_row,
               std::optional<std::uint64_t> total = {}, bool short_ends = true);
  // True if the next request only confirms that there is no further page.
  bool confirming() const noexcept { return confirming_; }
  // Ends the walk: there is no further page.
  void end() noexcept { end_ = End::reached; }
  // Rows from the start of the list to the end of a page with `rows` rows.
  std::uint64_t reached(std::size_t rows) const noexcept { return offset_ + rows; }

  std::size_t seen() const noexcept { return seen_; }
  // True if there is nothing more to ask for.
  bool ended() const noexcept { return end_ != End::ahead; }
  // True if the list is known to have been read to its end: every other end is a doubtful one.
  bool complete() const noexcept { return end_ == End::reached && !lacks_rows(); }
  // The total of the last page, if it counts more rows than there are up to here.
  std::optional<std::uint64_t> surplus_total() const noexcept;
  std::string position() const;  // opaque text, for resume()

 private:
  // `stuck`: the pages cannot be followed any further, and nobody knows whether there are more.
  enum class End : std::uint8_t { ahead, reached, stuck };
  bool lacks_rows() const noexcept { return total_ && *total_ > reached_; }

  const Paging &paging_;
  std::size_t wanted_;
  std::size_t overlap_;
  std::size_t seen_ = 0;      // rows received by this walk
  std::size_t repeated_ = 0;  // rows that the next page has again
  std::uint64_t offset_ = 0;
  std::int64_t page_;
  std::uint64_t reached_ = 0;  // rows from the start of the list to here, where they are counted
  std::optional<std::uint64_t> total_;
  boost::json::value after_;
  End end_ = End::ahead;
  bool confirming_ = false;
};

// True if the failure concerns the whole account and not what was asked for: sign-in, rate limits,
// quotas. Some services report these under any status. [any]
bool is_of_the_account(const Failure &failure) noexcept;

// True if the failure means that there is no such page: the list ended with the previous page.
bool is_past_the_end(const Failure &failure) noexcept;

struct Rows {
  boost::json::array items;  // more than wanted, if the service gave more than it was asked for
  bool complete = false;     // it is known that there are no others
  std::string next;          // position after the last row, where there may be others
  std::optional<std::uint64_t> surplus_total;  // as of PageWalk
  std::size_t repeated = 0;                    // rows that came again, and are left out of `items`
};

// Reads pages until `wanted` rows, the end, or `max_pages` requests. `needed`: of a single object
// (list.hpp), and of each row, by which it is known again. `position` is an earlier Rows::next, or
// empty; throws Failure invalid_input if it is malformed. Arguments must outlive the task.
Task<Rows> read_rows(Channel &channel, const ErrorTable &errors, const RequestTemplate &request,
                     const Paging &paging, std::span<const Pointer> needed,
                     const boost::json::object &input, std::size_t wanted,
                     std::string_view position, std::size_t max_pages);

}  // namespace cpi
