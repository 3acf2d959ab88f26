#include "page_marks.hpp"

#include <algorithm>

namespace cpi::detection {

namespace {

std::size_t rows_on(const std::vector<PageMark> &pages) noexcept {
  std::size_t sum = 0;
  for (const PageMark &page : pages) sum += page.rows;
  return sum;
}

}  // namespace

bool PageMarks::may_lack_rows(std::size_t fresh) const noexcept {
  return fresh > 0 || now_.size() != cursor_.pages.size() ||
         rows_on(now_) != rows_on(cursor_.pages);
}

void PageMarks::keep(const Scan &scan) {
  if (!scan.stable || now_.size() != scan.pages) {  // an earlier poll read some of them
    drop();
    return;
  }
  // A scan that stopped at known rows says nothing about the pages after them.
  const bool prefix = !scan.full && now_.size() < cursor_.pages.size();
  if (!prefix) {
    keep_all();
    return;
  }
  if (std::equal(now_.begin(), now_.end(), cursor_.pages.begin())) return;
  std::ranges::copy(now_, cursor_.pages.begin());
  moved_ = true;
}

void PageMarks::keep_all() {
  if (now_ == cursor_.pages) return;
  cursor_.pages = now_;
  moved_ = true;
}

}  // namespace cpi::detection
