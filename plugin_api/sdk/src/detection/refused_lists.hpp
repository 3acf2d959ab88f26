// The lists of a trigger that could not be read in this poll, while others could: for the state of
// the trigger, beside the notes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cpi::detection {

struct RefusedList {
  std::string name;    // for people
  std::string reason;  // what the service answered; empty: not asked in this poll, since it rests
};

class RefusedLists {
 public:
  // Each name once, at most twenty: the host keeps them, and a person reads them.
  void add(std::string name, std::string reason) {
    constexpr std::size_t most = 20;
    const auto same = [&](const RefusedList &list) { return list.name == name; };
    if (lists_.size() < most && std::ranges::none_of(lists_, same)) {
      lists_.push_back({std::move(name), std::move(reason)});
    }
  }
  const std::vector<RefusedList> &all() const noexcept { return lists_; }

 private:
  std::vector<RefusedList> lists_;
};

}  // namespace cpi::detection
