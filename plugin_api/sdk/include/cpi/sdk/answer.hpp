// Answers that are files.
#pragma once

#include <boost/json/value.hpp>

#include "cpi/language/answer_shape.hpp"
#include "cpi/sdk/channel.hpp"

namespace cpi {

// {filename?, content_type, size, content} of an answer whose operation says `answer: {file:
// true}`; the content as base64. [any]
boost::json::value file_of(const Response &response);

}  // namespace cpi
