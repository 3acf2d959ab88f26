#include "cli/json_input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/failure.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t most_bytes = 16u << 20;

// Finds the first place where a text is not JSON. Runs only on texts that Boost.JSON has rejected:
// Boost.JSON decides, this explains.
class Explainer {
 public:
  explicit Explainer(std::string_view text) : text_(text) {}

  // False: `expected` was not found at `at`.
  bool read() {
    if (!value("a JSON value", 0)) return false;
    skip_space();
    return at_ == text_.size() || fail("the end of the input");
  }
  std::size_t at() const { return at_; }
  const std::string &expected() const { return expected_; }

 private:
  static constexpr int deepest = 32;  // Boost.JSON's own limit

  bool fail(std::string what) {
    expected_ = std::move(what);
    return false;
  }
  bool ended() const { return at_ >= text_.size(); }
  char now() const { return ended() ? '\0' : text_[at_]; }
  bool digit() const { return !ended() && now() >= '0' && now() <= '9'; }
  void skip_space() {
    while (!ended() && std::string_view(" \t\r\n").find(now()) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    if (ended() || now() != c) return false;
    ++at_;
    return true;
  }

  bool value(const char *what, int depth) {
    skip_space();
    if (depth > deepest) return fail("at most 32 levels of nesting");
    switch (now()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return digit() || now() == '-' ? number() : fail(what);
    }
  }

  bool object(int depth) {
    ++at_;
    skip_space();
    if (take('}')) return true;
    if (now() != '"') return fail("a member name in double quotes, or }");
    for (;;) {
      if (!string()) return false;
      skip_space();
      if (!take(':')) return fail("a colon after the member name");
      if (!value("the member's value", depth + 1)) return false;
      skip_space();
      if (take('}')) return true;
      if (!take(',')) return fail("a comma or }");
      skip_space();
      if (now() != '"') return fail("a member name in double quotes");
    }
  }

  bool array(int depth) {
    ++at_;
    skip_space();
    if (take(']')) return true;
    for (;;) {
      if (!value("a JSON value", depth + 1)) return false;
      skip_space();
      if (take(']')) return true;
      if (!take(',')) return fail("a comma or ]");
    }
  }

  bool string() {
    ++at_;
    for (;;) {
      if (ended()) return fail("a closing double quote");
      if (take('"')) return true;
      if (static_cast<unsigned char>(now()) < 0x20)
        return fail("a closing double quote (a line break in a text is \\n)");
      if (!take('\\')) {
        ++at_;
        continue;
      }
      if (take('u')) {
        for (int i = 0; i < 4; ++i) {
          if (ended() ||
              std::string_view("0123456789abcdefABCDEF").find(now()) == std::string_view::npos)
            return fail("four hexadecimal digits after \\u");
          ++at_;
        }
      } else if (ended() || std::string_view("\"\\/bfnrt").find(now()) == std::string_view::npos) {
        return fail("one of \" \\ / b f n r t u after a backslash");
      } else {
        ++at_;
      }
    }
  }

  bool word(std::string_view whole) {
    if (text_.substr(at_, whole.size()) != whole)
      return fail("true, false, null, or a text in double quotes");
    at_ += whole.size();
    return true;
  }

  bool number() {
    take('-');
    if (!digit()) return fail("a digit");
    if (!take('0'))
      while (digit()) ++at_;
    if (take('.')) {
      if (!digit()) return fail("a digit after the decimal point");
      while (digit()) ++at_;
    }
    if (now() == 'e' || now() == 'E') {
      ++at_;
      if (!take('+')) take('-');
      if (!digit()) return fail("a digit of the exponent");
      while (digit()) ++at_;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string expected_;
};

std::string found_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the end";
  if (text[at] == '\n' || text[at] == '\r') return "a line break";
  std::string word;
  for (std::size_t i = at; i < text.size() && i < at + 4; ++i) {
    // One character, however many bytes it has.
    if (i > at && (static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80u) break;
    word += text[i];
  }
  return '"' + one_line(word) + '"';
}

std::string read_descriptor(int descriptor, std::string_view from) {
  std::string out;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    OperationError error;
    error.fault = Fault::user;
    if (got < 0) {
      error.error_class = ErrorClass::host_fault;
      error.message =
          "Cannot read " + std::string(from) + ": " + std::generic_category().message(errno) + '.';
      throw CommandFailure(ExitCode::io, std::move(error));
    }
    if (got == 0) return out;
    if (out.size() + static_cast<std::size_t>(got) > most_bytes) {
      error.error_class = ErrorClass::too_large;
      error.message = std::string(from) + " is larger than 16 MiB.";
      throw CommandFailure(std::move(error));
    }
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string read_file(const std::string &path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (file < 0) {
    OperationError error;
    error.error_class = ErrorClass::not_found;
    error.fault = Fault::user;
    error.message = "Cannot open " + path + ": " + std::generic_category().message(errno) + '.';
    throw CommandFailure(ExitCode::no_input, std::move(error));
  }
  const struct Closer {
    int file;
    ~Closer() { ::close(file); }
  } closer{file};
  return read_descriptor(file, path);
}

}  // namespace

std::optional<JsonMistake> find_json_mistake(std::string_view text) {
  Explainer explainer(text);
  if (explainer.read()) return std::nullopt;
  JsonMistake mistake;
  mistake.offset = explainer.at();
  mistake.expected = explainer.expected();
  mistake.found = found_at(text, mistake.offset);
  for (const char c : text.substr(0, mistake.offset)) {
    ++mistake.column;
    if (c != '\n') continue;
    ++mistake.line;
    mistake.column = 1;
  }
  return mistake;
}

json::object read_json_object(std::string_view argument, std::string_view what) {
  std::string text(argument);
  std::string from(what);
  if (argument == "-") {
    from = "standard input";
    text = read_descriptor(STDIN_FILENO, from);
  } else if (argument.starts_with('@')) {
    from = argument.substr(1);
    text = read_file(from);
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return {};

  boost::system::error_code error_code;
  json::value value = json::parse(text, error_code);
  OperationError error;
  error.error_class = ErrorClass::invalid_input;
  error.fault = Fault::user;
  if (error_code) {
    if (const auto mistake = find_json_mistake(text)) {
      error.message = from + " is not JSON: line " + std::to_string(mistake->line) + ", column " +
                      std::to_string(mistake->column) + ": found " + mistake->found +
                      ", expected " + mistake->expected + '.';
      error.details = json::serialize(json::value{{"line", mistake->line},
                                                  {"column", mistake->column},
                                                  {"offset", mistake->offset},
                                                  {"expected", mistake->expected}});
      if (mistake->found == "\"'\"")
        error.advice = "JSON uses double quotes: put the whole argument in single quotes.";
    } else {
      error.message = from + " is not JSON: " + error_code.message() + '.';
    }
    throw CommandFailure(std::move(error));
  }
  json::object *object = value.if_object();
  if (object == nullptr) {
    error.message = from + " is JSON, but not an object. It must start with { and end with }.";
    throw CommandFailure(std::move(error));
  }
  return std::move(*object);
}

}  // namespace host::cli
