#include "auth/secret_input.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include "auth/secret_file.hpp"
#include "base/json_member.hpp"
#include "text/terminal_text.hpp"

namespace host {
namespace {

namespace json = boost::json;

constexpr std::string_view advice =
    "Everybody on this machine can read a command line. Give \"-\" to read it from standard input, "
    "\"@PATH\" to read it from a file, or leave it out to be asked for it.";

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }

 private:
  int number_;
};

std::string reason() {
  return std::generic_category().message(errno);
}

// What `read` gives; a failure names the place of the secret.
template <typename Read>
Secret read_at(const std::string &pointer, const Read &read) {
  try {
    return read();
  } catch (const SecretUnreadable &why) {
    throw InputRefused(pointer, why.what());
  }
}

Secret read_file(const std::string &path, const std::string &pointer) {
  return read_at(pointer, [&path] { return read_secret_file(path); });
}

std::string_view without_line_break(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

class ProcessTerminal : public Terminal {
 public:
  bool interactive() const override { return ::isatty(STDIN_FILENO) == 1; }

  Secret ask_hidden(std::string_view title) override {
    const Descriptor tty(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (tty.get() < 0) throw InputRefused("", "no terminal to ask at: " + reason());
    termios before{};
    if (::tcgetattr(tty.get(), &before) != 0)
      throw InputRefused("", "cannot hide what is typed: " + reason());
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;  // the line break shows, so that the next output starts a line
    if (::tcsetattr(tty.get(), TCSAFLUSH, &hidden) != 0)
      throw InputRefused("", "cannot hide what is typed: " + reason());
    const struct Restore {
      int descriptor;
      const termios &settings;
      ~Restore() { ::tcsetattr(descriptor, TCSAFLUSH, &settings); }
    } restore{tty.get(), before};

    const std::string prompt = one_line(title) + ": ";
    if (::write(tty.get(), prompt.data(), prompt.size()) < 0)
      throw InputRefused("", "cannot write to the terminal: " + reason());
    std::string line;
    line.reserve(most_line);
    while (line.size() < most_line) {
      char c = 0;
      const ssize_t got = ::read(tty.get(), &c, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || c == '\n') break;
      line.push_back(c);
    }
    Secret out(without_line_break(line));
    wipe(line);
    return out;
  }

  Secret read_standard_input() override {
    return read_at("", [] { return read_secret(STDIN_FILENO, "standard input"); });
  }

 private:
  static constexpr std::size_t most_line = 64u << 10;
};

json::object parse_object(std::string_view text, const std::string &origin) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  // What the text was is not repeated: there are secrets in it.
  if (error) throw InputRefused("", origin + " is not JSON: " + error.message());
  json::object *object = value.if_object();
  if (object == nullptr) throw InputRefused("", origin + " is not a JSON object");
  return std::move(*object);
}

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

bool is_write_only(const json::value &schema) {
  const json::object *object = schema.if_object();
  const json::value *mark = object == nullptr ? nullptr : object->if_contains("writeOnly");
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}

void collect_secrets(const json::object &schema, const std::string &pointer,
                     std::vector<std::string> &out) {
  const json::object *properties = object_at(schema, "properties");
  if (properties == nullptr) return;
  for (const auto &property : *properties) {
    const std::string below = pointer + '/' + escaped(property.key());
    if (is_write_only(property.value()))
      out.push_back(below);
    else if (const json::object *inner = property.value().if_object())
      collect_secrets(*inner, below, out);
  }
}

bool is_required(const json::object &schema, std::string_view key) {
  const json::value *required = schema.if_contains("required");
  return required != nullptr && required->is_array() &&
         std::ranges::any_of(required->get_array(), [&](const json::value &name) {
           return name.is_string() && name.get_string() == key;
         });
}

std::string title_of(const json::value &schema, std::string_view key) {
  if (const json::object *object = schema.if_object())
    if (const json::value *title = object->if_contains("title"); title && title->is_string())
      return std::string(title->get_string());
  return std::string(key);
}

// Inline JSON: every secret must be somewhere else.
class Resolver {
 public:
  explicit Resolver(Terminal &terminal) : terminal_(terminal) {}

  void resolve(json::object &input, const json::object &schema, const std::string &pointer) {
    const json::object *properties = object_at(schema, "properties");
    if (properties == nullptr) return;
    for (const auto &property : *properties) {
      const std::string below = pointer + '/' + escaped(property.key());
      json::value *given = input.if_contains(property.key());
      if (is_write_only(property.value())) {
        if (given != nullptr) {
          *given = from_elsewhere(*given, below);
        } else if (is_required(schema, property.key()) && terminal_.interactive()) {
          input[property.key()] =
              terminal_.ask_hidden(title_of(property.value(), property.key())).reveal();
        }
      } else if (given != nullptr && given->is_object() && property.value().is_object()) {
        resolve(given->get_object(), property.value().get_object(), below);
      }
    }
  }

 private:
  json::value from_elsewhere(const json::value &given, const std::string &pointer) {
    const json::string *word = given.if_string();
    if (word == nullptr || (*word != "-" && !word->starts_with('@')))
      throw InputRefused(pointer, "the secret " + pointer + " is written in the command line. " +
                                      std::string(advice));
    if (*word == "-") {
      if (read_standard_input_)
        throw InputRefused(pointer,
                           "two secrets are to come from standard input; give one of them "
                           "as \"@PATH\", or the whole input as \"-\"");
      read_standard_input_ = true;
      return not_empty(terminal_.read_standard_input(), pointer);
    }
    return not_empty(read_file(std::string(std::string_view(*word).substr(1)), pointer), pointer);
  }

  static json::value not_empty(const Secret &secret, const std::string &pointer) {
    const std::string_view text = without_line_break(secret.reveal());
    if (text.empty()) throw InputRefused(pointer, "the secret " + pointer + " is empty");
    return json::string(text);
  }

  Terminal &terminal_;
  bool read_standard_input_ = false;
};

}  // namespace

std::unique_ptr<Terminal> process_terminal() {
  return std::make_unique<ProcessTerminal>();
}

std::vector<std::string> secret_fields(const json::object &schema) {
  std::vector<std::string> out;
  collect_secrets(schema, "", out);
  return out;
}

json::object read_secret_input(std::string_view argument, const json::object &schema,
                               Terminal &terminal) {
  if (argument == "-")
    return parse_object(terminal.read_standard_input().reveal(), "standard input");
  if (argument.starts_with('@')) {
    const std::string path(argument.substr(1));
    return parse_object(read_file(path, "").reveal(), path);
  }
  json::object input = parse_object(argument.empty() ? "{}" : argument, "the input");
  Resolver(terminal).resolve(input, schema, "");
  return input;
}

}  // namespace host
