// The rows that a trigger remembers of one list: a keyed hash of 7 bytes each, and the additional
// data of the strategy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cpi::detection {

// The additional data of each remembered row; fixed by the plan.
struct MemoryShape {
  bool version = false;  // 4 bytes: a hash, a day, or a state
  bool values = false;   // a byte of length, and the packed values
};

struct Remembered {
  std::uint64_t key = 0;  // 56 bits
  std::uint32_t version = 0;
  std::uint8_t absent = 0;  // consecutive stable scans without it; at most 3
  bool seen = false;        // by the current scan
  bool waits = false;       // has never passed `when`, or is held
  bool held = false;        // is to be reported when it is seen again and passes `when`
  std::string values;
};

class Memory {
 public:
  // The pointer is valid until the next insert or erase.
  Remembered *find(std::uint64_t key) noexcept;
  const Remembered *find(std::uint64_t key) const noexcept;
  void put(Remembered row);  // replaces
  void erase(std::uint64_t key);
  void clear();
  std::size_t size() const noexcept { return sorted_.size() + added_.size(); }

  template <typename Visit>
  void each(Visit visit) {
    merge_added();
    std::ranges::for_each(sorted_, std::move(visit));
  }
  template <typename Doomed>
  void erase_if(Doomed doomed) {
    merge_added();
    std::erase_if(sorted_, doomed);
  }

  // Appends itself: count, keys in order, versions, values, and flags where any is set.
  void encode(MemoryShape shape, std::string &out);
  // Decodes from the front of `bytes` and removes it there. Returns false if damaged, and is empty
  // then.
  bool decode(MemoryShape shape, std::string_view &bytes);

 private:
  void merge_added();  // moves everything into sorted_

  std::vector<Remembered> sorted_;
  std::vector<Remembered> added_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;  // of added_
};

}  // namespace cpi::detection
