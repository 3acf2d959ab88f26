// Times that go to the service, and times that come from it.
//
// A schema says with `x-zone` how the service reads the clock of a field (manifest.schema.json).
// What goes out of a field with the format date-time-local is always a clock as the account shows
// it:
//
// 1. Without an offset it goes out as it was entered. In the hour that the clocks of the account's
//    zone show twice, or never, nobody knows what is meant: an action that changes something
//    refuses it, and says which two instants it may be.
// 2. With an offset, where the service is documented to read it in the account's time zone
//    (`account`), it is converted.
// 3. With an offset elsewhere (`undocumented`), it is taken if the account's clocks have that very
//    offset at that instant, so that both readings are one; else it is refused.
//
// Where the account's zone is given as an offset ("+03:00"), nobody knows whether that is all of it
// or what the clocks of a zone with summer time show now. It is taken for the zone where all zones
// agree that have this offset now; elsewhere 2 and 3 refuse the time, and 1 the hour that one of
// these zones shows twice or never.
//
// The account's zone is read by a request of the same operation, for a person may change it at any
// time: only where an offset was given, or where the hour is in doubt in some zone of the world.
//
// Of the times that come, a stamp with an offset (`offset`) is an instant whatever the account's
// zone. It stays as it came; the instant is added beside it, as <name>_instant. A stamp without one
// gets no instant: a guess is never reported as a fact.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/network.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi {

struct Call;
struct Service;

// The read that tells the account's time zone: auth.test with a `time_zone`.
struct AccountZoneSource {
  RequestTemplate request;
  Pointer at;  // into the answer

  // Empty if the manifest does not say. Throws LanguageError. [any]
  static std::optional<AccountZoneSource> compile(const boost::json::object &manifest,
                                                  const Network &network);
};

// The fields of an input that are clocks of the account.
class OutgoingTimes {
 public:
  OutgoingTimes() = default;  // none
  // [any]
  static OutgoingTimes compile(const boost::json::value &schema, const boost::json::object &defs);

  bool empty() const noexcept { return fields_.empty(); }
  // Replaces what has an offset in `call.input` by the account's clock. `changes`: the action
  // changes something. Sends at most one request. Throws Failure invalid_input.
  Task<> settle(Call &call, const Service &service, bool changes) const;

  struct Field {
    std::vector<std::string> path;  // "*": each element or member
    std::string title;
    bool documented = false;
  };

 private:
  std::vector<Field> fields_;
};

// The stamps of an output that have an offset.
class StampedTimes {
 public:
  StampedTimes() = default;  // none
  // [any]
  static StampedTimes compile(const boost::json::value *schema, const boost::json::object &defs);

  // Adds <name>_instant beside each stamp that has an offset, in RFC 3339 and UTC. A member of that
  // name which is there already stays. [any]
  void add_instants(boost::json::value &output) const;

 private:
  std::vector<std::vector<std::string>> paths_;
};

}  // namespace cpi
