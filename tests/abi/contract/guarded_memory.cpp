#include "guarded_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace contract {

void *GuardedMemory::lend(std::size_t size) {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t usable = (size + page - 1) / page * page;
  void *start =
      mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  mappings_.push_back({start, usable + page});
  auto *border = static_cast<std::byte *>(start) + usable;
  if (mprotect(border, page, PROT_NONE) != 0) throw std::bad_alloc();
  return border - size;
}

const char *GuardedMemory::lend(std::string_view content) {
  if (content.empty()) return nullptr;
  auto *place = static_cast<char *>(lend(content.size()));
  std::memcpy(place, content.data(), content.size());
  return place;
}

cpi_bytes GuardedMemory::bytes(std::string_view content) {
  return {reinterpret_cast<const std::uint8_t *>(lend(content)), content.size()};
}

const cpi_header *GuardedMemory::headers(const cpi_header *headers, std::size_t count) {
  if (count == 0) return nullptr;
  auto *place = static_cast<cpi_header *>(lend(count * sizeof(cpi_header)));
  for (std::size_t i = 0; i < count; ++i) {
    place[i] = {str({headers[i].name.data, headers[i].name.size}),
                str({headers[i].value.data, headers[i].value.size})};
  }
  return place;
}

void GuardedMemory::take_back() {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (const auto &mapping : mappings_) {
    std::memset(mapping.start, 0xFF, mapping.size - page);
    munmap(mapping.start, mapping.size);
  }
  mappings_.clear();
}

}  // namespace contract
