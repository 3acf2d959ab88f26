#include "cli/prompt.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/json_member.hpp"
#include "cli/json_input.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_line = 64u << 10;

bool is_secret(const json::object &field) {
  const json::value *mark = field.if_contains("writeOnly");
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}

// The typed text as a value of the field's type; a text that does not match stays text, and the
// schema rejects it with a reason.
json::value typed(const std::string &line, std::string_view type) {
  if (type != "integer" && type != "number" && type != "boolean") return json::string(line);
  boost::system::error_code error;
  json::value value = json::parse(line, error);
  if (error || value.is_structured()) return json::string(line);
  return value;
}

}  // namespace

std::string ask_at_terminal(std::string_view title) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0)
    throw InputRefused("", "no terminal to ask at: " + std::generic_category().message(errno));
  const struct Closer {
    int terminal;
    ~Closer() { ::close(terminal); }
  } closer{terminal};
  const std::string prompt = one_line(title) + ": ";
  if (::write(terminal, prompt.data(), prompt.size()) < 0)
    throw InputRefused("",
                       "cannot write to the terminal: " + std::generic_category().message(errno));
  std::string line;
  while (line.size() < longest_line) {
    char c = 0;
    const ssize_t got = ::read(terminal, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    line.push_back(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void ask_for_missing(json::object &input, const json::object &schema,
                     const std::function<std::string(std::string_view)> &ask) {
  const json::value *required = schema.if_contains("required");
  const json::value *properties = schema.if_contains("properties");
  if (required == nullptr || !required->is_array() || properties == nullptr ||
      !properties->is_object())
    return;
  for (const auto &property : properties->get_object()) {
    const json::object *field = property.value().if_object();
    if (field == nullptr || is_secret(*field) || input.contains(property.key())) continue;
    const bool needed =
        std::ranges::any_of(required->get_array(), [&property](const json::value &name) {
          return name.is_string() && name.get_string() == property.key();
        });
    if (!needed) continue;
    const std::string_view title = text_at(*field, "title");
    const std::string line = ask(title.empty() ? std::string_view(property.key()) : title);
    if (!line.empty()) input[property.key()] = typed(line, text_at(*field, "type"));
  }
}

json::object read_connection_input(std::string_view argument, const json::object &schema,
                                   Terminal &terminal,
                                   const std::function<std::string(std::string_view)> &ask) {
  const bool inline_json = argument != "-" && !argument.starts_with('@');
  if (!inline_json) return read_secret_input(argument, schema, terminal);
  json::object input = read_json_object(argument, "--input");
  if (terminal.interactive()) ask_for_missing(input, schema, ask);
  return read_secret_input(json::serialize(input), schema, terminal);
}

}  // namespace host::cli
