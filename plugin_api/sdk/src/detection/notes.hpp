// The notes of a poll for the user. Each sentence once, at most twenty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cpi::detection {

class Notes {
 public:
  void add(std::string text) {
    constexpr std::size_t most = 20;
    if (texts_.size() < most && std::ranges::find(texts_, text) == texts_.end()) {
      texts_.push_back(std::move(text));
    }
  }
  const std::vector<std::string> &texts() const noexcept { return texts_; }

 private:
  std::vector<std::string> texts_;
};

}  // namespace cpi::detection
