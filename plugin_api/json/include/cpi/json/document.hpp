// JSON documents whose numbers keep their digits. Boost.JSON holds integers beyond 64 bits and all
// fractions as doubles: 123456789012345678901 becomes 1.2345678901234568E20, and 0.10 becomes 1E-1.
//
//  1. A number that Boost.JSON and number text (number.hpp) would not write as it was read is held
//     as a *written number*: a json::string of one byte that is in no UTF-8 text (0xFF), followed
//     by the number as it was written. Every other number is an int64, uint64 or double as usual.
//  2. write_document() writes what parse_document() read; computed doubles as people write them:
//     0.1, not 1E-1. json::serialize must not be used for such a document.
//  3. Schemas (schema.hpp) and scalar_text (number.hpp) see a written number as a number. Code that
//     asks for a string must exclude it with is_written_number(), or may not meet it: the rows and
//     answers of services have them, inputs do not.
//  4. A number beyond the range of doubles (1e400) is not held as written, but as an infinite
//     double: no receiver could read it, so callers refuse it.
//  5. A zero with an exponent (0e999) is held as the double 0, whatever its digits: Boost.JSON and
//     others compute some of them as zero times infinity.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/error.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

namespace cpi {

// The document, or null with `error` set. `used`: the bytes that were read; a caller that gives it
// checks what follows, without it anything but white space is an error. [any]
boost::json::value parse_document(std::string_view text, boost::json::error_code &error,
                                  std::size_t max_depth, boost::json::storage_ptr storage = {},
                                  std::size_t *used = nullptr);

// JSON text without spaces. `value` must not have infinite numbers. [any]
std::string write_document(const boost::json::value &value);

// [any]
bool is_written_number(const boost::json::value &value) noexcept;
// The number as it was written. `value` must be a written number. [any]
std::string_view number_as_written(const boost::json::value &value) noexcept;
// The nearest int64, uint64 or double of a written number. [any]
boost::json::value nearest_number(const boost::json::value &value);
// The number that `text` says with all its digits, written number or not; empty if it is not in
// JSON's number grammar or beyond the range of doubles. [any]
std::optional<boost::json::value> number_with_digits(std::string_view text);

}  // namespace cpi
