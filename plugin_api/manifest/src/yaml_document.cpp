#include "cpi/manifest/yaml_document.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <ios>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cpi/json/pointer.hpp"

namespace cpi::manifest {
namespace {

namespace json = boost::json;

// Where the text stops being UTF-8 (RFC 3629), or has a character that YAML forbids.
std::optional<std::size_t> find_bad_byte(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned lead = byte(at);
    if (lead < 0x80) {
      const bool allowed =
          lead >= 0x20 ? lead != 0x7f : lead == '\t' || lead == '\n' || lead == '\r';
      if (!allowed) return at;
      ++at;
      continue;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return at;
    std::uint32_t code = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(at + i) & 0xc0U) != 0x80) return at;
      code = code << 6U | (byte(at + i) & 0x3fU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool control = code >= 0x80 && code < 0xa0;
    const bool unusable = code > 0x10ffff || code == 0xfeff || code == 0xfffe || code == 0xffff;
    if (overlong || surrogate || control || unusable) return at;
    at += length;
  }
  return std::nullopt;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

// The shortest decimal text of a number without an exponent.
std::string fixed_text(double number) {
  std::array<char, 512> buffer{};
  const auto [end, wrong] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return wrong == std::errc{} ? std::string(buffer.data(), end) : std::string();
}

std::optional<json::value> number_of(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits.front())) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0' && digits[1] != '.') return std::nullopt;
  const char *end = text.data() + text.size();
  if (all_digits(digits)) {
    if (text == "-0") return std::nullopt;
    std::int64_t integer = 0;
    if (const auto [rest, wrong] = std::from_chars(text.data(), end, integer);
        wrong == std::errc{} && rest == end) {
      return json::value(integer);
    }
    std::uint64_t natural = 0;
    if (const auto [rest, wrong] = std::from_chars(text.data(), end, natural);
        wrong == std::errc{} && rest == end) {
      return json::value(natural);
    }
    return std::nullopt;
  }
  const auto dot = digits.find('.');
  if (dot == std::string_view::npos || !all_digits(digits.substr(0, dot)) ||
      !all_digits(digits.substr(dot + 1))) {
    return std::nullopt;
  }
  double number = 0;
  const auto [rest, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc{} || rest != end || fixed_text(number) != text) return std::nullopt;
  return json::value(number);
}

// Where a line begins that is longer than allowed.
std::optional<std::size_t> find_long_line(std::string_view text, std::size_t most) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > most) return begin;
    begin = end + 1;
  }
  return std::nullopt;
}

// Where brackets pile up that nothing closes. yaml-cpp reads on to the end of the outermost bracket
// before it says anything, so this can't be left to the nesting limit. Brackets in texts count too,
// hence the wide margin.
std::optional<std::size_t> find_bracket_pile(std::string_view text, std::size_t most) {
  std::size_t open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '[' || c == '{') {
      if (++open > most) return at;
    } else if ((c == ']' || c == '}') && open > 0) {
      --open;
    }
  }
  return std::nullopt;
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char &c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

// Could some YAML 1.1 or 1.2 parser take this for a number? Wider than any of their grammars.
bool numeric_looking(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.empty()) return false;
  const std::string low = lowered(text);
  if (low == ".inf" || low == ".nan") return true;
  if (low.starts_with("0x") || low.starts_with("0o") || low.starts_with("0b")) {
    return low.size() > 2 && low.find_first_not_of("0123456789abcdef_", 2) == std::string::npos;
  }
  const bool starts_as_number =
      is_digit(low[0]) || (low[0] == '.' && low.size() > 1 && is_digit(low[1]));
  if (!starts_as_number) return false;
  const bool plain = low.find_first_not_of("0123456789_.") == std::string::npos;
  if (plain) return std::count(low.begin(), low.end(), '.') <= 1;
  // Sexagesimal: 1:30, 12:30:45.5
  if (low.find(':') != std::string::npos &&
      low.find_first_not_of("0123456789_.:") == std::string::npos) {
    return true;
  }
  const auto exponent = low.find('e');
  if (exponent == std::string::npos) return false;
  std::string_view power = std::string_view(low).substr(exponent + 1);
  if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
  const auto mantissa = std::string_view(low).substr(0, exponent);
  return !power.empty() && all_digits(power) &&
         mantissa.find_first_not_of("0123456789_.") == std::string_view::npos;
}

// 2025-03-01, with or without a time: a timestamp in YAML 1.1.
bool date_looking(std::string_view text) {
  const auto skip_digits = [&](std::size_t least, std::size_t most) {
    std::size_t count = 0;
    while (count < text.size() && count < most && is_digit(text[count])) ++count;
    text.remove_prefix(count);
    return count >= least;
  };
  const auto skip_dash = [&] {
    const bool there = text.starts_with('-');
    if (there) text.remove_prefix(1);
    return there;
  };
  if (!skip_digits(4, 4) || !skip_dash() || !skip_digits(1, 2) || !skip_dash() ||
      !skip_digits(1, 2)) {
    return false;
  }
  return text.empty() || text.front() == 'T' || text.front() == 't' || text.front() == ' ' ||
         text.front() == '\t';
}

std::size_t depth_of(const json::value &value) {
  std::size_t deepest = 0;
  if (const auto *array = value.if_array()) {
    for (const auto &element : *array) deepest = std::max(deepest, depth_of(element));
  } else if (const auto *object = value.if_object()) {
    for (const auto &member : *object) deepest = std::max(deepest, depth_of(member.value()));
  } else {
    return 0;
  }
  return deepest + 1;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  if (text.size() <= most) return '"' + std::string(text) + '"';
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80) --cut;
  return '"' + std::string(text.substr(0, cut)) + "...\"";
}

// Thrown through yaml-cpp to leave a text that must not be read further.
struct Stop {};

// Builds the JSON value out of yaml-cpp's events, so that marks, keys and aliases stay in our
// hands.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, std::string file, const Limits &limits)
      : text_(text), file_(file), limits_(limits) {
    document_.map.add_file(std::move(file));
  }

  void OnDocumentStart(const YAML::Mark & /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    // yaml-cpp says "null" for ~, for null in any spelling, and for nothing at all.
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    const std::string_view rest = at < text_.size() ? text_.substr(at) : std::string_view();
    if (expects_key()) {
      report("M109", mark, "a key is missing or null");
      skip_key();
      return;
    }
    if (rest.starts_with("null")) {
      add(json::value(nullptr), mark, anchor, 1);
      return;
    }
    if (rest.starts_with('~') || lowered(rest.substr(0, 4)) == "null") {
      report("M103", mark,
             "unquoted " + shown(rest.substr(0, rest.starts_with('~') ? 1 : 4)) +
                 " is null to some parsers and text to others");
    } else {
      report("M103", mark, "the value is missing" + name_of_pending());
    }
    add(json::value(nullptr), mark, anchor, 1);
  }

  void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    if (expects_key()) {
      report("M109", mark, "an alias can't be a key");
      skip_key();
      return;
    }
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      report("M105", mark, "an alias is inside its own anchor");
      throw Stop{};
    }
    // Counted before it is copied: nested aliases grow exponentially.
    if (found->second.nodes > limits_.nodes - std::min(nodes_, limits_.nodes)) {
      report("M105", mark,
             "the anchors expand to more than " + std::to_string(limits_.nodes) + " values");
      throw Stop{};
    }
    if (frames_.size() + found->second.depth > limits_.depth) too_deep(mark);
    add(found->second.value, mark, YAML::NullAnchor, found->second.nodes);
  }

  void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                const std::string &value) override {
    if (value.size() > limits_.scalar_bytes) {
      report("M104", mark,
             "one text has " + std::to_string(value.size()) + " bytes; at most " +
                 std::to_string(limits_.scalar_bytes) + " are allowed");
      throw Stop{};
    }
    const bool as_text = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!as_text && tag != "?") refuse_tag(mark, tag);
    if (expects_key()) {
      take_key(mark, anchor, value, as_text);
      return;
    }
    add(as_text ? json::value(value) : plain_value(mark, value), mark, anchor, 1);
  }

  void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:seq") refuse_tag(mark, tag);
    open(json::value(json::array_kind), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:map") refuse_tag(mark, tag);
    open(json::value(json::object_kind), mark, anchor);
  }
  void OnMapEnd() override { close(); }

  void report(std::string_view code, const YAML::Mark &mark, std::string message) {
    if (problems_.size() >= limits_.problems) throw Stop{};
    Problem problem = make_problem(code, std::move(message));
    problem.pointer = pending_pointer();
    problem.file = file_;
    problem.line = static_cast<std::uint32_t>(mark.line + 1);
    problem.column = static_cast<std::uint32_t>(mark.column + 1);
    problems_.push_back(std::move(problem));
  }

  Document &document() { return document_; }
  std::vector<Problem> &problems() { return problems_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  struct Frame {
    json::value value;
    std::size_t pointer_size = 0;  // of pointer_ when the frame is the innermost
    std::size_t nodes_before = 0;
    YAML::anchor_t anchor = YAML::NullAnchor;
    bool has_key = false;
    bool skips_value = false;  // the key was refused
    std::string key;
  };
  struct Anchored {
    json::value value;
    std::size_t nodes = 0;
    std::size_t depth = 0;
  };

  [[nodiscard]] bool expects_key() const {
    return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().has_key;
  }

  // Where the next value goes.
  [[nodiscard]] std::string pending_pointer() const {
    if (frames_.empty()) return {};
    const Frame &parent = frames_.back();
    if (const auto *array = parent.value.if_array()) return pointer_join(pointer_, array->size());
    return parent.has_key ? pointer_join(pointer_, parent.key) : pointer_;
  }

  [[nodiscard]] std::string name_of_pending() const {
    if (frames_.empty() || !frames_.back().has_key) return {};
    return " after the key " + shown(frames_.back().key);
  }

  void skip_key() {
    frames_.back().has_key = true;
    frames_.back().skips_value = true;
  }

  void take_key(const YAML::Mark &mark, YAML::anchor_t anchor, const std::string &key,
                bool as_text) {
    Frame &frame = frames_.back();
    if (anchor != YAML::NullAnchor) report("M109", mark, "a key can't have an anchor");
    if (!as_text) {
      const PlainKind kind = classify_plain(key);
      if (kind == PlainKind::ambiguous) {
        report("M103", mark, "the unquoted key " + shown(key) + " is not text to every parser");
      } else if (kind != PlainKind::text) {
        report("M109", mark, "the unquoted key " + shown(key) + " is not text");
      }
    }
    frame.has_key = true;
    frame.key = key;
    frame.skips_value = frame.value.get_object().contains(key);
    const std::string pointer = pointer_join(pointer_, key);
    if (frame.skips_value) {
      const Location first = document_.map.locate(pointer);
      report(
          "M102", mark,
          "the key " + shown(key) + " is here twice; first in line " + std::to_string(first.line));
      return;
    }
    document_.map.set(pointer, location(mark));
  }

  json::value plain_value(const YAML::Mark &mark, const std::string &text) {
    switch (classify_plain(text)) {
      case PlainKind::number:
        if (auto number = number_of(text)) return std::move(*number);
        break;
      case PlainKind::boolean:
        return json::value(text == "true");
      case PlainKind::null:
        return json::value(nullptr);
      case PlainKind::ambiguous:
        report("M103", mark, "unquoted " + shown(text) + " is not the same to every YAML parser");
        break;
      case PlainKind::text:
        break;
    }
    return json::value(text);
  }

  void refuse_tag(const YAML::Mark &mark, const std::string &tag) {
    report("M106", mark, "the tag " + shown(tag) + " is not allowed");
  }

  [[noreturn]] void too_deep(const YAML::Mark &mark) {
    report("M104", mark, "nested deeper than " + std::to_string(limits_.depth) + " levels");
    throw Stop{};
  }

  [[nodiscard]] static Location location(const YAML::Mark &mark) {
    return {0, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
  }

  // Moves pointer_ to where the next value goes.
  void enter(const YAML::Mark &mark) {
    pointer_ = pending_pointer();
    // A member has the place of its key already.
    if (frames_.empty() || frames_.back().value.is_array()) {
      document_.map.set(pointer_, location(mark));
    }
  }

  void open(json::value container, const YAML::Mark &mark, YAML::anchor_t anchor) {
    if (expects_key()) {
      report("M109", mark, "a list or a map can't be a key");
      throw Stop{};
    }
    if (frames_.size() >= limits_.depth) too_deep(mark);
    const std::size_t before = nodes_;
    count(1, mark);
    enter(mark);
    Frame frame;
    frame.value = std::move(container);
    frame.pointer_size = pointer_.size();
    frame.nodes_before = before;
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != YAML::NullAnchor) {
      anchors_[frame.anchor] = {frame.value, nodes_ - frame.nodes_before, depth_of(frame.value)};
    }
    place(std::move(frame.value));
  }

  void add(json::value value, const YAML::Mark &mark, YAML::anchor_t anchor, std::size_t nodes) {
    count(nodes, mark);
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = {value, nodes, depth_of(value)};
    }
    enter(mark);
    place(std::move(value));
  }

  void place(json::value value) {
    if (frames_.empty()) {
      document_.value = std::move(value);
      complete_ = true;
      return;
    }
    Frame &parent = frames_.back();
    if (auto *array = parent.value.if_array()) {
      array->push_back(std::move(value));
    } else {
      if (!parent.skips_value) parent.value.get_object().emplace(parent.key, std::move(value));
      parent.has_key = false;
      parent.skips_value = false;
    }
    pointer_.resize(parent.pointer_size);
  }

  void count(std::size_t nodes, const YAML::Mark &mark) {
    nodes_ += nodes;
    if (nodes_ <= limits_.nodes) return;
    report("M104", mark, "more than " + std::to_string(limits_.nodes) + " values");
    throw Stop{};
  }

  std::string_view text_;
  std::string file_;
  Limits limits_;
  Document document_;
  std::vector<Problem> problems_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::string pointer_;
  std::size_t nodes_ = 0;
  bool complete_ = false;
};

// A stream over borrowed bytes.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The get area is never written to: overflow and pbackfail keep their refusing defaults.
    char *begin = const_cast<char *>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + text.size());
  }
};

YAML::Mark mark_at(std::string_view text, std::size_t offset) {
  YAML::Mark mark;
  const std::string_view before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  mark.pos = static_cast<int>(offset);
  mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  mark.column = static_cast<int>(newline == std::string_view::npos ? offset : offset - newline - 1);
  return mark;
}

// Accepts a second document only to refuse it where it begins.
class SecondDocument final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark & /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &mark, YAML::anchor_t /*anchor*/) override { begin(mark); }
  void OnAlias(const YAML::Mark &mark, YAML::anchor_t /*anchor*/) override { begin(mark); }
  void OnScalar(const YAML::Mark &mark, const std::string & /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string & /*value*/) override {
    begin(mark);
  }
  void OnSequenceStart(const YAML::Mark &mark, const std::string & /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {
    begin(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark &mark, const std::string & /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(mark);
  }
  void OnMapEnd() override {}

  [[nodiscard]] const YAML::Mark &mark() const { return mark_; }

 private:
  [[noreturn]] void begin(const YAML::Mark &mark) {
    mark_ = mark;
    throw Stop{};
  }
  YAML::Mark mark_;
};

void parse(std::string_view text, Builder &builder) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  if (!parser.HandleNextDocument(builder) || !builder.complete()) {
    builder.report("M107", mark_at(text, 0), "there is no document");
    return;
  }
  SecondDocument second;
  bool more = true;
  try {
    more = parser.HandleNextDocument(second);
  } catch (const Stop &) {
    more = true;
  }
  if (more) builder.report("M107", second.mark(), "a second document starts here");
}

}  // namespace

PlainKind classify_plain(std::string_view text) {
  if (text == "true" || text == "false") return PlainKind::boolean;
  if (text == "null") return PlainKind::null;
  if (number_of(text)) return PlainKind::number;
  if (text.empty() || text == "~" || text == "=" || text == "<<") return PlainKind::ambiguous;
  if (text.size() <= 5) {
    static constexpr std::array<std::string_view, 9> words = {"y",   "n",    "yes",   "no",  "on",
                                                              "off", "true", "false", "null"};
    const std::string low = lowered(text);
    if (std::find(words.begin(), words.end(), low) != words.end()) return PlainKind::ambiguous;
  }
  if (numeric_looking(text) || date_looking(text)) return PlainKind::ambiguous;
  return PlainKind::text;
}

ReadResult read_yaml(std::string_view text, std::string file_name, const Limits &limits) {
  Builder builder(text, std::move(file_name), limits);
  try {
    if (text.size() > limits.bytes) {
      builder.report("M104", mark_at(text, 0),
                     "the text has " + std::to_string(text.size()) + " bytes; at most " +
                         std::to_string(limits.bytes) + " are allowed");
    } else if (const auto bad = find_bad_byte(text)) {
      builder.report("M108", mark_at(text, *bad),
                     "byte " + std::to_string(*bad) + " is not a character that YAML allows");
    } else if (const auto line = find_long_line(text, limits.line_bytes)) {
      builder.report("M104", mark_at(text, *line),
                     "the line is longer than " + std::to_string(limits.line_bytes) + " bytes");
    } else if (const auto pile = find_bracket_pile(text, 16 * limits.depth)) {
      builder.report("M104", mark_at(text, *pile),
                     "nested deeper than " + std::to_string(limits.depth) + " levels");
    } else {
      parse(text, builder);
    }
  } catch (const Stop &) {
    // What stopped the reading is among the problems.
  } catch (const YAML::DeepRecursion &error) {
    builder.report("M104", error.mark,
                   "nested deeper than " + std::to_string(limits.depth) + " levels");
  } catch (const YAML::Exception &error) {
    builder.report("M101", error.mark, error.msg);
  }
  ReadResult result;
  result.problems = std::move(builder.problems());
  sort_problems(result.problems);
  if (!has_errors(result.problems)) result.document = std::move(builder.document());
  return result;
}

FileBytes read_file(const std::filesystem::path &path, const Limits &limits) {
  FileBytes result;
  const auto refuse = [&](std::string_view code, std::string message) {
    Problem problem = make_problem(code, std::move(message));
    problem.file = path.string();
    result.problems.push_back(std::move(problem));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    refuse("M110", error ? "can't be read: " + error.message() : "is not a regular file");
    return result;
  }
  std::ifstream file(path, std::ios::binary);
  // One byte more than allowed tells a file that grows meanwhile from one that just fits.
  std::string bytes(limits.bytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    refuse("M110", "can't be read");
    return result;
  }
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > limits.bytes) {
    refuse("M104", "has more than " + std::to_string(limits.bytes) + " bytes");
    return result;
  }
  bytes.shrink_to_fit();
  result.bytes = std::move(bytes);
  return result;
}

}  // namespace cpi::manifest
