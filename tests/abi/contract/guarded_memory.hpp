// Memory that ends where a page ends, before a page that can't be touched: one byte too far is a
// crash. What a call borrows is lent from here, and taken away as soon as the call returns.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cpi/plugin.h"

namespace contract {

class GuardedMemory {
 public:
  GuardedMemory() = default;
  ~GuardedMemory() { take_back(); }
  GuardedMemory(const GuardedMemory &) = delete;
  GuardedMemory &operator=(const GuardedMemory &) = delete;

  // Uninitialised. Throws std::bad_alloc.
  void *lend(std::size_t size);

  // A copy without a terminator; null when empty.
  const char *lend(std::string_view content);

  cpi_str str(std::string_view content) { return {lend(content), content.size()}; }
  cpi_bytes bytes(std::string_view content);
  const cpi_header *headers(const cpi_header *headers, std::size_t count);

  // A copy of the first `size` bytes of a struct, which end at the border. `size` must keep the
  // struct aligned; when it is more than the struct has, the rest is filled with 0xA5.
  template <typename T>
  T *copy(const T &original, std::size_t size = sizeof(T)) {
    static_assert(std::is_trivially_copyable_v<T>);
    void *place = lend(size);
    std::memset(place, 0xA5, size);
    std::memcpy(place, &original, size < sizeof(T) ? size : sizeof(T));
    return static_cast<T *>(place);
  }

  // Overwrites all that was lent, then unmaps it.
  void take_back();

 private:
  struct Mapping {
    void *start;
    std::size_t size;
  };
  std::vector<Mapping> mappings_;
};

}  // namespace contract
