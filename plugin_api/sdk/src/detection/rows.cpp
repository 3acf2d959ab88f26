#include "cpi/sdk/detection/rows.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "../list_reader.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

constexpr std::uint32_t nothing = ~std::uint32_t{0};

bool is_index(std::string_view token, std::uint32_t index) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, index).ptr;
  return token == std::string_view(digits, static_cast<std::size_t>(end - digits));
}

// A container that is open in a row.
struct Frame {
  bool array = false;
  bool digested = false;
  std::uint32_t index = 0;        // of the element that comes
  std::uint32_t node = nothing;   // of the layout
  std::uint32_t child = nothing;  // of the member that comes
  std::uint64_t member = 0;       // digest of its name
  std::uint64_t digest = 0;       // of what came so far
  std::size_t first_member = 0;   // among the digested members of all open objects
};

}  // namespace

// Takes the wanted values of each row (list_reader.hpp).
class SlotRows {
 public:
  using Error = boost::json::error_code;
  using Text = boost::json::string_view;

  SlotRows(const RowLayout &layout, const DigestKey &key, RowSink &sink)
      : layout_(layout), key_(key), sink_(sink), slots_(layout.slots()) {
    frames_.reserve(16);
  }

  void begin_row() {
    for (Scalar &slot : slots_) slot.clear();
  }
  void give_row() { give(slots_); }
  void hold_row() { held_.push_back(slots_); }
  void give_held(std::size_t index) { give(held_[index]); }
  void drop_held() { held_.clear(); }
  bool end_single(bool allowed) {
    const bool is_row = allowed && has_what_a_row_has();
    if (is_row) give(slots_);
    return is_row;
  }
  void begin_again() {
    given_ = std::max(given_, rows_);
    rows_ = 0;
    frames_.clear();
    members_.clear();
    held_.clear();
    key_text_.clear();
    text_.clear();
  }

  bool on_object_begin(Error &) { return open(false); }
  bool on_array_begin(Error &) { return open(true); }
  bool on_object_end(std::size_t, Error &) { return close(); }
  bool on_array_end(std::size_t, Error &) { return close(); }

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
    if (std::isnan(value)) value = 0;  // "0e999" (cpi/json/document.hpp, rule 5)
    if (is_integer(text_)) {           // beyond 64 bits: keep all its digits
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

 private:
  // The node of the value that begins now; the row itself is the first one.
  std::uint32_t node_of_value() {
    if (frames_.empty()) return 0;
    Frame &top = frames_.back();
    const std::uint32_t index = top.array ? top.index++ : 0;
    if (top.node == nothing) return nothing;
    return top.array ? element(top.node, index) : top.child;
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
    top.child = top.node == nothing ? nothing : child(top.node, name);
    if (top.child != nothing) clear_below(top.child);
    if (top.digested) top.member = page_digest(key_, name);
  }

  // Of a name that comes twice, the last value counts, with what is in it.
  void clear_below(std::uint32_t node) {
    for (const std::uint32_t inner : layout_.nodes_[node].children) {
      if (const int slot = slot_of(inner); slot >= 0)
        slots_[static_cast<std::size_t>(slot)].clear();
      clear_below(inner);
    }
  }

  void give(const std::vector<Scalar> &slots) {
    const std::size_t index = rows_++;
    if (index >= given_) sink_.on_row(index, slots);
  }
  bool has_what_a_row_has() const {
    const auto has = [&](std::size_t slot) { return slots_[slot].identifies(); };
    if (!layout_.needed_.empty()) return std::ranges::any_of(layout_.needed_, has);
    return slots_.empty() || std::ranges::any_of(slots_, [](const Scalar &slot) {
             return slot.kind != ScalarKind::absent;
           });
  }

  int slot_of(std::uint32_t node) const { return node == nothing ? -1 : layout_.nodes_[node].slot; }

  bool open(bool array) {
    Frame frame;
    frame.array = array;
    frame.node = node_of_value();
    frame.first_member = members_.size();
    frame.digested = (!frames_.empty() && frames_.back().digested) || slot_of(frame.node) >= 0;
    frames_.push_back(frame);
    return true;
  }

  bool close() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    members_.resize(frame.first_member);
    if (!frame.digested) return true;
    const int slot = slot_of(frame.node);
    if (slot >= 0) {
      Scalar &taken = slots_[static_cast<std::size_t>(slot)];
      taken.clear();  // of a name that comes twice
      taken.kind = ScalarKind::tree;
      taken.tree = frame.digest;
    }
    digest_into_parent(frame.digest);
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
    const int slot = slot_of(node_of_value());
    if (slot >= 0) {
      Scalar &taken = slots_[static_cast<std::size_t>(slot)];
      taken.clear();
      const bool takes = layout_.takes(static_cast<std::size_t>(slot), kind);
      taken.kind = takes ? kind : ScalarKind::null;
      if (taken.kind != ScalarKind::null) taken.text = text;
    }
    if (!frames_.empty() && frames_.back().digested) {
      digest_into_parent(page_digest(key_, text) + static_cast<std::uint64_t>(kind));
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
  std::size_t rows_ = 0;
  std::size_t given_ = 0;  // rows that the sink has
  std::vector<Scalar> slots_;
  std::vector<Frame> frames_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> members_;  // name and share of the digest
  std::string key_text_;
  std::string text_;
  std::vector<std::vector<Scalar>> held_;
};

void RowLayout::set_rows(const Pointer &rows) {
  place_.rows = rows;
}

void RowLayout::set_total(const Pointer &total) {
  place_.total = total;
}

void RowLayout::allow_single(std::vector<std::size_t> needed) {
  place_.single = true;
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

void RowLayout::want_number(std::size_t slot, bool whole) {
  if (taken_.size() <= slot) taken_.resize(slot + 1);
  taken_[slot] = whole ? Taken::whole_number : Taken::number;
}

bool RowLayout::takes(std::size_t slot, ScalarKind kind) const noexcept {
  const Taken taken = slot < taken_.size() ? taken_[slot] : Taken::any;
  if (taken == Taken::any || kind == ScalarKind::integer) return true;
  return taken == Taken::number && kind == ScalarKind::number;
}

bool RowLayout::is_single_row(const json::value &row) const {
  return place_.single &&
         ((needed_.empty() && slots_ == 0) || has_what_a_row_has(nodes_.front(), row));
}

bool RowLayout::has_what_a_row_has(const Node &node, const json::value &value) const {
  if (node.slot >= 0) {
    const auto slot = static_cast<std::size_t>(node.slot);
    if (needed_.empty()) return true;  // one that is there, whatever it is
    const Scalar scalar = to_scalar(value);
    const bool is_needed = std::ranges::find(needed_, slot) != needed_.end();
    if (is_needed && scalar.identifies() && takes(slot, scalar.kind)) return true;
  }
  return std::ranges::any_of(node.children, [&](std::uint32_t index) {
    const Node &child = nodes_[index];
    const json::value *inner = nullptr;
    if (const json::object *object = value.if_object()) {
      inner = object->if_contains(child.name);
    } else if (const json::array *list = value.if_array()) {
      std::uint64_t at = list->size();
      if (whole_number(child.name, at) && at < list->size()) inner = &(*list)[at];
    }
    return inner != nullptr && has_what_a_row_has(child, *inner);
  });
}

RowsRead read_rows(const RowLayout &layout, const DigestKey &key, std::string_view body,
                   RowSink &sink) {
  SlotRows rows(layout, key, sink);
  return read_list(layout.place(), body, rows);
}

}  // namespace cpi::detection
