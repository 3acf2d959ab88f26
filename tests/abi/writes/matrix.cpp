#include "matrix.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace writes {
namespace {

namespace json = boost::json;
using contract::Answer;
using contract::OperationCase;
using contract::Service;
using contract::Step;

constexpr std::size_t widest_line = 118;

Answer answer_of(const OddBody &body, int status, const Answer &documented) {
  // Nothing is a documented answer, too; what is made of one needs something.
  const bool has_body = documented.body.size() > 2;
  const bool is_as_is = body.name == "documented";
  Answer answer = contract::response(
      status, body.make(has_body || is_as_is ? documented.body : R"({"success":true})"));
  answer.headers = documented.headers;
  if (body.is_page) answer.headers = {{"content-type", "text/html; charset=utf-8"}};
  if (!body.is_page && body.says != Says::documented) {
    answer.headers = {{"content-type", "application/json"}};
  }
  return answer;
}

bool is_first_of(const Write &write, std::size_t request) {
  return write.later && request == 0;
}

// An action that takes many things says of each whether it was taken.
bool is_success(const Write &write, const Step &last) {
  if (last.kind != CPI_STEP_DONE) return false;
  return write.what->handler != "add_many_subscribers" ||
         last.output.find("\"added\":0,") == std::string::npos;
}

// Whether `output` has all that `documented` has.
bool has_all_of(const json::value &output, const std::string &documented) {
  json::error_code error;
  const json::value wanted = json::parse(documented, error);
  if (error || !wanted.is_object() || !output.is_object()) return false;
  return std::ranges::all_of(wanted.get_object(), [&](const auto &member) {
    const json::value *held = output.get_object().if_contains(member.key());
    return held != nullptr && *held == member.value();
  });
}

// "done" with the documented output, else what the output has.
std::string output_of(const std::string &output, const std::string &documented) {
  if (output == documented) return "done";
  json::error_code error;
  const json::value value = json::parse(output, error);
  const json::object *object = error ? nullptr : value.if_object();
  if (object == nullptr) return "done " + output;
  if (documented != "{}" && has_all_of(value, documented)) return "done";
  std::string names;
  for (const auto &member : *object) {
    const json::value &held = member.value();
    names += (names.empty() ? "" : ", ") + std::string(member.key());
    if (!held.is_structured() && json::serialize(held).size() < 8) {
      names += ": " + json::serialize(held);
    }
  }
  return "done {" + names + "}";
}

std::string seconds(std::uint64_t ms) {
  return std::to_string(ms / 1000) + "s";
}

std::string cell_of(const Write &write, const Ending &ending) {
  std::string text = ending.last.kind == CPI_STEP_DONE
                         ? output_of(ending.last.output, write.documented)
                         : contract::class_name(ending.last.error_class);
  if (ending.last.retry_after_ms > 0) text += " in " + seconds(ending.last.retry_after_ms);
  if (ending.waits) text = "waits, " + text;
  if (ending.renews) text = "renews, " + text;
  return text;
}

// "200-204 done; 400 403 invalid_input" of the statuses whose cell is not the usual one.
std::string cells_text(const std::vector<std::string> &cells,
                       const std::vector<std::string> *usual) {
  const auto shown = [&](std::size_t i) {
    return !cells[i].empty() && (usual == nullptr || cells[i] != (*usual)[i]);
  };
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (!shown(i)) continue;
    const std::size_t first = i;
    while (i + 1 < cells.size() && shown(i + 1) && cells[i + 1] == cells[first]) ++i;
    text += (text.empty() ? "" : "; ") + std::to_string(statuses[first]);
    if (i > first) text += (i > first + 1 ? "-" : " ") + std::to_string(statuses[i]);
    text += " " + cells[first];
  }
  return text;
}

void add_wrapped(std::string &text, std::string_view indent, const std::vector<std::string> &words,
                 std::string_view between, std::string line = {}) {
  bool is_first = true;
  for (const std::string &word : words) {
    if (!is_first && indent.size() + line.size() + between.size() + word.size() > widest_line) {
      text += std::string(indent) + line + std::string(between.substr(0, between.find(' '))) + "\n";
      line.clear();
      is_first = true;
    }
    line += (is_first ? "" : std::string(between)) + word;
    is_first = false;
  }
  text += std::string(indent) + line + "\n";
}

std::string most_frequent(const std::vector<std::string> &all) {
  std::map<std::string, std::size_t> count;
  for (const std::string &each : all) {
    if (!each.empty()) ++count[each];
  }
  const auto most =
      std::ranges::max_element(count, {}, [](const auto &each) { return each.second; });
  return most->first;
}

OperationCase as_change(const OperationCase &custom) {
  OperationCase call = custom;
  call.input = R"({"method":"POST","path":"/addressbooks","body":{"bookName":"Newsletter"}})";
  return call;
}

std::vector<OtherAnswer> all_other_answers() {
  std::vector<OtherAnswer> all;
  for (const int status : {200, 204, 400, 404, 409, 410, 422}) {
    Answer again = contract::response(status, status == 200 ? R"({"result":true})" : "");
    again.flags = CPI_ANSWER_MAYBE_SENT;
    all.push_back({"sent before, " + std::to_string(status), again});
  }
  for (const int status : {429, 500, 503}) {
    for (const char *after : {"0", "7", "Wed, 01 Jan 2020 00:00:00 GMT"}) {
      Answer later = contract::response(status, "");
      later.headers.emplace_back("retry-after", after);
      const std::string when = after[0] == 'W' ? "in the past" : after;
      all.push_back({std::to_string(status) + " Retry-After " + when, later});
    }
  }
  const std::pair<const char *, cpi_transport> none[] = {
      {"no host", CPI_TRANSPORT_DNS},
      {"no connection", CPI_TRANSPORT_CONNECT},
      {"no TLS", CPI_TRANSPORT_TLS},
      {"no answer in time", CPI_TRANSPORT_TIMEOUT},
      {"connection closed", CPI_TRANSPORT_RESET},
      {"answer too large", CPI_TRANSPORT_TOO_LARGE}};
  for (const auto &[name, transport] : none) {
    all.push_back({std::string(name) + ", not sent", contract::no_response(transport)});
    all.push_back({std::string(name) + ", maybe sent",
                   contract::no_response(transport, CPI_ANSWER_MAYBE_SENT)});
  }
  return all;
}

}  // namespace

const std::vector<OtherAnswer> &other_answers() {
  static const std::vector<OtherAnswer> all = all_other_answers();
  return all;
}

std::string Write::name() const {
  return what->id + (later ? " (after its first request)" : "") + (what->checked ? "*" : "");
}

Matrix::Matrix(const contract::PluginUnderTest &plugin, const cpi_plugin &table)
    : plugin_(plugin), connector_(table) {}

std::vector<Write> Matrix::writes() const {
  std::vector<Write> all;
  for (const OperationCase &what : calls_) {
    const auto steps = contract::converse(connector_, what, contract::canned(plugin_));
    if (steps.back().kind != CPI_STEP_DONE) {
      throw std::runtime_error(what.id +
                               " fails with the documented answer: " + steps.back().message);
    }
    all.push_back({.what = &what, .later = false, .documented = steps.back().output});
    if (std::ranges::count(steps, CPI_STEP_SEND, &Step::kind) > 1) {
      all.push_back({.what = &what, .later = true, .documented = steps.back().output});
    }
  }
  return all;
}

Ending Matrix::end(const Write &write, const Service &service) const {
  Ending ending;
  const Service good = contract::canned(plugin_);
  std::size_t request = 0;
  const auto steps = contract::converse(connector_, *write.what, [&](const Step &step) {
    return is_first_of(write, request++) ? good(step) : service(step);
  });
  request = 0;
  std::size_t waits = 0;
  for (const Step &step : steps) {
    if (step.kind == CPI_STEP_WAIT) ++waits;
    if (step.kind != CPI_STEP_SEND || is_first_of(write, request++)) continue;
    const bool repeatable = (step.flags & CPI_REQUEST_REPEATABLE) != 0;
    if (ending.requests++ == 0) {
      ending.repeatable = repeatable;
      ending.removes = step.method == "DELETE";
    }
    if (!repeatable) ++ending.once_sent;
    ending.renews = ending.renews || (step.flags & CPI_REQUEST_RENEW_CREDENTIALS) != 0;
  }
  ending.waits = waits > 0 && ending.requests > 1 && write.what->handler != "verify_address";
  ending.last = steps.back();
  return ending;
}

void Matrix::run() {
  for (const OperationCase &what : plugin_.cases) {
    if (what.writes) calls_.push_back(what.handler == "custom_call" ? as_change(what) : what);
  }
  const Service documented = contract::canned(plugin_);
  for (const Write &write : writes()) {
    Row row{.write = write, .repeatable = false, .cells = {}, .others = {}};
    for (const OddBody &body : odd_bodies()) {
      for (const int status : statuses) {
        if (status != 200 && !body.everywhere) {
          row.cells.emplace_back();
          continue;
        }
        const Ending ending =
            end(write, [&](const Step &step) { return answer_of(body, status, documented(step)); });
        judge(write, body, status, ending);
        row.repeatable = ending.repeatable;
        row.cells.push_back(cell_of(write, ending));
      }
    }
    for (std::size_t i = 0; i < other_answers().size(); ++i) {
      const Ending ending = end(write, [&](const Step &) { return other_answers()[i].answer; });
      judge_other(write, i, ending);
      row.others.push_back(cell_of(write, ending));
    }
    rows_.push_back(std::move(row));
  }
}

// ---- What must be true, whatever the table says
//
// 1. A refusal by status (4xx except 408) is a refusal, whatever its body: it is never a success,
//    and its outcome is never unknown.
// 2. What may have taken effect and must not be repeated has an unknown outcome: 3xx, 408, 5xx, and
//    a success that cannot be understood. Nobody is told to try it again.
// 3. An unknown outcome comes with the duplicate check if the manifest has one, always with the
//    advice to check, and never with a time to try again.
// 4. A request that may be repeated never has an unknown outcome.
// 5. The documented success is a success in each of its forms, with the same output.
// 6. No failure is a success. Success without output is one where no output is promised.
// 7. What must not be repeated is sent once, except after a refusal of the credentials or for too
//    many requests.
// 8. A removal that was sent before, and now finds nothing, is done.

namespace {

using Faults = std::vector<std::string>;

bool is_unknown(const Step &last) {
  return last.kind == CPI_STEP_FAILED && last.error_class == CPI_CLASS_UNKNOWN_OUTCOME;
}

void judge_unknown(const Write &write, const Ending &ending, Faults &faults) {
  if (!is_unknown(ending.last)) return;
  if (ending.repeatable && !write.later) faults.emplace_back("unknown, but it may be repeated");
  if (ending.last.advice.find("Check ") == std::string::npos) {
    faults.emplace_back("no advice to check: " + ending.last.advice);
  }
  if (ending.last.retry_after_ms != 0) faults.emplace_back("unknown, and told when to try again");
  const bool offers = ending.last.details.find("\"duplicate_check\"") != std::string::npos;
  if (offers != write.what->checked) faults.emplace_back("the duplicate check is missing");
}

void judge_unclear(const Write &write, const Ending &ending, Faults &faults) {
  if (is_success(write, ending.last)) {
    faults.emplace_back("a success");
  } else if (!ending.repeatable && !is_unknown(ending.last)) {
    faults.emplace_back("its outcome is unknown");
  }
}

void judge_success(const Write &write, const OddBody &body, const Ending &ending, Faults &faults) {
  const bool done = is_success(write, ending.last);
  const bool is_handler = !write.what->handler.empty();
  switch (body.says) {
    case Says::documented:
      // What is made of a file, or of an answer without a body, is another one.
      if (!done || (body.name == "documented" &&
                    output_of(ending.last.output, write.documented) != "done")) {
        faults.emplace_back("the documented success");
      }
      break;
    case Says::nothing:
      if (write.what->promises || write.what->accepts) judge_unclear(write, ending, faults);
      if (!write.what->promises && !write.what->accepts && !done) {
        faults.emplace_back("a success without output");
      }
      break;
    case Says::confirmed:
      if (write.what->accepts) judge_unclear(write, ending, faults);
      if (!write.what->accepts && !done) faults.emplace_back("a success");
      break;
    case Says::refused:
    case Says::expired:
    case Says::later:
      if (done) faults.emplace_back("a failure is a success");
      break;
    case Says::doubtful:
    case Says::unreadable:
      judge_unclear(write, ending, faults);
      break;
    case Says::other:
      if (write.what->promises && !is_handler) judge_unclear(write, ending, faults);
      break;
    case Says::vague:  // what the schema of the output allows is a success
      break;
  }
}

}  // namespace

void Matrix::judge(const Write &write, const OddBody &body, int status, const Ending &ending) {
  Faults faults;
  judge_unknown(write, ending, faults);
  const bool passing = body.says == Says::expired || body.says == Says::later;
  if (ending.once_sent > 1 && !passing) faults.emplace_back("sent again");
  // The custom call hands the answer on as it is, and a later request asks for a result.
  const bool judged = write.what->handler != "custom_call" && !write.later;
  if (judged && is_refusal(status)) {
    if (is_success(write, ending.last)) faults.emplace_back("refused, and a success");
    for (const auto wrong : {CPI_CLASS_UNKNOWN_OUTCOME, CPI_CLASS_BAD_RESPONSE, CPI_CLASS_TIMEOUT,
                             CPI_CLASS_UNAVAILABLE}) {
      if (ending.last.kind == CPI_STEP_FAILED && ending.last.error_class == wrong) {
        faults.emplace_back("it was refused");
      }
    }
  } else if (judged && is_success(status)) {
    judge_success(write, body, ending, faults);
  } else if (judged) {
    if (is_success(write, ending.last)) faults.emplace_back("failed, and a success");
    const bool told = body.says == Says::refused || passing;
    if (!told) judge_unclear(write, ending, faults);
  }
  for (const std::string &fault : faults) {
    violations_.push_back(write.name() + ", HTTP " + std::to_string(status) + " " + body.name +
                          ": " + fault + " (" + cell_of(write, ending) + ")");
  }
}

void Matrix::judge_other(const Write &write, std::size_t other, const Ending &ending) {
  const auto &[name, answer] = other_answers()[other];
  Faults faults;
  judge_unknown(write, ending, faults);
  if (ending.once_sent > 1) faults.emplace_back("sent again");
  const bool arrived = answer.kind == CPI_ANSWER_RESPONSE;
  const bool maybe_sent = (answer.flags & CPI_ANSWER_MAYBE_SENT) != 0;
  const int status = answer.http_status;
  const bool gone = arrived && maybe_sent && (status == 404 || status == 410);
  const auto &enough = write.what->done_if_repeated;
  const bool removed =
      gone && (ending.removes || std::find(enough.begin(), enough.end(), status) != enough.end());
  if (write.later) {
    // asks for a result only
  } else if (removed) {
    if (!is_success(write, ending.last)) faults.emplace_back("it was removed");
  } else if (!arrived) {
    if (is_success(write, ending.last)) faults.emplace_back("no answer, and a success");
    const bool unknown = maybe_sent && !ending.repeatable;
    if (unknown != is_unknown(ending.last)) faults.emplace_back("whether it took effect");
  } else if (status >= 400 && is_success(write, ending.last)) {
    faults.emplace_back("failed, and a success");
  }
  for (const std::string &fault : faults) {
    violations_.push_back(write.name() + ", " + name + ": " + fault + " (" +
                          cell_of(write, ending) + ")");
  }
}

// ---- The table

void Matrix::add_group(std::string &text, const std::vector<const Row *> &rows) const {
  const Row &first = *rows.front();
  text += "\n== like " + first.write.what->id + (first.write.later ? ", later" : "") + "\n";
  text += "  " + std::to_string(rows.size()) + (rows.size() == 1 ? " action" : " actions") + ", " +
          (first.repeatable ? "may be repeated" : "must not be repeated") + "\n";
  std::vector<std::string> names;
  for (const Row *row : rows) names.push_back(row->write.name());
  add_wrapped(text, "  ", names, " ");

  const std::size_t width = statuses.size();
  const auto row_of = [&](std::size_t body) {
    const auto from = first.cells.begin() + static_cast<std::ptrdiff_t>(body * width);
    return std::vector<std::string>(from, from + static_cast<std::ptrdiff_t>(width));
  };
  std::vector<std::string> usual;
  for (std::size_t status = 0; status < width; ++status) {
    std::vector<std::string> column;
    for (std::size_t body = 0; body < odd_bodies().size(); ++body) {
      column.push_back(first.cells[body * width + status]);
    }
    usual.push_back(most_frequent(column));
  }
  text += "  usual " + cells_text(usual, nullptr) + "\n";
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;  // cells, bodies
  for (std::size_t body = 0; body < odd_bodies().size(); ++body) {
    std::string cells = cells_text(row_of(body), &usual);
    if (cells.empty()) cells = "as usual";
    const auto known = std::ranges::find(lines, cells, [](const auto &each) { return each.first; });
    if (known != lines.end()) {
      known->second.push_back(odd_bodies()[body].name);
    } else {
      lines.emplace_back(cells, std::vector{odd_bodies()[body].name});
    }
  }
  for (const auto &[cells, bodies] : lines) {
    text += "    " + cells + "\n";
    add_wrapped(text, "        ", bodies, " | ");
  }
  lines.clear();
  for (std::size_t i = 0; i < other_answers().size(); ++i) {
    const auto known =
        std::ranges::find(lines, first.others[i], [](const auto &each) { return each.first; });
    if (known != lines.end()) {
      known->second.push_back(other_answers()[i].name);
    } else {
      lines.emplace_back(first.others[i], std::vector{other_answers()[i].name});
    }
  }
  for (const auto &[cell, answers] : lines) add_wrapped(text, "    ", answers, "; ", cell + ": ");
}

std::string Matrix::totals() const {
  std::map<std::string, std::size_t> count;
  std::size_t all = 0;
  const auto add = [&](const std::string &cell) {
    if (cell.empty()) return;
    ++all;
    ++count[cell.starts_with("done") ? "done" : cell.substr(0, cell.find(" in "))];
  };
  for (const Row &row : rows_) {
    for (const std::string &cell : row.cells) add(cell);
    for (const std::string &cell : row.others) add(cell);
  }
  std::string text = "\n== totals\n  " + std::to_string(calls_.size()) + " actions, " +
                     std::to_string(odd_bodies().size()) + " bodies, " +
                     std::to_string(statuses.size()) + " statuses and " +
                     std::to_string(other_answers().size()) +
                     " other answers: " + std::to_string(all) + " cells\n";
  for (const auto &[cell, number] : count)
    text += "  " + std::to_string(number) + " " + cell + "\n";
  return text;
}

std::string Matrix::text() const {
  std::string text =
      "What becomes of each change under each odd answer; README.md says how to read and record "
      "it.\n";
  text += totals();
  text += "\n== bodies\n";
  for (const Says says :
       {Says::nothing, Says::documented, Says::confirmed, Says::refused, Says::expired, Says::later,
        Says::doubtful, Says::other, Says::vague, Says::unreadable}) {
    text += "  " + std::string(name(says)) + ":\n";
    std::vector<std::string> names;
    for (const OddBody &body : odd_bodies()) {
      if (body.says == says) names.push_back((body.everywhere ? "+ " : "") + body.name);
    }
    add_wrapped(text, "    ", names, " | ");
  }
  std::vector<std::vector<const Row *>> groups;
  for (const Row &row : rows_) {
    const auto same = std::ranges::find_if(groups, [&](const auto &group) {
      const Row &other = *group.front();
      return other.repeatable == row.repeatable && other.cells == row.cells &&
             other.others == row.others && other.write.later == row.write.later;
    });
    if (same == groups.end()) {
      groups.push_back({&row});
    } else {
      same->push_back(&row);
    }
  }
  for (const auto &group : groups) add_group(text, group);
  return text;
}

}  // namespace writes
