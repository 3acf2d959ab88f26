// A page of a list as it came, before anybody knows what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/storage_ptr.hpp>

#include "cpi/language/failure.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/detection/cursor.hpp"
#include "cpi/sdk/detection/rows.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/paging.hpp"

namespace cpi::detection {

// Rows read twice at each page border, to see rows move.
constexpr std::size_t page_overlap = 5;
std::size_t overlap_of(const Paging &paging) noexcept;
constexpr std::size_t any_number = ~std::size_t{0} / 2;  // of rows: a walk without an end

// The body dies at the next request.
struct Page {
  std::optional<Response> response;  // none where a handler read the page
  std::string own;                   // and then this is it
  PageMark mark;
  bool same = false;  // byte for byte as when all its rows were dealt with

  std::string_view body() const noexcept;  // without byte order mark
  [[noreturn]] void refuse(const ErrorTable &errors, std::string_view what) const;
  // Throws Failure where the body has no list.
  RowsRead read(const RowLayout &layout, const DigestKey &key, const ErrorTable &errors,
                RowSink &sink) const;
};

// The rows of a page that the row reader has found to be well formed, in its order.
boost::json::array parse_rows(const Paging &paging, std::string_view body,
                              boost::json::storage_ptr storage = {});

// A failure that is about the list that was asked for, and not about the account.
bool is_of_one_list(const Failure &failure) noexcept;

}  // namespace cpi::detection
