// Builds documents (document.hpp) from the events of Boost.JSON's SAX parser: the handler of
// parse_document(), and of readers that make documents of parts of a text only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/string.hpp>
#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

namespace cpi {

class DocumentBuilder {
 public:
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  explicit DocumentBuilder(boost::json::storage_ptr storage) : storage_(std::move(storage)) {
    stack_.reset(storage_);
  }

  // The value whose events have come. Another one may follow.
  boost::json::value release() {
    boost::json::value value = stack_.release();
    stack_.reset(storage_);
    return value;
  }
  // Forgets the events of a value that is not complete.
  void clear() {
    stack_.reset(storage_);
    written_.clear();
  }

  bool on_document_begin(Error &) { return true; }
  bool on_document_end(Error &) { return true; }
  bool on_object_begin(Error &) { return true; }
  bool on_array_begin(Error &) { return true; }
  bool on_object_end(std::size_t size, Error &) {
    stack_.push_object(size);
    return true;
  }
  bool on_array_end(std::size_t size, Error &) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(Text part, std::size_t, Error &) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(Text last, std::size_t, Error &) {
    stack_.push_key(last);
    return true;
  }
  bool on_string_part(Text part, std::size_t, Error &) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(Text last, std::size_t, Error &) {
    stack_.push_string(last);
    return true;
  }
  bool on_number_part(Text part, Error &) {
    written_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, Text, Error &) {
    written_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, Text, Error &) {
    written_.clear();
    stack_.push_uint64(value);
    return true;
  }
  bool on_double(double value, Text last, Error &) {
    written_.append(last.data(), last.size());
    push_double(value);
    return true;
  }
  bool on_bool(bool value, Error &) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(Error &) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(Text, Error &) { return true; }
  bool on_comment(Text, Error &) { return true; }

 private:
  void push_double(double value);  // written_ is its text

  boost::json::storage_ptr storage_;
  boost::json::value_stack stack_;
  std::string written_;
};

}  // namespace cpi
