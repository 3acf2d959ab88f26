#include "cpi/sdk/detection/rows.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>

#include "cpi/json/cut_characters.hpp"
#include "cpi/sdk/paging.hpp"

namespace cpi::detection {

namespace {

constexpr std::uint32_t nothing = ~std::uint32_t{0};

bool is_index(std::string_view token, std::uint32_t index) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, index).ptr;
  return token == std::string_view(digits, static_cast<std::size_t>(end - digits));
}

// A container that is open while parsing.
struct Frame {
  bool array = false;
  bool to_rows = false;     // on the way to the list
  bool to_total = false;    // on the way to the total
  bool rows_next = false;   // the member that comes is the next step to the list
  bool total_next = false;  // likewise to the total
  bool digested = false;
  std::uint32_t index = 0;        // of the element that comes
  std::uint32_t node = nothing;   // of the layout
  std::uint32_t child = nothing;  // of the member that comes
  std::uint64_t member = 0;       // digest of its name
  std::uint64_t digest = 0;       // of what came so far
  std::size_t first_member = 0;   // among the digested members of all open objects
};

}  // namespace

// Boost.JSON's SAX handler.
class RowReader {
 public:
  static constexpr std::size_t max_object_size = ~std::size_t{0};
  static constexpr std::size_t max_array_size = ~std::size_t{0};
  static constexpr std::size_t max_key_size = ~std::size_t{0};
  static constexpr std::size_t max_string_size = ~std::size_t{0};
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  // `given`: rows that an earlier reading of the same body gave to the sink.
  RowReader(const RowLayout &layout, const DigestKey &key, RowSink &sink, std::size_t given)
      : layout_(layout), key_(key), sink_(sink), given_(given), slots_(layout.slots()) {
    frames_.reserve(16);
  }

  RowsRead finish(bool parsed) {
    if (!parsed) {
      read_.problem = "is not JSON, or ends too early";
    } else if (!found_ || wrong_) {
      read_.problem = "has no list where one is expected";
    }
    return read_;
  }

  bool on_document_begin(Error &) { return true; }
  bool on_document_end(Error &) { return true; }
  bool on_object_begin(Error &) { return open(false); }
  bool on_array_begin(Error &) { return open(true); }
  bool on_object_end(std::size_t size, Error &) { return close(size); }
  bool on_array_end(std::size_t size, Error &) { return close(size); }

  bool on_key_part(Text part, std::size_t, Error &) {
    key_text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(Text last, std::size_t, Error &) {
    std::string_view name(last.data(), last.size());
    if (!key_text_.empty()) {
      key_text_.append(last.data(), last.size());
      name = key_text_;
    }
    name_member(frames_.back(), name);
    key_text_.clear();
    return true;
  }

  bool on_string_part(Text part, std::size_t, Error &) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(Text last, std::size_t, Error &) {
    std::string_view text(last.data(), last.size());
    if (!text_.empty()) {
      text_.append(last.data(), last.size());
      text = text_;
    }
    scalar(is_integer(text) ? ScalarKind::integer : ScalarKind::text, text);
    text_.clear();
    return true;
  }

  bool on_number_part(Text part, Error &) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, Text, Error &) { return integer(value); }
  bool on_uint64(std::uint64_t value, Text, Error &) { return integer(value); }
  bool on_double(double value, Text last, Error &) {
    text_.append(last.data(), last.size());
    if (is_integer(text_)) {  // beyond 64 bits: keep all its digits
      scalar(ScalarKind::integer, text_);
    } else {
      char digits[32];
      const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
      const std::string_view shortest(digits, static_cast<std::size_t>(end - digits));
      scalar(is_integer(shortest) ? ScalarKind::integer : ScalarKind::number, shortest);
    }
    text_.clear();
    return true;
  }
  bool on_bool(bool value, Error &) {
    scalar(ScalarKind::boolean, value ? "true" : "false");
    return true;
  }
  bool on_null(Error &) {
    scalar(ScalarKind::null, {});
    return true;
  }
  bool on_comment_part(Text, Error &) { return true; }
  bool on_comment(Text, Error &) { return true; }

 private:
  // What the value that begins now is to us.
  struct Role {
    std::uint32_t node = nothing;
    bool row = false;
    bool to_rows = false;
    bool to_total = false;
  };

  static constexpr std::size_t no_depth = ~std::size_t{0};

  Role role() {
    Role role;
    Frame *top = frames_.empty() ? nullptr : &frames_.back();
    const std::uint32_t index = top != nullptr && top->array ? top->index++ : 0;
    if (row_base_ != no_depth) {
      if (top->node != nothing) role.node = top->array ? element(top->node, index) : top->child;
      return role;
    }
    if (frames_.size() == rows_depth_) {
      role.node = 0;
      role.row = true;
      return role;
    }
    const auto next = [&](bool on_way, bool named, const std::vector<std::string> &tokens) {
      if (top == nullptr) return true;
      if (!on_way) return false;
      return top->array ? is_index(tokens[frames_.size() - 1], index) : named;
    };
    role.to_rows =
        next(top != nullptr && top->to_rows, top != nullptr && top->rows_next, layout_.rows_);
    role.to_total = layout_.has_total_ && next(top != nullptr && top->to_total,
                                               top != nullptr && top->total_next, layout_.total_);
    return role;
  }

  std::uint32_t child(std::uint32_t node, std::string_view name) const {
    for (const std::uint32_t candidate : layout_.nodes_[node].children) {
      if (layout_.nodes_[candidate].name == name) return candidate;
    }
    return nothing;
  }
  std::uint32_t element(std::uint32_t node, std::uint32_t index) const {
    for (const std::uint32_t candidate : layout_.nodes_[node].children) {
      if (is_index(layout_.nodes_[candidate].name, index)) return candidate;
    }
    return nothing;
  }

  void name_member(Frame &top, std::string_view name) {
    if (std::exchange(undecided_, false) && row_number(name, number_)) {
      // It is no row but a list whose elements have numbers for names.
      row_base_ = no_depth;
      rows_depth_ = frames_.size();
      numbered_ = true;
      top.node = nothing;
      top.digested = false;
      return;
    }
    if (row_base_ != no_depth) {
      top.child = top.node == nothing ? nothing : child(top.node, name);
      if (top.digested) top.member = page_digest(key_, name);
      return;
    }
    const std::size_t depth = frames_.size();
    if (numbered_ && depth == rows_depth_) {
      wrong_ = wrong_ || !row_number(name, number_);
      return;
    }
    top.rows_next =
        top.to_rows && depth <= layout_.rows_.size() && layout_.rows_[depth - 1] == name;
    top.total_next =
        top.to_total && depth <= layout_.total_.size() && layout_.total_[depth - 1] == name;
  }

  void begin_row() {
    for (Scalar &slot : slots_) slot.clear();
    row_base_ = frames_.size();
  }
  void end_row() {
    row_base_ = no_depth;
    if (numbered_) {
      by_number_.emplace_back(number_, slots_);
    } else {
      give(slots_);
    }
  }
  void give(const std::vector<Scalar> &slots) {
    const std::size_t index = read_.rows++;
    if (index >= given_) sink_.on_row(index, slots);
  }
  void end_numbered() {
    const auto number = [](const auto &row) { return row.first; };
    std::ranges::sort(by_number_, {}, number);
    wrong_ = wrong_ || std::ranges::adjacent_find(by_number_, {}, number) != by_number_.end();
    if (!wrong_) {
      for (const auto &row : by_number_) give(row.second);
    }
    numbered_ = false;
    by_number_.clear();
  }
  bool may_be_single() const {
    const auto has = [&](std::size_t slot) { return slots_[slot].identifies(); };
    if (!layout_.single_) return false;
    if (!layout_.needed_.empty()) return std::ranges::any_of(layout_.needed_, has);
    return slots_.empty() || std::ranges::any_of(slots_, [](const Scalar &slot) {
             return slot.kind != ScalarKind::absent;
           });
  }

  int slot_of(std::uint32_t node) const { return node == nothing ? -1 : layout_.nodes_[node].slot; }

  bool open(bool array) {
    const Role mine = role();
    Frame frame;
    frame.array = array;
    if (mine.row) begin_row();
    if (row_base_ != no_depth) {
      frame.node = mine.node;
    } else if (mine.to_rows && frames_.size() == layout_.rows_.size()) {
      found_ = true;
      if (array) {
        rows_depth_ = frames_.size() + 1;
      } else {  // a single object, or a list with numbers for names: its first member decides
        begin_row();
        frame.node = 0;
        undecided_ = true;
      }
    } else {
      frame.to_rows = mine.to_rows;
      frame.to_total = mine.to_total && frames_.size() < layout_.total_.size();
    }
    frame.first_member = members_.size();
    frame.digested = row_base_ != no_depth &&
                     ((!frames_.empty() && frames_.back().digested) || slot_of(frame.node) >= 0);
    frames_.push_back(frame);
    return true;
  }

  bool close(std::size_t size) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    members_.resize(frame.first_member);
    if (row_base_ == no_depth) {
      if (frames_.size() + 1 == rows_depth_) {
        rows_depth_ = no_depth;
        if (numbered_) end_numbered();
      }
      // PHP's [] for an object that would hold the list.
      if (frame.to_rows && frame.array && size == 0 && !frames_.empty()) found_ = true;
      return true;
    }
    if (frame.digested) {
      const int slot = slot_of(frame.node);
      if (slot >= 0) {
        slots_[static_cast<std::size_t>(slot)].kind = ScalarKind::tree;
        slots_[static_cast<std::size_t>(slot)].tree = frame.digest;
      }
      digest_into_parent(frame.digest);
    }
    if (frames_.size() == row_base_) {
      undecided_ = false;
      if (rows_depth_ != no_depth || (size > 0 && may_be_single())) {
        end_row();
      } else {  // {} where the list is expected is an empty list
        row_base_ = no_depth;
        wrong_ = wrong_ || size > 0;
      }
    }
    return true;
  }

  template <typename Integer>
  bool integer(Integer value) {
    text_.clear();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    scalar(ScalarKind::integer, {digits, static_cast<std::size_t>(end - digits)});
    return true;
  }

  void scalar(ScalarKind kind, std::string_view text) {
    const Role mine = role();
    if (row_base_ == no_depth && !mine.row) {
      outside(mine, kind, text);
      return;
    }
    if (mine.row) begin_row();
    const int slot = slot_of(mine.node);
    if (slot >= 0) {
      Scalar &taken = slots_[static_cast<std::size_t>(slot)];
      taken.clear();
      taken.kind = kind;
      taken.text = text;
    }
    if (mine.row) {
      end_row();
    } else if (frames_.back().digested) {
      digest_into_parent(page_digest(key_, text) + static_cast<std::uint64_t>(kind));
    }
  }

  void outside(const Role &mine, ScalarKind kind, std::string_view text) {
    const bool here = frames_.size() == layout_.rows_.size() || !frames_.empty();
    if (mine.to_rows && here && kind == ScalarKind::null) found_ = true;
    if (mine.to_total && frames_.size() == layout_.total_.size() && kind == ScalarKind::integer) {
      const char *end = text.data() + text.size();
      read_.has_total = std::from_chars(text.data(), end, read_.total).ptr == end;
    }
  }

  // Members may come in any order; elements may not.
  void digest_into_parent(std::uint64_t value) {
    if (frames_.empty() || !frames_.back().digested) return;
    Frame &parent = frames_.back();
    const std::uint64_t both[2] = {parent.array ? parent.digest : parent.member, value};
    const std::uint64_t mixed =
        page_digest(key_, {reinterpret_cast<const char *>(both), sizeof both});
    if (parent.array) {
      parent.digest = mixed;
      return;
    }
    parent.digest += mixed;
    // Of a name that comes twice, the last value counts. Of very many names it is not looked for.
    constexpr std::size_t most_compared = 256;
    if (members_.size() - parent.first_member >= most_compared) return;
    const auto first = members_.begin() + static_cast<std::ptrdiff_t>(parent.first_member);
    const auto twice = std::ranges::find(first, members_.end(), parent.member,
                                         &std::pair<std::uint64_t, std::uint64_t>::first);
    if (twice == members_.end()) {
      members_.emplace_back(parent.member, mixed);
    } else {
      parent.digest -= std::exchange(twice->second, mixed);
    }
  }

  const RowLayout &layout_;
  const DigestKey &key_;
  RowSink &sink_;
  std::size_t given_;
  std::vector<Scalar> slots_;
  std::vector<Frame> frames_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> members_;  // name and share of the digest
  std::string key_text_;
  std::string text_;
  std::size_t rows_depth_ = no_depth;  // of the rows, inside their list
  std::size_t row_base_ = no_depth;    // depth of the row being read
  bool found_ = false;
  bool wrong_ = false;      // it is neither a list nor what may stand for one
  bool undecided_ = false;  // the list is an object whose first member has not come yet
  bool numbered_ = false;   // its members have numbers for names
  std::uint64_t number_ = 0;
  std::vector<std::pair<std::uint64_t, std::vector<Scalar>>> by_number_;
  RowsRead read_;
};

void RowLayout::set_rows(const Pointer &rows) {
  rows_ = rows.tokens();
}

void RowLayout::set_total(const Pointer &total) {
  total_ = total.tokens();
  has_total_ = true;
}

void RowLayout::allow_single(std::vector<std::size_t> needed) {
  single_ = true;
  needed_ = std::move(needed);
  if (!needed_.empty()) return;
  // What is wanted may be absent from a document, as is the end of a plan that has none.
  for (const std::uint32_t member : nodes_.front().children) {
    if (nodes_[member].slot < 0) nodes_[member].slot = static_cast<int>(slots_++);
  }
}

std::uint32_t RowLayout::walk(const Pointer &pointer) {
  std::uint32_t at = 0;
  for (const std::string &token : pointer.tokens()) {
    std::uint32_t next = nothing;
    for (const std::uint32_t candidate : nodes_[at].children) {
      if (nodes_[candidate].name == token) next = candidate;
    }
    if (next == nothing) {
      next = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({.name = token, .children = {}, .slot = -1});
      nodes_[at].children.push_back(next);
    }
    at = next;
  }
  return at;
}

std::size_t RowLayout::want(const Pointer &pointer) {
  Node &node = nodes_[walk(pointer)];
  if (node.slot < 0) node.slot = static_cast<int>(slots_++);
  return static_cast<std::size_t>(node.slot);
}

namespace {

RowsRead read_once(const RowLayout &layout, const DigestKey &key, std::string_view body,
                   RowSink &sink, std::size_t given, bool &parsed) {
  boost::json::basic_parser<RowReader> parser(boost::json::parse_options{}, layout, key, sink,
                                              given);
  boost::json::error_code error;
  const std::size_t used = parser.write_some(false, body.data(), body.size(), error);
  parsed = !error && used == body.size() && parser.done();
  return parser.handler().finish(parsed);
}

}  // namespace

RowsRead read_rows(const RowLayout &layout, const DigestKey &key, std::string_view body,
                   RowSink &sink) {
  bool parsed = false;
  const RowsRead read = read_once(layout, key, body, sink, 0, parsed);
  if (parsed) return read;
  const auto whole = with_cut_characters_replaced(body);
  return whole ? read_once(layout, key, *whole, sink, read.rows, parsed) : read;
}

}  // namespace cpi::detection
