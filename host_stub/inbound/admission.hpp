// Who makes room for the next connection. A connection is a stranger's until a request on it has
// shown a session; strangers may have some of the places only, and the one that has waited longest
// makes room for another stranger. So whoever opens connections and says nothing, or drips a
// request, pushes out his own first, and the next one that comes is always let in.
//
// It knows no sockets and no clock; for one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace host::inbound {

class Admission {
 public:
  using Id = std::uint64_t;

  Admission(std::size_t connections, std::size_t strangers)
      : most_(connections), most_strangers_(strangers) {}

  // Whether another connection may be accepted now.
  bool has_room() const noexcept { return entries_.size() < most_ && strangers_ < most_strangers_; }
  // Which one to close when there is no room: the stranger that has waited for a request, or taken
  // its answer, longest; else the connection of a session that has waited longest, when those alone
  // fill all places. Nothing: all are being worked for.
  std::optional<Id> one_to_close() const;

  void opened(Id id);  // by a stranger; its first request is waited for
  void closed(Id id);  // nothing happens when it is not known
  void shows_session(Id id);

  void waits_for_request(Id id);  // or for the rest of one
  void is_worked_for(Id id);      // an answer is being made: it is not closed now
  void takes_answer(Id id);

 private:
  enum class Phase { waiting, worked_for, taking };
  struct Entry {
    bool stranger = true;
    Phase phase = Phase::waiting;
    std::uint64_t since = 0;  // when the phase began, in steps of `now_`
  };
  void enter(Id id, Phase phase);
  template <typename Fits>
  std::optional<Id> oldest(const Fits &fits) const;

  std::size_t most_;
  std::size_t most_strangers_;
  std::size_t strangers_ = 0;
  std::uint64_t now_ = 0;
  std::map<Id, Entry> entries_;
};

}  // namespace host::inbound
