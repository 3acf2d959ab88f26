#include "cpi/sdk/detection/memory.hpp"

#include <algorithm>

#include "varint.hpp"

namespace cpi::detection {

namespace {

constexpr std::size_t key_bytes = 7;

bool by_key(const Remembered &a, const Remembered &b) noexcept {
  return a.key < b.key;
}

// Flags of the encoded form: which parts follow.
constexpr std::uint64_t has_absent = 1;
constexpr std::uint64_t has_seen = 2;
constexpr std::uint64_t has_waits = 4;
constexpr std::uint64_t has_held = 8;

// One bit for each row.
void put_bits(const std::vector<Remembered> &rows, bool Remembered::*flag, std::string &out) {
  for (std::size_t i = 0; i < rows.size(); i += 8) {
    unsigned bits = 0;
    for (std::size_t j = i; j < std::min(i + 8, rows.size()); ++j) {
      bits |= (rows[j].*flag ? 1u : 0u) << (j - i);
    }
    out.push_back(static_cast<char>(bits));
  }
}

bool take_bits(std::string_view &bytes, bool Remembered::*flag, std::vector<Remembered> &rows) {
  const std::size_t size = (rows.size() + 7) / 8;
  if (bytes.size() < size) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*flag = (bytes[i / 8] >> i % 8 & 1) != 0;
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

Remembered *Memory::find(std::uint64_t key) noexcept {
  return const_cast<Remembered *>(static_cast<const Memory &>(*this).find(key));
}

const Remembered *Memory::find(std::uint64_t key) const noexcept {
  if (!index_.empty()) {
    const auto found = index_.find(key);
    if (found != index_.end()) return &added_[found->second];
  }
  const auto at = std::ranges::lower_bound(sorted_, key, {}, &Remembered::key);
  return at != sorted_.end() && at->key == key ? &*at : nullptr;
}

void Memory::put(Remembered row) {
  if (Remembered *old = find(row.key)) {
    *old = std::move(row);
    return;
  }
  index_.emplace(row.key, static_cast<std::uint32_t>(added_.size()));
  added_.push_back(std::move(row));
}

void Memory::erase(std::uint64_t key) {
  merge_added();
  const auto at = std::ranges::lower_bound(sorted_, key, {}, &Remembered::key);
  if (at != sorted_.end() && at->key == key) sorted_.erase(at);
}

void Memory::clear() {
  sorted_.clear();
  added_.clear();
  index_.clear();
}

void Memory::merge_added() {
  if (added_.empty()) return;
  std::ranges::sort(added_, by_key);
  const auto middle = static_cast<std::ptrdiff_t>(sorted_.size());
  sorted_.insert(sorted_.end(), std::make_move_iterator(added_.begin()),
                 std::make_move_iterator(added_.end()));
  std::inplace_merge(sorted_.begin(), sorted_.begin() + middle, sorted_.end(), by_key);
  added_.clear();
  index_.clear();
}

void Memory::encode(MemoryShape shape, std::string &out) {
  merge_added();
  const bool absent = std::ranges::any_of(sorted_, [](auto &row) { return row.absent != 0; });
  const bool seen = std::ranges::any_of(sorted_, [](auto &row) { return row.seen; });
  put_varint(sorted_.size(), out);
  const bool waits = std::ranges::any_of(sorted_, [](auto &row) { return row.waits; });
  const bool held = std::ranges::any_of(sorted_, [](auto &row) { return row.held; });
  put_varint((absent ? has_absent : 0) | (seen ? has_seen : 0) | (waits ? has_waits : 0) |
                 (held ? has_held : 0),
             out);
  for (const Remembered &row : sorted_) put_fixed(row.key, key_bytes, out);
  if (shape.version) {
    for (const Remembered &row : sorted_) put_fixed(row.version, 4, out);
  }
  if (shape.values) {
    for (const Remembered &row : sorted_) put_text(row.values, out);
  }
  // Two bits for each row.
  if (absent) {
    for (std::size_t i = 0; i < sorted_.size(); i += 4) {
      unsigned bits = 0;
      for (std::size_t j = i; j < std::min(i + 4, sorted_.size()); ++j) {
        bits |= static_cast<unsigned>(sorted_[j].absent) << 2 * (j - i);
      }
      out.push_back(static_cast<char>(bits));
    }
  }
  if (seen) put_bits(sorted_, &Remembered::seen, out);
  if (waits) put_bits(sorted_, &Remembered::waits, out);
  if (held) put_bits(sorted_, &Remembered::held, out);
}

bool Memory::decode(MemoryShape shape, std::string_view &bytes) {
  clear();
  const auto damaged = [this] {
    clear();
    return false;
  };
  std::uint64_t count = 0;
  std::uint64_t flags = 0;
  if (!take_varint(bytes, count) || !take_varint(bytes, flags) ||
      count > bytes.size() / key_bytes) {
    return false;
  }
  sorted_.resize(count);
  std::uint64_t before = 0;
  for (Remembered &row : sorted_) {
    take_fixed(bytes, key_bytes, row.key);
    if (row.key < before || (row.key == before && &row != sorted_.data())) return damaged();
    before = row.key;
  }
  if (shape.version) {
    for (Remembered &row : sorted_) {
      std::uint64_t version = 0;
      if (!take_fixed(bytes, 4, version)) return damaged();
      row.version = static_cast<std::uint32_t>(version);
    }
  }
  if (shape.values) {
    for (Remembered &row : sorted_) {
      if (!take_text(bytes, row.values)) return damaged();
    }
  }
  if ((flags & has_absent) != 0) {
    if (bytes.size() < (count + 3) / 4) return damaged();
    for (std::size_t i = 0; i < count; ++i) {
      sorted_[i].absent = static_cast<std::uint8_t>(bytes[i / 4] >> 2 * (i % 4) & 3);
    }
    bytes.remove_prefix((count + 3) / 4);
  }
  if ((flags & has_seen) != 0 && !take_bits(bytes, &Remembered::seen, sorted_)) return damaged();
  if ((flags & has_waits) != 0 && !take_bits(bytes, &Remembered::waits, sorted_)) return damaged();
  if ((flags & has_held) != 0 && !take_bits(bytes, &Remembered::held, sorted_)) return damaged();
  return true;
}

}  // namespace cpi::detection
