// The service behind one trigger: lists of rows made of what the trigger looks at, answered page by
// page as its templates ask, and changed at random. It keeps account of what happened.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "plugin_host.hpp"
#include "shapes.hpp"
#include "trigger_spec.hpp"

namespace model {

struct Row {
  json::value fields;
  json::value twin;  // another row with its key, which is listed beside it; or null
  bool keyless = false;
  bool undated = false;      // its date says nothing
  bool finished = false;     // it had a value after which a watch looks no further
  std::int64_t rank = 0;     // grows with its place in the order of the list
  std::int64_t created = 0;  // Unix seconds
  bool hidden = false;       // in the service, but not listed yet
  bool touched = false;      // changed since it was made
  std::uint64_t born = 0;    // tells it from an earlier one with the same key
  int swayed = 0;            // how often `when` was changed by what is not compared
};

struct List {
  json::value row;  // its own, in the gate's list
  std::vector<Row> rows;
  int empty_polls = 0;               // that gave few of its rows, since it was last read in peace
  std::vector<std::uint64_t> known;  // born, of the rows it had when it was last read in peace
  bool emptied = false;              // by the running poll
  bool read = false;                 // by the running poll, with its rows
  std::optional<json::value> shown;  // in the gate's list; kept while the service is at rest
};

// A row as the trigger should know it.
struct Seen {
  std::string values;  // what is compared
  bool tells = false;  // `when` holds
  bool touched = false;
  bool sure = false;      // within what the trigger says it reads
  bool final = false;     // a watch looks no further
  bool finished = false;  // it was final once
  bool twofold = false;   // two rows have its key, and which of them counts is not known here
  std::uint64_t born = 0;
  int swayed = 0;
  json::value fields;
};

// How much there is in a service at rest.
struct Extent {
  std::size_t lists = 1;  // of a gate
  std::size_t rows = 1;   // of each list
};

class World {
 public:
  World(const TriggerSpec &spec, const Shapes &shapes, std::uint64_t seed, std::int64_t now_s);
  // A service at rest: honest, with exactly so many lists and rows, all of which the trigger
  // reports; nothing happens in it but what is asked for.
  World(const TriggerSpec &spec, const Extent &extent, std::int64_t now_s);

  Answer serve(const Request &request);

  void mutate();
  // What the service does to people for a while: a list is refused, or all rows are out of sight.
  void refuse_a_list();
  // Makes sure that the trigger reads several parts, of which one can be refused: lists, days, or
  // rows that are asked for one by one. False where it reads but one thing. A poll must follow, for
  // which the parts are new.
  bool has_parts();
  // Refuses one of them until behave(), and changes what is in it. The key of what is to be told of
  // when it answers again, if anything is.
  std::optional<std::string> refuse_with_news();
  void hide_all(bool hidden) { all_hidden_ = hidden; }
  void behave();
  // Ends a poll; `in_peace`: with no failure and no answer that was spoilt. Until a list was read
  // so, it is out of sight for two polls at most: of a list of up to three rows, three polls are
  // believed.
  void end_poll(bool in_peace);
  // Whether a row may stay unseen until everything is read: at the end of a list that is given in
  // smaller pages than are asked for.
  bool may_be_late() const;
  void show_hidden();
  // A row that is new, listed at once, and to be told of; gives its key, unless it can have none.
  std::optional<std::string> add_plain();
  // The newest row is changed so that it is to be told of; gives its key, when there is one.
  std::optional<std::string> change_plain();
  // The same in the list of this index, and what nothing can hide: a row is added, changed or
  // removed, whichever the trigger reports.
  void make_news(std::size_t list, std::size_t rows);

  std::map<std::string, Seen> present() const;
  // By key: how many events there may be, at most, since the last call of forget_history.
  std::map<std::string, int> happened;
  void forget_history() { happened.clear(); }
  // Of an edge: the values in the last document that was answered.
  std::map<std::string, double> numbers;

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  const Shapes &shapes() const noexcept { return shapes_; }
  std::int64_t clock;  // Unix seconds

 private:
  enum class Kind : std::uint8_t { integer, number, text, digits, email, stamp, boolean, object };
  struct Domain {
    Tokens pointer;
    std::vector<json::value> values;  // conditions ask for some of them
    bool refused = false;             // or refuse some of them
  };

  Kind kind_of(const Tokens &pointer, Kind otherwise) const;
  json::value stamp(const Tokens &pointer, std::int64_t seconds) const;
  json::value fresh_id(Kind kind, bool anew);
  bool is_refused(const Tokens &pointer, const json::value &value) const;
  json::value other_value(const Tokens &pointer, const json::value *current);

  void find_domains();
  void add_list();
  // `age_s`: for how long it has been there, by its date.
  void add_row(List &list, bool plain, std::int64_t age_s = 0);
  // The newest of the `of` newest rows that can change so that it is told.
  std::optional<std::string> change_newest(List &list, std::size_t of);
  void put_key(Row &row, bool anew);
  void put_times(Row &row);
  void distort(Row &row);
  void add_keyless(List &list);
  bool is_looked_at(const Tokens &pointer) const;
  const Condition *asked_of(const Tokens &pointer) const;
  bool has_version_in_key() const;
  void change_row(List &list, Row &row);
  void turn_number(Row &row);
  void satisfy(Row &row);
  void remove_row(List &list, std::size_t at);
  // Changes the row until it is to be told of; gives its key. `anywhere`: off the pages, too.
  std::optional<std::string> change_to_tell(List &list, Row &row, bool anywhere);
  bool add_parent();
  // Rows that are not on the pages of a watch and not final: those that it knows, it asks for one
  // by one.
  std::vector<Row *> single_rows();

  std::string key_of(const List &list, const Row &row) const;
  std::optional<Seen> seen(const List &list, const Row &row) const;
  bool passes_gate(const List &list) const;
  // Calls `change` on the row, and notes what of it may be told.
  template <typename Change>
  void noting(List &list, Row &row, Change change);
  void note(const std::string &key, const std::optional<Seen> &before,
            const std::optional<Seen> &after);

  std::vector<const Row *> listed(const List &list) const;
  std::vector<const Row *> in_window(std::vector<const Row *> rows, const Captures &asked) const;
  // Leaves out what is out of sight while the service lags.
  bool hide_rows(const List &list, std::vector<const Row *> &rows) const;
  Answer answer_to(const Request &request);
  Answer rows_page(List &list, const Captures &asked);
  Answer gate_page(const Captures &asked);
  Answer one_list(const Captures &asked);
  Answer watched_rows(const Captures &asked);
  Answer answer(json::value document, const Tokens &rows_at, bool is_list);
  List *list_of(const Captures &asked);
  json::value gate_row(const List &list) const;

  const TriggerSpec &spec_;
  Shapes shapes_;
  std::mt19937_64 random_;
  std::vector<List> lists_;
  std::vector<Domain> domains_;  // fields that change
  bool newest_first_ = true;
  bool ids_as_text_ = false;
  bool counters_as_text_ = false;
  std::uint64_t addresses_ = 60;  // so few that they come back
  std::uint64_t serial_ = 0;
  std::size_t cap_ = 0;       // rows that are given at once, whatever is asked for; 0: any
  std::size_t gate_cap_ = 0;  // likewise of the gate's list
  std::size_t surplus_ = 0;   // rows that are counted and never shown
  bool has_twins_ = false;    // some rows are listed twice
  bool all_hidden_ = false;
  bool at_rest_ = false;                   // see the constructor with an extent
  std::map<std::string, Answer> answers_;  // at rest: the same until something happens
  std::size_t last_found_ = 0;  // of lists_: the next that is asked for is mostly the next one
  std::optional<json::value> refused_;                // the gate row of a list
  std::string refused_day_;                           // 2025-03-01, or empty
  std::string refused_row_;                           // the key of one that is asked for by itself
  std::vector<std::uint64_t> were_listed_;            // born, of rows that pages had before
  std::size_t refusal_ = 0;                           // in which way
  std::map<std::string, std::int64_t> served_ranks_;  // of rows that pages ended with
};

}  // namespace model
