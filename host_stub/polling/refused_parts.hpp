// The parts of a trigger that its service refuses while others can be read (cpi_result: `refused`),
// from poll to poll: since when, and what has begun or ended. The plugin knows no past polls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace host {

struct RefusedPart {
  std::string name;
  std::string reason;      // of the last poll that asked; may be empty
  std::int64_t since = 0;  // Unix milliseconds

  bool operator==(const RefusedPart &) const = default;
};

// The stored form, a JSON array; empty text for no parts. What cannot be read is no part.
std::vector<RefusedPart> refused_parts_of(std::string_view stored);
std::string stored_form(const std::vector<RefusedPart> &parts);

struct RefusedChange {
  std::vector<RefusedPart> now;
  std::vector<RefusedPart> begun;
  std::vector<RefusedPart> lasting;  // those of `now` that were refused before
  std::vector<RefusedPart> ended;
};

// `output` is the result of a successful poll, JSON or empty. A part that was refused before keeps
// its beginning, and its reason if this poll did not ask for it.
RefusedChange compare_refused(std::string_view before, std::string_view output, std::int64_t now);

// The notes of a result, without those about these parts, which have been told before.
std::vector<std::string> notes_beside(std::string_view output,
                                      const std::vector<RefusedPart> &lasting);

// "Wool: Bot is disabled. (since 2026-03-01T09:00:00Z)", and how many more there are; for one line.
// Empty if there are no parts.
std::string refused_text(const std::vector<RefusedPart> &parts);

}  // namespace host
