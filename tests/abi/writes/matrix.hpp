// Every change that the plugin can make, under every odd answer: what became of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "odd_answers.hpp"
#include "plugin_under_test.hpp"

namespace writes {

// How one conversation ended, as the table has it.
struct Ending {
  contract::Step last;
  bool repeatable = false;    // the first request of those that were answered oddly
  bool removes = false;       // it is a DELETE
  std::size_t once_sent = 0;  // requests that may not be repeated, except after a refusal
  std::size_t requests = 0;
  bool renews = false;
  bool waits = false;
};

// One action, or what is left of it after a first request that was answered well.
struct Write {
  const contract::OperationCase *what;
  bool later = false;
  std::string documented;  // the output after the documented answers

  std::string name() const;
};

// What is answered besides a body and a status.
struct OtherAnswer {
  std::string name;
  contract::Answer answer;
};
const std::vector<OtherAnswer> &other_answers();

class Matrix {
 public:
  Matrix(const contract::PluginUnderTest &plugin, const cpi_plugin &table);

  // Fills the table. What contradicts a rule is in violations().
  void run();

  // The table, in groups of actions with the same rows.
  std::string text() const;
  // "<action>, HTTP <status> <body>: <what is wrong>"
  const std::vector<std::string> &violations() const { return violations_; }

 private:
  struct Row {  // of one write
    Write write;
    bool repeatable = false;
    std::vector<std::string> cells;   // body by body, in each by status
    std::vector<std::string> others;  // by other_answers()
  };

  std::vector<Write> writes() const;
  Ending end(const Write &write, const contract::Service &service) const;
  void judge(const Write &write, const OddBody &body, int status, const Ending &ending);
  void judge_other(const Write &write, std::size_t other, const Ending &ending);
  std::string totals() const;
  void add_group(std::string &text, const std::vector<const Row *> &rows) const;

  const contract::PluginUnderTest &plugin_;
  contract::Connector connector_;
  std::vector<contract::OperationCase> calls_;  // the custom call, as a change
  std::vector<Row> rows_;
  std::vector<std::string> violations_;
};

}  // namespace writes
