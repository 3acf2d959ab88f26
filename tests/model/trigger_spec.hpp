// A trigger of a manifest as the model needs it: what it asks, what of a row matters, and what it
// promises. Read from the manifest on its own, so that the plugin's reading of it is not examined
// by itself.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/json/schema.hpp"
#include "json_place.hpp"
#include "plugin_host.hpp"

namespace model {

// What a request has in the places where its template puts something: {"/gate/id": "7", ...}.
using Captures = std::map<std::string, json::value>;

class Template {
 public:
  Template() = default;
  Template(const json::object &request, const json::object &paging);

  // Nothing when the request cannot have been made of it; otherwise what it captured. Paging is
  // under "limit", "from" and "after".
  std::optional<Captures> match(const Request &request) const;
  // Literal values that a request has in common with it: the more, the surer.
  int likeness(const Request &request) const;

 private:
  std::string method_;
  std::regex path_;
  std::vector<std::string> path_names_;
  json::object query_;
  json::value body_;
  bool paging_in_body_ = false;
  std::vector<std::pair<std::string, std::string>> paging_;  // name, and what it is
};

enum class PagingStyle : std::uint8_t { none, offset, page, after };

struct Paging {
  PagingStyle style = PagingStyle::none;
  std::size_t size = 100;
  std::int64_t first_page = 1;
  Tokens after;
  Tokens rows;
  std::optional<Tokens> total;
};

// {pointer, in | not_in | min: node}, for one input. Of {any: [...]}, it is the first of these, and
// the rest are its `others`.
struct Condition {
  Tokens pointer;
  bool negated = false;
  bool least = false;
  std::vector<json::value> values;
  std::vector<Condition> others;
  bool holds(const json::value &row) const;
};

// What stands for a node of the manifest when the input is this; nothing when it is absent.
std::optional<json::value> placed(const json::value &node, const json::value &input);

enum class Strategy : std::uint8_t { set, top, hash, watch, win, edge };

struct Edge {
  Tokens value;
  bool days_left = false;
  bool above = false;
  double threshold = 0;
  double rearm = 0;
};

struct Gate {
  Template request;
  std::optional<Template> after;
  Paging paging;
  std::vector<Tokens> key;
  std::vector<Tokens> counters;
  std::vector<Tokens> count;  // each counts all rows of the list
  std::vector<Condition> where;
  bool each = true;
  std::optional<Tokens> dated;  // only rows of some days are read
  bool several = false;         // the list is read once for each of its rows
  std::set<std::string> read;   // pointers that templates take from its rows
  json::value example;          // a row of it, as far as an event shows it
};

struct Watch {
  Template request;
  Tokens rows;
  std::vector<Condition> final;
  bool batch = false;
};

struct TriggerSpec {
  // Throws std::runtime_error when something is there that the model does not know.
  // `defs`: the manifest's $defs, which schemas refer to; null: whether events fit is not of
  // interest.
  TriggerSpec(const json::object &trigger, json::value input, const json::object *defs = nullptr);

  // Whether a change that can be seen is told by the very next poll: counters may hide one, and
  // what is gone is gone only when it was missed twice.
  bool reports_at_once() const;

  std::string id;
  json::value input;
  Strategy strategy = Strategy::set;
  bool emits_new = false;
  bool emits_changed = false;
  bool emits_removed = false;
  Template read;
  Paging paging;
  Tokens pick;           // where the answer has what is read
  json::value accepted;  // what an answer must say besides, or null
  Tokens accepted_at;
  std::vector<Tokens> key;
  bool lower_key = false;
  std::optional<Tokens> order;
  std::optional<Tokens> window;
  int window_back_days = 1;
  bool each_day = false;  // the window is read day by day
  std::optional<Tokens> horizon;
  int horizon_days = 0;
  std::size_t pages = 0;
  std::vector<Tokens> remember;  // what is compared
  bool whole_row = false;        // all of it is compared
  std::vector<Condition> where;
  std::vector<Condition> when;
  std::optional<Gate> gate;
  std::optional<Watch> watch;
  std::optional<Edge> edge;
  json::value sample;              // an event, which tells the types of what rows have
  json::value example;             // a row of that event
  json::value filler;              // the same, without what is put in later
  cpi::Schema output;              // of its events
  std::set<std::string> required;  // members of an event that it must have
};

}  // namespace model
