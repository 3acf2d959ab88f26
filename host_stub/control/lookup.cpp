#include "control/lookup.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "control/record_json.hpp"

namespace host {

namespace json = boost::json;

LookupPage look_up(Session &session, const ConnectionRecord &connection, const std::string &lookup,
                   const json::object &input, std::string_view search, std::string_view page) {
  const auto files = session.catalogue().files(connection.plugin);
  const json::object &definition = find_lookup(*files, lookup);
  if (definition.contains("input")) check_input(*files, definition, input);
  json::object asked{{"input", input}};
  if (!search.empty()) asked["search"] = search;
  if (!page.empty()) asked["page"] = page;
  const std::string text = json::serialize(asked);
  OperationStart start;
  start.kind = OperationKind::lookup;
  start.id = lookup;
  start.input = text;
  const json::value answer = stored_json(session.run(connection, start).output);
  LookupPage out;
  const json::object *object = answer.if_object();
  if (object == nullptr) return out;
  if (const json::value *items = object->if_contains("items"); items && items->is_array())
    out.items = items->get_array();
  if (const json::value *next = object->if_contains("next"); next && next->is_string())
    out.next = next->get_string();
  return out;
}

}  // namespace host
