#include "text/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace host {

namespace {

constexpr std::size_t most_suggestions = 3;
constexpr std::size_t longest_name = 128;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char &c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The edit distance between two names; a swap of neighbours counts as one edit (optimal string
// alignment).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[to.size()];
}

}  // namespace

std::vector<std::string> suggestions(std::string_view name, std::span<const std::string> known) {
  if (name.empty() || name.size() > longest_name) return {};
  const std::string wanted = lower(name);
  const std::size_t tolerated = std::max<std::size_t>(2, wanted.size() / 4);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string &candidate : known) {
    const std::string there = lower(candidate);
    const std::size_t edits = distance(wanted, there);
    if (edits <= tolerated && edits < wanted.size()) {
      near.emplace_back(edits, candidate);
    } else if (wanted.size() > 2 && there.find(wanted) != std::string::npos) {
      near.emplace_back(tolerated + 1, candidate);
    }
  }
  std::ranges::stable_sort(near, {}, &std::pair<std::size_t, std::string>::first);
  if (near.size() > most_suggestions) near.resize(most_suggestions);
  std::vector<std::string> out;
  out.reserve(near.size());
  for (auto &[edits, candidate] : near) out.push_back(std::move(candidate));
  return out;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  const std::vector<std::string> near = suggestions(name, known);
  std::string out;
  for (std::size_t i = 0; i < near.size(); ++i) {
    if (i > 0) out += i + 1 == near.size() ? " or " : ", ";
    out += near[i];
  }
  return out.empty() ? out : "Did you mean " + out + '?';
}

}  // namespace host
