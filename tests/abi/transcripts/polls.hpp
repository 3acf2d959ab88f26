// The polls of one trigger, against the service of the model test (tests/model/world.hpp), which is
// made of the trigger's own `read` and `detect`.
#pragma once

#include <boost/json/object.hpp>

#include "conversation.hpp"
#include "page.hpp"

namespace transcripts {

void record_polls(Page &page, const contract::Connector &connector,
                  const boost::json::object &trigger, const std::string &input);

}  // namespace transcripts
