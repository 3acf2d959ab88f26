// The state of a trigger between polls. Opaque bytes for the host.
//
// An idle poll reads only the small head; the body (every remembered row) is decoded on demand.
// Each has its own checksum. Bytes that are not a valid cursor of this version and plan are not
// used at all: the trigger takes a new baseline and reports that.
//
//   "cpd" version  plan fingerprint:4  key:16  flags  varints...  pages...  head checksum:4
//   shard count  shards...  body checksum:4
//
// Additions since the first release are behind a flag or at the end of the head, so that older
// cursors can still be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/sdk/detection/digest.hpp"
#include "cpi/sdk/detection/memory.hpp"

namespace cpi::detection {

constexpr std::uint8_t cursor_version = 1;

// A page whose rows were all processed.
struct PageMark {
  std::uint64_t digest = 0;
  std::uint32_t rows = 0;
  bool operator==(const PageMark &) const = default;
};

// Whether the newest rows come first.
enum class Order : std::uint8_t { unknown, falling, violated };

// A scan in progress; kept in the cursor if a budget stopped it.
struct Scan {
  bool running = false;
  bool full = true;      // every page; false: as in `top`
  bool stable = true;    // no row has moved over a page border so far
  bool marking = true;   // every row so far was processed
  bool rising = false;   // some row was newer than the one before
  bool falling = false;  // some row was older than the one before
  bool held = false;     // it found rows that the next scan is to report
  std::uint8_t attempt = 0;
  std::uint32_t pages = 0;
  std::uint32_t found = 0;          // new and changed rows so far
  std::uint32_t first_day = 0;      // of the window, in days since 1970
  std::uint32_t day = 0;            // the current day, if the list is read day by day
  std::string position;             // of the page walk
  std::vector<std::uint64_t> tail;  // keys of the last rows of the last page
  std::string last_rank;            // order value of the last row that shows the order
  std::string gate;                 // counters at its start
};

// The confirmed end of a list whose last page was short.
struct End {
  std::uint32_t day = 0;   // if the list is read day by day
  std::uint32_t rows = 0;  // of the whole list
  bool operator==(const End &) const = default;
};

// A part of a list that the service refuses by itself: a day of its window, or a row that is read
// singly. It has its own back-off.
struct RefusedPart {
  std::uint64_t id = 0;          // the day since 1970, or the row's Remembered::key
  std::uint8_t refusals = 0;     // consecutive
  std::int64_t rests_until = 0;  // Unix ms: not read before
  bool quiet = false;            // refused in the baseline: its rows are recorded, not reported
};

// One list: the only one, or the list of one gate row.
struct Shard {
  std::uint64_t id = 0;      // 56-bit hash of the gate row's key; 0 without a gate
  std::string gate;          // packed counters when the last finished scan began
  bool ready = false;        // scanned at least once
  bool again = false;        // to be scanned regardless of the gate
  bool quiet = false;        // existed at the baseline but could not be read: report nothing
  bool visited = false;      // by the current pass over the gate
  bool passed = false;       // finished in this pass
  std::uint8_t missing = 0;  // consecutive passes without it
  Order order = Order::unknown;
  std::uint32_t watermark_day = 0;      // the latest day of a row, in days since 1970
  std::uint32_t floor_day = 0;          // the first day of the baseline
  std::uint64_t single_reads_from = 0;  // where the next round of single reads starts
  bool suspect_empty = false;           // its baseline was empty although the gate counted rows
  std::optional<std::int64_t> surplus;  // rows that the gate counts and the list does not show
  bool filter_changed = false;          // `when` was changed: known rows produce no event (rule 12)
  std::uint8_t refusals = 0;            // consecutive refusals by the service, of this list alone
  std::int64_t rests_until = 0;         // Unix ms: not read before
  std::int64_t missing_since = 0;       // Unix ms: when most rows were first found missing; or 0
  std::uint32_t held_day = 0;           // the first refused day of the current scan
  std::string refused_name;             // for people, while `refusals` is not 0
  std::vector<RefusedPart> refused;     // parts of it, by id
  std::vector<End> ends;
  Scan scan;
  Memory memory;

  RefusedPart *find_refused(std::uint64_t part) noexcept;
  // Counts a refusal and sets the back-off. The caller reports the change to the position.
  RefusedPart &count_refusal(std::uint64_t part, std::int64_t now_unix_ms);
  // Returns false if the part was not refused.
  bool end_refusal(std::uint64_t part);
  bool is_resting(std::uint64_t part, std::int64_t now_unix_ms) noexcept;
};

// A row of a backfill while the baseline is in progress.
struct Newest {
  std::uint64_t shard = 0;
  std::uint64_t key = 0;
  std::uint64_t sequence = 0;
  std::string rank;
};

// How long a part rests after this many consecutive refusals.
std::int64_t rest_after(unsigned refusals) noexcept;
// Whether the rest lasts. A clock that was set back does not extend it.
bool rests(unsigned refusals, std::int64_t rests_until, std::int64_t now_unix_ms) noexcept;

struct Cursor {
  DigestKey key{};
  std::uint64_t generation = 0;
  std::int64_t written_at = 0;    // Unix ms of the host's clock
  std::int64_t forced_at = 0;     // when everything was last read regardless of the gates
  std::int64_t pace_ms = 0;       // time between polls; 0: unknown
  bool complete = false;          // the baseline is complete
  bool nothing_pending = false;   // nothing is unfinished or to be read again
  bool has_single_reads = false;  // some rows are to be read one by one
  bool pass_open = false;         // a budget stopped the pass over the gate
  bool pass_stable = true;
  Order order = Order::unknown;  // of the list, if there is no gate
  std::string pass;              // the gate page where the pass continues; empty: the first
  std::vector<std::uint64_t> pass_tail;
  std::vector<PageMark> pages;  // of the gate if there is one, else of the list
  std::uint32_t filter = 0;     // digest of `when` with its input; 0: none or unknown
  std::vector<Newest> newest;
  std::uint64_t sequence = 0;

  std::vector<Shard> shards;  // by id

  Shard *find(std::uint64_t id) noexcept;
  Shard &at(std::uint64_t id);  // created if missing

  std::string encode(std::uint32_t fingerprint, MemoryShape shape);
};

enum class Opened : std::uint8_t { ok, empty, other_version, other_plan, damaged };

// Decodes the head and returns the body undecoded (it borrows from `bytes`). [any]
Opened open_cursor(std::string_view bytes, std::uint32_t fingerprint, Cursor &out,
                   std::string_view &body);
// Returns false if damaged. [any]
bool open_body(std::string_view body, MemoryShape shape, Cursor &out);

}  // namespace cpi::detection
