// Rule 17. Pages as they were when all their rows were dealt with: a page that is the same byte for
// byte is not read again.
//
// One reading of a list (or of the gate) goes along the marks of the last one. It takes down the
// marks that it finds, and at its end these become the ones to compare with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpi/sdk/detection/cursor.hpp"

namespace cpi::detection {

class PageMarks {
 public:
  // `cursor` has the marks of the last reading.
  explicit PageMarks(Cursor &cursor) noexcept : cursor_(cursor) {}

  void begin() noexcept { now_.clear(); }
  // The mark that the next page had, or null.
  const PageMark *expected() const noexcept {
    return now_.size() < cursor_.pages.size() ? &cursor_.pages[now_.size()] : nullptr;
  }
  // Whether the page taken down last was the last one then, too.
  bool at_the_end() const noexcept { return now_.size() == cursor_.pages.size(); }
  void add(PageMark mark) { now_.push_back(mark); }
  std::size_t count() const noexcept { return now_.size(); }
  // Of the page taken down last.
  const PageMark *last() const noexcept { return now_.empty() ? nullptr : &now_.back(); }

  // Whether rows may be gone although some pages were passed over as unchanged: not if as many rows
  // are there as before, and all rows that were read are known.
  bool may_lack_rows(std::size_t fresh) const noexcept;

  // Makes these pages the ones to compare with, after a scan of the list or a pass over the gate.
  void keep(const Scan &scan);
  void keep_all();
  void drop() { cursor_.pages.clear(); }
  // Whether keeping changed anything.
  bool moved() const noexcept { return moved_; }

 private:
  Cursor &cursor_;
  std::vector<PageMark> now_;
  bool moved_ = false;
};

}  // namespace cpi::detection
