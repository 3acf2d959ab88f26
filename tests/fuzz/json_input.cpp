// JSON documents: what is read is written again with the same digits, and reading that gives the
// same text.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "cpi/json/document.hpp"
#include "cpi/json/utf8.hpp"
#include "target.hpp"

namespace {

namespace json = boost::json;

bool is_finite(const json::value &value) {
  if (const double *number = value.if_double()) {
    fuzz::promise(!std::isnan(*number), "every number is a number");
    return std::isfinite(*number);
  }
  if (const json::array *list = value.if_array()) {
    for (const json::value &each : *list)
      if (!is_finite(each)) return false;
  }
  if (const json::object *object = value.if_object()) {
    for (const auto &member : *object)
      if (!is_finite(member.value())) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  constexpr std::size_t depth = 64;
  json::error_code error;
  const json::value value = cpi::parse_document(text, error, depth);
  if (error) {
    fuzz::promise(value.is_null(), "a failure gives no value");
    return 0;
  }
  fuzz::promise(cpi::is_utf8(text), "only UTF-8 is JSON");
  if (!is_finite(value)) return 0;  // callers refuse it (document.hpp, rule 4)
  const std::string written = cpi::write_document(value);
  const json::value again = cpi::parse_document(written, error, depth);
  fuzz::promise(!error, "what was written can be read");
  fuzz::promise(cpi::write_document(again) == written, "what was written is the same");
  return 0;
}
