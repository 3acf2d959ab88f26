// One transcript file: what the plugin did, line by line, and below it what it said to people.
// Sentences are listed once, with the places where they are said, so that a better sentence is one
// changed line and never hides among changed requests.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conversation.hpp"

namespace transcripts {

using contract::Step;

// Longer texts are shown by their beginning, their length and a digest.
inline constexpr std::size_t longest_input = 200;
inline constexpr std::size_t longest_body = 200;
inline constexpr std::size_t longest_output = 80;
inline constexpr std::size_t longest_variation = 36;  // of another output, and of an event
inline constexpr std::size_t longest_details = 40;
inline constexpr std::size_t longest_text = 140;

// A conversation, and what its answers are called.
struct Recording {
  std::string name;
  std::vector<Step> steps;
};

std::string digest(std::string_view bytes);

class Page {
 public:
  // `whole`: nothing is shortened.
  Page(std::string area, bool whole) : area_(std::move(area)), whole_(whole) {}

  void heading(std::string_view kind, std::string_view id);
  void line(const std::string &text) { lines_.push_back(text); }
  // On one line, and no longer than that.
  std::string shortened(std::string_view text, std::size_t longest) const;

  // The requests that this operation has not sent before, numbered.
  void requests(const std::vector<Step> &steps);
  // The same, then what came of them: "<name> (<their numbers>): done ...", events and cursors.
  // The sentences are said at "<id> <name>".
  void outcome(const Recording &recording);
  // Without the requests, and with the keys of the events only.
  void brief(const Recording &recording);
  // An input that does not fit.
  void unfit(const Recording &recording);
  // What came of answers that are refused, unintelligible or none: one line, called
  // "<prefix>failures", where it is the usual.
  void failures(const std::string &prefix, const std::vector<Recording> &all);

  std::string text() const;

 private:
  struct Place {
    std::string id;
    std::string name;  // of the answer
    bool operator==(const Place &) const = default;
  };
  using Sentences = std::vector<std::string>;

  void say(const std::string &name, Sentences sentences);
  std::string numbers(const std::vector<Step> &steps);
  std::string ended(const Recording &recording);
  std::string failed(const std::string &name, const Step &step);
  std::string done(const std::string &name, const Step &step);
  std::string problems(const std::string &details);
  void say_about_input(const std::string &sentence);
  std::map<std::string, const Sentences *> usual() const;

  std::string area_;
  bool whole_;
  std::string id_;
  std::vector<std::string> lines_;
  std::map<std::string, std::size_t> numbers_;  // of this operation's requests
  std::map<std::string, std::size_t> bodies_;   // the first request with it
  std::vector<Sentences> said_;                 // in the order in which they were first said
  std::map<Sentences, std::vector<Place>> places_;
  std::vector<std::string> problems_;  // sentences about inputs, in that order
};

}  // namespace transcripts
