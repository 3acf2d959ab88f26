// The `writes` of a probe: a few of the manifest's own actions, tried in a place that a person has
// made for it (an empty mailing list), and how the place is emptied again.
//
//   place        what the person names, by its ID
//   before       reads with conditions; if one does not hold, nothing is written. One that says
//                that the place is empty is marked: what an interrupted probe left breaks it
//   steps        actions with their inputs, and reads; in their order
//   cleanup      actions that remove what steps may have left, each with a read that verifies it
//   assumptions  as those of the probe, about the answers to `before` and `steps`
//
// A manifest cannot make a probe harmful. These rules are checked when it is compiled:
//
// 1. Every request has the place's ID as a segment of its path, so nothing else is touched.
// 2. A write is an action with a request template that is idempotent and not queued. What reaches a
//    person (an email, a message, a confirmation) reaches the person again when it is repeated, so
//    its action is never idempotent.
// 3. Every write names the clean-up that removes it. An action that is destructive may only be one
//    that this clean-up uses itself.
// 4. Every address is at a domain that can belong to nobody (RFC 2606, RFC 6761).
// 5. The number of requests has a limit, which leaves room for the clean-up.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/pointer.hpp"
#include "cpi/language/network.hpp"
#include "cpi/language/placement.hpp"
#include "cpi/language/probe.hpp"
#include "cpi/language/problem.hpp"
#include "cpi/language/request.hpp"

namespace cpi {

struct ProbePlace {
  std::string name;     // by which inputs and paths refer to it
  std::string title;    // "mailing list"
  bool integer = true;  // its ID is a number in inputs
  std::string make;     // how a person makes one

  // The ID as a value of inputs; empty if `text` cannot be one. [any]
  std::optional<boost::json::value> value(std::string_view text) const;
  // What inputs and paths are filled with.
  boost::json::object scope(const boost::json::value &id) const;
  boost::json::object sample_scope() const;  // with an ID that is made up
};

// An action of the manifest with an input, or a read with its own request. [any]
struct ProbeCall {
  std::string action;  // empty: `request` is filled with the place alone
  bool writes = false;
  RequestTemplate request;
  Placement input;  // of an action

  // The input of the action; an object without members for a read with its own request.
  boost::json::value input_for(const boost::json::object &scope) const;
  // Throws Failure invalid_input. `scope` has the place under its name.
  Request build(const boost::json::object &scope) const;
};

struct ProbeCondition {
  ProbeCheck check;
  // Instead of `check`: where each row has the ID of the place. An answer about another place, odd
  // or cached on its way, says nothing about this one.
  std::optional<Pointer> place_at;
  std::string place_at_text;
  bool empty = false;   // it says that the place is empty
  std::string refusal;  // a sentence: why the place cannot be used
};

struct ProbeBefore {
  std::string id;
  ProbeCall call;
  std::vector<ProbeCondition> conditions;
};

// A read is repeated until its check holds.
struct ProbeUntil {
  ProbeCheck check;
  std::size_t times = 1;
  std::chrono::milliseconds every{0};
};

struct ProbeStep {
  std::string id;
  ProbeCall call;
  std::string undo;  // of a write: the id of its clean-up
  std::optional<ProbeUntil> until;
};

struct ProbeCleanup {
  // How often it is tried, and verified, before it is left to a person.
  static constexpr std::size_t most_tries = 4;

  std::string id;
  std::string description;  // a sentence
  ProbeCall call;
  ProbeCall verify;
  ProbeCheck check;     // holds if nothing is left
  std::string by_hand;  // a sentence: what to do if something is
};

struct ProbeWrites {
  ProbePlace place;
  std::vector<std::string> description;  // sentences: what will be written
  std::vector<std::string> remains;      // sentences: what no request can remove
  std::vector<ProbeBefore> before;
  std::vector<ProbeStep> steps;
  std::vector<ProbeCleanup> cleanup;
  // Every request by its id, in the order above, for those who judge answers; a clean-up's id is
  // that of its verification. With the assumptions and the limit.
  Probe asked;
  // Texts of the inputs: the manifest's own, which an answer may repeat.
  std::vector<std::string> own_texts;

  // Of `asked.max_requests`, kept for the clean-up.
  std::size_t reserve() const noexcept;

  // Empty if the manifest's probe has none. Throws LanguageError. [any]
  static std::optional<ProbeWrites> compile(const boost::json::object &manifest,
                                            const Network &network);
  static std::optional<ProbeWrites> compile(const boost::json::object &manifest,
                                            const Network &network, Problems &problems);
};

// Whether `value` is a whole segment of the URL's path. [any]
bool path_names(std::string_view url, const boost::json::value &value);

// Whether nobody can have this address: its domain is reserved for examples and tests, or there can
// be none of its name. [any]
bool is_reserved_address(std::string_view address);

}  // namespace cpi
