#include "cpi/sdk/list.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "cpi/json/document.hpp"
#include "cpi/json/document_builder.hpp"
#include "list_reader.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// As a value of a key (detection::Scalar::identifies).
bool identifies_a_row(const json::value *value) {
  if (value == nullptr || value->is_structured() || value->is_null()) return false;
  const json::string *text = value->if_string();
  return text == nullptr || !text->empty();
}

// Makes each row a document.
class DocumentRows : public DocumentBuilder {
 public:
  DocumentRows(const IsRow &is_row, const json::storage_ptr &storage)
      : DocumentBuilder(storage), rows(storage), is_row_(is_row) {}

  void begin_row() {}
  void give_row() { rows.push_back(release()); }
  void hold_row() { held_.push_back(release()); }
  void give_held(std::size_t index) { rows.push_back(std::move(held_[index])); }
  void drop_held() { held_.clear(); }
  bool end_single(bool allowed) {
    json::value row = release();
    const bool is_row = allowed && is_row_(row);
    if (is_row) rows.push_back(std::move(row));
    return is_row;
  }
  void begin_again() {
    clear();
    rows.clear();
    held_.clear();
  }

  json::array rows;

 private:
  const IsRow &is_row_;
  std::vector<json::value> held_;
};

}  // namespace

ListPlace place_of(const Paging &paging) {
  return {.rows = paging.rows, .total = paging.total, .single = paging.style == PagingStyle::none};
}

bool whole_number(std::string_view text, std::uint64_t &out) noexcept {
  constexpr std::size_t longest = 18;  // digits that always fit
  if (text.empty() || text.size() > longest || (text.front() == '0' && text.size() > 1)) {
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

DocumentsRead read_documents(const ListPlace &place, std::span<const Pointer> needed,
                             std::string_view body, json::storage_ptr storage) {
  const IsRow is_row = [&](const json::value &row) {
    const auto is_there = [&](const Pointer &each) { return identifies_a_row(each.find(row)); };
    return needed.empty() || std::ranges::any_of(needed, is_there);
  };
  return read_documents_if(place, is_row, body, std::move(storage));
}

DocumentsRead read_documents_if(const ListPlace &place, const IsRow &is_row, std::string_view body,
                                json::storage_ptr storage) {
  DocumentRows taker(is_row, storage);
  const RowsRead read = read_list(place, body, taker);
  return {.read = read, .rows = std::move(taker.rows)};
}

DocumentsRead list_in(const Response &response, const ListPlace &place,
                      std::span<const Pointer> needed, const ErrorTable &errors, bool repeatable,
                      std::int64_t now_unix_ms) {
  errors.expect_success(response, repeatable, now_unix_ms, &place.rows);
  ListPlace strict = place;
  strict.single = place.single && !needed.empty();
  DocumentsRead out = read_documents(strict, needed, without_bom(response.body()));
  if (!out.read.ok()) refuse_list(response, out.read, errors);
  if (!std::ranges::all_of(out.rows, is_writable)) {
    throw errors.bad_answer(response, "has a number that is too large");
  }
  return out;
}

void refuse_list(const Response &response, const RowsRead &read, const ErrorTable &errors) {
  errors.read_json(response, true, 0);  // says more precisely why it is not JSON
  const std::string_view body = without_bom(response.body());
  const bool is_blank = body.find_first_not_of(" \t\r\n") == std::string_view::npos;
  throw errors.bad_answer(response, is_blank ? "is empty" : read.problem);
}

}  // namespace cpi
