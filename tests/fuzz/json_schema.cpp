// Schemas and patterns: any schema is compiled or refused, and any value is judged. The input is a
// schema, a line break and a value.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/schema.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  boost::json::error_code error;
  const boost::json::value schema = cpi::parse_document(text.substr(0, end), error, 32);
  if (error) return 0;
  const boost::json::value value =
      cpi::parse_document(text.substr(std::min(end + 1, text.size())), error, 32);
  try {
    const cpi::Schema compiled = cpi::Schema::compile_document(schema);
    if (error) return 0;
    const cpi::Violations violations = compiled.validate(value);
    if (!violations.empty()) (void)cpi::summary_of(violations);
    (void)cpi::details_of(violations);
  } catch (const cpi::SchemaError &) {
  }
  return 0;
}
