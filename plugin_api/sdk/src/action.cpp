#include "cpi/sdk/action.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/number.hpp"
#include "cpi/json/text_search.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/custom_call.hpp"
#include "manifest_member.hpp"
#include "row_filter.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

Pointer pointer_member(const json::object &object, std::string_view name,
                       const std::string &where) {
  return Pointer::compile(text_member(object, name, where), pointer_join(where, name));
}

// One pointer, or a list of them.
std::vector<Pointer> pointers_member(const json::object &object, std::string_view name,
                                     const std::string &where) {
  const auto *found = object.if_contains(name);
  const auto *list = found != nullptr ? found->if_array() : nullptr;
  if (list == nullptr) return {pointer_member(object, name, where)};
  std::vector<Pointer> out;
  for (const auto &each : *list) {
    const auto place = pointer_join(pointer_join(where, name), out.size());
    if (!each.is_string()) refuse(place, "must be text");
    out.push_back(Pointer::compile(each.get_string(), place));
  }
  if (out.empty()) refuse(pointer_join(where, name), "must name something");
  return out;
}

// Exactly one of request and handler; the handler's name, or empty.
std::string handler_of(const json::object &operation, const std::string &where) {
  const bool has_request = operation.contains("request");
  if (operation.contains("handler") == has_request) {
    refuse(where, "must have either request or handler");
  }
  return has_request ? std::string() : text_member(operation, "handler", where);
}

// The place `inner` of what is at `outer`.
Pointer within(const Pointer &outer, const Pointer &inner) {
  std::string text;
  for (const Pointer *each : {&outer, &inner}) {
    for (const std::string &token : each->tokens()) text = pointer_join(text, token);
  }
  return Pointer::compile(text, "");
}

AnswerShape answer_of(const json::object &operation, const std::string &where) {
  const auto *answer = operation.if_contains("answer");
  return answer != nullptr ? AnswerShape::compile(*answer, where + "/answer") : AnswerShape();
}

// The limit that the input asks for, else the cap.
std::size_t wanted_rows(const Paging &paging, const json::object &input) {
  const auto *limit = paging.limit ? paging.limit->find(input) : nullptr;
  if (limit == nullptr || !limit->is_number()) return default_row_cap;
  json::error_code error;
  const auto wanted = limit->to_number<std::size_t>(error);
  return error ? default_row_cap : wanted;
}

// Enough requests for that many rows, even where the service gives fewer than asked.
std::size_t pages_for(const Paging &paging, std::size_t rows) {
  return rows / paging.size + 2;
}

void add_notes(json::object &output, const std::vector<std::string> &notes) {
  if (notes.empty() || output.contains("notes")) return;
  output.emplace("notes", json::array(notes.begin(), notes.end()));
}

}  // namespace

std::string put_output(const OutputForm &form, const StampedTimes &stamps, json::value output,
                       Result &result) {
  const Misfits misfits = form.fit(output, result.notes);
  stamps.add_instants(output);
  result.output = write_document(output);
  return misfits.kept.empty() ? std::string()
                              : "no usable value at \"" + misfits.kept.front() + '"';
}

namespace {

// A list that the SDK makes, in the form of its schema, with its notes inside.
std::string written_list(const ActionPlan &plan, json::value output,
                         std::vector<std::string> notes) {
  MisfitCounts misfits;
  const Misfits of_output = plan.form.fit(output);
  misfits.add(of_output);
  if (!of_output.refused.empty()) output.get_object()["complete"] = false;
  plan.stamps.add_instants(output);
  for (std::string &each : misfits.sentences("one item", "items")) notes.push_back(std::move(each));
  add_notes(output.get_object(), notes);
  return write_document(output);
}

// Notes for the user, if the service counts more than it gives, or gives something again.
std::vector<std::string> notes_on(const Rows &rows, std::string_view service) {
  std::vector<std::string> notes;
  if (rows.surplus_total) {
    notes.push_back(std::string(service) + " counts " + std::to_string(*rows.surplus_total) +
                    " items in this list but gave only " + std::to_string(rows.items.size()) + ".");
  }
  if (rows.repeated > 0) {
    const bool one = rows.repeated == 1;
    notes.push_back((one ? "One item" : std::to_string(rows.repeated) + " items") + " of " +
                    std::string(service) + " came again on a later page and " +
                    (one ? "was" : "were") +
                    " left out: the list changed while it was read, so others may be missing.");
  }
  return notes;
}

Task<Result> run_paged(Call &call, const ActionPlan &plan) {
  const Paging &paging = *plan.paging;
  const std::size_t wanted = wanted_rows(paging, call.input);
  auto reading = read_rows(call.channel, plan.service->errors, plan.request, paging, plan.row,
                           call.input, wanted, {}, pages_for(paging, wanted));
  Rows rows = co_await reading;
  const bool cut = rows.items.size() > wanted;  // the service gave more than it was asked for
  if (cut) rows.items.resize(wanted);
  std::vector<std::string> notes;
  if (!cut) notes = notes_on(rows, plan.service->errors.service());
  json::value items(std::move(rows.items));
  plan.answer.repair(items);
  json::object output;
  output.emplace("items", std::move(items));
  output.emplace("complete", rows.complete && !cut);
  Result result;
  result.output = written_list(plan, std::move(output), std::move(notes));
  co_return result;
}

// The answer's JSON in the form of the output. Throws Failure where the template's part is missing.
json::value shaped(const ActionPlan &plan, json::value body) {
  if (body.is_null()) return json::object();
  json::value output = plan.answer.shape(std::move(body));
  const auto *list = output.if_array();
  if (list != nullptr && list->empty() && plan.output.object()) output.emplace_object();
  return output;
}

bool is_empty(const json::value &body) {
  if (const auto *list = body.if_array()) return list->empty();
  const auto *object = body.if_object();
  return object != nullptr && object->empty();
}

// What the words in the answer to a change say (errors.cpp has the rules). Where no output is
// promised, they are all there is to go by, and a message alone may be one of success or of
// failure. What `data` holds is data, except a flag that says no; a status there may be that of a
// thing, and so one that failed proves nothing.
void expect_no_failure(const ActionPlan &plan, const Response &response, const json::value &body,
                       bool repeatable, std::int64_t now_unix_ms) {
  const auto &errors = plan.service->errors;
  const auto judge = [&](Flag flag, const json::value &part) {
    if (flag == Flag::no) throw errors.refused(response, part, repeatable, now_unix_ms);
    if (flag == Flag::unclear) {
      throw errors.bad_answer(response, "does not report whether the request succeeded",
                              repeatable);
    }
  };
  judge(change_flag_in(body), body);
  const auto *object = body.if_object();
  if (object == nullptr || !plan.output.empty() || flag_in(body) != Flag::nothing) return;
  judge(plain_flag_in(*object), body);
  const auto *data = object->if_contains("data");
  if (data != nullptr && flag_in(*data) == Flag::no) judge(Flag::no, *data);
}

// A change: it took effect, or it was refused, or nobody knows.
json::value change_of(const ActionPlan &plan, const Response &response, json::value body,
                      bool repeatable, std::int64_t now_unix_ms) {
  const auto &errors = plan.service->errors;
  const Flag flag = flag_in(body);
  expect_no_failure(plan, response, body, repeatable, now_unix_ms);
  // An answer that says nothing has nothing to pick from.
  if (is_empty(body) && !plan.answer.accepts()) body = nullptr;
  // What is known when the service says that it worked, and no more.
  const bool confirmed = flag == Flag::yes && !plan.answer.accepts();
  json::value known = confirmed ? body : json::value();
  json::value output;
  try {
    output = shaped(plan, std::move(body));
  } catch (const Failure &failure) {
    if (confirmed) return known;
    if (failure.error_class != ErrorClass::not_found) throw;
    throw errors.bad_answer(response, "is an empty list", repeatable);
  }
  const Flag inside = flag_in(output);
  if (inside == Flag::no) throw errors.refused(response, output, repeatable, now_unix_ms);
  if (inside == Flag::unclear) {
    throw errors.bad_answer(response, "does not report whether the request succeeded", repeatable);
  }
  if (plan.output.object() && !output.is_object()) {
    if (confirmed) return known;
    throw errors.bad_answer(response, "is not an object", repeatable);
  }
  const auto name = plan.output.missing_in_change(output);
  if (!name.empty() && !confirmed) {
    throw errors.bad_answer(response, "has no " + name, repeatable);
  }
  if (!name.empty()) plan.output.drop_what_is_no_id(output);
  return output;
}

// What the service gave for a question.
json::value reading_of(const ActionPlan &plan, const Response &response, json::value body) {
  if (body.is_null() && response.status() != 204) {
    throw plan.service->errors.bad_answer(response, "is empty");
  }
  json::value output = shaped(plan, std::move(body));
  if (const auto name = plan.output.missing(output, true); !name.empty()) {
    throw plan.service->errors.bad_answer(response, "has no " + name);
  }
  return output;
}

// A list that is not paged.
json::value list_of(const ActionPlan &plan, const Response &response, bool repeatable,
                    std::int64_t now_unix_ms) {
  const auto &errors = plan.service->errors;
  if (plan.answer.accepts()) {
    plan.answer.expect_accepted(errors.read_json(response, repeatable, now_unix_ms));
  }
  json::value items(list_in(response, *plan.list, plan.row, errors, repeatable, now_unix_ms).rows);
  plan.answer.repair(items);
  json::object output;
  output.emplace(plan.answer.wrapped_as(), std::move(items));
  return output;
}

bool is_web_page(const Response &response) {
  const std::string type = fold_case(response.header("content-type"));
  return type.starts_with("text/html") || type.starts_with("application/xhtml+xml");
}

json::value output_of(const ActionPlan &plan, const Response &response, bool repeatable,
                      std::int64_t now_unix_ms) {
  const auto &errors = plan.service->errors;
  if (plan.list) return list_of(plan, response, repeatable, now_unix_ms);
  const bool is_json = response.header("content-type").find("json") != std::string_view::npos;
  const bool is_2xx = response.arrived() && response.status() / 100 == 2;
  if (plan.answer.is_file() && is_2xx && !is_json && !response.body().empty()) {
    if (is_web_page(response)) {
      throw errors.bad_answer(response, "is a web page, not a file", repeatable);
    }
    return file_of(response);
  }
  auto body = errors.read_json(response, repeatable, now_unix_ms, plan.answer.refusals());
  if (plan.answer.is_file()) throw errors.bad_answer(response, "is not a file", repeatable);
  const bool is_no = plan.answer.refusals() != Refusals::all && is_bare_false(body);
  if (plan.read_only && !is_no) {
    errors.expect_list(response, body, plan.answer.picked(), repeatable, now_unix_ms);
  }
  return plan.read_only ? reading_of(plan, response, std::move(body))
                        : change_of(plan, response, std::move(body), repeatable, now_unix_ms);
}

Task<Result> run_single(Call &call, const ActionPlan &plan) {
  const Scope scope{call.input};
  Request request = plan.request.build(scope);
  const bool repeatable = request.repeatable;
  const bool removes = request.method == "DELETE";
  auto sending = call.channel.send(std::move(request));
  const Response response = co_await sending;
  Result result;
  try {
    json::value output = output_of(plan, response, repeatable, call.channel.now());
    const std::string lacks = put_output(plan.form, plan.stamps, std::move(output), result);
    if (plan.read_only && !lacks.empty()) {
      throw plan.service->errors.bad_answer(response, "has " + lacks);
    }
  } catch (Failure &failure) {
    // The host has sent it before, and the answer was lost: that one has done it.
    const bool repeated = response.arrived() && response.maybe_sent();
    const bool is_gone = repeated && removes && failure.error_class == ErrorClass::not_found;
    const bool is_done = repeated && is_one_of(response, plan.done_if_repeated);
    if (failure.http_status == 0 && response.arrived()) failure.http_status = response.status();
    if (!is_gone && !is_done) throw in_doubt(std::move(failure), repeatable);
    if (is_done) {
      result.notes.push_back("No answer came at first. When the request was repeated: " +
                             failure.message);
    }
    result.output = json::serialize(plan.output.done());
  }
  co_return result;
}

void add_duplicate_check(Failure &failure, const ActionPlan &plan) {
  if (failure.error_class != ErrorClass::unknown_outcome || plan.duplicate_check.empty()) return;
  json::object details;
  if (!failure.details.empty()) {
    json::error_code error;
    auto known = json::parse(failure.details, error);
    if (!error && known.is_object()) details = std::move(known.get_object());
  }
  details.insert_or_assign("duplicate_check", json::parse(plan.duplicate_check));
  failure.details = json::serialize(details);
}

}  // namespace

Service Service::compile(const json::object &manifest) {
  Service out;
  out.network = Network::compile(manifest);
  out.limits = std::make_shared<const PathLimits>(PathLimits::compile(manifest));
  const auto *title = manifest.if_contains("title");
  out.title = title != nullptr && title->is_string() ? std::string(title->get_string())
                                                     : std::string("The service");
  out.errors = ErrorTable::compile(manifest.if_contains("errors"), "/errors", out.title);
  out.account_zone = AccountZoneSource::compile(manifest, out.network);
  if (const auto *defs = manifest.if_contains("$defs")) {
    if (!defs->is_object()) refuse("/$defs", "must be an object");
    out.defs = defs->get_object();
  }
  return out;
}

// ---- Actions ------------------------------------------------------------------------------------

ActionPlan ActionPlan::compile(const json::object &action, std::shared_ptr<const Service> service,
                               std::string_view at) {
  const std::string where(at);
  ActionPlan out;
  out.service = std::move(service);
  out.id = text_member(action, "id", where);
  out.handler = handler_of(action, where);
  const auto *input = action.if_contains("input");
  if (input == nullptr) refuse(where, "has no input");
  out.input = Schema::compile(*input, out.service->defs, where + "/input");
  const auto *effects = action.if_contains("effects");
  if (effects == nullptr || !effects->is_object()) refuse(where + "/effects", "must be an object");
  const bool idempotent = flag_member(effects->get_object(), "idempotent", where + "/effects") ||
                          flag_member(effects->get_object(), "read_only", where + "/effects");
  out.queued = flag_member(effects->get_object(), "queued", where + "/effects");
  out.read_only = flag_member(effects->get_object(), "read_only", where + "/effects");
  out.repeatable = idempotent;
  if (const auto *request = action.if_contains("request")) {
    out.request = RequestTemplate::compile(*request, out.service->network, idempotent,
                                           where + "/request", out.input.has_secrets());
    out.repeatable = out.request.repeatable();
  }
  out.answer = answer_of(action, where);
  out.output = OutputPromise::compile(action.if_contains("output"), out.service->defs);
  if (const auto *output = action.if_contains("output")) {
    out.form = OutputForm::compile(*output, out.service->defs, where + "/output");
    if (out.read_only) out.form.leave_out_unfit_elements();
    const bool withheld = action.contains("request") && !out.read_only && out.service->limits &&
                          out.service->limits->withholds(out.request.path_shape());
    if (withheld) out.form.leave_out_undeclared(*output, out.service->defs);
    out.stamps = StampedTimes::compile(output, out.service->defs);
  }
  out.times = OutgoingTimes::compile(*input, out.service->defs);
  if (const auto *paging = action.if_contains("paging")) {
    out.paging = Paging::compile(*paging, where + "/paging");
  }
  const auto *output = action.if_contains("output");
  const std::string_view list = out.paging ? "items" : std::string_view(out.answer.wrapped_as());
  if (auto row = required_of_rows(output, out.service->defs, list)) {
    out.row = *std::move(row);
    const bool is_read = out.read_only && out.handler.empty() && !out.answer.takes_first() &&
                         out.answer.refusals() == Refusals::all;
    if (is_read && !out.paging) {
      out.list = ListPlace{.rows = out.answer.picked(), .total = std::nullopt, .single = true};
    }
  }
  out.done_if_repeated = AnswerCondition::of_repeated(action, where);
  if (json::value done = out.output.done(); !out.done_if_repeated.empty()) {
    if (const auto name = out.output.missing(done, true); !name.empty()) {
      refuse(pointer_join(where, "done_if_repeated"),
             "the output needs " + name + ", which no answer to a repeated request gives");
    }
  }
  if (const auto *check = action.if_contains("duplicate_check")) {
    if (!check->is_object()) refuse(where + "/duplicate_check", "must be an object");
    out.duplicate_check = json::serialize(*check);
  }
  return out;
}

Task<Result> run_action(Call &call, const ActionPlan &plan) {
  try {
    auto running = plan.paging ? run_paged(call, plan) : run_single(call, plan);
    Result result = co_await running;
    co_return result;
  } catch (Failure &failure) {
    add_duplicate_check(failure, plan);
    throw;
  }
}

// ---- Lookups ------------------------------------------------------------------------------------

namespace {

// What the host sends: the fields that the lookup depends on, and which part of the choices.
json::value host_input(const json::object &lookup) {
  json::object fields{{"type", "object"}, {"additionalProperties", false}};
  const auto *declared = lookup.if_contains("input");
  json::object properties;
  properties.emplace("input", declared != nullptr ? *declared : json::value(std::move(fields)));
  properties.emplace("page", json::object{{"type", "string"}, {"minLength", 1}});
  properties.emplace("search", json::object{{"type", "string"}, {"maxLength", 1000}});
  json::object schema{{"type", "object"}, {"additionalProperties", false}};
  schema.emplace("properties", std::move(properties));
  if (declared != nullptr && declared->is_object() && declared->get_object().contains("required")) {
    schema.emplace("required", json::array{"input"});
  }
  return schema;
}

std::string text_member_or_empty(const json::object &object, std::string_view name) {
  const auto *found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// One choice, or nothing when the row has no value.
std::optional<json::object> choice_of(const LookupPlan &plan, const json::value &row) {
  const auto *value = plan.value.find(row);
  if (value == nullptr || value->is_null() || value->is_structured()) return std::nullopt;
  const auto text_at = [&](const Pointer &pointer) -> std::string {
    const auto *found = pointer.find(row);
    return found != nullptr ? scalar_text(*found).value_or("") : "";
  };
  std::string label;
  for (const Pointer &pointer : plan.label) {
    if (label = text_at(pointer); !label.empty()) break;
  }
  json::object choice;
  choice.emplace("value", *value);
  choice.emplace("label", label.empty() ? *scalar_text(*value) : label);
  if (plan.hint) {
    if (auto hint = text_at(*plan.hint); !hint.empty()) choice.emplace("hint", hint);
  }
  return choice;
}

bool matches(const json::object &choice, std::string_view folded_search) {
  for (const auto *name : {"label", "hint", "value"}) {
    const auto *found = choice.if_contains(name);
    if (found == nullptr) continue;
    const auto text = scalar_text(*found);
    if (text && fold_case(*text).find(folded_search) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

LookupPlan LookupPlan::compile(const json::object &lookup, std::shared_ptr<const Service> service,
                               std::string_view at) {
  const std::string where(at);
  LookupPlan out;
  out.service = std::move(service);
  out.id = text_member(lookup, "id", where);
  out.handler = handler_of(lookup, where);
  out.input = Schema::compile(host_input(lookup), out.service->defs, where);
  out.pages = flag_member(lookup, "pages", where);
  flag_member(lookup, "search", where);  // for the host's form; searching works either way
  if (!out.handler.empty()) return out;
  const auto &request = lookup.at("request");
  out.request = RequestTemplate::compile(request, out.service->network, true, where + "/request",
                                         out.input.has_secrets());
  const auto reads = out.request.reads();
  out.search = std::ranges::any_of(reads, [](const Read &read) {
    return !read.tokens.empty() && read.tokens.front() == "search";
  });
  out.answer = answer_of(lookup, where);
  if (const auto *paging = lookup.if_contains("paging")) {
    out.paging = Paging::compile(*paging, where + "/paging");
  }
  out.list = {.rows = within(out.answer.picked(), out.paging.rows),
              .total = std::nullopt,
              .single = out.paging.style == PagingStyle::none};
  out.value = pointer_member(lookup, "value", where);
  out.label = pointers_member(lookup, "label", where);
  if (lookup.contains("hint")) out.hint = pointer_member(lookup, "hint", where);
  out.where = RowFilter::compile(lookup, where);
  if (lookup.contains("below")) out.below = pointer_member(lookup, "below", where);
  return out;
}

namespace {

struct Choices {
  json::array items;
  std::size_t left_out = 0;  // rows without a value
  std::string next;
};

// The rows that are offered, each before those below it. What hangs on a row that is not offered
// is not offered either.
class OfferedRows {
 public:
  OfferedRows(const LookupPlan &plan, const json::object &fields, std::string_view folded_search,
              Choices &out)
      : plan_(plan), conditions_(plan.where->place(fields)), search_(folded_search), out_(out) {}

  void add(const json::array &rows) {
    for (const auto &row : rows) {
      if (!plan_.where->passes(conditions_, row)) continue;
      auto choice = choice_of(plan_, row);
      if (!choice) ++out_.left_out;
      if (choice && (search_.empty() || matches(*choice, search_))) {
        out_.items.push_back(std::move(*choice));
      }
      const auto *below = plan_.below ? plan_.below->find(row) : nullptr;
      const auto *list = below != nullptr ? below->if_array() : nullptr;
      if (list != nullptr) add(*list);
    }
  }

 private:
  const LookupPlan &plan_;
  std::vector<detection::PlacedCondition> conditions_;
  std::string_view search_;
  Choices &out_;
};

Task<Rows> read_list_once(Call &call, const LookupPlan &plan, std::span<const Pointer> needed,
                          const json::object &fields) {
  const Scope scope{fields};
  Request request = plan.request.build(scope);
  const bool repeatable = request.repeatable;
  auto sending = call.channel.send(std::move(request));
  const Response response = co_await sending;
  Rows rows;
  rows.items =
      list_in(response, plan.list, needed, plan.service->errors, repeatable, call.channel.now())
          .rows;
  rows.complete = true;
  co_return rows;
}

Task<Choices> read_choices(Call &call, const LookupPlan &plan, const json::object &fields,
                           const std::string &search, std::string position) {
  // A page of a searched list may hold few hits or none; so many pages are read to find some.
  constexpr std::size_t enough = 20;
  constexpr int most_pages = 10;
  const std::span<const Pointer> needed(&plan.value, 1);
  const std::string folded = plan.search ? std::string() : fold_case(search);
  Choices out;
  for (int page = 0;; ++page) {
    auto reading =
        plan.paging.style == PagingStyle::none
            ? read_list_once(call, plan, needed, fields)
            : read_rows(call.channel, plan.service->errors, plan.request, plan.paging, needed,
                        fields, plan.pages ? plan.paging.size : default_row_cap, position,
                        plan.pages ? 1 : pages_for(plan.paging, default_row_cap));
    Rows rows = co_await reading;
    json::value list(std::move(rows.items));
    plan.answer.repair(list);
    OfferedRows(plan, fields, folded, out).add(list.get_array());
    position = std::move(rows.next);
    const bool found_enough = folded.empty() || out.items.size() >= enough;
    if (position.empty() || !plan.pages || found_enough || page + 1 == most_pages) break;
  }
  if (plan.pages) out.next = std::move(position);
  co_return out;
}

}  // namespace

Task<Result> run_lookup(Call &call, const LookupPlan &plan) {
  json::object fields;
  if (const auto *input = call.input.if_contains("input"); input != nullptr && input->is_object()) {
    fields = input->get_object();
  }
  const std::string search = text_member_or_empty(call.input, "search");
  const std::string position = text_member_or_empty(call.input, "page");
  if (plan.search && !search.empty()) fields.insert_or_assign("search", search);
  auto reading = read_choices(call, plan, fields, search, position);
  Choices choices = co_await reading;
  json::object output;
  output.emplace("items", std::move(choices.items));
  if (!choices.next.empty()) output.emplace("next", choices.next);
  if (choices.left_out > 0) {
    const bool one = choices.left_out == 1;
    add_notes(output, {(one ? "One row" : std::to_string(choices.left_out) + " rows") + " of " +
                       std::string(plan.service->errors.service()) +
                       (one ? " has no value to choose and was left out."
                            : " have no value to choose and were left out.")});
  }
  Result result;
  result.output = write_document(output);
  co_return result;
}

// ---- Connection test ----------------------------------------------------------------------------

TestPlan TestPlan::compile(const json::object &manifest, std::shared_ptr<const Service> service) {
  TestPlan out;
  out.service = std::move(service);
  const std::string where = "/auth/test";
  const auto *found = Pointer::compile(where, where).find(manifest);
  const auto *test = found != nullptr ? found->if_object() : nullptr;
  if (test == nullptr) refuse(where, "must be an object");
  const auto *request = test->if_contains("request");
  if (request == nullptr) refuse(where, "has no request");
  out.request = RequestTemplate::compile(*request, out.service->network, true, where + "/request");
  out.label = pointer_member(*test, "label", where);
  if (const auto *output = test->if_contains("output")) {
    out.form = OutputForm::compile(*output, out.service->defs, where + "/output");
    out.stamps = StampedTimes::compile(output, out.service->defs);
  }
  out.input = Schema::compile(json::object{{"type", "object"}}, out.service->defs, where);
  return out;
}

Task<Result> run_test(Call &call, const TestPlan &plan) {
  const Scope scope{call.input};
  Request request = plan.request.build(scope);
  const bool repeatable = request.repeatable;
  auto sending = call.channel.send(std::move(request));
  const Response response = co_await sending;
  auto account = plan.service->errors.read_json(response, repeatable, call.channel.now());
  const auto *label = plan.label.find(account);
  const auto text = label != nullptr ? scalar_text(*label) : std::nullopt;
  if (!account.is_object() || !text || text->empty()) {
    throw plan.service->errors.bad_answer(response, "does not name the account");
  }
  Result result;
  put_output(plan.form, plan.stamps, std::move(account), result);
  co_return result;
}

}  // namespace cpi
