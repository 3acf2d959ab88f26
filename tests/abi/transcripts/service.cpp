#include "service.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace transcripts {
namespace {

namespace json = boost::json;
using contract::Answer;
using contract::Step;

bool is_number_text(std::string_view text) {
  return !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == text.npos;
}

bool is_prose(std::string_view text) {
  const bool date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  return !date && text.find("://") == text.npos && text.find('=') == text.npos;
}

// Another value of the same kind. What says whether it worked stays as it is.
json::value varied(const json::value &value, std::int64_t by, std::string_view name = {}) {
  if (const json::array *list = value.if_array()) {
    json::array more;
    for (const json::value &each : *list) more.push_back(varied(each, by));
    if (!list->empty() && list->front().is_object()) {
      more.push_back(varied(list->front(), by + static_cast<std::int64_t>(list->size()) + 1));
    }
    return more;
  }
  if (const json::object *object = value.if_object()) {
    json::object more;
    for (const auto &member : *object) {
      more[member.key()] = varied(member.value(), by, member.key());
    }
    return more;
  }
  constexpr std::string_view verdicts[] = {"code", "error_code", "status", "result", "success"};
  if (std::ranges::find(verdicts, name) != std::end(verdicts)) return value;
  if (value.is_int64()) return value.get_int64() + by;
  if (value.is_double()) return value.get_double() + static_cast<double>(by);
  const json::string *text = value.if_string();
  if (text == nullptr || text->empty() || !is_prose(*text)) return value;
  const std::string plain(*text);
  if (is_number_text(plain)) return json::value(std::to_string(std::stoll(plain) + by));
  if (const auto at = plain.find('@'); at != plain.npos) {
    return json::value(plain.substr(0, at) + std::to_string(by) + plain.substr(at));
  }
  return json::value(plain + " " + std::to_string(by + 1));
}

std::string pointer_in(const json::object &paging, std::string_view name) {
  const json::value *found = paging.if_contains(name);
  return found == nullptr ? "" : std::string(found->as_string());
}

// Repeats the rows, with other values, until the page has as many as are asked for.
void fill(json::value &body, const json::object &paging) {
  const auto size = paging.at("size").at("value").to_number<std::size_t>();
  json::error_code error;
  json::value *rows = body.find_pointer(pointer_in(paging, "rows"), error);
  json::array *list = rows == nullptr ? nullptr : rows->if_array();
  if (list == nullptr || list->empty()) return;
  const json::value first = list->front();
  for (std::int64_t by = 10; list->size() < size; ++by) list->push_back(varied(first, by));
  if (const auto total = pointer_in(paging, "total"); !total.empty()) {
    if (json::value *number = body.find_pointer(total, error)) *number = size + 3;
  }
}

void empty(json::value &body, const json::object &paging) {
  json::error_code error;
  json::value *rows = body.find_pointer(pointer_in(paging, "rows"), error);
  if (rows != nullptr) *rows = json::array{};
}

}  // namespace

const std::vector<BadAnswer> &bad_answers() {
  static const std::vector<BadAnswer> all = {
      {"refused", contract::response(400, R"({"error_code":8,"message":"The value is wrong"})")},
      {"unintelligible", contract::response(200, "<html>Please sign in</html>")},
      {"none", contract::no_response(CPI_TRANSPORT_RESET, CPI_ANSWER_MAYBE_SENT)}};
  return all;
}

contract::Service another(const contract::PluginUnderTest &plugin, json::object paging) {
  return [service = contract::canned(plugin), paging = std::move(paging),
          asked = std::int64_t{0}](const Step &step) mutable {
    Answer answer = service(step);
    json::error_code error;
    const json::value body = json::parse(answer.body, error);
    ++asked;
    if (error) return answer;
    json::value other = varied(body, asked * 1000 + 1);
    if (paging.contains("size") && asked == 1) fill(other, paging);
    if (paging.contains("size") && asked > 2) empty(other, paging);
    answer.body = json::serialize(other);
    return answer;
  };
}

}  // namespace transcripts
