// How a list is read page by page: the manifest's `paging`. Its styles are the usual ways of
// services to number pages; cpi/sdk/paging.hpp follows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/problem.hpp"

namespace cpi {

enum class PagingStyle { offset, page, after, none };

struct Paging {
  PagingStyle style = PagingStyle::none;
  bool in_body = false;
  std::string size_name;  // empty: the page size is not sent
  std::size_t size = 100;
  std::string from_name;   // offset and page
  std::string after_name;  // after
  Pointer after;           // of the last row
  Pointer rows;            // of the list in the answer
  std::optional<Pointer> total;
  std::optional<Pointer> limit;  // into the input
  std::int64_t first_page = 1;   // page style

  // Throws LanguageError. [any]
  static Paging compile(const boost::json::value &node, std::string_view where);
  static Paging compile(const boost::json::value &node, std::string_view where, Problems &problems);
};

}  // namespace cpi
