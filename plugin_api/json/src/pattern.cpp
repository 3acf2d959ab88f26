// A pattern becomes a program for a machine that follows all its ways at once (Thompson): at each
// character there is a set of program counters, and a set never holds one twice.
#include "cpi/json/pattern.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cpi {

struct Pattern::Program {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  using Class = std::vector<Range>;

  enum class Op {
    set,
    split,
    jump,
    begin,
    end,
    boundary,
    not_boundary,
    lookahead,
    negative_lookahead,
    match
  };

  struct Instruction {
    Op op = Op::match;
    std::uint32_t x = 0;  // class index, or where to go
    std::uint32_t y = 0;  // the other way
  };

  std::vector<Instruction> code;
  std::vector<Class> classes;
};

namespace {

using Point = std::uint32_t;
using Range = Pattern::Program::Range;
using Class = Pattern::Program::Class;
using Op = Pattern::Program::Op;
using Instruction = Pattern::Program::Instruction;
constexpr Point last_point = 0x10FFFF;
constexpr std::size_t max_instructions = 20'000;
constexpr int max_nesting = 50;
constexpr std::uint32_t unbounded = std::numeric_limits<std::uint32_t>::max();

// One character; malformed bytes stand for themselves, beyond Unicode's end.
Point next_point(std::string_view text, std::size_t &at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead < 0x80   ? 1
                           : lead < 0xC2 ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (size == 0 || at + size > text.size()) return last_point + 1 + byte(at++);
  if (size == 1) return byte(at++);
  Point point = lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return last_point + 1 + byte(at++);
    point = point << 6 | (byte(at + i) & 0x3FU);
  }
  at += size;
  return point;
}

bool contains(std::span<const Range> set, Point point) {
  return std::any_of(set.begin(), set.end(),
                     [&](Range r) { return point >= r.first && point <= r.last; });
}

Class class_of(std::span<const Range> ranges) {
  return {ranges.begin(), ranges.end()};
}

Class negated(std::span<const Range> ranges) {
  Class set = class_of(ranges);
  std::sort(set.begin(), set.end(), [](Range a, Range b) { return a.first < b.first; });
  Class out;
  Point next = 0;
  for (const Range &r : set) {
    if (r.first > next) out.push_back({next, r.first - 1});
    next = std::max(next, r.last + 1);
  }
  out.push_back({next, last_point + 0x100});
  return out;
}

constexpr std::array<Range, 1> digit{{{'0', '9'}}};
constexpr std::array<Range, 4> word_class{{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}};
constexpr std::array<Range, 10> space{{{9, 13},
                                       {32, 32},
                                       {0xA0, 0xA0},
                                       {0x1680, 0x1680},
                                       {0x2000, 0x200A},
                                       {0x2028, 0x2029},
                                       {0x202F, 0x202F},
                                       {0x205F, 0x205F},
                                       {0x3000, 0x3000},
                                       {0xFEFF, 0xFEFF}}};
constexpr std::array<Range, 3> line_end{{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};

// What was parsed, before it is laid out: repetition lays its operand out several times.
struct Piece {
  enum class Kind { empty, set, sequence, choice, repeat, assertion, lookahead } kind = Kind::empty;
  Op op = Op::match;  // assertion, look
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  Class set;
  std::vector<Piece> parts;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Piece parse() {
    Piece whole = choice();
    if (at_ < text_.size()) refuse("has a ')' too many");
    return whole;
  }

 private:
  [[noreturn]] void refuse(const std::string &why) const {
    throw std::invalid_argument("the pattern " + std::string(text_) + " " + why +
                                " (at character " + std::to_string(at_) + ")");
  }
  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  bool take(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  Piece choice() {
    if (++nesting_ > max_nesting) refuse("is nested too deeply");
    Piece out;
    out.kind = Piece::Kind::choice;
    do out.parts.push_back(sequence());
    while (take("|"));
    --nesting_;
    if (out.parts.size() == 1) return std::move(out.parts.front());
    return out;
  }

  Piece sequence() {
    Piece out;
    out.kind = Piece::Kind::sequence;
    while (more() && peek() != '|' && peek() != ')') out.parts.push_back(repeated());
    return out;
  }

  Piece repeated() {
    Piece one = atom();
    std::uint32_t least = 0;
    std::uint32_t most = unbounded;
    if (take("*")) {
    } else if (take("+")) {
      least = 1;
    } else if (take("?")) {
      most = 1;
    } else if (peek() == '{') {
      ++at_;
      least = most = count();
      if (take(",")) most = peek() == '}' ? unbounded : count();
      if (!take("}")) refuse("has a '{' without its '}'");
      if (most < least) refuse("repeats at most fewer times than at least");
    } else {
      return one;
    }
    if (one.kind == Piece::Kind::assertion || one.kind == Piece::Kind::lookahead) {
      refuse("repeats an assertion");
    }
    take("?");  // lazy: the same texts match
    if (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{') {
      refuse("repeats a repetition");
    }
    Piece out;
    out.kind = Piece::Kind::repeat;
    out.least = least;
    out.most = most;
    out.parts.push_back(std::move(one));
    return out;
  }

  std::uint32_t count() {
    std::uint32_t value = 0;
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + static_cast<std::uint32_t>(text_[at_++] - '0');
      if (value > max_instructions) refuse("repeats too often");
    }
    if (at_ == from) refuse("has a '{' that is no repetition; write \\{");
    return value;
  }

  static Piece assertion(Op op) {
    Piece out;
    out.kind = Piece::Kind::assertion;
    out.op = op;
    return out;
  }
  static Piece one_of(Class set) {
    Piece out;
    out.kind = Piece::Kind::set;
    out.set = std::move(set);
    return out;
  }

  Piece atom() {
    if (take("^")) return assertion(Op::begin);
    if (take("$")) return assertion(Op::end);
    if (take("\\b")) return assertion(Op::boundary);
    if (take("\\B")) return assertion(Op::not_boundary);
    if (take(".")) return one_of(negated(line_end));
    if (peek() == '[') return one_of(bracket());
    if (peek() == '\\') return one_of(escape(false));
    if (peek() == '(') return group();
    if (peek() == '*' || peek() == '+' || peek() == '?' || peek() == '{' || peek() == '}' ||
        peek() == ']') {
      refuse("has a lone '" + std::string(1, peek()) + "'");
    }
    const Point point = next_point(text_, at_);
    return one_of({{point, point}});
  }

  Piece group() {
    ++at_;
    Piece out;
    if (take("?=")) {
      out.op = Op::lookahead;
    } else if (take("?!")) {
      out.op = Op::negative_lookahead;
    } else if (!take("?:") && peek() == '?') {
      refuse("has a kind of group that is not offered");
    }
    Piece inner = choice();
    if (!take(")")) refuse("has a '(' without its ')'");
    if (out.op == Op::match) return inner;
    out.kind = Piece::Kind::lookahead;
    out.parts.push_back(std::move(inner));
    return out;
  }

  Point hex(std::size_t digits) {
    Point value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = peek();
      const int digit_value = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
      if (digit_value < 0) refuse("has an incomplete escape");
      value = value << 4 | static_cast<Point>(digit_value);
      ++at_;
    }
    return value;
  }

  Point unicode_escape() {
    if (take("{")) {
      Point value = 0;
      while (more() && peek() != '}') {
        value = value << 4 | hex(1);
        if (value > last_point) refuse("names a character beyond Unicode");
      }
      if (!take("}")) refuse("has an incomplete escape");
      return value;
    }
    Point value = hex(4);
    if (value >= 0xD800 && value < 0xDC00 && take("\\u")) {
      const Point low = hex(4);
      if (low < 0xDC00 || low > 0xDFFF) refuse("has half a surrogate pair");
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
    return value;
  }

  // `inside` a bracket some escapes differ.
  Class escape(bool inside) {
    ++at_;
    if (!more()) refuse("ends in a backslash");
    const char c = text_[at_++];
    const auto just = [](Point point) { return Class{{point, point}}; };
    switch (c) {
      case 'd':
        return class_of(digit);
      case 'D':
        return negated(digit);
      case 'w':
        return class_of(word_class);
      case 'W':
        return negated(word_class);
      case 's':
        return class_of(space);
      case 'S':
        return negated(space);
      case 't':
        return just('\t');
      case 'n':
        return just('\n');
      case 'r':
        return just('\r');
      case 'f':
        return just('\f');
      case 'v':
        return just('\v');
      case '0':
        return just(0);
      case 'x':
        return just(hex(2));
      case 'u':
        return just(unicode_escape());
      case 'b':
        if (inside) return just('\b');
        break;
      default:
        break;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '1' && c <= '9')) {
      refuse("has an escape that is not offered: \\" + std::string(1, c));
    }
    --at_;
    return just(next_point(text_, at_));
  }

  Class bracket() {
    ++at_;
    const bool not_these = take("^");
    Class out;
    while (true) {
      if (!more()) refuse("has a '[' without its ']'");
      if (take("]")) break;
      const Class from = bracket_item();
      const bool single = from.size() == 1 && from[0].first == from[0].last;
      if (peek() != '-' || at_ + 1 >= text_.size() || text_[at_ + 1] == ']') {
        out.insert(out.end(), from.begin(), from.end());
        continue;
      }
      ++at_;
      const Class to = bracket_item();
      if (!single || to.size() != 1 || to[0].first != to[0].last) refuse("has a range of classes");
      if (to[0].first < from[0].first) refuse("has a range that runs backwards");
      out.push_back({from[0].first, to[0].first});
    }
    return not_these ? negated(out) : out;
  }

  Class bracket_item() {
    if (peek() == '\\') return escape(true);
    const Point point = next_point(text_, at_);
    return {{point, point}};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

class Layout {
 public:
  explicit Layout(Pattern::Program &program) : program_(program) {}

  void whole(const Piece &piece) {
    lay(piece);
    emit({.op = Op::match});
  }

 private:
  std::uint32_t here() const { return static_cast<std::uint32_t>(program_.code.size()); }
  std::uint32_t emit(Instruction instruction) {
    if (program_.code.size() >= max_instructions) {
      throw std::invalid_argument("the pattern is too long, its repetitions counted out");
    }
    program_.code.push_back(instruction);
    return here() - 1;
  }

  // NOLINTNEXTLINE(readability-function-cognitive-complexity)
  void lay(const Piece &piece) {
    auto &code = program_.code;
    switch (piece.kind) {
      case Piece::Kind::empty:
        break;
      case Piece::Kind::set:
        emit({.op = Op::set, .x = class_index(piece.set)});
        break;
      case Piece::Kind::assertion:
        emit({.op = piece.op});
        break;
      case Piece::Kind::sequence:
        for (const auto &part : piece.parts) lay(part);
        break;
      case Piece::Kind::choice: {
        std::vector<std::uint32_t> ends;
        for (std::size_t i = 0; i + 1 < piece.parts.size(); ++i) {
          const auto split = emit({.op = Op::split});
          code[split].x = here();
          lay(piece.parts[i]);
          ends.push_back(emit({.op = Op::jump}));
          code[split].y = here();
        }
        lay(piece.parts.back());
        for (const auto end : ends) code[end].x = here();
        break;
      }
      case Piece::Kind::repeat:
        repeat(piece);
        break;
      case Piece::Kind::lookahead: {
        // The looked-for part follows in line, with its own end; y is where to go on.
        const auto lookahead = emit({.op = piece.op});
        code[lookahead].x = here();
        lay(piece.parts.front());
        emit({.op = Op::match});
        code[lookahead].y = here();
        break;
      }
    }
  }

  void repeat(const Piece &piece) {
    auto &code = program_.code;
    const Piece &one = piece.parts.front();
    for (std::uint32_t i = 0; i < piece.least; ++i) lay(one);
    if (piece.most == unbounded) {
      const auto split = emit({.op = Op::split});
      code[split].x = here();
      lay(one);
      emit({.op = Op::jump, .x = split});
      code[split].y = here();
      return;
    }
    std::vector<std::uint32_t> splits;
    for (std::uint32_t i = piece.least; i < piece.most; ++i) {
      splits.push_back(emit({.op = Op::split}));
      code[splits.back()].x = here();
      lay(one);
    }
    for (const auto split : splits) code[split].y = here();
  }

  std::uint32_t class_index(const Class &set) {
    for (std::size_t i = 0; i < program_.classes.size(); ++i) {
      const auto &known = program_.classes[i];
      if (std::equal(known.begin(), known.end(), set.begin(), set.end(),
                     [](Range a, Range b) { return a.first == b.first && a.last == b.last; })) {
        return static_cast<std::uint32_t>(i);
      }
    }
    program_.classes.push_back(set);
    return static_cast<std::uint32_t>(program_.classes.size() - 1);
  }

  Pattern::Program &program_;
};

// A look-ahead may be asked for at every position, and would then run to the end of the text from
// each of them. After a few times its answers for all positions are worked out at once, from the
// end of the text backwards; so the time stays linear in the text.
class Machine {
 public:
  Machine(const Pattern::Program &program, const std::vector<Point> &text)
      : program_(program), text_(text) {}

  // From `entry`, at `position` only, or (searching) at any later one as well.
  bool run(std::uint32_t entry, std::size_t position, bool searching) {
    std::vector<std::uint32_t> now;
    std::vector<std::uint32_t> next;
    std::vector<std::size_t> seen(program_.code.size(), 0);  // position + 1 of the last visit
    std::vector<std::uint32_t> stack;
    if (follow(entry, position, now, seen, stack)) return true;
    for (std::size_t at = position; at < text_.size(); ++at) {
      if (now.empty() && !searching) return false;
      next.clear();
      for (const auto counter : now) {
        if (takes(counter, at) && follow(counter + 1, at + 1, next, seen, stack)) return true;
      }
      if (searching && follow(entry, at + 1, next, seen, stack)) return true;
      std::swap(now, next);
    }
    return false;
  }

 private:
  struct Lookahead {
    int times = 0;
    std::vector<bool> found;  // at each position; empty: not worked out
  };
  static constexpr int times_before_all = 4;

  bool takes(std::uint32_t pc, std::size_t at) const {
    return at < text_.size() && contains(program_.classes[program_.code[pc].x], text_[at]);
  }

  bool at_boundary(std::size_t at) const {
    const bool before = at > 0 && contains(word_class, text_[at - 1]);
    const bool after = at < text_.size() && contains(word_class, text_[at]);
    return before != after;
  }

  // Everything reachable without taking a character. True when the match is reached.
  bool follow(std::uint32_t counter, std::size_t at, std::vector<std::uint32_t> &set,
              std::vector<std::size_t> &seen, std::vector<std::uint32_t> &stack) {
    stack.assign(1, counter);
    while (!stack.empty()) {
      const auto pc = stack.back();
      stack.pop_back();
      if (seen[pc] == at + 1) continue;
      seen[pc] = at + 1;
      const auto &code = program_.code[pc];
      switch (code.op) {
        case Op::match:
          return true;
        case Op::set:
          set.push_back(pc);
          break;
        case Op::jump:
          stack.push_back(code.x);
          break;
        case Op::split:
          stack.push_back(code.x);
          stack.push_back(code.y);
          break;
        default:
          if (holds(pc, at)) stack.push_back(after(pc));
          break;
      }
    }
    return false;
  }

  // Of an assertion or a look-ahead.
  bool holds(std::uint32_t pc, std::size_t at) {
    switch (program_.code[pc].op) {
      case Op::begin:
        return at == 0;
      case Op::end:
        return at == text_.size();
      case Op::boundary:
        return at_boundary(at);
      case Op::not_boundary:
        return !at_boundary(at);
      case Op::lookahead:
        return looks(pc, at);
      default:
        return !looks(pc, at);
    }
  }
  std::uint32_t after(std::uint32_t pc) const {
    const auto &code = program_.code[pc];
    return code.op == Op::lookahead || code.op == Op::negative_lookahead ? code.y : pc + 1;
  }

  bool looks(std::uint32_t pc, std::size_t at) {
    if (lookaheads_.empty()) lookaheads_.resize(program_.code.size());
    if (lookaheads_[pc].found.empty()) {
      if (++lookaheads_[pc].times <= times_before_all) return run(program_.code[pc].x, at, false);
      lookaheads_[pc].found = found_everywhere(pc);
    }
    return lookaheads_[pc].found[at];
  }

  // Whether what the look-ahead at `look` asks for begins at each position.
  std::vector<bool> found_everywhere(std::uint32_t lookahead) {
    const auto first = program_.code[lookahead].x;
    const auto last = program_.code[lookahead].y;
    std::vector<bool> found(text_.size() + 1);
    std::vector<char> here(last - first, 0);   // whether the match is reached from there on
    std::vector<char> later(last - first, 0);  // the same, one character on
    for (std::size_t at = text_.size() + 1; at-- > 0;) {
      std::swap(here, later);
      std::fill(here.begin(), here.end(), 0);
      const auto reached = [&](std::uint32_t pc) { return here[pc - first] != 0; };
      for (bool changed = true; changed;) {  // again only for loops that lead back
        changed = false;
        for (std::uint32_t pc = last; pc-- > first;) {
          if (reached(pc)) continue;
          const auto &code = program_.code[pc];
          bool now = false;
          switch (code.op) {
            case Op::match:
              now = pc + 1 == last;  // else the end of a look-ahead inside
              break;
            case Op::set:
              now = later[pc + 1 - first] != 0 && takes(pc, at);
              break;
            case Op::jump:
              now = reached(code.x);
              break;
            case Op::split:
              now = reached(code.x) || reached(code.y);
              break;
            default:
              now = reached(after(pc)) && holds(pc, at);
              break;
          }
          if (!now) continue;
          here[pc - first] = 1;
          changed = true;
        }
      }
      found[at] = reached(first);
    }
    return found;
  }

  const Pattern::Program &program_;
  const std::vector<Point> &text_;
  std::vector<Lookahead> lookaheads_;  // by instruction
};

}  // namespace

Pattern Pattern::compile(std::string_view pattern) {
  auto program = std::make_shared<Program>();
  Layout(*program).whole(Parser(pattern).parse());
  Pattern out;
  out.program_ = std::move(program);
  return out;
}

bool Pattern::search(std::string_view text) const {
  std::vector<Point> points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) points.push_back(next_point(text, at));
  return Machine(*program_, points).run(0, 0, true);
}

}  // namespace cpi
