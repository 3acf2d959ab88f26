#include "page.hpp"

#include <utility>

#include <boost/json/parse.hpp>

#include "cpi/json/cut_characters.hpp"

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
  json::error_code error;
  json::value document = json::parse({body.data(), body.size()}, error, storage);
  if (error) document = json::parse(with_cut_characters_replaced(body).value_or(""), storage);
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
