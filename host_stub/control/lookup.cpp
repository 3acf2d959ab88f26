#include "control/lookup.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "control/choice_cache.hpp"
#include "control/identifier.hpp"
#include "control/record_json.hpp"

namespace host {

namespace {

namespace json = boost::json;

// Every sealing begins with a nonce of its own, so credentials that are entered anew give another
// text. The cast is the interface of the hash.
std::string_view text_of_sealed(const Bytes &sealed) {
  return {reinterpret_cast<const char *>(sealed.data()), sealed.size()};
}

ChoiceCache::Question question_of(const PluginFiles &files, const ConnectionRecord &connection,
                                  const LookupCall &call) {
  using cpi::manifest::sha256;
  using cpi::manifest::to_hex;
  const json::array list{to_hex(sha256(text_of_sealed(connection.sealed_input))),
                         connection.settings,
                         to_hex(files.manifest.sha256()),
                         call.lookup,
                         call.input,
                         call.search};
  return {.connection = connection.id, .list = json_hash(list), .page = call.page};
}

std::chrono::seconds lifetime_of(const json::object &lookup) {
  const json::value *seconds = lookup.if_contains("cache_s");
  const bool is_number = seconds != nullptr && seconds->is_int64();
  return std::chrono::seconds{is_number ? seconds->get_int64() : 0};
}

std::string ask_for_choices(Session &session, const ConnectionRecord &connection,
                            const LookupCall &call) {
  json::object asked{{"input", call.input}};
  if (!call.search.empty()) asked["search"] = call.search;
  if (!call.page.empty()) asked["page"] = call.page;
  const std::string text = json::serialize(asked);
  OperationStart start;
  start.kind = OperationKind::lookup;
  start.id = call.lookup;
  start.input = text;
  start.shares_answers = !call.fresh;
  return session.run(connection, start).output;
}

LookupPage page_of(std::string_view output) {
  const json::value answer = stored_json(output);
  LookupPage out;
  const json::object *object = answer.if_object();
  if (object == nullptr) return out;
  if (const json::value *items = object->if_contains("items"); items && items->is_array())
    out.items = items->get_array();
  if (const json::value *next = object->if_contains("next"); next && next->is_string())
    out.next = next->get_string();
  return out;
}

}  // namespace

LookupPage look_up(Session &session, const ConnectionRecord &connection, const LookupCall &call) {
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_lookup(*files, call.lookup);
  if (definition.contains("input")) check_input(*files, definition, call.input);
  const std::chrono::seconds lifetime = lifetime_of(definition);
  ChoiceCache *choices = session.choice_cache();
  if (choices == nullptr || lifetime.count() == 0)
    return page_of(ask_for_choices(session, connection, call));

  ChoiceCache::Question question = question_of(*files, connection, call);
  if (!call.fresh) {
    if (auto kept = choices->find(question)) {
      LookupPage page = page_of(kept->output);
      page.age = kept->age;
      return page;
    }
  }
  ChoiceCache::Reading reading(*choices, std::move(question), call.fresh);
  std::string output = ask_for_choices(session, connection, call);
  LookupPage page = page_of(output);
  reading.keep(std::move(output), lifetime);
  return page;
}

}  // namespace host
