// A received page of a list, before its rows are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/storage_ptr.hpp>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/rows.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/paging.hpp"

namespace cpi::detection {

// Rows that are read twice at each page border, to detect moved rows.
constexpr std::size_t page_overlap = 5;
std::size_t overlap_of(const Paging &paging) noexcept;
constexpr std::size_t any_number = ~std::size_t{0} / 2;  // number of rows for an unlimited walk

// The body is valid until the next request.
struct Page {
  std::optional<Response> response;  // empty if a handler read the page
  std::string own;                   // the page that a handler read
  PageMark mark;
  bool same = false;  // the same bytes as when all its rows were processed

  std::string_view body() const noexcept;  // without byte order mark
  [[noreturn]] void refuse(const ErrorTable &errors, const RowsRead &read) const;
  // Throws Failure if the body has no list.
  RowsRead read(const RowLayout &layout, const DigestKey &key, const ErrorTable &errors,
                RowSink &sink) const;
};

// The rows of a page that the row reader has accepted: the same rows, in the same order.
boost::json::array parse_rows(const RowLayout &layout, std::string_view body,
                              boost::json::storage_ptr storage = {});

// True if these pages have the same rows, in any order. `one`, `other`: the hashes of the keys of
// their rows; pages of rows without a key (0) cannot be compared. [any]
bool are_same_rows(std::vector<std::uint64_t> one, std::vector<std::uint64_t> other);
// One page may have the rows of the page before because the list moved by exactly one page; not so
// many pages in a row.
constexpr std::size_t most_alike = 2;

// True if a failure concerns only the requested list, not the account.
bool is_of_one_list(const Failure &failure) noexcept;

}  // namespace cpi::detection
