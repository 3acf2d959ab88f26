#include "cpi/sdk/paging.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>
#include <vector>

#include "cpi/json/document.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/list.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

void place(const Paging &paging, Extra &extra, const std::string &name, json::value value) {
  (paging.in_body ? extra.body : extra.query).insert_or_assign(name, std::move(value));
}

// What a member of a key is, whatever spelling it has; of an object, the id that is in it.
std::string key_part(const json::value &value) {
  const auto *object = value.if_object();
  const auto *id = object != nullptr ? object->if_contains("id") : nullptr;
  const json::value &part = id != nullptr && !id->is_structured() ? *id : value;
  return scalar_text(part).value_or(write_document(part));
}

// Knows rows, and pages, that came before (note 2 in paging.hpp).
class SeenRows {
 public:
  // Only a member that is named as an ID identifies a row: an address may be in many.
  explicit SeenRows(std::span<const Pointer> needed)
      : needed_(needed), has_key_(std::ranges::any_of(needed, [](const Pointer &each) {
          return !each.tokens().empty() && is_name_of_id(each.tokens().back());
        })) {}

  // Takes the rows of the next page that came before out of it, and returns how many those were.
  // All of them, where the page repeats others.
  std::size_t remove_seen(json::array &rows) {
    if (!has_key_) {
      std::string page = text_of(rows);
      const bool repeats = !rows.empty() && page == last_page_;
      last_page_ = std::move(page);
      const std::size_t removed = repeats ? rows.size() : 0;
      if (repeats) rows.clear();
      return removed;
    }
    json::array fresh;
    std::vector<std::string> keys;
    for (json::value &row : rows) {
      auto key = key_of(row);
      if (key && seen_.contains(*key)) continue;
      if (key) keys.push_back(*std::move(key));
      fresh.push_back(std::move(row));
    }
    // Not before: what comes twice on one page is how the service has it.
    for (std::string &key : keys) seen_.insert(std::move(key));
    const std::size_t removed = rows.size() - fresh.size();
    rows = std::move(fresh);
    return removed;
  }

 private:
  // Nothing where the row does not have all of it.
  std::optional<std::string> key_of(const json::value &row) const {
    std::string key;
    for (const Pointer &each : needed_) {
      const auto *found = each.find(row);
      if (found == nullptr || found->is_null()) return std::nullopt;
      const std::string part = key_part(*found);
      if (part.empty()) return std::nullopt;
      key += std::to_string(part.size()) + ':' + part;
    }
    return key;
  }

  // As text: comparing objects copies their members, and ends the process when memory runs out.
  std::string text_of(const json::array &rows) const {
    if (needed_.size() < 2) return write_document(rows);
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const json::value &row : rows) keys.push_back(key_of(row).value_or(write_document(row)));
    std::ranges::sort(keys);
    std::string text;
    for (const std::string &key : keys) text += std::to_string(key.size()) + ':' + key;
    return text;
  }

  std::span<const Pointer> needed_;
  bool has_key_;
  std::unordered_set<std::string> seen_;
  std::string last_page_;
};

}  // namespace

bool is_of_the_account(const Failure &failure) noexcept {
  switch (failure.error_class) {
    case ErrorClass::auth_expired:
    case ErrorClass::needs_reauth:
    case ErrorClass::app_misconfigured:
    case ErrorClass::rate_limited:
    case ErrorClass::quota:
      return true;
    default:
      return false;
  }
}

bool is_past_the_end(const Failure &failure) noexcept {
  const bool no_such_page = failure.http_status == 404 || failure.http_status == 422;
  return no_such_page && !is_of_the_account(failure);
}

PageWalk::PageWalk(const Paging &paging, std::size_t wanted, std::size_t overlap) noexcept
    : paging_(paging),
      wanted_(wanted),
      overlap_(paging.style == PagingStyle::offset ? std::min(overlap, paging.size - 1) : 0),
      page_(paging.first_page) {}

// "o300", "p4", "a\"id\"": the style, so that a position of another manifest version is noticed.
std::string PageWalk::position() const {
  switch (paging_.style) {
    case PagingStyle::offset:
      return "o" + std::to_string(offset_);
    case PagingStyle::page:
      return "p" + std::to_string(page_);
    case PagingStyle::after:
      return "a" + write_document(after_);
    case PagingStyle::none:
      break;
  }
  return {};
}

bool PageWalk::resume(std::string_view position) {
  if (position.size() < 2) return false;
  const auto rest = position.substr(1);
  const auto number = [&](auto &out) {
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
    return error == std::errc{} && end == rest.data() + rest.size();
  };
  switch (position.front()) {
    case 'o':
      repeated_ = overlap_;
      return paging_.style == PagingStyle::offset && number(offset_);
    case 'p':
      return paging_.style == PagingStyle::page && number(page_);
    case 'a': {
      if (paging_.style != PagingStyle::after) return false;
      json::error_code error;
      auto value = parse_document(rest, error, 1);
      if (error || value.is_structured()) return false;
      after_ = std::move(value);
      return true;
    }
    default:
      return false;
  }
}

std::size_t PageWalk::asked() const noexcept {
  // The number of a page means nothing when its size changes.
  if (paging_.style == PagingStyle::page || paging_.style == PagingStyle::none || overlap_ > 0) {
    return paging_.size;
  }
  return std::min(paging_.size, wanted_ > seen_ ? wanted_ - seen_ : std::size_t{1});
}

Extra PageWalk::extra() const {
  Extra extra;
  (paging_.in_body ? extra.body : extra.query).reserve(2);
  if (!paging_.size_name.empty()) place(paging_, extra, paging_.size_name, asked());
  switch (paging_.style) {
    case PagingStyle::offset:
      place(paging_, extra, paging_.from_name, offset_);
      break;
    case PagingStyle::page:
      place(paging_, extra, paging_.from_name, page_);
      break;
    case PagingStyle::after:
      if (!after_.is_null()) place(paging_, extra, paging_.after_name, after_);
      break;
    case PagingStyle::none:
      break;
  }
  return extra;
}

bool PageWalk::advance(std::size_t rows, const json::value *last_row,
                       std::optional<std::uint64_t> total, bool short_ends) {
  const std::size_t asked_for = asked();
  seen_ += rows;
  confirming_ = false;
  const bool counts = paging_.style == PagingStyle::offset || paging_.style == PagingStyle::none;
  reached_ = offset_ + rows;
  total_ = counts && total && *total >= reached_ ? total : std::nullopt;
  if (paging_.style == PagingStyle::none) {
    end_ = End::reached;
    return false;
  }
  const std::size_t fresh = rows > repeated_ ? rows - repeated_ : 0;
  // Without a size in the request the service's own page size is unknown: only an empty page ends.
  const bool odd_page = !paging_.size_name.empty() && rows != asked_for;
  const bool last = total_ ? *total_ == reached_ : odd_page && short_ends;
  // A total may count rows that are never shown: a page without a new row ends the list as well.
  if (fresh == 0 || last) end_ = End::reached;
  if (paging_.style == PagingStyle::after && !ended()) {
    const auto *next = last_row != nullptr ? paging_.after.find(*last_row) : nullptr;
    if (next == nullptr || next->is_structured() || next->is_null() || *next == after_) {
      end_ = End::stuck;
    } else {
      after_ = *next;
    }
  }
  repeated_ = ended() ? 0 : std::min<std::size_t>(overlap_, rows - 1);
  offset_ = reached_ - repeated_;
  ++page_;
  confirming_ = !ended() && odd_page;
  return !ended() && seen_ < wanted_;
}

std::optional<std::uint64_t> PageWalk::surplus_total() const noexcept {
  return lacks_rows() ? total_ : std::nullopt;
}

Task<Rows> read_rows(Channel &channel, const ErrorTable &errors, const RequestTemplate &request,
                     const Paging &paging, std::span<const Pointer> needed,
                     const json::object &input, std::size_t wanted, std::string_view position,
                     std::size_t max_pages) {
  Rows out;
  PageWalk walk(paging, wanted);
  if (!position.empty() && !walk.resume(position)) {
    throw Failure(ErrorClass::invalid_input, Fault::user, "The page asked for does not exist.",
                  "Start again from the first page.");
  }
  const Scope scope{input};
  const ListPlace place = place_of(paging);
  bool more = wanted > 0;
  bool first = position.empty();
  SeenRows seen(needed);
  std::size_t full_pages = 0;
  // A service may give less at once than it is asked for, but not without an end.
  for (std::size_t page = 0; more && page < 4 * max_pages; ++page) {
    if (full_pages >= max_pages) break;
    const bool confirming = walk.confirming();
    const std::size_t wanted_now = walk.asked();
    const Extra extra = walk.extra();
    Request asked = request.build(scope, extra);
    const bool repeatable = asked.repeatable;
    auto sending = channel.send(std::move(asked));
    const Response response = co_await sending;
    DocumentsRead list;
    try {
      list = list_in(response, place, needed, errors, repeatable, channel.now());
    } catch (const Failure &failure) {
      if (first || !is_past_the_end(failure)) throw;
      walk.end();
      break;
    }
    const std::size_t received = list.rows.size();
    const json::value last_row = list.rows.empty() ? json::value() : list.rows.back();
    const std::size_t removed = seen.remove_seen(list.rows);
    const bool repeats = received > 0 && removed == received;
    if (repeats && confirming) {  // the service has one page, and gives it whatever is asked for
      walk.end();
      break;
    }
    if (repeats && received >= wanted_now) {
      throw errors.bad_answer(response, "has the same rows as the pages before");
    }
    std::optional<std::uint64_t> total;
    if (list.read.has_total) total = list.read.total;
    more = walk.advance(received, received == 0 ? nullptr : &last_row, total, false);
    if (received >= wanted_now) ++full_pages;
    first = false;
    out.repeated += removed;
    for (auto &each : list.rows) out.items.push_back(std::move(each));
  }
  out.complete = walk.complete() && out.repeated == 0;
  if (!walk.ended()) out.next = walk.position();
  if (walk.ended()) out.surplus_total = walk.surplus_total();
  co_return out;
}

}  // namespace cpi
