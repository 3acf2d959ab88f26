// Lists in the answers of services: where a list is, what reading it found, and its rows as
// documents. For polls, which need few values of each row, see cpi/sdk/detection/rows.hpp; both
// are read by the rules in src/list_reader.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/storage_ptr.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/paging.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"

namespace cpi {

struct ListPlace {
  Pointer rows;
  std::optional<Pointer> total;  // outside of the list
  bool single = false;           // a single object may be the only row
};

// A single object may be a row only where the list is not paged. [any]
ListPlace place_of(const Paging &paging);

// What was found in a body.
struct RowsRead {
  std::size_t rows = 0;
  bool has_total = false;
  std::uint64_t total = 0;
  const char *problem = nullptr;  // why the body could not be read: "is not JSON", ...
  bool ok() const noexcept { return problem == nullptr; }
};

struct DocumentsRead {
  RowsRead read;
  boost::json::array rows;
};

// The rows of `body`, in `storage`. A single object must have a value at one of `needed`, if this
// is not empty: a number, a boolean or text that is not empty. Rows may have numbers that are too
// large (is_writable()). `body` must not have a byte order mark. [any]
DocumentsRead read_documents(const ListPlace &place, std::span<const Pointer> needed,
                             std::string_view body, boost::json::storage_ptr storage = {});
// The same where `is_row` says whether a single object is a row. [any]
using IsRow = std::function<bool(const boost::json::value &)>;
DocumentsRead read_documents_if(const ListPlace &place, const IsRow &is_row, std::string_view body,
                                boost::json::storage_ptr storage = {});

// The same of an answer that must be a success and have a list, whose numbers can be written. If
// nothing is needed, a single object is no row. Throws Failure. [any]
DocumentsRead list_in(const Response &response, const ListPlace &place,
                      std::span<const Pointer> needed, const ErrorTable &errors, bool repeatable,
                      std::int64_t now_unix_ms);

// Throws the Failure of an answer that could not be read. [any]
[[noreturn]] void refuse_list(const Response &response, const RowsRead &read,
                              const ErrorTable &errors);

// True if `text` is a whole number in digits, without a sign or leading zeros, of at most 18
// digits. [any]
bool whole_number(std::string_view text, std::uint64_t &out) noexcept;

}  // namespace cpi
