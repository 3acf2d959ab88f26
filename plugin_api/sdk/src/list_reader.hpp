// The one reader of lists: for polls, samples, lookups and actions.
//
// THEORY OF OPERATION
//
// An answer is a list or a failure, never "probably none": what is not a list must not look like an
// empty one, or a baseline would record nothing and the next poll report every old row as new. The
// rules, in which "the place" is where the manifest says that the list is:
//
//  1. A list at the place is the list. Its elements are the rows, whatever they are.
//  2. An object at the place whose member names are all whole numbers is a list too (PHP gives one
//     after something was taken out of an array). Its rows come in the order of the numbers. A
//     number that comes twice, or one name that is not a number, makes it no list.
//  3. `null`, [] and {} at the place are an empty list.
//  4. [] instead of an object on the way to the place, the whole answer included, is an empty list:
//     PHP writes an empty object so. `null` on the way is one too, but not as the whole answer.
//  5. Any other object at the place is the only row, where the list is not paged and the object has
//     something that a row must have (the user of the reader says what). An error that came with a
//     success has not.
//  6. Everything else is no list: another value at the place or on the way, a member that is
//     missing on the way, an answer that is blank, cut off, not JSON, or followed by something.
//  7. Of a name that comes twice on the way, the last one counts. The rows of the first one may be
//     used already; if there are any, the answer is no list.
//  8. The total is a whole number, as a number (3, 3.0) or as text ("3"). Any other value is no
//     total, and no failure. Of two, the last one counts.
//  9. A character that was cut in two is U+FFFD; it hides no row.
//
// The reader follows the events of Boost.JSON's SAX parser, so that a poll reads a page without
// building a document of it. It knows only the way and the place. The events of each row go to a
// taker, `Rows`, which makes of them what its user needs: values by name (detection/rows.cpp) or
// documents (list.cpp). A taker is a SAX handler for one value at a time, and has
//
//   begin_row()          the events of a row follow
//   give_row()           they have come: it is the next row of the list
//   hold_row()           they have come: its turn is known at the end only (rule 2)
//   give_held(i)         it is the turn of the held row i, counted from 0
//   drop_held()          the held rows are not needed any more
//   end_single(allowed)  they have come, of an object that may be the only row (rule 5): gives it
//   and
//                        returns true if this is allowed and the object has what a row must have;
//                        otherwise the row is forgotten
//   begin_again()        the body is read again from its beginning (rule 9); rows that were given
//                        are given again
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

#include "cpi/json/cut_characters.hpp"
#include "cpi/sdk/list.hpp"

namespace cpi {

template <typename Rows>
class ListReader {
 public:
  static constexpr std::size_t max_object_size = ~std::size_t{0};
  static constexpr std::size_t max_array_size = ~std::size_t{0};
  static constexpr std::size_t max_key_size = ~std::size_t{0};
  static constexpr std::size_t max_string_size = ~std::size_t{0};
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  ListReader(const ListPlace &place, Rows &rows)
      : tokens_(place.rows.tokens()),
        total_(place.total ? &place.total->tokens() : nullptr),
        single_(place.single),
        rows_(rows) {}

  RowsRead finish(bool parsed) {
    if (!parsed) {
      read_.problem = "is not JSON, or ends too early";
    } else if (!found_ || wrong_ || late_) {
      read_.problem = "has no list where one is expected";
    }
    return read_;
  }

  bool on_document_begin(Error &) { return true; }
  bool on_document_end(Error &) { return true; }

  bool on_object_begin(Error &error) {
    if (in_row()) {
      ++row_depth_;
      return rows_.on_object_begin(error);
    }
    if (open(false)) mode_ = Mode::undecided;
    return true;
  }
  bool on_array_begin(Error &error) {
    if (in_row()) {
      ++row_depth_;
      return rows_.on_array_begin(error);
    }
    if (open(true)) mode_ = Mode::list;
    return true;
  }
  bool on_object_end(std::size_t size, Error &error) {
    if (mode_ == Mode::row) {
      --row_depth_;
      rows_.on_object_end(size, error);
      end_value();
    } else if (mode_ == Mode::outside) {
      around_.pop_back();
    } else {  // undecided: {}
      if (mode_ == Mode::numbered) end_numbered();
      mode_ = Mode::outside;
    }
    return true;
  }
  bool on_array_end(std::size_t size, Error &error) {
    if (mode_ == Mode::row) {
      --row_depth_;
      rows_.on_array_end(size, error);
      end_value();
    } else if (mode_ == Mode::outside) {
      if (around_.back().to_rows && size == 0) found_ = true;  // rule 4
      around_.pop_back();
    } else {
      mode_ = Mode::outside;
    }
    return true;
  }

  bool on_key_part(Text part, std::size_t size, Error &error) {
    if (mode_ == Mode::row) return rows_.on_key_part(part, size, error);
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text last, std::size_t size, Error &error) {
    if (mode_ == Mode::row) return rows_.on_key(last, size, error);
    const std::string_view name = whole(last);
    if (mode_ == Mode::undecided) begin_members(name, error);
    if (mode_ == Mode::numbered) {
      wrong_ = !whole_number(name, number_) || wrong_;
    } else if (mode_ == Mode::outside) {
      follow(name);
    }
    text_.clear();
    return true;
  }

  bool on_string_part(Text part, std::size_t size, Error &error) {
    if (in_row()) return rows_.on_string_part(part, size, error);
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(Text last, std::size_t size, Error &error) {
    if (in_row()) {
      rows_.on_string(last, size, error);
      end_value();
    } else {
      outside(whole(last));
    }
    return true;
  }

  bool on_number_part(Text part, Error &error) {
    if (in_row()) return rows_.on_number_part(part, error);
    return true;
  }
  bool on_int64(std::int64_t value, Text last, Error &error) {
    if (in_row()) {
      rows_.on_int64(value, last, error);
      end_value();
    } else {
      outside_number(value);
    }
    return true;
  }
  bool on_uint64(std::uint64_t value, Text last, Error &error) {
    if (in_row()) {
      rows_.on_uint64(value, last, error);
      end_value();
    } else {
      outside_number(value);
    }
    return true;
  }
  bool on_double(double value, Text last, Error &error) {
    if (in_row()) {
      rows_.on_double(value, last, error);
      end_value();
    } else {
      outside_number(std::isnan(value) ? 0 : value);  // "0e999" (cpi/json/document.hpp, rule 5)
    }
    return true;
  }
  bool on_bool(bool value, Error &error) {
    if (in_row()) {
      rows_.on_bool(value, error);
      end_value();
    } else {
      outside({});
    }
    return true;
  }
  bool on_null(Error &error) {
    if (in_row()) {
      rows_.on_null(error);
      end_value();
    } else if (outside({}).to_rows && (around_.size() == tokens_.size() || !around_.empty())) {
      found_ = true;  // rules 3 and 4
    }
    return true;
  }
  bool on_comment_part(Text, Error &) { return true; }
  bool on_comment(Text, Error &) { return true; }

 private:
  enum class Mode : std::uint8_t {
    outside,    // of the list
    undecided,  // an object at the place, before its first member (rules 2, 3 and 5)
    list,       // between two rows
    numbered,   // between two members whose names are numbers
    row,
  };

  // On the way to what we look for.
  struct Way {
    bool to_rows = false;
    bool to_total = false;
  };

  // A container that is open outside of the list.
  struct Around {
    bool array = false;
    bool to_rows = false;
    bool to_total = false;
    Way next;                 // of the member that comes
    std::uint32_t index = 0;  // of the element that comes
  };

  std::string_view whole(Text last) {
    if (text_.empty()) return {last.data(), last.size()};
    text_.append(last.data(), last.size());
    return text_;
  }

  // ---- The way
  // -----------------------------------------------------------------------------------

  static bool is_index(std::string_view token, std::uint32_t index) {
    std::uint64_t number = 0;
    return whole_number(token, number) && number == index;
  }

  bool is_total_deeper() const { return total_ != nullptr && around_.size() < total_->size(); }

  // Where the value leads that begins now.
  Way way() {
    if (around_.empty()) return {.to_rows = true, .to_total = total_ != nullptr};
    Around &top = around_.back();
    if (!top.array) return top.next;
    const std::uint32_t index = top.index++;
    const std::size_t depth = around_.size() - 1;
    return {.to_rows = top.to_rows && is_index(tokens_[depth], index),
            .to_total = top.to_total && is_index((*total_)[depth], index)};
  }

  void follow(std::string_view name) {
    Around &top = around_.back();
    const std::size_t depth = around_.size() - 1;
    top.next = {.to_rows = top.to_rows && tokens_[depth] == name,
                .to_total = top.to_total && (*total_)[depth] == name};
    if (top.next.to_rows) {  // rule 7
      late_ = late_ || read_.rows > 0;
      found_ = wrong_ = false;
    }
    if (top.next.to_total) read_.has_total = false;
  }

  // True if the container that begins is at the place of the list.
  bool open(bool array) {
    const Way mine = way();
    if (mine.to_rows && around_.size() == tokens_.size()) {
      found_ = true;
      return true;
    }
    around_.push_back({.array = array,
                       .to_rows = mine.to_rows,
                       .to_total = mine.to_total && is_total_deeper(),
                       .next = {},
                       .index = 0});
    return false;
  }

  // A scalar; `text` is what may be a total.
  Way outside(std::string_view text) {
    const Way mine = way();
    if (mine.to_total && around_.size() == total_->size()) {
      read_.has_total = whole_number(text, read_.total);
    }
    text_.clear();
    return mine;
  }
  template <typename Number>
  void outside_number(Number value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    outside({digits, static_cast<std::size_t>(end - digits)});
  }

  // ---- The rows
  // ----------------------------------------------------------------------------------

  // Whether the value that comes belongs to a row; begins the row if it is one.
  bool in_row() {
    if (mode_ == Mode::row) return true;
    if (mode_ != Mode::list && mode_ != Mode::numbered) return false;
    begin_row(mode_);
    return true;
  }
  void begin_row(Mode in) {
    mode_before_ = in;
    mode_ = Mode::row;
    row_depth_ = 0;
    rows_.begin_row();
  }
  void end_value() {
    if (row_depth_ == 0) end_row();
  }
  void end_row() {
    mode_ = mode_before_;
    if (mode_ == Mode::list) {
      give_row();
    } else if (mode_ == Mode::numbered) {
      rows_.hold_row();
      numbers_.emplace_back(number_, numbers_.size());
    } else {  // the only row has ended the list
      const bool is_row = rows_.end_single(single_);
      read_.rows += is_row ? 1 : 0;
      wrong_ = !is_row;
    }
  }
  void give_row() {
    rows_.give_row();
    ++read_.rows;
  }

  // The first member of an object at the place says what the object is.
  void begin_members(std::string_view name, Error &error) {
    if (whole_number(name, number_)) {
      mode_ = Mode::numbered;
      return;
    }
    begin_row(Mode::outside);
    row_depth_ = 1;
    rows_.on_object_begin(error);
    rows_.on_key({name.data(), name.size()}, name.size(), error);
  }
  void end_numbered() {
    const auto number = &std::pair<std::uint64_t, std::size_t>::first;
    std::ranges::sort(numbers_, {}, number);
    wrong_ = wrong_ || std::ranges::adjacent_find(numbers_, {}, number) != numbers_.end();
    for (const auto &[unused, held] : numbers_) {
      if (wrong_) break;
      rows_.give_held(held);
      ++read_.rows;
    }
    rows_.drop_held();
    numbers_.clear();
  }

  const std::vector<std::string> &tokens_;  // to the place
  const std::vector<std::string> *total_;
  const bool single_;
  Rows &rows_;
  std::vector<Around> around_;
  std::string text_;  // of a name or text outside of rows that comes in parts
  Mode mode_ = Mode::outside;
  Mode mode_before_ = Mode::outside;                            // the row that is being read
  std::size_t row_depth_ = 0;                                   // open containers in it
  std::uint64_t number_ = 0;                                    // its name (rule 2)
  std::vector<std::pair<std::uint64_t, std::size_t>> numbers_;  // of the held rows
  bool found_ = false;
  bool wrong_ = false;  // what is at the place is no list
  bool late_ = false;   // rows were given that do not count (rule 7)
  RowsRead read_;
};

// Reads a whole body. `rows`: the taker.
template <typename Rows>
RowsRead read_list(const ListPlace &place, std::string_view body, Rows &rows) {
  bool parsed = false;
  const auto read_once = [&](std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = deepest_answer;
    boost::json::basic_parser<ListReader<Rows>> parser(options, place, rows);
    boost::json::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    parsed = !error && used == text.size() && parser.done();
    return parser.handler().finish(parsed);
  };
  const RowsRead read = read_once(body);
  if (parsed) return read;
  const auto whole = with_cut_characters_replaced(body);
  if (!whole) return read;
  rows.begin_again();
  return read_once(*whole);
}

}  // namespace cpi
