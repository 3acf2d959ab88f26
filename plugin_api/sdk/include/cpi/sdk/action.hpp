// The operations that a manifest can define completely: actions, lookups, and the connection test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "cpi/json/schema.hpp"
#include "cpi/language/request_template.hpp"
#include "cpi/sdk/answer.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/connector.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/list.hpp"
#include "cpi/sdk/output.hpp"
#include "cpi/sdk/output_form.hpp"
#include "cpi/sdk/paging.hpp"
#include "cpi/sdk/task.hpp"
#include "cpi/sdk/times.hpp"

namespace cpi {

class PathLimits;
class RowFilter;

// State that all operations of one connector share.
struct Service {
  std::shared_ptr<const PathLimits> limits;  // null: none
  Network network;
  ErrorTable errors;
  boost::json::object defs;
  std::string title;  // the service's name in messages
  std::optional<AccountZoneSource> account_zone;

  static Service compile(const boost::json::object &manifest);
};

// `where` is the operation's JSON Pointer in the manifest, such as "/actions/3". All compile
// functions throw std::invalid_argument naming the place. [any]
struct ActionPlan {
  std::string id;
  std::string handler;  // the plugin's handler with this name; empty: run_action
  Schema input;         // of Begin::input
  RequestTemplate request;
  AnswerShape answer;
  OutputPromise output;  // what must be there
  OutputForm form;       // what everything else is converted to
  OutgoingTimes times;   // of the input
  StampedTimes stamps;   // of the output
  std::optional<Paging> paging;
  std::optional<ListPlace> list;  // of an action that reads a list which is not paged
  std::vector<Pointer> row;       // of either list: what a row must have (list.hpp)
  std::vector<AnswerCondition> done_if_repeated;
  std::string duplicate_check;  // JSON of the manifest's duplicate_check, or empty
  bool repeatable = false;
  bool read_only = false;
  bool queued = false;
  std::shared_ptr<const Service> service;

  static ActionPlan compile(const boost::json::object &action,
                            std::shared_ptr<const Service> service, std::string_view where);
};

struct LookupPlan {
  std::string id;
  std::string handler;
  Schema input;  // of Begin::input: {"input": {...}, "page": text?, "search": text?}
  RequestTemplate request;
  AnswerShape answer;
  Paging paging;
  ListPlace list;  // where it is not paged
  Pointer value;
  std::vector<Pointer> label;  // the first that resolves in a row
  std::optional<Pointer> hint;
  std::shared_ptr<const RowFilter> where;  // the rows that are offered
  std::optional<Pointer> below;            // in a row: further rows, at any depth
  bool pages = false;
  bool search = false;  // the service can search: /search in the request's scope
  std::shared_ptr<const Service> service;

  static LookupPlan compile(const boost::json::object &lookup,
                            std::shared_ptr<const Service> service, std::string_view where);
};

struct TestPlan {
  Schema input;  // {}
  RequestTemplate request;
  Pointer label;
  OutputForm form;
  StampedTimes stamps;  // of the output
  std::shared_ptr<const Service> service;

  static TestPlan compile(const boost::json::object &manifest,
                          std::shared_ptr<const Service> service);
};

// Writes an operation's output: in the form of its schema, with the instants of its stamps, and
// with a note about each misfit. The notes are not in the output: it is the service's own, whose
// members may have any name. Returns what the output lacks of what its schema requires ("no usable
// value at ..."), or nothing; an output that was only read must not leave then. [any]
std::string put_output(const OutputForm &form, const StampedTimes &stamps,
                       boost::json::value output, Result &result);

// `call.input` is the result of validate_input with the plan's `input`. `plan` must outlive the
// task. The output is the shaped answer, or {"items": [...], "complete": bool} if the action is
// paged, converted to the action's output schema. If some of a paged output did not fit, it has
// {"notes": [...]} with sentences for the user.
Task<Result> run_action(Call &call, const ActionPlan &plan);
// {"items": [{"value", "label", "hint"?}], "next"?: text, "notes"?: [text]}
Task<Result> run_lookup(Call &call, const LookupPlan &plan);
// The output is the account, as in the test's output schema. Fails if auth.test.label does not
// resolve in it.
Task<Result> run_test(Call &call, const TestPlan &plan);

}  // namespace cpi
