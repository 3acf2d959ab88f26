// Reads the rows of an answer without building a document: takes only the values that detection
// needs, directly from Boost.JSON's SAX parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/sdk/detection/digest.hpp"
#include "cpi/sdk/detection/scalar.hpp"
#include "cpi/sdk/list.hpp"

namespace cpi::detection {

// The values to read from a row, as one tree of names. Built once; shared by all threads.
class RowLayout {
 public:
  RowLayout() { nodes_.emplace_back(); }

  // The location of the list in the answer, and of its total if there is one.
  void set_rows(const Pointer &rows);
  void set_total(const Pointer &total);
  // Lets a single object count as a list of one. It must have at least one value of `needed`, or,
  // if that is empty, one of the wanted members. Without this call a single object is an error.
  // Must be the last call.
  void allow_single(std::vector<std::size_t> needed);

  // The slot for the value at `pointer` of each row. The same pointer always gives the same slot.
  std::size_t want(const Pointer &pointer);
  // A value of this slot that is no whole number (or, if not `whole`, no number), nor the text of
  // one, counts as null.
  void want_number(std::size_t slot, bool whole);
  std::size_t slots() const noexcept { return slots_; }
  const ListPlace &place() const noexcept { return place_; }

  // True if read_rows() takes `row`, a single object, for the only row of its list. [any]
  bool is_single_row(const boost::json::value &row) const;

 private:
  friend class SlotRows;
  struct Node {
    std::string name;
    std::vector<std::uint32_t> children;
    int slot = -1;
  };
  enum class Taken : std::uint8_t { any, number, whole_number };
  std::uint32_t walk(const Pointer &pointer);
  bool takes(std::size_t slot, ScalarKind kind) const noexcept;
  bool has_what_a_row_has(const Node &node, const boost::json::value &value) const;

  std::vector<Node> nodes_;
  ListPlace place_;
  std::vector<std::size_t> needed_;  // of a single object
  std::size_t slots_ = 0;
  std::vector<Taken> taken_;  // by slot; those beyond the end take anything
};

// Called for each row. `slots` has the layout's size and is valid during the call only.
class RowSink {
 public:
  virtual void on_row(std::size_t index, const std::vector<Scalar> &slots) = 0;

 protected:
  ~RowSink() = default;
};

// Reads a body by the rules of src/list_reader.hpp. `body` must not have a byte order mark. Rows
// before a problem were already passed to the sink. [any]
RowsRead read_rows(const RowLayout &layout, const DigestKey &key, std::string_view body,
                   RowSink &sink);

}  // namespace cpi::detection
