#include "cpi/sdk/detection/cursor.hpp"

#include <algorithm>

#include "varint.hpp"

namespace cpi::detection {

namespace {

constexpr std::string_view magic = "cpd";
constexpr DigestKey checksum_key = {0x63686563, 0x6b73756d};
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t hash_bytes = 7;

std::uint64_t checksum(std::string_view bytes) noexcept {
  return page_digest(checksum_key, bytes) & 0xffffffff;
}

void put_signed(std::int64_t value, std::string &out) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_varint(bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0), out);
}

bool take_signed(std::string_view &bytes, std::int64_t &out) noexcept {
  std::uint64_t bits = 0;
  if (!take_varint(bytes, bits)) return false;
  out = static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
  return true;
}

template <typename Small>
bool take_small(std::string_view &bytes, Small &out) noexcept {
  std::uint64_t value = 0;
  if (!take_varint(bytes, value) || value > static_cast<Small>(~Small{0})) return false;
  out = static_cast<Small>(value);
  return true;
}

void put_hashes(const std::vector<std::uint64_t> &hashes, std::string &out) {
  put_varint(hashes.size(), out);
  for (const std::uint64_t hash : hashes) put_fixed(hash, hash_bytes, out);
}

bool take_hashes(std::string_view &bytes, std::vector<std::uint64_t> &out) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > bytes.size() / hash_bytes) return false;
  out.resize(count);
  for (std::uint64_t &hash : out) take_fixed(bytes, hash_bytes, hash);
  return true;
}

// Booleans, packed and unpacked in the same order.
class Flags {
 public:
  explicit Flags(std::uint64_t bits = 0) noexcept : bits_(bits) {}
  void put(bool value) noexcept { bits_ |= static_cast<std::uint64_t>(value) << at_++; }
  bool take() noexcept { return (bits_ >> at_++ & 1) != 0; }
  std::uint64_t bits() const noexcept { return bits_; }

 private:
  std::uint64_t bits_;
  unsigned at_ = 0;
};

void encode(const Scan &scan, std::string &out) {
  Flags flags;
  for (const bool flag : {scan.full, scan.stable, scan.marking, scan.rising, scan.falling,
                          scan.held, scan.found > 0}) {
    flags.put(flag);
  }
  put_varint(flags.bits(), out);
  put_varint(scan.attempt, out);
  put_varint(scan.pages, out);
  put_varint(scan.first_day, out);
  put_varint(scan.day, out);
  put_text(scan.position, out);
  put_hashes(scan.tail, out);
  put_text(scan.last_rank, out);
  put_text(scan.gate, out);
  if (scan.found > 0) put_varint(scan.found, out);
}

bool decode(std::string_view &bytes, Scan &scan) {
  std::uint64_t bits = 0;
  if (!take_varint(bytes, bits)) return false;
  Flags flags(bits);
  scan.running = true;
  for (bool *flag :
       {&scan.full, &scan.stable, &scan.marking, &scan.rising, &scan.falling, &scan.held}) {
    *flag = flags.take();
  }
  const bool found = flags.take();
  return take_small(bytes, scan.attempt) && take_small(bytes, scan.pages) &&
         take_small(bytes, scan.first_day) && take_small(bytes, scan.day) &&
         take_text(bytes, scan.position) && take_hashes(bytes, scan.tail) &&
         take_text(bytes, scan.last_rank) && take_text(bytes, scan.gate) &&
         (!found || take_small(bytes, scan.found));
}

bool has_more(const Shard &shard) {
  return shard.filter_changed || shard.suspect_empty || shard.refusals > 0 ||
         shard.rests_until != 0 || shard.missing_since != 0 || shard.held_day > 0 ||
         !shard.ends.empty() || !shard.refused_name.empty() || !shard.refused.empty() ||
         shard.surplus;
}

void encode_more(const Shard &shard, std::string &out) {
  const bool named = !shard.refused_name.empty();
  put_varint((shard.filter_changed ? 1U : 0U) | (shard.suspect_empty ? 2U : 0U) |
                 (named ? 4U : 0U) | (shard.refused.empty() ? 0U : 8U) | (shard.surplus ? 16U : 0U),
             out);
  put_varint(shard.refusals, out);
  put_signed(shard.rests_until, out);
  put_signed(shard.missing_since, out);
  put_varint(shard.held_day, out);
  put_varint(shard.ends.size(), out);
  for (const End &end : shard.ends) {
    put_varint(end.day, out);
    put_varint(end.rows, out);
  }
  if (named) put_text(shard.refused_name, out);
  if (shard.surplus) put_signed(*shard.surplus, out);
  if (shard.refused.empty()) return;
  put_varint(shard.refused.size(), out);
  for (const RefusedPart &part : shard.refused) {
    put_varint(part.id, out);
    put_varint(part.refusals, out);
    put_signed(part.rests_until, out);
    put_varint(part.quiet ? 1U : 0U, out);
  }
}

bool decode_refused(std::string_view &bytes, std::vector<RefusedPart> &refused) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > bytes.size() / 4) return false;
  refused.resize(count);
  for (RefusedPart &part : refused) {
    std::uint64_t quiet = 0;
    if (!take_varint(bytes, part.id) || !take_small(bytes, part.refusals) ||
        !take_signed(bytes, part.rests_until) || !take_varint(bytes, quiet) || quiet > 1) {
      return false;
    }
    part.quiet = quiet == 1;
  }
  return std::ranges::is_sorted(refused, {}, &RefusedPart::id);
}

bool decode_more(std::string_view &bytes, Shard &shard) {
  std::uint64_t bits = 0;
  std::uint64_t count = 0;
  if (!take_varint(bytes, bits) || bits > 31 || !take_small(bytes, shard.refusals) ||
      !take_signed(bytes, shard.rests_until) || !take_signed(bytes, shard.missing_since) ||
      !take_small(bytes, shard.held_day) || !take_varint(bytes, count) ||
      count > bytes.size() / 2) {
    return false;
  }
  shard.filter_changed = (bits & 1) != 0;
  shard.suspect_empty = (bits & 2) != 0;
  shard.ends.resize(count);
  const bool ends = std::ranges::all_of(shard.ends, [&](End &end) {
    return take_small(bytes, end.day) && take_small(bytes, end.rows);
  });
  std::int64_t surplus = 0;
  const bool named = (bits & 4) == 0 || take_text(bytes, shard.refused_name);
  if (!ends || !named || ((bits & 16) != 0 && !take_signed(bytes, surplus))) return false;
  if ((bits & 16) != 0) shard.surplus = surplus;
  return (bits & 8) == 0 || decode_refused(bytes, shard.refused);
}

void encode(Shard &shard, MemoryShape shape, std::string &out) {
  put_fixed(shard.id, hash_bytes, out);
  Flags flags;
  for (const bool flag : {shard.ready, shard.again, shard.quiet, shard.visited, shard.passed,
                          shard.scan.running, has_more(shard)}) {
    flags.put(flag);
  }
  put_varint(flags.bits(), out);
  put_varint(shard.missing, out);
  put_varint(static_cast<std::uint64_t>(shard.order), out);
  put_varint(shard.watermark_day, out);
  put_varint(shard.floor_day, out);
  put_varint(shard.single_reads_from, out);
  put_text(shard.gate, out);
  if (shard.scan.running) encode(shard.scan, out);
  if (has_more(shard)) encode_more(shard, out);
  shard.memory.encode(shape, out);
}

bool decode(std::string_view &bytes, MemoryShape shape, Shard &shard) {
  std::uint64_t bits = 0;
  std::uint64_t order = 0;
  if (!take_fixed(bytes, hash_bytes, shard.id) || !take_varint(bytes, bits)) return false;
  Flags flags(bits);
  for (bool *flag : {&shard.ready, &shard.again, &shard.quiet, &shard.visited, &shard.passed,
                     &shard.scan.running}) {
    *flag = flags.take();
  }
  const bool more = flags.take();
  if (!take_small(bytes, shard.missing) || !take_varint(bytes, order) || order > 2 ||
      !take_small(bytes, shard.watermark_day) || !take_small(bytes, shard.floor_day) ||
      !take_varint(bytes, shard.single_reads_from) || !take_text(bytes, shard.gate)) {
    return false;
  }
  shard.order = static_cast<Order>(order);
  if (shard.scan.running && !decode(bytes, shard.scan)) return false;
  if (more && !decode_more(bytes, shard)) return false;
  return shard.memory.decode(shape, bytes);
}

bool decode_head(std::string_view bytes, Cursor &out) {
  std::uint64_t bits = 0;
  std::uint64_t count = 0;
  if (!take_fixed(bytes, 8, out.key[0]) || !take_fixed(bytes, 8, out.key[1]) ||
      !take_varint(bytes, bits)) {
    return false;
  }
  Flags flags(bits);
  out.complete = flags.take();
  out.nothing_pending = flags.take();
  out.has_single_reads = flags.take();
  out.pass_open = flags.take();
  out.pass_stable = flags.take();
  std::uint64_t order = 0;
  if (!take_varint(bytes, order) || order > 2) return false;
  out.order = static_cast<Order>(order);
  if (!take_varint(bytes, out.generation) || !take_signed(bytes, out.written_at) ||
      !take_signed(bytes, out.forced_at) || !take_signed(bytes, out.pace_ms) ||
      !take_text(bytes, out.pass) || !take_hashes(bytes, out.pass_tail) ||
      !take_varint(bytes, count) || count > bytes.size() / 8) {
    return false;
  }
  out.pages.resize(count);
  for (PageMark &page : out.pages) {
    if (!take_fixed(bytes, 8, page.digest) || !take_small(bytes, page.rows)) return false;
  }
  std::uint64_t filter = 0;
  if (!bytes.empty() && !take_fixed(bytes, 4, filter)) return false;
  out.filter = static_cast<std::uint32_t>(filter);
  return bytes.empty();
}

}  // namespace

std::int64_t rest_after(unsigned refusals) noexcept {
  constexpr std::int64_t first_ms = 10 * 60'000LL;
  constexpr std::int64_t longest_ms = 3'600'000LL;
  if (refusals < 2) return 0;  // a temporary fault: read again with the next poll
  return std::min(longest_ms, first_ms << std::min(refusals - 2, 8U));
}

bool rests(unsigned refusals, std::int64_t rests_until, std::int64_t now_unix_ms) noexcept {
  const std::int64_t left = rests_until - now_unix_ms;
  return refusals > 0 && left > 0 && left <= rest_after(refusals);
}

RefusedPart *Shard::find_refused(std::uint64_t part) noexcept {
  const auto at = std::ranges::lower_bound(refused, part, {}, &RefusedPart::id);
  return at != refused.end() && at->id == part ? &*at : nullptr;
}

RefusedPart &Shard::count_refusal(std::uint64_t part, std::int64_t now_unix_ms) {
  constexpr std::uint8_t most = 20;
  auto at = std::ranges::lower_bound(refused, part, {}, &RefusedPart::id);
  if (at == refused.end() || at->id != part) at = refused.insert(at, RefusedPart{.id = part});
  if (at->refusals < most) ++at->refusals;
  at->rests_until = now_unix_ms + rest_after(at->refusals);
  return *at;
}

bool Shard::end_refusal(std::uint64_t part) {
  return std::erase_if(refused, [&](const RefusedPart &each) { return each.id == part; }) > 0;
}

bool Shard::is_resting(std::uint64_t part, std::int64_t now_unix_ms) noexcept {
  const RefusedPart *found = find_refused(part);
  return found != nullptr && rests(found->refusals, found->rests_until, now_unix_ms);
}

Shard *Cursor::find(std::uint64_t id) noexcept {
  const auto at = std::ranges::lower_bound(shards, id, {}, &Shard::id);
  return at != shards.end() && at->id == id ? &*at : nullptr;
}

Shard &Cursor::at(std::uint64_t id) {
  const auto at = std::ranges::lower_bound(shards, id, {}, &Shard::id);
  if (at != shards.end() && at->id == id) return *at;
  Shard made;
  made.id = id;
  return *shards.insert(at, std::move(made));
}

std::string Cursor::encode(std::uint32_t fingerprint, MemoryShape shape) {
  std::string head;
  put_fixed(key[0], 8, head);
  put_fixed(key[1], 8, head);
  Flags flags;
  for (const bool flag : {complete, nothing_pending, has_single_reads, pass_open, pass_stable})
    flags.put(flag);
  put_varint(flags.bits(), head);
  put_varint(static_cast<std::uint64_t>(order), head);
  put_varint(generation, head);
  put_signed(written_at, head);
  put_signed(forced_at, head);
  put_signed(pace_ms, head);
  put_text(pass, head);
  put_hashes(pass_tail, head);
  put_varint(pages.size(), head);
  for (const PageMark &page : pages) {
    put_fixed(page.digest, 8, head);
    put_varint(page.rows, head);
  }
  if (filter != 0) put_fixed(filter, 4, head);

  std::string out(magic);
  out.push_back(static_cast<char>(cursor_version));
  put_fixed(fingerprint, 4, out);
  put_text(head, out);
  put_fixed(checksum(out), checksum_bytes, out);

  const std::size_t body = out.size();
  put_varint(sequence, out);
  put_varint(newest.size(), out);
  for (const Newest &row : newest) {
    put_fixed(row.shard, hash_bytes, out);
    put_fixed(row.key, hash_bytes, out);
    put_varint(row.sequence, out);
    put_text(row.rank, out);
  }
  put_varint(shards.size(), out);
  for (Shard &shard : shards) detection::encode(shard, shape, out);
  put_fixed(checksum(std::string_view(out).substr(body)), checksum_bytes, out);
  return out;
}

Opened open_cursor(std::string_view bytes, std::uint32_t fingerprint, Cursor &out,
                   std::string_view &body) {
  if (bytes.empty()) return Opened::empty;
  std::string_view rest = bytes;
  if (!rest.starts_with(magic) || rest.size() < magic.size() + 1) return Opened::damaged;
  if (static_cast<std::uint8_t>(rest[magic.size()]) != cursor_version) return Opened::other_version;
  rest.remove_prefix(magic.size() + 1);
  std::uint64_t plan = 0;
  std::uint64_t size = 0;
  if (!take_fixed(rest, 4, plan) || !take_varint(rest, size) || size > rest.size()) {
    return Opened::damaged;
  }
  const std::string_view head = rest.substr(0, size);
  rest.remove_prefix(size);
  std::uint64_t sum = 0;
  const std::string_view summed = bytes.substr(0, bytes.size() - rest.size());
  if (!take_fixed(rest, checksum_bytes, sum) || sum != checksum(summed)) return Opened::damaged;
  if (plan != fingerprint) return Opened::other_plan;
  // Detects a body that was cut off; a changed body is detected when it is opened.
  if (rest.size() < checksum_bytes || !decode_head(head, out)) return Opened::damaged;
  body = rest;
  return Opened::ok;
}

bool open_body(std::string_view body, MemoryShape shape, Cursor &out) {
  if (body.size() < checksum_bytes) return false;
  std::string_view summed = body.substr(0, body.size() - checksum_bytes);
  std::string_view end = body.substr(summed.size());
  std::uint64_t sum = 0;
  take_fixed(end, checksum_bytes, sum);
  if (sum != checksum(summed)) return false;
  std::uint64_t count = 0;
  if (!take_varint(summed, out.sequence) || !take_varint(summed, count) ||
      count > summed.size() / (2 * hash_bytes)) {
    return false;
  }
  out.newest.resize(count);
  for (Newest &row : out.newest) {
    if (!take_fixed(summed, hash_bytes, row.shard) || !take_fixed(summed, hash_bytes, row.key) ||
        !take_varint(summed, row.sequence) || !take_text(summed, row.rank)) {
      return false;
    }
  }
  if (!take_varint(summed, count) || count > summed.size() / hash_bytes) return false;
  out.shards.resize(count);
  for (Shard &shard : out.shards) {
    if (!decode(summed, shape, shard)) return false;
  }
  return summed.empty() && std::ranges::is_sorted(out.shards, {}, &Shard::id);
}

}  // namespace cpi::detection
