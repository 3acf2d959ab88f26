// SET: a row that is not remembered is new; a row that stable scans no longer show is gone.
#include "strategy.hpp"

namespace cpi::detection {

Judgement judge_set(const RowComparison &comparison) {
  const MemoryShape shape = comparison.plan.shape;
  return shape.version || shape.values ? judge_hash(comparison) : judge_known(comparison);
}

Judgement judge_known(const RowComparison &comparison) {
  Judgement judgement;
  if (comparison.old != nullptr) return judgement;
  judgement.change = Change::fresh;
  judgement.becomes.key = comparison.row;
  return judgement;
}

Absences count_absences(Memory &memory, AbsenceLimits limits,
                        const std::unordered_set<std::uint64_t> &left) {
  constexpr std::uint8_t most = 3;  // what two bits hold
  Absences out;
  memory.each([&](Remembered &row) {
    if (row.seen) return;
    const unsigned limit = left.contains(row.key) ? limits.usual : limits.unseen;
    // What is only doubted is not counted, or the first rows to come back would prove the others
    // gone.
    if (limit > 0 && row.absent < most) {
      ++row.absent;
      out.moved = true;
    }
    if (limit > 0 && row.absent >= limit) {
      out.gone.push_back(row.key);
    } else {
      out.waiting = true;
    }
  });
  return out;
}

Judgement judge(const RowComparison &comparison) {
  return comparison.plan.strategy->judge(comparison);
}

extern const Strategy set_strategy = {
    .judge = judge_set,
    .usual = {.fresh = true},
    .possible = {.fresh = true, .changed = true, .removed = true},
};

namespace {

bool plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && c != '/' && c != '%';
}

void append_part(std::string_view text, bool lower, std::string &out) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (char c : text) {
    if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (plain(c)) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
}

}  // namespace

bool append_key(const std::vector<std::size_t> &key, bool lower, const Slots &slots,
                std::string &out) {
  for (const std::size_t slot : key) {
    if (!slots[slot].identifies()) return false;
    if (!out.empty()) out.push_back('/');
    append_part(slots[slot].text, lower, out);
  }
  return true;
}

std::uint64_t row_hash(const DigestKey &key, std::uint64_t shard, std::string_view key_text) {
  const DigestKey own = {key[0], key[1] ^ shard};
  return siphash(own, key_text) >> 8;
}

}  // namespace cpi::detection
