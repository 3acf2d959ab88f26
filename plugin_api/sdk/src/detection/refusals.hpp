// What the service answered for the parts of a trigger that it refused in this poll. Which parts
// are refused, and since when they rest, is in the cursor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace cpi::detection {

class Refusals {
 public:
  // `part`: of the list, as RefusedPart::id; 0: the list itself.
  void add(std::uint64_t shard, std::uint64_t part, std::string reason) {
    reasons_.insert_or_assign({shard, part}, std::move(reason));
  }
  // Empty if the part was not asked for.
  std::string reason(std::uint64_t shard, std::uint64_t part) const {
    const auto found = reasons_.find({shard, part});
    return found == reasons_.end() ? std::string() : found->second;
  }

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> reasons_;
};

}  // namespace cpi::detection
