#include "odd_answer.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace model {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class OddWriter {
 public:
  explicit OddWriter(std::mt19937_64 &random) : random_(random) {}

  // Some names come twice; what counts is the last.
  void write(const json::value &value) {
    if (const json::array *list = value.if_array()) {
      out += '[';
      for (const json::value &each : *list) {
        if (&each != list->data()) out += ',';
        write(each);
      }
      out += ']';
    } else if (const json::object *object = value.if_object()) {
      out += '{';
      bool first = true;
      for (const auto &member : *object) {
        if (!std::exchange(first, false)) out += ',';
        const std::string name = json::serialize(json::value(member.key()));
        // The numbers of a list are no names.
        if (!is_digits(member.key()) && random_() % 6 == 0) {
          constexpr std::array<std::string_view, 4> stale = {"null", "0", "\"old\"", "[]"};
          out += name + ':' + std::string(stale[random_() % stale.size()]) + ',';
        }
        out += name + ':';
        write(member.value());
      }
      out += '}';
    } else {
      out += json::serialize(value);
    }
  }

  std::string out;

 private:
  std::mt19937_64 &random_;
};

json::value *place_in(json::value &document, const Tokens &tokens, std::size_t count) {
  json::value *at = &document;
  for (std::size_t i = 0; i < count; ++i) {
    json::object *object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(tokens[i]);
    if (at == nullptr) return nullptr;
  }
  return at;
}

// Numbers for names, with gaps, in any order: they say which comes first.
json::object numbered(json::array &&list, std::mt19937_64 &random) {
  std::vector<std::size_t> order(list.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::shuffle(order, random);
  const std::size_t step = 1 + random() % 2;
  json::object object;
  for (const std::size_t i : order) object[std::to_string(i * step)] = std::move(list[i]);
  return object;
}

void replace_all(std::string &text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

void swap_numbers_and_texts(json::value &value) {
  if (json::array *list = value.if_array()) {
    for (json::value &each : *list) swap_numbers_and_texts(each);
  } else if (json::object *object = value.if_object()) {
    for (auto &member : *object) swap_numbers_and_texts(member.value());
  } else if (value.is_double()) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value.get_double()).ptr;
    value = json::string(digits.data(), end);
  } else if (value.is_number()) {
    value = json::value(json::serialize(value));
  } else if (value.is_string()) {
    const std::string text = text_of(value);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    // "007" is no number.
    if (is_digits(text) && whole && std::to_string(number) == text) value = number;
  }
}

std::string written(json::value document, const Tokens &rows_at, bool is_list, const Shapes &shapes,
                    std::mt19937_64 &random) {
  json::value *rows = is_list ? place_in(document, rows_at, rows_at.size()) : nullptr;
  json::array *list = rows == nullptr ? nullptr : rows->if_array();
  if (shapes.has(Shape::number_as_text) && random() % 2 == 0) swap_numbers_and_texts(document);
  if (list != nullptr && list->empty() && shapes.has(Shape::empty_otherwise)) {
    switch (random() % 4) {
      case 0:
        *rows = nullptr;
        break;
      case 1:
        *rows = json::object{};
        break;
      case 2:
        // PHP's [] for the object that would hold the list.
        if (rows_at.size() > 1) *place_in(document, rows_at, rows_at.size() - 1) = json::array{};
        break;
      default:
        break;
    }
  } else if (list != nullptr && !list->empty() && shapes.has(Shape::numbered_list)) {
    *rows = numbered(std::move(*list), random);
  }
  std::string text;
  if (shapes.has(Shape::double_member)) {
    OddWriter writer(random);
    writer.write(document);
    text = std::move(writer.out);
  } else {
    text = json::serialize(document);
  }
  if (shapes.has(Shape::cut_letter)) {
    replace_all(text, "\\u0001", random() % 2 == 0 ? "\\ud83d" : "\xd0");
  }
  if (shapes.has(Shape::byte_order_mark)) {
    constexpr std::array<std::string_view, 3> before = {"\xef\xbb\xbf", "\r\n", "\xef\xbb\xbf\n"};
    text.insert(0, before[random() % before.size()]);
  }
  return text;
}

}  // namespace model
