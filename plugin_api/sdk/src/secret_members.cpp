#include "cpi/sdk/secret_members.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "cpi/json/document.hpp"
#include "cpi/language/failure.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 12> secret_words{
    "password", "passwords", "passwd", "passphrase", "secret",     "secrets",
    "token",    "tokens",    "apikey", "bearer",     "credential", "credentials"};
constexpr std::array<std::string_view, 6> before_key{"api",    "access", "private",
                                                     "secret", "auth",   "signing"};
// Every name that the table above finds has one of these in it.
constexpr std::array<std::string_view, 6> stems{"pass", "secret", "token", "key", "bearer", "cred"};

char lower_letter(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_letter(char c) noexcept {
  return lower_letter(c) >= 'a' && lower_letter(c) <= 'z';
}

bool equal_folded(std::string_view word, std::string_view known) noexcept {
  return std::ranges::equal(word, known, {}, lower_letter);
}

template <std::size_t size>
bool is_among(std::string_view word, const std::array<std::string_view, size> &words) noexcept {
  return std::ranges::any_of(words,
                             [word](std::string_view known) { return equal_folded(word, known); });
}

// Takes the last word off the name: letters of one case, or a capital and small letters. What is no
// letter separates words; digits at the end of one (token2) belong to nothing.
std::string_view take_last_word(std::string_view &name) noexcept {
  while (!name.empty() && !is_letter(name.back())) name.remove_suffix(1);
  std::size_t begin = name.size();
  while (begin > 0 && is_letter(name[begin - 1])) {
    --begin;
    const bool capital = lower_letter(name[begin]) != name[begin];
    const bool after_small =
        begin > 0 && is_letter(name[begin - 1]) && lower_letter(name[begin - 1]) == name[begin - 1];
    if (capital && after_small) break;
  }
  const std::string_view word = name.substr(begin);
  name = name.substr(0, begin);
  return word;
}

// Whether any member's name could be one; most answers have none, and are not parsed.
bool has_stem(std::string_view text) noexcept {
  return std::ranges::any_of(stems, [text](std::string_view stem) {
    const char small = stem.front();
    const char capital = static_cast<char>(small - ('a' - 'A'));
    for (std::size_t at = 0; at + stem.size() <= text.size(); ++at) {
      if ((text[at] == small || text[at] == capital) &&
          equal_folded(text.substr(at, stem.size()), stem)) {
        return true;
      }
    }
    return false;
  });
}

// The schemas that describe one place of the output.
using Schemas = std::vector<const json::object *>;

class Promise {
 public:
  explicit Promise(const json::object &defs) : defs_(defs) {}

  // Adds `schema` and all that describe the same value as it does.
  void gather(const json::value *schema, Schemas &out, int depth = 0) const {
    constexpr int deepest = 32;
    const json::object *rules = schema == nullptr ? nullptr : schema->if_object();
    if (rules == nullptr || depth > deepest) return;
    if (const json::value *reference = rules->if_contains("$ref")) {
      constexpr std::string_view start = "#/$defs/";
      const json::string *text = reference->if_string();
      if (text != nullptr && std::string_view(*text).starts_with(start)) {
        gather(defs_.if_contains(std::string_view(*text).substr(start.size())), out, depth + 1);
      }
      return;
    }
    out.push_back(rules);
    for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
      const json::value *list = rules->if_contains(keyword);
      if (list == nullptr || !list->is_array()) continue;
      for (const json::value &each : list->get_array()) gather(&each, out, depth + 1);
    }
    for (const std::string_view keyword : {"then", "else"}) {
      gather(rules->if_contains(keyword), out, depth + 1);
    }
  }

  struct Member {
    bool named = false;  // by properties, or as a member of a map
    bool any = false;    // whatever is beneath it is the user's own
    Schemas schemas;
  };

  Member member(const Schemas &owner, std::string_view name) const {
    Member out;
    for (const json::object *rules : owner) {
      const json::value *properties = rules->if_contains("properties");
      if (properties != nullptr && properties->is_object()) {
        if (const json::value *found = properties->get_object().if_contains(name)) {
          out.named = true;
          gather(found, out.schemas);
          continue;
        }
      }
      const json::value *others = rules->if_contains("additionalProperties");
      if (others == nullptr) continue;
      out.named = out.named || others->is_object() || (others->is_bool() && others->get_bool());
      out.any = out.any || (others->is_bool() && others->get_bool());
      gather(others, out.schemas);
    }
    return out;
  }

  Schemas elements(const Schemas &owner) const {
    Schemas out;
    for (const json::object *rules : owner) gather(rules->if_contains("items"), out);
    return out;
  }

 private:
  const json::object &defs_;
};

// Whether anything was taken out.
bool remove_from(json::value &value, const Schemas &schemas, const Promise &promise) {
  bool removed = false;
  if (json::array *list = value.if_array()) {
    const Schemas elements = promise.elements(schemas);
    for (json::value &each : *list) removed = remove_from(each, elements, promise) || removed;
    return removed;
  }
  json::object *object = value.if_object();
  if (object == nullptr) return false;
  std::vector<std::string> secrets;
  for (auto &each : *object) {
    const Promise::Member member = promise.member(schemas, each.key());
    const bool opens = (each.value().is_string() && !is_written_number(each.value())) ||
                       each.value().is_structured();
    if (opens && !member.named && names_secret(each.key())) {
      secrets.emplace_back(each.key());
    } else if (!member.any) {
      removed = remove_from(each.value(), member.schemas, promise) || removed;
    }
  }
  for (const std::string &name : secrets) object->stable_erase(name);
  return removed || !secrets.empty();
}

}  // namespace

bool names_secret(std::string_view name) noexcept {
  const std::string_view last = take_last_word(name);
  if (is_among(last, secret_words)) return true;
  if (!equal_folded(last, "key") && !equal_folded(last, "keys")) return false;
  return is_among(take_last_word(name), before_key);
}

std::string without_secrets(std::string output, cpi_operation_kind kind,
                            const json::object &operation, const json::object &defs,
                            bool is_event) {
  if (!has_stem(output)) return output;
  constexpr std::size_t deepest = 512;
  json::error_code error;
  json::value value = parse_document(output, error, deepest);
  if (error) {
    throw Failure(ErrorClass::plugin_fault, Fault::connector,
                  "The connector returned a result that is not JSON.",
                  "Report this to the connector's authors.");
  }
  const Promise promise(defs);
  Schemas schemas;
  promise.gather(operation.if_contains("output"), schemas);
  json::value *items = nullptr;
  if (kind == CPI_KIND_SAMPLE && !is_event && value.is_object()) {
    items = value.get_object().if_contains("items");
  }
  bool removed = false;
  if (items != nullptr && items->is_array()) {
    for (json::value &each : items->get_array()) {
      removed = remove_from(each, schemas, promise) || removed;
    }
  } else {
    const bool reports = kind == CPI_KIND_POLL && !is_event;  // how the poll went
    removed = remove_from(value, reports ? Schemas() : schemas, promise);
  }
  return removed ? write_document(value) : output;
}

}  // namespace cpi
