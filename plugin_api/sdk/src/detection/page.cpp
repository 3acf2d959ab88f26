#include "page.hpp"

#include <algorithm>
#include <utility>

namespace cpi::detection {

namespace json = boost::json;

std::size_t overlap_of(const Paging &paging) noexcept {
  return paging.style == PagingStyle::offset && paging.size > page_overlap ? page_overlap : 0;
}

std::string_view Page::body() const noexcept {
  return without_bom(response ? response->body() : std::string_view(own));
}

void Page::refuse(const ErrorTable &errors, const RowsRead &read) const {
  if (response) refuse_list(*response, read, errors);
  throw Failure(ErrorClass::plugin_fault, Fault::connector,
                "A page made by the connector " + std::string(read.problem) + ".");
}

RowsRead Page::read(const RowLayout &layout, const DigestKey &key, const ErrorTable &errors,
                    RowSink &sink) const {
  const RowsRead read = read_rows(layout, key, body(), sink);
  if (!read.ok()) refuse(errors, read);
  return read;
}

json::array parse_rows(const RowLayout &layout, std::string_view body, json::storage_ptr storage) {
  const IsRow is_row = [&](const json::value &row) { return layout.is_single_row(row); };
  return read_documents_if(layout.place(), is_row, body, std::move(storage)).rows;
}

bool are_same_rows(std::vector<std::uint64_t> one, std::vector<std::uint64_t> other) {
  if (one.empty() || one.size() != other.size()) return false;
  std::ranges::sort(one);
  std::ranges::sort(other);
  return one.back() != 0 && one == other;
}

bool is_of_one_list(const Failure &failure) noexcept {
  return failure.http_status != 0 && !is_of_the_account(failure);  // 0: no answer came
}

}  // namespace cpi::detection
