#include "cpi/sdk/connector.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include <boost/json/parse.hpp>

#include "cpi/json/document.hpp"
#include "cpi/json/pointer.hpp"
#include "cpi/json/schema.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/action.hpp"
#include "cpi/sdk/detection/plan.hpp"
#include "cpi/sdk/detection/poll.hpp"
#include "cpi/sdk/input.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// A trigger: what its manifest entry detects, or the handler it names.
struct TriggerPlan {
  Schema input;
  std::string handler;
  std::optional<detection::PollPlan> poll;

  static TriggerPlan compile(const json::object &trigger, std::shared_ptr<const Service> service,
                             std::string_view where, Problems &problems) {
    TriggerPlan plan;
    plan.input = Schema::compile(trigger.at("input"), service->defs, std::string(where) + "/input");
    if (const json::value *handler = trigger.if_contains("handler")) {
      plan.handler = handler->as_string();
    } else {
      plan.poll = detection::PollPlan::compile(trigger, std::move(service), where, problems);
    }
    return plan;
  }
};

struct Operation {
  const json::object *definition = nullptr;
  std::variant<ActionPlan, LookupPlan, TestPlan, TriggerPlan> plan;
};

const Schema &input_schema(const Operation &operation) {
  return std::visit([](const auto &plan) -> const Schema & { return plan.input; }, operation.plan);
}

std::string_view handler_name(const Operation &operation) {
  return std::visit(
      [](const auto &plan) -> std::string_view {
        if constexpr (requires { plan.handler; }) {
          return plan.handler;
        } else {
          return {};
        }
      },
      operation.plan);
}

using Operations = std::map<std::string, Operation, std::less<>>;
using Handlers = std::map<std::string, Handler, std::less<>>;

}  // namespace

struct Connector::Index {
  std::shared_ptr<const Service> service;
  Operations actions;
  Operations lookups;
  Operations triggers;
  Operations test;  // one, with an empty id
  Handlers action_handlers;
  Handlers lookup_handlers;
  Handlers poll_handlers;

  // `problems`: null where the first one is to be thrown.
  void compile_all(const json::object &manifest, Problems *problems);

  const Operations *of(cpi_operation_kind kind) const noexcept {
    switch (kind) {
      case CPI_KIND_TEST:
        return &test;
      case CPI_KIND_ACTION:
        return &actions;
      case CPI_KIND_POLL:
      case CPI_KIND_SAMPLE:
        return &triggers;
      case CPI_KIND_LOOKUP:
        return &lookups;
      default:
        return nullptr;
    }
  }

  const Operation *find(cpi_operation_kind kind, std::string_view id) const noexcept {
    const Operations *operations = of(kind);
    if (operations == nullptr) return nullptr;
    const auto found = operations->find(id);
    return found == operations->end() ? nullptr : &found->second;
  }

  const Handler *handler(cpi_operation_kind kind, std::string_view name) const {
    const Handlers &handlers = kind == CPI_KIND_ACTION   ? action_handlers
                               : kind == CPI_KIND_LOOKUP ? lookup_handlers
                                                         : poll_handlers;
    const auto found = handlers.find(name);
    return found == handlers.end() ? nullptr : &found->second;
  }
};

namespace {

// What is thrown when a part of a manifest cannot be compiled: "<place>: <why>".
LanguageProblem problem_of(const std::invalid_argument &thrown) {
  if (const auto *error = dynamic_cast<const LanguageError *>(&thrown)) return error->problem;
  const std::string_view text = thrown.what();
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos || !is_pointer(text.substr(0, colon))) {
    return {"", std::string(text)};
  }
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

// Calls `compile`, which throws or notes what it refuses. Where `problems` are wanted, they are
// noted there; else the first is thrown.
template <typename Compile>
void compile_part(Problems *problems, const Compile &compile) {
  Problems found;
  if (problems == nullptr) {
    compile(found);
    found.throw_first();
    return;
  }
  try {
    compile(found);
  } catch (const std::invalid_argument &thrown) {
    LanguageProblem problem = problem_of(thrown);
    found.add(std::move(problem.place), std::move(problem.why), problem.kind);
  }
  for (const LanguageProblem &each : found.listed()) {
    problems->add(each.place, each.why, each.kind);
  }
}

// A plan's compile function tells all problems, or throws the first.
template <typename Plan, typename... Arguments>
Plan compile_plan(Problems &problems, const Arguments &...arguments) {
  if constexpr (requires { Plan::compile(arguments..., problems); }) {
    return Plan::compile(arguments..., problems);
  } else {
    return Plan::compile(arguments...);
  }
}

// Compiles every element of one of the manifest's lists of operations.
template <typename Plan>
Operations compile(const json::object &manifest, std::string_view list,
                   const std::shared_ptr<const Service> &service, Problems *problems) {
  Operations operations;
  const json::value *found = manifest.if_contains(list);
  if (found == nullptr) return operations;
  std::size_t at = 0;
  for (const json::value &value : found->as_array()) {
    const json::object &definition = value.as_object();
    const std::string where = "/" + std::string(list) + "/" + std::to_string(at++);
    compile_part(problems, [&](Problems &found_here) {
      operations.emplace(
          std::string(definition.at("id").as_string()),
          Operation{&definition, compile_plan<Plan>(found_here, definition, service, where)});
    });
  }
  return operations;
}

}  // namespace

void Connector::Index::compile_all(const json::object &manifest, Problems *problems) {
  compile_part(problems, [&](Problems &) {
    service = std::make_shared<const Service>(Service::compile(manifest));
  });
  if (service == nullptr) return;
  actions = compile<ActionPlan>(manifest, "actions", service, problems);
  lookups = compile<LookupPlan>(manifest, "lookups", service, problems);
  triggers = compile<TriggerPlan>(manifest, "triggers", service, problems);
  compile_part(problems, [&](Problems &) {
    test.emplace("", Operation{&manifest.at("auth").at("test").as_object(),
                               TestPlan::compile(manifest, service)});
  });
}

namespace {

json::object read_manifest(std::string_view text) {
  json::parse_options options;
  options.max_depth = 128;  // schemas nest deeper than Boost.JSON's default of 32
  return json::parse(text, {}, options).as_object();
}

}  // namespace

Connector::Connector(std::string_view manifest_json)
    : manifest_(read_manifest(manifest_json)), index_(std::make_unique<Index>()) {
  index_->compile_all(manifest_, nullptr);
  base_url_ = index_->service->network.base_url;
}

Problems Connector::problems_in(const json::object &manifest) {
  Problems problems;
  Index().compile_all(manifest, &problems);
  return problems;
}

Connector::Connector(Connector &&) noexcept = default;
Connector::~Connector() = default;

void Connector::on_action(std::string name, Handler handler) {
  index_->action_handlers.insert_or_assign(std::move(name), std::move(handler));
}

void Connector::on_lookup(std::string name, Handler handler) {
  index_->lookup_handlers.insert_or_assign(std::move(name), std::move(handler));
}

void Connector::on_poll(std::string name, Handler handler) {
  index_->poll_handlers.insert_or_assign(std::move(name), std::move(handler));
}

const ErrorTable &Connector::errors() const noexcept {
  return index_->service->errors;
}

const json::object *Connector::find(cpi_operation_kind kind, std::string_view id) const noexcept {
  const Operation *operation = index_->find(kind, id);
  return operation == nullptr ? nullptr : operation->definition;
}

namespace {

// Brings the output of a handler into the form of its schema. What is not JSON is left to the
// host's check.
void put_in_its_form(const ActionPlan &plan, Result &result) {
  constexpr std::size_t deepest = 512;
  json::error_code error;
  json::value value = parse_document(result.output, error, deepest);
  if (error || !is_writable(value)) return;
  const std::string lacks = put_output(plan.form, plan.stamps, std::move(value), result);
  if (!plan.read_only || lacks.empty()) return;
  throw Failure(
      ErrorClass::bad_response, Fault::vendor,
      "The answer of " + std::string(plan.service->errors.service()) + " has " + lacks + ".");
}

}  // namespace

Task<Result> Connector::run(Channel &channel, const Begin &begin) const {
  const Operation *operation = index_->find(begin.kind, begin.id);
  if (operation == nullptr) throw std::logic_error("no such operation: " + begin.id);
  if (begin.kind == CPI_KIND_POLL &&
      (begin.mode < CPI_POLL_BASELINE || begin.mode > CPI_POLL_BACKFILL)) {
    throw Failure(ErrorClass::plugin_fault, Fault::host,
                  "The host requested a poll mode that this connector does not support.",
                  "Install a newer version of the connector.");
  }
  Call call{*this, channel, begin, *operation->definition,
            validate_input(input_schema(*operation), begin.input)};

  if (const auto *action = std::get_if<ActionPlan>(&operation->plan);
      action != nullptr && !action->times.empty()) {
    auto settling = action->times.settle(call, *action->service, !action->read_only);
    co_await settling;
  }
  if (const std::string_view name = handler_name(*operation); !name.empty()) {
    const Handler *handler = index_->handler(begin.kind, name);
    if (handler == nullptr) {
      throw std::logic_error("the manifest names a handler that is not there: " +
                             std::string(name));
    }
    Result result = co_await (*handler)(call);
    if (const auto *action = std::get_if<ActionPlan>(&operation->plan)) {
      put_in_its_form(*action, result);
    }
    co_return result;
  }
  switch (begin.kind) {
    case CPI_KIND_ACTION:
      co_return co_await run_action(call, std::get<ActionPlan>(operation->plan));
    case CPI_KIND_LOOKUP:
      co_return co_await run_lookup(call, std::get<LookupPlan>(operation->plan));
    case CPI_KIND_POLL:
      co_return co_await detection::run_poll(call, *std::get<TriggerPlan>(operation->plan).poll);
    case CPI_KIND_SAMPLE:
      co_return co_await detection::run_sample(call, *std::get<TriggerPlan>(operation->plan).poll);
    default:
      co_return co_await run_test(call, std::get<TestPlan>(operation->plan));
  }
}

}  // namespace cpi
