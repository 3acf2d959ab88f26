// Chooses which connection is closed to make room for the next one. A connection is
// anonymous until a request on it has shown a session. Anonymous ones may use only some of the
// places, and the one that has waited longest makes room for the next. So a client that opens
// connections without sending requests, or sends them very slowly, displaces its own connections
// first, and a new connection is always accepted.
//
// Uses no sockets and no clock; for one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace host::inbound {

class Admission {
 public:
  using Id = std::uint64_t;

  Admission(std::size_t connections, std::size_t anonymous)
      : most_(connections), most_anonymous_(anonymous) {}

  // True if another connection may be accepted now.
  bool has_room() const noexcept { return entries_.size() < most_ && anonymous_ < most_anonymous_; }
  // The connection to close when there is no room: the anonymous one that has been waiting for a
  // request, or reading its answer, for the longest time; if sessions alone fill all places, the
  // one of them that has waited longest. Empty: answers are being made for all of them.
  std::optional<Id> one_to_close() const;

  void opened(Id id);  // anonymous; its first request is awaited
  void closed(Id id);  // a no-op for an unknown id
  void shows_session(Id id);

  void waits_for_request(Id id);  // or for the rest of one
  void is_worked_for(Id id);      // an answer is being made: do not close it now
  void takes_answer(Id id);

 private:
  enum class Phase { waiting, worked_for, taking };
  struct Entry {
    bool anonymous = true;
    Phase phase = Phase::waiting;
    std::uint64_t since = 0;  // start of the phase, in steps of `now_`
  };
  void enter(Id id, Phase phase);
  template <typename Fits>
  std::optional<Id> oldest(const Fits &fits) const;

  std::size_t most_;
  std::size_t most_anonymous_;
  std::size_t anonymous_ = 0;
  std::uint64_t now_ = 0;
  std::map<Id, Entry> entries_;
};

}  // namespace host::inbound
