// Writes down how a plugin behaves: every operation of its manifest, driven through the C ABI.
//   abi_transcripts LIBRARY ANSWERS_FOLDER MANIFEST_FOLDER OUTPUT_FOLDER [--whole]
// MANIFEST_FOLDER has the parts of the manifest; each part is an area, and each area a file.
// --whole shortens nothing, for a closer look at what differs.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "inputs.hpp"
#include "page.hpp"
#include "plugin_under_test.hpp"
#include "polls.hpp"
#include "service.hpp"

namespace transcripts {
namespace {

using contract::Answer;
using contract::OperationCase;
using contract::Service;

class Recorder {
 public:
  explicit Recorder(const contract::PluginUnderTest &plugin, const cpi_plugin &table)
      : plugin_(plugin),
        connector_(table),
        manifest_(json::parse(plugin.manifest_json).as_object()),
        defs_(json::parse(plugin.defs).as_object()) {}

  // The operations of one part; `main`: with the connection test and the meaning of answers.
  Page record(const std::string &area, const std::set<std::string> &ids, bool main, bool whole) {
    Page page(area, whole);
    if (main) {
      record_test(page);
      record_answers(page);
    }
    for (const char *section : {"actions", "triggers", "lookups"}) {
      for (const json::value &each : manifest_.at(section).as_array()) {
        const json::object &operation = each.as_object();
        const std::string id(operation.at("id").as_string());
        if (!ids.contains(std::string(section) + " " + id)) continue;
        if (*section == 'a') record_action(page, operation);
        if (*section == 't') record_trigger(page, operation);
        if (*section == 'l') record_lookup(page, operation);
        ++recorded_;
      }
    }
    return page;
  }

  std::size_t recorded() const { return recorded_; }
  std::size_t expected() const {
    return manifest_.at("actions").as_array().size() + manifest_.at("triggers").as_array().size() +
           manifest_.at("lookups").as_array().size();
  }

 private:
  std::vector<Step> run(const OperationCase &what, const Service &service) const {
    return contract::converse(connector_, what, service);
  }

  static const json::object &part(const json::object &of, std::string_view name) {
    static const json::object none;
    const json::value *found = of.if_contains(name);
    return found == nullptr || !found->is_object() ? none : found->as_object();
  }

  const OperationCase &case_of(cpi_operation_kind kind, std::string_view id) const {
    const auto found = std::ranges::find_if(plugin_.cases, [&](const OperationCase &each) {
      return each.kind == kind && each.id == id;
    });
    if (found == plugin_.cases.end()) throw std::runtime_error("no operation " + std::string(id));
    return *found;
  }

  // Good, another good one, and the three that fail.
  void record_answered(Page &page, const OperationCase &what, const json::object &paging) const {
    const auto good = run(what, contract::canned(plugin_));
    page.outcome({"good", good});
    page.outcome({"other", run(what, another(plugin_, paging))});
    std::vector<Recording> failures;
    for (const BadAnswer &bad : bad_answers()) {
      failures.push_back({bad.name, run(what, [&](const Step &) { return bad.answer; })});
    }
    page.failures("", failures);
    const Answer odd = contract::response(200, R"({"odd":1})");
    page.outcome({"odd", run(what, [&](const Step &) { return odd; })});
    // Every request but the first fails.
    if (std::ranges::count(good, CPI_STEP_SEND, &Step::kind) < 2) return;
    failures.clear();
    for (const BadAnswer &bad : bad_answers()) {
      bool first = true;
      const Service service = [&, canned = contract::canned(plugin_)](const Step &step) {
        return std::exchange(first, false) ? canned(step) : bad.answer;
      };
      failures.push_back({"then " + bad.name, run(what, service)});
    }
    page.failures("then ", failures);
  }

  void record_test(Page &page) const {
    page.heading("test", "");
    record_answered(page, case_of(CPI_KIND_TEST, ""), {});
  }

  // What each rule of `errors`, each status and each failure of the transport means for a question,
  // for a change that may be repeated, and for one that may not.
  void record_answers(Page &page) const {
    struct Given {
      std::string name;
      Answer answer;
      bool reading = false;  // the same rule with another value: one operation shows it
    };
    std::vector<Given> answers;
    for (const json::value &each : manifest_.at("errors").as_array()) {
      const json::object &rule = each.as_object();
      const json::value &equals = rule.at("equals");
      const json::array values = equals.is_array() ? equals.as_array() : json::array{equals};
      for (const json::value &value : values) {
        const bool first = &value == &values.front();
        json::object body = {{"message", "The service says no"}};
        body[std::string_view(rule.at("pointer").as_string()).substr(1)] = value;
        for (const int status : {400, 200, 403}) {
          if (status != 400 && !first) break;
          answers.push_back({"HTTP " + std::to_string(status) + " " + json::serialize(value),
                             contract::response(status, json::serialize(body)), !first});
        }
      }
    }
    for (const int status : {201, 204, 301, 400, 401, 402, 403, 404, 405, 408, 409, 410,
                             413, 415, 422, 425, 429, 451, 500, 501, 502, 503, 504}) {
      answers.push_back({"HTTP " + std::to_string(status),
                         contract::response(status, R"({"message":"The service says no"})")});
      answers.push_back(
          {"HTTP " + std::to_string(status) + " empty", contract::response(status, "")});
    }
    for (const int status : {429, 503}) {
      Answer later = contract::response(status, "");
      later.headers.emplace_back("retry-after", "7");
      answers.push_back({"HTTP " + std::to_string(status) + " retry-after 7", later});
    }
    for (const std::string body :
         {R"({"result":false})", R"({"success":"false"})", R"({"errors":["No"]})",
          R"({"result":true,"error":"No"})", "[]", "null", R"([{"id":1}])", R"({"result":tru)"}) {
      answers.push_back({"HTTP 200 " + body, contract::response(200, body)});
    }
    for (cpi_transport transport = 1; transport <= CPI_TRANSPORT_NO_CREDENTIALS; ++transport) {
      for (const std::uint32_t flags : {0U, std::uint32_t{CPI_ANSWER_MAYBE_SENT}}) {
        answers.push_back(
            {"transport " + std::to_string(transport) + (flags == 0 ? "" : " maybe sent"),
             contract::no_response(transport, flags)});
      }
    }
    // The host sent the request again: the first one may have done it.
    for (const int status : {200, 400, 404, 409, 422}) {
      const bool good = status == 200;
      Answer second = contract::response(status, good ? R"({"result":true})" : "{}");
      second.flags = CPI_ANSWER_MAYBE_SENT;
      answers.push_back({"HTTP " + std::to_string(status) + " maybe sent", second});
    }
    for (const char *id : {"mailing_list.get", "mailing_list.rename", "mailing_list.delete",
                           "mailing_list.create"}) {
      const OperationCase &what = case_of(CPI_KIND_ACTION, id);
      page.heading("answers", id);
      for (const auto &[name, answer, reading] : answers) {
        if (reading && what.writes) continue;
        // A removal differs from another change in one thing: it may have been done before.
        const bool again = answer.kind == CPI_ANSWER_RESPONSE && answer.flags != 0;
        if (what.id == "mailing_list.delete" && !again) continue;
        page.outcome({name, run(what, [&](const Step &) { return answer; })});
      }
    }
  }

  // Names without values: "GET /addressbooks?limit&offset", "POST /campaigns {subject{}...".
  static std::string shape_of(const Step &step) {
    std::string shape = step.method + " ";
    bool value = false;
    bool query = false;
    for (const char c : step.url) {
      if (c == '?' || c == '&') value = false;
      if (!value) shape += c;
      query = query || c == '?';
      if (query && c == '=') value = true;
    }
    json::error_code error;
    const json::value body = json::parse(step.body, error);
    return shape + (error ? std::string() : names_in(body));
  }

  static std::string names_in(const json::value &value) {
    std::string names;
    if (const json::array *list = value.if_array()) {
      for (const json::value &each : *list) names += names_in(each) + ",";
      return "[" + names + "]";
    }
    const json::object *object = value.if_object();
    if (object == nullptr) return names;
    for (const auto &member : *object) {
      names += std::string(member.key()) + names_in(member.value()) + " ";
    }
    return "{" + names + "}";
  }

  Ask asker(const OperationCase &operation) const {
    return [this, what = operation](const json::object &input) mutable {
      what.input = json::serialize(input);
      contract::Operation begun(connector_, what);
      const Step step = begun.next(contract::start());
      Reply reply;
      if (step.kind != CPI_STEP_FAILED) {
        reply.shape = shape_of(step);
        return reply;
      }
      json::error_code error;
      const json::value details = json::parse(step.details, error);
      if (error || !details.is_array()) {
        reply.problems = {{.pointer = "", .keyword = step.message}};
        return reply;
      }
      for (const json::value &each : details.as_array()) {
        const json::object &problem = each.as_object();
        reply.problems.push_back({std::string(problem.at("pointer").as_string()),
                                  std::string(problem.at("keyword").as_string())});
      }
      return reply;
    };
  }

  static Form form_of(const json::object &operation, const json::object &defs) {
    return {.schema = part(operation, "input"), .defs = defs};
  }

  void record_unfit(Page &page, OperationCase what, const Form &form,
                    const json::object &sample) const {
    int number = 0;
    for (const json::object &input : unfit_inputs(form, sample)) {
      what.input = json::serialize(input);
      const auto steps = run(what, contract::canned(plugin_));
      ++number;
      if (steps.size() > 1) continue;  // it fits after all
      page.unfit({"unfit " + std::to_string(number), steps});
    }
  }

  // What an input has that the sample has not.
  static std::string difference(const Page &page, const json::object &input,
                                const json::object &sample) {
    json::object with;
    std::string without;
    for (const auto &member : input) {
      const json::value *own = sample.if_contains(member.key());
      if (own == nullptr || *own != member.value()) with[member.key()] = member.value();
    }
    for (const auto &member : sample) {
      if (!input.contains(member.key())) without += " without " + std::string(member.key());
    }
    return "with " + page.shortened(json::serialize(with), longest_input) + without;
  }

  void record_action(Page &page, const json::object &action) const {
    OperationCase what = case_of(CPI_KIND_ACTION, action.at("id").as_string());
    const Form form = form_of(action, defs_);
    const json::object sample = part(action, "sample_input");
    page.heading("action", what.id);
    bool first = true;
    for (const json::object &input : good_inputs(form, sample, asker(what))) {
      what.input = json::serialize(input);
      page.line(first ? "input " + page.shortened(what.input, longest_input)
                      : difference(page, input, sample));
      if (std::exchange(first, false)) {
        record_answered(page, what, part(action, "paging"));
      } else {
        page.requests(run(what, contract::canned(plugin_)));
      }
    }
    record_unfit(page, what, form, sample);
  }

  void record_trigger(Page &page, const json::object &trigger) const {
    OperationCase sample = case_of(CPI_KIND_SAMPLE, trigger.at("id").as_string());
    OperationCase poll = case_of(CPI_KIND_POLL, sample.id);
    page.heading("sample", sample.id);
    record_answered(page, sample, {});
    page.heading("poll", poll.id);
    const Form form = form_of(trigger, defs_);
    page.line("input " + poll.input);
    record_polls(page, connector_, trigger, poll.input);
    bool first = true;
    for (const json::object &input :
         good_inputs(form, part(trigger, "sample_input"), asker(poll))) {
      if (std::exchange(first, false)) continue;
      poll.input = json::serialize(input);
      page.line(difference(page, input, part(trigger, "sample_input")));
      const auto steps = run(poll, contract::canned(plugin_));
      page.outcome({"baseline", steps});
    }
    record_unfit(page, poll, form, part(trigger, "sample_input"));
  }

  void record_lookup(Page &page, const json::object &lookup) const {
    OperationCase what = case_of(CPI_KIND_LOOKUP, lookup.at("id").as_string());
    const Form form = form_of(lookup, defs_);
    page.heading("lookup", what.id);
    page.line("input " + what.input);
    const json::object &paging = part(lookup, "paging");
    record_answered(page, what, paging);
    const json::object input = json::parse(what.input).as_object();
    json::object search = input;
    search["search"] = "2";
    what.input = json::serialize(search);
    page.outcome({"search", run(what, contract::canned(plugin_))});
    what.input = json::serialize(input);
    const auto other = run(what, another(plugin_, paging));
    const json::value output =
        json::parse(other.back().output.empty() ? "{}" : other.back().output);
    if (const json::value *next = output.as_object().if_contains("next")) {
      json::object second = input;
      second["page"] = *next;
      what.input = json::serialize(second);
      page.line("input " + what.input);
      const auto steps = run(what, contract::canned(plugin_));
      page.outcome({"good", steps});
    }
    json::object wrong = input;
    wrong["page"] = "nowhere";
    what.input = json::serialize(wrong);
    page.outcome({"wrong page", run(what, contract::canned(plugin_))});
    what.input = R"({"input":{"unknown":1},"page":1})";
    page.unfit({"unfit", run(what, contract::canned(plugin_))});
  }

  const contract::PluginUnderTest &plugin_;
  contract::Connector connector_;
  json::object manifest_;
  json::object defs_;
  std::size_t recorded_ = 0;
};

// What a part of the manifest declares: "actions account.get", ...
std::set<std::string> ids_in(const std::filesystem::path &part, bool &main) {
  const YAML::Node document = YAML::LoadFile(part.string());
  std::set<std::string> ids;
  for (const char *section : {"actions", "triggers", "lookups"}) {
    for (const auto &each : document[section]) {
      ids.insert(std::string(section) + " " + each["id"].as<std::string>());
    }
  }
  main = document["id"].IsDefined();
  return ids;
}

int record(const std::filesystem::path &library, const std::filesystem::path &answers,
           const std::filesystem::path &parts, const std::filesystem::path &folder, bool whole) {
  const auto plugin = contract::read_plugin(library, answers);
  const contract::LoadedPlugin loaded(library);
  Recorder recorder(plugin, loaded.table());
  std::set<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator(parts)) {
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  }
  std::filesystem::create_directories(folder);
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") std::filesystem::remove(entry.path());
  }
  for (const auto &file : files) {
    bool main = false;
    const auto ids = ids_in(file, main);
    const std::string area = file.stem().string();
    const Page page = recorder.record(area, ids, main, whole);
    std::ofstream(folder / (area + ".txt"), std::ios::binary) << page.text();
  }
  if (recorder.recorded() != recorder.expected()) {
    throw std::runtime_error(std::to_string(recorder.expected()) + " operations in the manifest, " +
                             std::to_string(recorder.recorded()) + " in its parts");
  }
  return 0;
}

}  // namespace
}  // namespace transcripts

int main(int count, char **values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  const bool whole = arguments.size() == 5 && arguments.back() == "--whole";
  if (arguments.size() != 4 && !whole) {
    std::cerr << "usage: abi_transcripts LIBRARY ANSWERS_FOLDER MANIFEST_FOLDER OUTPUT_FOLDER "
                 "[--whole]\n";
    return 64;
  }
  try {
    return transcripts::record(arguments[0], arguments[1], arguments[2], arguments[3], whole);
  } catch (const std::exception &e) {
    std::cerr << "abi_transcripts: " << e.what() << '\n';
    return 2;
  }
}
