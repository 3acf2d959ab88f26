#include "cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <system_error>

#include "base/json_member.hpp"
#include "text/terminal_text.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

constexpr std::string_view indent = "  ";

// 0, or the error number.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// [{"pointer", "message"}, ...] line by line; nothing for details of another form.
std::string problems_text(const std::string &details, std::string_view said) {
  if (details.empty()) return {};
  boost::system::error_code error;
  const json::value value = json::parse(details, error);
  const json::array *problems = error ? nullptr : value.if_array();
  if (problems == nullptr) return {};
  std::string out;
  for (const json::value &problem : *problems) {
    const json::object *one = problem.if_object();
    // A single problem may be identical to the message.
    if (one == nullptr || text_at(*one, "message") == said) continue;
    const std::string_view pointer = text_at(*one, "pointer");
    out += indent;
    out += pointer.empty() ? "(whole input)" : one_line(pointer);
    out += ": " + one_line(text_at(*one, "message")) + '\n';
  }
  return out;
}

void add_pretty(std::string &out, const json::value &value, const std::string &margin) {
  const std::string inner = margin + std::string(indent);
  if (const json::object *object = value.if_object(); object != nullptr && !object->empty()) {
    char before = '{';
    for (const auto &member : *object) {
      out += before;
      out += '\n' + inner + json_line(json::string(member.key())) + ": ";
      add_pretty(out, member.value(), inner);
      before = ',';
    }
    out += '\n' + margin + '}';
  } else if (const json::array *array = value.if_array(); array != nullptr && !array->empty()) {
    char before = '[';
    for (const json::value &element : *array) {
      out += before;
      out += '\n' + inner;
      add_pretty(out, element, inner);
      before = ',';
    }
    out += '\n' + margin + ']';
  } else {
    out += json_line(value);
  }
}

constexpr std::string_view ends_tone = "\x1b[0m";

std::string_view code_of(Output::Tone tone) {
  switch (tone) {
    case Output::Tone::good:
      return "\x1b[32m";
    case Output::Tone::doubtful:
      return "\x1b[33m";
    case Output::Tone::bad:
      return "\x1b[31m";
    case Output::Tone::quiet:
      return "\x1b[2m";
    case Output::Tone::error:
      return "\x1b[1;31m";
    case Output::Tone::heading:
      return "\x1b[1m";
  }
  return "";
}

// A text for people, whatever it was made of: cleaned of everything that steers a terminal, except
// for the colors that this program uses itself.
std::string cleaned_for_people(std::string_view text, bool coloured) {
  using enum Output::Tone;
  if (!coloured) return many_lines(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('\x1b'), text.size());
    out += many_lines(text.substr(0, escape));
    text.remove_prefix(escape);
    std::string_view ours;
    for (const std::string_view code :
         {code_of(good), code_of(doubtful), code_of(bad), code_of(quiet), code_of(error),
          code_of(heading), ends_tone})
      if (text.starts_with(code)) ours = code;
    out += ours.empty() ? many_lines(text.substr(0, 1)) : std::string(ours);
    text.remove_prefix(std::min(std::max<std::size_t>(ours.size(), 1), text.size()));
  }
  return out;
}

std::string_view whose(Fault fault) {
  switch (fault) {
    case Fault::user:
      return "";  // the message and the advice are enough
    case Fault::vendor:
      return "This is an error of the service.";
    case Fault::connector:
      return "This is an error of the connector. Please report it to the connector's author.";
    case Fault::host:
      return "";
  }
  return "";
}

}  // namespace

bool wants_colour(int descriptor, std::string_view no_color, std::string_view term) {
  return no_color.empty() && !term.empty() && term != "dumb" && ::isatty(descriptor) == 1;
}

std::string json_line(const json::value &value) {
  return harmless_json(json::serialize(value));
}

std::string pretty(const json::value &value) {
  std::string out;
  add_pretty(out, value, "");
  return out + '\n';
}

json::object error_json(const CommandFailure &failure) {
  json::object out = json::parse(failure.error.to_json()).as_object();
  out["exit_code"] = static_cast<int>(failure.exit);
  return out;
}

std::string error_text(const OperationError &error) {
  std::string out = many_lines(error.message) + '\n' + problems_text(error.details, error.message);
  const auto line = [&out](std::string_view text) {
    if (!text.empty()) out.append(indent).append(text) += '\n';
  };
  line(one_line(error.advice));
  if (error.retry_after.count() > 0) line("Try again in " + span_text(error.retry_after) + '.');
  // An unsupported operation is not an error of the connector.
  if (error.error_class != ErrorClass::limitation) line(whose(error.fault));
  std::string origin;
  if (error.http_status != 0) origin = "HTTP " + std::to_string(error.http_status);
  if (error.vendor_code != 0)
    origin += (origin.empty() ? "" : ", ") + std::string("service's code ") +
              std::to_string(error.vendor_code);
  if (!origin.empty()) line('(' + origin + ')');
  return out;
}

void Output::result(const json::value &data, std::string_view text) {
  std::string out = redactor_.redact(options_.json ? json_line(data)
                                                   : cleaned_for_people(text, options_.colour_out));
  if (out.empty() && !options_.json) return;
  if (!out.ends_with('\n')) out += '\n';
  const int error = write_all(options_.out, out);
  if (error == EPIPE) throw OutputClosed();
  if (error != 0) {
    OperationError why;
    why.error_class = ErrorClass::host_fault;
    why.fault = Fault::host;
    why.message =
        "Cannot write to standard output: " + std::generic_category().message(error) + '.';
    throw CommandFailure(ExitCode::io, std::move(why));
  }
}

void Output::note(std::string_view text) {
  write_err(toned(Tone::quiet, "note:") + ' ' + many_lines(text) + '\n');
}

void Output::failure(const CommandFailure &failure) {
  write_err(toned(Tone::error, "error:") + ' ' + error_text(failure.error));
  if (!options_.json) return;
  json::object data{{"error", error_json(failure)}};
  for (const auto &member : failure.more) data[member.key()] = member.value();
  write_all(options_.out, redactor_.redact(json_line(data)) + '\n');
}

std::string Output::toned(Tone tone, std::string_view word) const {
  const bool beside = tone == Tone::quiet || tone == Tone::error;
  if (!(beside ? options_.colour_err : options_.colour_out)) return std::string(word);
  return std::string(code_of(tone)) + std::string(word) + std::string(ends_tone);
}

void Output::write_err(std::string text) {
  write_all(options_.err, redactor_.redact(cleaned_for_people(text, options_.colour_err)));
}

}  // namespace host::cli
