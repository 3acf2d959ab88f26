// Rule 17. Marks of pages whose rows were all processed: a page with the same bytes is not parsed
//          again.
//
// A scan of a list (or of the gate) compares its pages with the marks of the last one and records
// new marks, which replace the old ones at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpi/sdk/detection/cursor.hpp"

namespace cpi::detection {

class PageMarks {
 public:
  // `cursor` has the marks of the last scan.
  explicit PageMarks(Cursor &cursor) noexcept : cursor_(cursor) {}

  void begin() noexcept { now_.clear(); }
  // The old mark of the next page, or null.
  const PageMark *expected() const noexcept {
    return now_.size() < cursor_.pages.size() ? &cursor_.pages[now_.size()] : nullptr;
  }
  // True if the last recorded page was also the last one then.
  bool at_the_end() const noexcept { return now_.size() == cursor_.pages.size(); }
  void add(PageMark mark) { now_.push_back(mark); }
  std::size_t count() const noexcept { return now_.size(); }
  // The mark of the last recorded page.
  const PageMark *last() const noexcept { return now_.empty() ? nullptr : &now_.back(); }

  // True if rows may have been removed although unchanged pages were skipped: not if there are as
  // many rows as before, and all rows that were read are known.
  bool may_lack_rows(std::size_t fresh) const noexcept;

  // Stores the new marks, after a scan of the list or a pass over the gate.
  void keep(const Scan &scan);
  void keep_all();
  void drop() { cursor_.pages.clear(); }
  // True if storing them changed the cursor.
  bool moved() const noexcept { return moved_; }

 private:
  Cursor &cursor_;
  std::vector<PageMark> now_;
  bool moved_ = false;
};

}  // namespace cpi::detection
