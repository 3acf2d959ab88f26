#include "probe/shape.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "probe/answer.hpp"
#include "probe/text_format.hpp"

namespace host {

namespace json = boost::json;

namespace {

std::string_view digits_class(const json::value &number) {
  double size = 0;
  if (number.is_int64()) size = static_cast<double>(number.get_int64());
  if (number.is_uint64()) size = static_cast<double>(number.get_uint64());
  if (number.is_double()) size = number.get_double();
  size = std::fabs(size);
  if (size < 10) return "1";
  if (size < 1e4) return "2-4";
  if (size < 1e9) return "5-9";
  return size < 1e18 ? "10-18" : "19+";
}

bool is_negative(const json::value &number) {
  return (number.is_int64() && number.get_int64() < 0) ||
         (number.is_double() && number.get_double() < 0);
}

class MergedShape {
 public:
  void add(const json::value &value, const Vocabulary &vocabulary) {
    if (const json::object *object = value.if_object()) return add_object(*object, vocabulary);
    if (const json::array *list = value.if_array()) return add_list(*list, vocabulary);
    if (const json::string *text = value.if_string()) {
      const TextFormat format = text_format(*text);
      ++texts_[{format.name, length_class(text->size()), format.fraction,
                vocabulary.is_own(*text) ? std::string(*text) : std::string()}];
    } else if (value.is_number()) {
      ++numbers_[{type_name(value), digits_class(value), is_negative(value)}];
    } else {
      ++(value.is_null() ? nulls_ : booleans_);
    }
  }

  json::object json() const {
    json::array kinds;
    if (nulls_ > 0) kinds.push_back({{"kind", "null"}, {"count", nulls_}});
    if (booleans_ > 0) kinds.push_back({{"kind", "boolean"}, {"count", booleans_}});
    for (const auto &[key, count] : numbers_) {
      json::object one{{"kind", std::get<0>(key)}, {"digits", std::get<1>(key)}};
      if (std::get<2>(key)) one["negative"] = true;
      one["count"] = count;
      kinds.push_back(std::move(one));
    }
    for (const auto &[key, count] : texts_) {
      json::object one{
          {"kind", "text"}, {"format", std::get<0>(key)}, {"length", std::get<1>(key)}};
      if (std::get<2>(key)) one["fraction"] = true;
      if (!std::get<3>(key).empty()) one["value"] = std::get<3>(key);
      one["count"] = count;
      kinds.push_back(std::move(one));
    }
    if (objects_ > 0) {
      json::object members;
      for (const auto &[name, shape] : members_) members[name] = shape.json();
      kinds.push_back({{"kind", "object"}, {"count", objects_}, {"members", std::move(members)}});
    }
    if (!lists_.empty()) kinds.push_back(lists_json());
    return {{"kinds", std::move(kinds)}};
  }

 private:
  using Row = std::tuple<std::string_view, std::string_view, bool>;
  using TextRow = std::tuple<std::string_view, std::string_view, bool, std::string>;

  void add_object(const json::object &object, const Vocabulary &vocabulary) {
    ++objects_;
    for (const auto &member : object)
      members_[vocabulary.shown(member.key())].add(member.value(), vocabulary);
  }

  void add_list(const json::array &list, const Vocabulary &vocabulary) {
    lists_.push_back(list.size());
    if (elements_ == nullptr && !list.empty()) elements_ = std::make_unique<MergedShape>();
    for (const json::value &each : list) elements_->add(each, vocabulary);
    orders_ = lists_.size() == 1 ? orders_of(list, vocabulary) : json::object();
  }

  static json::object orders_of(const json::array &list, const Vocabulary &vocabulary) {
    json::object out;
    std::vector<const json::value *> rows;
    for (const json::value &each : list) rows.push_back(&each);
    if (rows.size() > 1) add_orders(rows, vocabulary, {}, out);
    return out;
  }

  // Of the members of these values, and of those inside them; `prefix` is "" or ends with '/'.
  static void add_orders(const std::vector<const json::value *> &rows, const Vocabulary &vocabulary,
                         const std::string &prefix, json::object &out) {
    const json::object *first = rows.front() == nullptr ? nullptr : rows.front()->if_object();
    if (first == nullptr) return;
    for (const auto &member : *first) {
      if (!vocabulary.knows(member.key())) continue;
      std::vector<const json::value *> inside;
      std::vector<std::optional<Comparable>> values;
      for (const json::value *row : rows) {
        const json::object *object = row == nullptr ? nullptr : row->if_object();
        const json::value *value = object == nullptr ? nullptr : object->if_contains(member.key());
        inside.push_back(value);
        values.push_back(value == nullptr ? std::nullopt : comparable(*value));
      }
      const std::string path = prefix + std::string(member.key());
      const std::string_view order = order_name(values);
      if (!order.empty()) out[path] = order;
      add_orders(inside, vocabulary, path + '/', out);
    }
  }

  // Empty where a value cannot be compared, and where there is no order.
  static std::string_view order_name(std::span<const std::optional<Comparable>> values) {
    bool grows = false;
    bool shrinks = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) return {};
      if (i == 0) continue;
      const std::partial_ordering order = *values[i - 1] <=> *values[i];
      if (order == std::partial_ordering::unordered) return {};
      grows = grows || order < 0;
      shrinks = shrinks || order > 0;
    }
    if (grows && shrinks) return {};
    return grows ? "ascending" : shrinks ? "descending" : "equal";
  }

  json::object lists_json() const {
    json::object one{{"kind", "list"},
                     {"count", lists_.size()},
                     {"least", std::ranges::min(lists_)},
                     {"most", std::ranges::max(lists_)}};
    if (elements_ != nullptr) one["elements"] = elements_->json();
    if (!orders_.empty()) one["order"] = orders_;
    return one;
  }

  std::size_t nulls_ = 0;
  std::size_t booleans_ = 0;
  std::size_t objects_ = 0;
  std::map<Row, std::size_t> numbers_;
  std::map<TextRow, std::size_t> texts_;
  std::map<std::string, MergedShape> members_;
  std::vector<std::size_t> lists_;  // their lengths
  std::unique_ptr<MergedShape> elements_;
  json::object orders_;
};

}  // namespace

Vocabulary::Vocabulary(const json::object &manifest) {
  for (const auto &member : manifest) {
    names_.emplace(member.key());
    add(member.value());
  }
}

void Vocabulary::add(const json::value &value) {
  if (const json::object *object = value.if_object()) {
    for (const auto &member : *object) {
      names_.emplace(member.key());
      add(member.value());
    }
  } else if (const json::array *list = value.if_array()) {
    for (const json::value &each : *list) add(each);
  } else if (const json::string *text = value.if_string();
             text != nullptr && text->starts_with('/') && cpi::is_pointer(*text)) {
    for (std::string &token : cpi::pointer_tokens(*text)) names_.insert(std::move(token));
  }
}

std::string Vocabulary::shown(std::string_view name) const {
  if (knows(name)) return std::string(name);
  return '{' + std::string(text_format(name).name) + '}';
}

json::object shape_of(const json::value &value, const Vocabulary &vocabulary) {
  MergedShape shape;
  shape.add(value, vocabulary);
  return shape.json();
}

std::string_view type_name(const json::value &value) noexcept {
  constexpr double beyond_64_bits = 18446744073709551615.0;
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "boolean";
    case json::kind::int64:
    case json::kind::uint64:
      return "integer";
    case json::kind::double_:
      // What does not fit into 64 bits is read as a double.
      return std::fabs(value.get_double()) >= beyond_64_bits ? "integer" : "decimal";
    case json::kind::string:
      return "text";
    case json::kind::array:
      return "list";
    case json::kind::object:
      return "object";
  }
  return "null";
}

}  // namespace host
