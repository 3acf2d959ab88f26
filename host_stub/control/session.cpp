#include "control/session.hpp"

#include <coroutine>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "auth/connection_secrets.hpp"
#include "auth/secret_input.hpp"
#include "auth/sign_in_method.hpp"
#include "base/clock.hpp"
#include "control/failure.hpp"
#include "control/form_schema.hpp"
#include "plugins/drive.hpp"

namespace host {

namespace {

// For a dry run, which never performs a step.
class NoSteps : public StepHandler {
 public:
  Task<HttpOutcome> send(const SendStep & /*step*/) override { refuse(); }
  Task<void> wait(std::chrono::milliseconds /*span*/) override { refuse(); }
  Task<bool> store(const EventsStep & /*step*/) override { refuse(); }
  std::int64_t now_unix_ms() const override { return unix_ms_now(); }

 private:
  [[noreturn]] static void refuse() {
    throw std::logic_error("a dry run must not carry out a step");
  }
};

// Runs a task that never suspends, without a loop.
struct Immediately {
  struct promise_type {
    Immediately get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const { throw; }
  };
};

Immediately finish(Task<OperationOutcome> task, std::optional<OperationOutcome> &outcome) {
  outcome.emplace(co_await task);
}

Failure ambiguous(std::string_view kind, std::string_view name,
                  const std::vector<std::string> &ids) {
  std::string all;
  for (const std::string &id : ids) all += (all.empty() ? "" : ", ") + id;
  return wrong_call("More than one " + std::string(kind) + " is called \"" + std::string(name) +
                        "\": " + all + '.',
                    "Choose one by its ID.");
}

// The record that `name` identifies: see Session::connection.
template <typename Record, typename LabelOf>
Record pick(std::vector<Record> records, std::string_view kind, std::string_view name,
            const LabelOf &label_of) {
  std::vector<std::string> known;
  std::vector<std::size_t> labelled;
  std::vector<std::size_t> begun;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].id == name) return std::move(records[i]);
    known.push_back(records[i].id);
    const std::string label = label_of(records[i]);
    if (!label.empty()) known.push_back(label);
    if (label == name) labelled.push_back(i);
    // The prefix of the kind ("con_") and at least one letter.
    if (name.size() >= 5 && records[i].id.starts_with(name)) begun.push_back(i);
  }
  for (const auto &found : {labelled, begun}) {
    if (found.size() == 1) return std::move(records[found.front()]);
    if (found.size() < 2) continue;
    std::vector<std::string> same;
    same.reserve(found.size());
    for (const std::size_t i : found) same.push_back(records[i].id);
    throw ambiguous(kind, name, same);
  }
  throw unknown_name(kind, name, known);
}

}  // namespace

const Catalogue &Session::catalogue() {
  if (!catalogue_) catalogue_.emplace(session_context_.plugins());
  return *catalogue_;
}

Store &Session::store() {
  if (!store_) store_ = open_store(session_context_.store);
  return *store_;
}

const SealingKey &Session::key() {
  if (!key_) key_.emplace(unlock(session_context_.key_places, store()));
  return *key_;
}

void Session::forget_choices(std::string_view connection) {
  if (session_context_.choices != nullptr) session_context_.choices->forget(connection);
}

ConnectionRecord Session::connection(std::string_view name) {
  if (auto named = store().connection(name)) return std::move(*named);
  return pick(store().connections(), "connection", name,
              [](const ConnectionRecord &one) { return one.label; });
}

TriggerRecord Session::trigger(std::string_view name) {
  if (auto named = store().trigger(name)) return std::move(*named);
  return pick(store().triggers(), "trigger", name,
              [](const TriggerRecord & /*one*/) { return std::string(); });
}

void Session::remember_secrets(const PluginFiles &files, const ConnectionRecord &connection) {
  const auto *method = files.manifest.find_auth_method(connection.method);
  if (method == nullptr) return;
  const SecretObject input = open_input(key(), connection);
  for (const Secret &secret :
       secret_texts(*method, input, secret_fields(form_schema(method->input))))
    redactor().remember(secret.reveal());
}

OperationOutcome Session::run(const ConnectionRecord &connection, const OperationStart &start,
                              const AnswerWatch &watch) {
  const auto plugin = catalogue().plugin(connection.plugin);
  remember_secrets(plugin->files(), connection);
  OperationOutcome outcome = operations().run({connection, plugin, store(), key()}, start, watch);
  if (!outcome.ok()) throw Failure(std::move(outcome.error));
  return outcome;
}

OperationOutcome Session::dry_run(const ConnectionRecord &connection, const OperationStart &start) {
  const auto plugin = catalogue().plugin(connection.plugin);
  NoSteps steps;
  DriveOptions options;
  options.dry_run = true;
  if (const auto *method = plugin->manifest().find_auth_method(connection.method))
    options.credential = sign_in_method(*method).place(*method);
  std::optional<OperationOutcome> outcome;
  finish(drive(plugin, start, steps, options), outcome);
  if (!outcome) throw std::logic_error("a dry run did not end");
  if (!outcome->ok()) throw Failure(std::move(outcome->error));
  return std::move(*outcome);
}

}  // namespace host
