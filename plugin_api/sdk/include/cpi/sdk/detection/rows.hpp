// Reads the rows of an answer without building a document: only the values that detection asked
// for are taken, straight from Boost.JSON's SAX parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/pointer.hpp"
#include "cpi/sdk/detection/digest.hpp"
#include "cpi/sdk/detection/scalar.hpp"

namespace cpi::detection {

// Which values of a row are wanted, as one tree of names. Made once; the same for all threads.
class RowLayout {
 public:
  RowLayout() { nodes_.emplace_back(); }

  // Where the list is in the answer, and where its total, if it has one.
  void set_rows(const Pointer &rows);
  void set_total(const Pointer &total);
  // A single object may stand for a list of one. It must have something of `needed`; where that is
  // empty, a member that something wanted lies in. Without this call it stands for nothing. The
  // last call of all.
  void allow_single(std::vector<std::size_t> needed);

  // The slot that will hold the value at `pointer` of every row; asking twice gives the same one.
  std::size_t want(const Pointer &pointer);
  std::size_t slots() const noexcept { return slots_; }

 private:
  friend class RowReader;
  struct Node {
    std::string name;
    std::vector<std::uint32_t> children;
    int slot = -1;
  };
  std::uint32_t walk(const Pointer &pointer);

  std::vector<Node> nodes_;
  std::vector<std::string> rows_;
  std::vector<std::string> total_;
  std::vector<std::size_t> needed_;  // of a single object
  bool has_total_ = false;
  bool single_ = false;
  std::size_t slots_ = 0;
};

// Called for each row; `slots` is as long as the layout's and valid during the call only.
class RowSink {
 public:
  virtual void on_row(std::size_t index, const std::vector<Scalar> &slots) = 0;

 protected:
  ~RowSink() = default;
};

struct RowsRead {
  std::size_t rows = 0;
  bool has_total = false;
  std::uint64_t total = 0;
  const char *problem = nullptr;  // why the body could not be read: "is not JSON", ...
  bool ok() const noexcept { return problem == nullptr; }
};

// A list; an object of numbered members, which is one in the order of its numbers; a single object
// where the layout allows it; null, {} or [] for none, also in place of what holds the list. All
// else is a problem. Letters that were cut in two are replaced by U+FFFD. `body` has no byte order
// mark. Rows before a problem have been given to the sink. [any]
RowsRead read_rows(const RowLayout &layout, const DigestKey &key, std::string_view body,
                   RowSink &sink);

}  // namespace cpi::detection
