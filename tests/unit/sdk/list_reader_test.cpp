// One body, read for its slots (detection) and for its documents (actions, lookups, events): both
// must find the same list, the same rows and the same total, or the same failure.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "cpi/json/document.hpp"
#include "cpi/language/failure.hpp"
#include "cpi/sdk/detection/rows.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/list.hpp"
#include "scripted.hpp"

namespace cpi::detection {
namespace {

// What a reader says of a body.
struct ListReading {
  bool is_list = false;
  ErrorClass failure = ErrorClass::plugin_fault;
  std::vector<Scalar> ids;
  std::optional<std::uint64_t> total;
};

struct ListTemplate {
  Paging paging;
  const char *rows;
  const char *total;
  bool single;
};

ListTemplate template_of(const char *rows, const char *total, bool single) {
  boost::json::object node{{"style", single ? "none" : "offset"}, {"rows", rows}};
  if (!single) node.emplace("from", boost::json::object{{"name", "offset"}});
  if (*total != '\0') node.emplace("total", total);
  return {Paging::compile(node, "/paging"), rows, total, single};
}

class TakenIds final : public RowSink {
 public:
  explicit TakenIds(std::size_t slot) : slot_(slot) {}
  void on_row(std::size_t index, const std::vector<Scalar> &slots) override {
    EXPECT_EQ(index, ids.size());
    ids.push_back(slots[slot_]);
  }
  std::vector<Scalar> ids;

 private:
  std::size_t slot_;
};

// As a poll reads a page.
ListReading read_slots(const ListTemplate &list, const Response &response) {
  ListReading out;
  RowLayout layout;
  layout.set_rows(list.paging.rows);
  if (list.paging.total) layout.set_total(*list.paging.total);
  const std::size_t id = layout.want(Pointer::compile("/id", ""));
  if (list.single) layout.allow_single({id});
  TakenIds taken(id);
  const ErrorTable errors;
  try {
    errors.expect_success(response, true, scripted::now, &list.paging.rows);
    const RowsRead read = read_rows(layout, {1, 2}, without_bom(response.body()), taken);
    if (!read.ok()) refuse_list(response, read, errors);
    out.is_list = true;
    EXPECT_EQ(read.rows, taken.ids.size());
    if (read.has_total) out.total = read.total;
    out.ids = std::move(taken.ids);
  } catch (const Failure &failure) {
    out.failure = failure.error_class;
  }
  return out;
}

// As an action reads a page.
ListReading read_as_documents(const ListTemplate &list_template, const Response &response) {
  ListReading out;
  const ErrorTable errors;
  try {
    const std::vector<Pointer> needed{Pointer::compile("/id", "")};
    const DocumentsRead list =
        list_in(response, place_of(list_template.paging), needed, errors, true, scripted::now);
    out.is_list = true;
    if (list.read.has_total) out.total = list.read.total;
    EXPECT_EQ(list.read.rows, list.rows.size());
    for (const auto &row : list.rows) {
      const auto *id = Pointer::compile("/id", "").find(row);
      out.ids.push_back(id == nullptr ? Scalar() : to_scalar(*id));
      if (id != nullptr && id->is_structured()) out.ids.back().kind = ScalarKind::tree;
    }
  } catch (const Failure &failure) {
    out.failure = failure.error_class;
  }
  return out;
}

// Makes bodies that are lists, nearly lists, and anything else that services give for one.
class BodyMaker {
 public:
  explicit BodyMaker(std::uint64_t seed) : random_(seed) {}

  const ListTemplate &pick(const std::vector<ListTemplate> &all) { return all[below(all.size())]; }

  std::string body_for(const ListTemplate &list) {
    const auto rows = Pointer::compile(list.rows, "");
    std::string body = in_holders(rows.tokens(), 0, list);
    switch (below(24)) {
      case 0:
        return "\xEF\xBB\xBF" + body;
      case 1:
        return " \r\n" + body + "\n\t";
      case 2:
        return one_of({"", " ", "\r\n\t", "\xEF\xBB\xBF", "\xEF\xBB\xBF \n"});
      case 3:
        return body.substr(0, below(body.size() + 1));
      case 4:
        return body + one_of({"x", "]", "}", " 1", ",", "[]"});
      case 5:
        return one_of(
            {"[]", "{}", "null", "true", "5", "\"text\"", "<html>", "[[]]", "{\"0\":[]}"});
      case 6:
        return disguised();
      default:
        return body;
    }
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }
  std::string one_of(std::initializer_list<const char *> all) {
    return all.begin()[below(all.size())];
  }

  std::string number() {
    return one_of({"0", "1", "2", "17", "17.0", "1e2", "-3", "0.10", "1.5", "18446744073709551615",
                   "123456789012345678901", "9007199254740993"});
  }
  std::string text() {
    return one_of({"\"\"", "\"a\"", "\"5\"", "\"007\"", "\"na\\u00efve\"", "\"\\ud83d\\ude00\"",
                   "\"cut \\ud83d\"", "\"cut \xD0\"", "\"\xD0\x9A\xD0\xBB\"", "\"\\\"}],{[\"",
                   "\"2026-01-01 00:00:00\"", "\"false\"", "\"error\""});
  }
  std::string scalar() {
    switch (below(4)) {
      case 0:
        return number();
      case 1:
        return one_of({"null", "true", "false"});
      default:
        return text();
    }
  }
  std::string tree(int depth = 0) {
    std::string out;
    if (depth > 2 || one_in(2)) return scalar();
    const bool array = one_in(2);
    const std::uint64_t size = below(4);
    for (std::uint64_t i = 0; i < size; ++i) {
      if (i > 0) out += ',';
      if (!array)
        out += one_of({"\"a\":", "\"0\":", "\"id\":", "\"data\":", "\"list\":", "\"total\":"});
      out += tree(depth + 1);
    }
    return array ? "[" + out + "]" : "{" + out + "}";
  }

  std::string row() {
    if (one_in(8)) return tree();
    std::string out = "{";
    if (one_in(4)) out += R"("name":)" + text() + ",";
    if (!one_in(8)) out += R"("id":)" + scalar() + ",";
    if (one_in(12)) out += R"("id":)" + scalar() + ",";  // twice
    if (one_in(4)) out += R"("deep":)" + tree() + ",";
    if (one_in(6)) out += R"("status":)" + scalar() + ",";
    if (out.size() > 1) out.pop_back();
    return out + "}";
  }
  std::string array() {
    std::string out;
    const std::uint64_t size = below(5);
    for (std::uint64_t i = 0; i < size; ++i) out += (i > 0 ? "," : "") + row();
    return "[" + out + "]";
  }
  std::string numbered() {
    std::vector<std::string> names;
    const std::uint64_t size = 1 + below(12);
    for (std::uint64_t i = 0; i < size; ++i) {
      if (!one_in(5)) names.push_back(std::to_string(i));
    }
    if (one_in(6) && !names.empty()) names.push_back(names.front());
    if (one_in(6))
      names.push_back(
          one_of({"00", "1.5", "-1", "total", "", "1e1", "\\u0031", "999999999999999999999"}));
    if (one_in(2)) std::shuffle(names.begin(), names.end(), random_);
    std::string out;
    for (const auto &name : names) {
      if (!out.empty()) out += ',';
      out += '"' + name + "\":" + row();
    }
    return "{" + out + "}";
  }
  std::string at_the_place() {
    switch (below(12)) {
      case 0:
        return one_of({"null", "{}", "[]"});
      case 1:
      case 2:
      case 3:
        return numbered();
      case 4:
        return row();
      case 5:
        return scalar();
      case 6:
        return disguised();
      default:
        return array();
    }
  }
  std::string disguised() {
    return one_of({R"({"message":"Whoops, looks like something went wrong."})",
                   R"({"error":"invalid_token"})", R"({"error":1})",
                   R"({"message":"Unauthorized!","error_code":401})", R"({"success":true})",
                   R"({"success":"false","data":[]})", R"({"result":0})", R"({"errors":["no"]})",
                   R"({"status":"error","data":[]})", R"({"status":"failed","items":[],"total":0})",
                   R"({"is_error":1})", R"({"code":"500","message":"x","trace":[]})",
                   R"({"error":"Something failed","id":null})", R"({"id":"","message":"x"})"});
  }

  std::string member(std::string_view name, const std::string &value) {
    return '"' + std::string(name) + "\":" + value;
  }
  // The object or list around, with the list at tokens[at].
  std::string in_holders(const std::vector<std::string> &tokens, std::size_t at,
                         const ListTemplate &list) {
    if (at == tokens.size()) return at_the_place();
    if (one_in(14))
      return one_of({"[]", "null", "{}", "[1]", "0", "\"x\"", "false", R"({"other":[1]})"});
    const std::string inner = in_holders(tokens, at + 1, list);
    if (tokens[at] == "0" && !one_in(6)) {
      return one_in(6) ? "[]" : "[" + inner + (one_in(3) ? "," + tree() : "") + "]";
    }
    std::vector<std::string> members{member(tokens[at], inner)};
    if (one_in(8))
      members.insert(members.begin(),
                     member(tokens[at], one_of({"null", "0", "\"old\"", "[]", "{\"list\":[]}"})));
    if (one_in(16))
      members.push_back(member(tokens[at], one_of({"null", "[]", "\"new\"", "{\"a\":1}"})));
    if (one_in(12)) members.erase(members.begin());
    if (one_in(3))
      add(members,
          member(one_of({"other", "success", "Data", "lists"}), one_in(2) ? "true" : tree()));
    if (at == 0 && *list.total != '\0' && !one_in(6)) {
      const auto tokens_of_total = Pointer::compile(list.total, "").tokens();
      std::string total = total_value();
      for (std::size_t i = tokens_of_total.size(); i-- > 1;) {
        total = "{" + (one_in(4) ? member("page", number()) + "," : "") +
                member(tokens_of_total[i], total) + "}";
      }
      add(members, member(tokens_of_total[0], total));
      if (one_in(8)) add(members, member(tokens_of_total[0], total_value()));
    }
    std::string out;
    for (const auto &each : members) out += (out.empty() ? "" : ",") + each;
    return "{" + out + "}";
  }
  void add(std::vector<std::string> &members, std::string one) {
    members.insert(members.begin() + static_cast<std::ptrdiff_t>(below(members.size() + 1)),
                   std::move(one));
  }
  std::string total_value() {
    return one_of({"0",
                   "3",
                   "\"3\"",
                   "17.0",
                   "1e2",
                   "\"17.0\"",
                   "\" 3\"",
                   "\"007\"",
                   "-1",
                   "\"-1\"",
                   "null",
                   "true",
                   "\"many\"",
                   "\"\"",
                   "[]",
                   "{}",
                   "[3]",
                   "18446744073709551615",
                   "18446744073709551616",
                   "\"99999999999999999999\"",
                   "2.5",
                   "1e400"});
  }

  std::mt19937_64 random_;
};

std::string shown(const ListReading &reading) {
  if (!reading.is_list)
    return "failure " + std::string(std::to_string(static_cast<int>(reading.failure)));
  std::string out = "list";
  for (const Scalar &id : reading.ids)
    out += " [" + std::to_string(static_cast<int>(id.kind)) + " " + id.text + "]";
  return out + (reading.total ? " of " + std::to_string(*reading.total) : "");
}

// What both readers say of a body.
std::string both(const ListTemplate &list, std::string_view body) {
  const scripted::Reply reply({.body = std::string(body)});
  const std::string slots = shown(read_slots(list, reply.response()));
  EXPECT_EQ(slots, shown(read_as_documents(list, reply.response()))) << body;
  return slots;
}

const std::string no_list = "failure " + std::to_string(static_cast<int>(ErrorClass::bad_response));

TEST(ListReader, AListIsAListOfAnything) {
  const auto list = template_of("/data", "", false);
  EXPECT_EQ(both(list, R"({"x": [{"id": 9}], "data": [{"id": 1}, {"id": "b"}, 3, null, []]})"),
            "list [3 1] [5 b] [0 ] [0 ] [0 ]");
}

TEST(ListReader, NumbersForNamesAreAListInTheirOrder) {
  for (const bool single : {false, true}) {
    const auto list = template_of("/data", "", single);
    EXPECT_EQ(both(list, R"({"data": {"10": {"id": 3}, "0": {"id": 1}, "2": {"id": 2}}})"),
              "list [3 1] [3 2] [3 3]");
    for (const auto *other :
         {R"({"data": {"0": {"id": 1}, "0": {"id": 2}}})", R"({"data": {"0": {"id": 1}, "x": 1}})",
          R"({"data": {"00": {"id": 1}}})", R"({"data": {"1.5": {"id": 1}}})",
          R"({"data": {"-1": {"id": 1}}})"}) {
      EXPECT_EQ(both(list, other), no_list) << other;
    }
  }
}

TEST(ListReader, EmptyListsInAllTheirSpellings) {
  for (const bool single : {false, true}) {
    const auto whole = template_of("", "", single);
    for (const auto *none : {"[]", "{}", "null", "\xEF\xBB\xBF[]", " \r\n[]\n"}) {
      EXPECT_EQ(both(whole, none), "list") << none;
    }
    const auto inside = template_of("/data/list", "", single);
    for (const auto *none :
         {R"({"data": {"list": []}})", R"({"data": {"list": {}}})", R"({"data": {"list": null}})",
          R"({"data": []})", R"({"data": null})", "[]"}) {
      EXPECT_EQ(both(inside, none), "list") << none;
    }
    for (const auto *other : {"null", "{}", R"({"data": {}})", R"({"data": [1]})",
                              R"({"data": "x"})", R"({"data": {"list": "x"}})", "[1]", "5"}) {
      EXPECT_EQ(both(inside, other), no_list) << other;
    }
  }
}

TEST(ListReader, ASingleObjectIsARowWhereTheListIsNotPagedAndItHasWhatARowHas) {
  const auto *row = R"({"id": 1, "status": "failed"})";
  EXPECT_EQ(both(template_of("", "", true), row), "list [3 1]");
  EXPECT_EQ(both(template_of("", "", false), row), no_list);
  EXPECT_EQ(both(template_of("/data", "", true), R"({"data": {"x": 1, "id": "a"}})"), "list [5 a]");
  for (const auto *error :
       {R"({"message": "Whoops, looks like something went wrong."})", R"({"data": [], "x": 1})",
        R"({"status": "error", "data": []})", R"({"status": "failed", "items": [], "total": 0})",
        R"({"id": ""})", R"({"id": null})", R"({"id": [1]})"}) {
    EXPECT_EQ(both(template_of("", "", true), error), no_list) << error;
  }
}

TEST(ListReader, ABlankOrBrokenBodyIsNoEmptyList) {
  for (const auto *body : {"", " \r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF \n", "[", "[] x", "[1,]",
                           "<html>", "[\"\xFF\"]"}) {
    for (const bool single : {false, true}) {
      EXPECT_EQ(both(template_of("", "", single), body), no_list) << body;
      EXPECT_EQ(both(template_of("/data", "", single), body), no_list) << body;
    }
  }
}

TEST(ListReader, OfANameThatComesTwiceTheLastCounts) {
  const auto list = template_of("/data/list", "/total", false);
  EXPECT_EQ(both(list, R"({"data": "old", "data": {"list": 0, "list": [{"id": 1}]}})"),
            "list [3 1]");
  EXPECT_EQ(both(list, R"({"data": {"list": []}, "data": {"lists": []}})"), no_list);
  // The rows of the first one may be used already.
  EXPECT_EQ(both(list, R"({"data": {"list": [{"id": 1}]}, "data": {"list": [{"id": 2}]}})"),
            no_list);
  EXPECT_EQ(both(list, R"({"data": {"list": [{"id": "old", "id": [1]}, {"id": [1], "id": 2}]}})"),
            "list [6 ] [3 2]");
  EXPECT_EQ(both(list, R"({"data": null, "total": 5, "total": "x"})"), "list");
  EXPECT_EQ(both(list, R"({"data": null, "total": "x", "total": 5})"), "list of 5");
}

TEST(ListReader, ATotalIsAWholeNumberInAnySpelling) {
  const auto list = template_of("/data", "/meta/total", false);
  const auto with_total = [&](std::string_view total) {
    return both(list, R"({"data": [], "meta": {"total": )" + std::string(total) + "}}");
  };
  for (const auto *same : {"17", "17.0", "\"17\"", "1.7e1"}) {
    EXPECT_EQ(with_total(same), "list of 17") << same;
  }
  for (const auto *none : {"-1", "1.5", "\"\"", "\"many\"", "\"017\"", "null", "true", "[17]", "{}",
                           "18446744073709551616", "\"99999999999999999999\"", "1e400"}) {
    EXPECT_EQ(with_total(none), "list") << none;
  }
}

TEST(ListReader, CutCharactersHideNoRow) {
  const auto list = template_of("/data", "", false);
  EXPECT_EQ(both(list, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\\ud83d\"},{\"id\":\"c\xD0\"}]}"),
            "list [5 a] [5 b\xEF\xBF\xBD] [5 c\xEF\xBF\xBD]");
  EXPECT_EQ(both(list, "{\"data\":{\"1\":{\"id\":\"b\\ud83d\"},\"0\":{\"id\":\"a\xD0\"}}}"),
            "list [5 a\xEF\xBF\xBD] [5 b\xEF\xBF\xBD]");
}

TEST(ListReader, IsAsDeepAsAnyAnswer) {
  const auto nested = [](std::size_t depth) {
    return "[" + std::string(depth, '[') + std::string(depth, ']') + "]";
  };
  EXPECT_EQ(both(template_of("", "", false), nested(deepest_answer - 1)), "list [0 ]");
  EXPECT_EQ(both(template_of("", "", false), nested(deepest_answer)), no_list);
}

TEST(ListReader, SaysWhatIsWrong) {
  const auto message = [](std::string_view body) -> std::string {
    const scripted::Reply reply({.body = std::string(body)});
    const auto list = template_of("/data", "", false);
    try {
      list_in(reply.response(), place_of(list.paging), {}, ErrorTable(), true, scripted::now);
    } catch (const Failure &failure) {
      return failure.message;
    }
    return "";
  };
  EXPECT_EQ(message(" "), "The answer of the service is empty.");
  EXPECT_EQ(message("<html>"), "The answer of the service is a web page, not JSON.");
  EXPECT_EQ(message("{\"data\":["), "The answer of the service ends too early.");
  EXPECT_EQ(message("{}"), "The answer of the service has no list where one is expected.");
  EXPECT_EQ(message("{\"data\":[1e400]}"),
            "The answer of the service has a number that is too large.");
}

// LISTS_SEED and LISTS_ROUNDS choose others.
TEST(ListReader, SlotsAndDocumentsOfAnyBodyAreTheSame) {
  const char *chosen = std::getenv("LISTS_SEED");
  const char *rounds = std::getenv("LISTS_ROUNDS");
  const std::uint64_t seed =
      chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
  const std::uint64_t count = rounds != nullptr ? std::strtoull(rounds, nullptr, 10) : 5'000;
  std::cout << "LISTS_SEED=" << seed << "\n";
  std::vector<ListTemplate> templates;
  for (const bool single : {false, true}) {
    for (const auto *rows : {"", "/data", "/data/list", "/data/0/tree", "/0/rows"}) {
      for (const auto *total : {"", "/total", "/meta/total"}) {
        if (*rows == '\0' && *total != '\0') continue;
        templates.push_back(template_of(rows, total, single));
      }
    }
  }
  BodyMaker make(seed);
  std::size_t lists = 0;
  std::size_t told = 0;
  for (std::uint64_t round = 0; round < count; ++round) {
    const ListTemplate &list = make.pick(templates);
    const std::string body = make.body_for(list);
    const scripted::Reply reply({.body = body});
    const auto slots = shown(read_slots(list, reply.response()));
    const auto documents = shown(read_as_documents(list, reply.response()));
    lists += slots.starts_with("list") ? 1 : 0;
    if (slots != documents && told++ < 40) {
      ADD_FAILURE() << "round " << round << ", rows " << list.rows << ", total " << list.total
                    << (list.single ? ", not paged" : ", paged") << "\n  body      " << body
                    << "\n  slots     " << slots << "\n  documents " << documents;
    }
  }
  EXPECT_EQ(told, 0u) << "of " << count;
  // The bodies are worth reading: many are lists, and many are not.
  EXPECT_GT(lists, count / 3);
  EXPECT_LT(lists, count * 9 / 10);
}

}  // namespace
}  // namespace cpi::detection
