#include "page.hpp"

#include <utility>

#include "cpi/json/cut_characters.hpp"
#include "cpi/json/document.hpp"

namespace cpi::detection {

namespace json = boost::json;

std::size_t overlap_of(const Paging &paging) noexcept {
  return paging.style == PagingStyle::offset && paging.size > page_overlap ? page_overlap : 0;
}

std::string_view Page::body() const noexcept {
  return without_bom(response ? response->body() : std::string_view(own));
}

void Page::refuse(const ErrorTable &errors, std::string_view what) const {
  if (response) throw errors.bad_answer(*response, what);
  throw Failure(ErrorClass::plugin_fault, Fault::connector,
                "A page made by the connector " + std::string(what) + ".");
}

RowsRead Page::read(const RowLayout &layout, const DigestKey &key, const ErrorTable &errors,
                    RowSink &sink) const {
  const RowsRead read = read_rows(layout, key, body(), sink);
  if (!read.ok()) refuse(errors, read.problem);
  return read;
}

json::array parse_rows(const Paging &paging, std::string_view body, json::storage_ptr storage) {
  constexpr std::size_t deepest = 32;  // as the rows are read
  json::error_code error;
  json::value document = parse_document(body, error, deepest, storage);
  if (error) {
    const std::string whole = with_cut_characters_replaced(body).value_or("");
    document = parse_document(whole, error, deepest, storage);
  }
  json::value *found = nullptr;
  if (auto list = take_list(document, paging.rows, found)) return std::move(*list);
  json::array rows(storage);
  if (found != nullptr) rows.push_back(std::move(*found));
  return rows;
}

bool is_of_one_list(const Failure &failure) noexcept {
  return failure.http_status != 0 && !is_of_the_account(failure);  // 0: no answer came
}

}  // namespace cpi::detection
