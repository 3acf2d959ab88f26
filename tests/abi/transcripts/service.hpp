// What the service answers: a good answer as tests/abi/answers has it, another good one made of it,
// and the three ways in which an answer fails.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "conversation.hpp"

namespace transcripts {

struct BadAnswer {
  std::string name;
  contract::Answer answer;
};
const std::vector<BadAnswer> &bad_answers();

// The canned answer with other numbers and texts and one more row in each list. Where the operation
// pages, the first page is full, so that a second one is asked for, and the third is empty. Counts
// the requests itself: make a new one for each conversation.
contract::Service another(const contract::PluginUnderTest &plugin, boost::json::object paging);

}  // namespace transcripts
