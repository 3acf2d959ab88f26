#include "form_body.hpp"

#include <boost/json/array.hpp>

#include "cpi/json/number.hpp"
#include "cpi/language/encoders.hpp"

namespace cpi {

namespace json = boost::json;

void flatten(const std::string &name, const json::value &value,
             const std::function<void(const std::string &, const json::value &)> &take) {
  if (const auto *list = value.if_array()) {
    for (const auto &each : *list) flatten(name + "[]", each, take);
  } else if (const auto *object = value.if_object()) {
    for (const auto &member : *object) {
      flatten(name + "[" + std::string(member.key()) + "]", member.value(), take);
    }
  } else if (!value.is_null()) {
    take(name, value);
  }
}

std::string form_text(const json::value &value) {
  if (const auto *flag = value.if_bool()) return *flag ? "1" : "0";
  return *scalar_text(value);
}

std::string url_encoded(const json::object &pairs) {
  std::string out;
  for (const auto &member : pairs) {
    flatten(std::string(member.key()), member.value(),
            [&](const std::string &name, const json::value &value) {
              if (!out.empty()) out.push_back('&');
              out += percent_encode(name) + "=" + percent_encode(form_text(value));
            });
  }
  return out;
}

}  // namespace cpi
