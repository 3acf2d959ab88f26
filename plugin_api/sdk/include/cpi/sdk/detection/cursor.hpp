// Where a trigger stands: opaque bytes to the host, this to the SDK.
//
// The head is small and all that an idle poll reads; the body (every remembered row) is decoded
// when something needs it. Each has its own checksum. Bytes that are not exactly a cursor of this
// version and plan are never half believed: the trigger takes a new baseline and says so.
//
//   "cpd" version  plan fingerprint:4  key:16  flags  varints...  pages...  head checksum:4
//   shard count  shards...  body checksum:4
//
// What was added since the first release stands behind a flag, or at the end of the head, so that
// cursors without it are read as before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/sdk/detection/digest.hpp"
#include "cpi/sdk/detection/memory.hpp"

namespace cpi::detection {

constexpr std::uint8_t cursor_version = 1;

// A page as it was when all its rows were dealt with.
struct PageMark {
  std::uint64_t digest = 0;
  std::uint32_t rows = 0;
  bool operator==(const PageMark &) const = default;
};

// Whether the newest rows come first.
enum class Order : std::uint8_t { unknown, falling, violated };

// A reading that is under way; kept in the cursor where a budget stopped it.
struct Scan {
  bool running = false;
  bool full = true;      // every page, or top's way
  bool stable = true;    // no page border moved so far
  bool marking = true;   // every row so far was looked at
  bool rising = false;   // some row was newer than the one before
  bool falling = false;  // some row was older than the one before
  std::uint8_t attempt = 0;
  std::uint32_t pages = 0;
  std::uint32_t first_day = 0;      // of the window, in days since 1970
  std::uint32_t day = 0;            // that is being read, where it is read day by day
  std::string position;             // of the page walk
  std::vector<std::uint64_t> tail;  // keys of the last rows of the last page
  std::string last_rank;            // order value of the last row
  std::string gate;                 // counters when it began
};

// Where a list was found to end, though its last page was short.
struct End {
  std::uint32_t day = 0;   // of a list that is read day by day
  std::uint32_t rows = 0;  // from the first one to the last one
  bool operator==(const End &) const = default;
};

// One list: the only one, or that of one gate row.
struct Shard {
  std::uint64_t id = 0;      // 56-bit hash of the gate row's key; 0 without a gate
  std::string gate;          // packed counters when the last finished scan began
  bool ready = false;        // scanned once
  bool again = false;        // to be scanned whatever the gate says
  bool quiet = false;        // was there at the baseline but could not be read: report nothing
  bool visited = false;      // by the running pass over the gate
  bool passed = false;       // dealt with in it
  std::uint8_t missing = 0;  // passes in a row that did not show it
  Order order = Order::unknown;
  std::uint32_t watermark_day = 0;  // the latest that a row showed, in days since 1970
  std::uint32_t floor_day = 0;      // the first day that the baseline asked for
  std::uint64_t watch_from = 0;     // where the next round of watching starts
  bool hollow = false;              // its baseline was empty, although the gate counted rows
  bool refilter = false;         // `when` was changed: no known row is news (rule 12) because of it
  std::uint8_t refusals = 0;     // in a row, by the service, of this list alone
  std::int64_t rests_until = 0;  // Unix ms: is not asked for before
  std::int64_t doubted_at = 0;   // Unix ms: when most of it was first found to be missing; or 0
  std::uint32_t held_day = 0;    // the first day of the running scan that was refused
  std::vector<End> ends;
  Scan scan;
  Memory memory;
};

// A row of a backfill, while its baseline is under way.
struct Newest {
  std::uint64_t shard = 0;
  std::uint64_t key = 0;
  std::uint64_t sequence = 0;
  std::string rank;
};

struct Cursor {
  DigestKey key{};
  std::uint64_t generation = 0;
  std::int64_t written_at = 0;  // Unix ms of the host's clock
  std::int64_t forced_at = 0;   // when everything was last read whatever the gates said
  std::int64_t pace_ms = 0;     // between polls, as far as known; 0: unknown
  bool complete = false;        // the baseline is
  bool settled = false;         // nothing is unfinished or to be looked at again
  bool watching = false;        // rows are to be read one by one
  bool pass_open = false;       // a budget stopped the pass over the gate
  bool pass_stable = true;
  Order order = Order::unknown;  // of the list, where there is no gate
  std::string pass;              // the page of the gate where it goes on; empty: the first
  std::vector<std::uint64_t> pass_tail;
  std::vector<PageMark> pages;  // of the gate, or else of the list
  std::uint32_t filter = 0;     // digest of `when` with its input; 0: none, or not known
  std::vector<Newest> newest;
  std::uint64_t sequence = 0;

  std::vector<Shard> shards;  // by id

  Shard *find(std::uint64_t id) noexcept;
  Shard &at(std::uint64_t id);  // made when new

  std::string encode(std::uint32_t fingerprint, MemoryShape shape);
};

enum class Opened : std::uint8_t { ok, empty, other_version, other_plan, damaged };

// Reads the head, and gives the body undecoded (it borrows from `bytes`). [any]
Opened open_cursor(std::string_view bytes, std::uint32_t fingerprint, Cursor &out,
                   std::string_view &body);
// False when damaged. [any]
bool open_body(std::string_view body, MemoryShape shape, Cursor &out);

}  // namespace cpi::detection
