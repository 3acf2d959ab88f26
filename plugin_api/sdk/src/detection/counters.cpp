#include "counters.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "cpi/sdk/detection/scalar.hpp"

namespace cpi::detection {

namespace {

// Some services write numbers as texts, and change that from answer to answer. What can count
// nothing (-1, or a number that differences would overflow with) is no counter.
std::optional<std::int64_t> counter_in(const boost::json::value &value) {
  constexpr std::int64_t most = std::int64_t{1} << 53;
  std::optional<std::int64_t> number;
  if (value.is_int64()) number = value.get_int64();
  if (const boost::json::string *text = value.if_string()) number = whole_number(*text);
  return number && *number >= 0 && *number <= most ? number : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::int64_t> numbers_in(std::string_view counters) {
  std::vector<std::int64_t> numbers;
  for (boost::json::value value; unpack(counters, value);) {
    numbers.push_back(counter_in(value).value_or(0));
  }
  return numbers;
}

std::optional<std::int64_t> count_in(const GatePlan &gate, std::string_view counters) {
  std::vector<std::optional<std::int64_t>> numbers;
  if (gate.counts_at.empty()) return std::nullopt;
  for (boost::json::value value; unpack(counters, value);) numbers.push_back(counter_in(value));
  for (const std::size_t at : gate.counts_at) {
    if (at < numbers.size() && numbers[at]) return numbers[at];
  }
  return std::nullopt;
}

bool count_rows(std::string_view counters, std::uint64_t rows) {
  std::optional<std::int64_t> most;
  for (boost::json::value value; unpack(counters, value);) {
    if (const auto number = counter_in(value)) most = std::max(most.value_or(0), *number);
  }
  return most && *most == static_cast<std::int64_t>(rows);
}

std::optional<std::int64_t> most_risen(std::string_view before, std::string_view now) {
  const std::vector<std::int64_t> old_numbers = numbers_in(before);
  const std::vector<std::int64_t> new_numbers = numbers_in(now);
  if (old_numbers.empty() || old_numbers.size() != new_numbers.size()) return std::nullopt;
  std::int64_t risen = 0;
  for (std::size_t i = 0; i < new_numbers.size(); ++i) {
    risen = std::max(risen, new_numbers[i] - old_numbers[i]);
  }
  return risen;
}

std::optional<std::int64_t> most_fallen(std::string_view before, std::string_view now) {
  return most_risen(now, before);
}

std::optional<std::int64_t> largest(std::string_view counters) {
  const std::vector<std::int64_t> numbers = numbers_in(counters);
  if (numbers.empty()) return std::nullopt;
  return std::ranges::max(numbers);
}

}  // namespace cpi::detection
