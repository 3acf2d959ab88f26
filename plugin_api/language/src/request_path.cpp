#include "request_path.hpp"

#include <algorithm>

#include <boost/json/array.hpp>

#include "cpi/json/number.hpp"
#include "cpi/language/encoders.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// RFC 3986, section 3.3, without percent-encoding, which a template does not need.
bool is_path_letter(char c) {
  constexpr std::string_view marks = "/-._~!$&'()*+,;=:@";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         marks.find(c) != std::string_view::npos;
}

// Splits the path at its placeholders. Empty if it was refused.
std::vector<PathPart> split_path(std::string_view path, const PathSegments &segments,
                                 const std::string &where, Problems &problems) {
  const auto refused = [&](const char *why) {
    problems.add(where, why);
    return std::vector<PathPart>{};
  };
  if (!path.starts_with('/') || path.starts_with("//")) return refused("must start with one '/'");
  std::vector<PathPart> parts(1);
  for (std::size_t at = 0; at < path.size(); ++at) {
    PathPart &part = parts.back();
    if (path[at] != '{') {
      if (path[at] == '}') return refused("has a '}' without its '{'");
      if (!is_path_letter(path[at])) {
        return refused("has a character that is not allowed in a path; put a query into `query`");
      }
      part.literal.push_back(path[at]);
      continue;
    }
    const auto end = path.find_first_of("{}", at + 1);
    if (end == std::string_view::npos || path[end] == '{') {
      return refused("has a '{' without its '}'");
    }
    std::string_view name = path.substr(at + 1, end - at - 1);
    at = end;
    part.optional = name.ends_with('?');
    if (part.optional) {
      name.remove_suffix(1);
      if (!part.literal.ends_with('/')) {
        return refused("has an optional placeholder that is not a whole segment");
      }
    }
    if (name.empty() || name == "/") return refused("has an empty placeholder");
    part.name = name;
    const auto named = std::ranges::find(segments, name, &PathSegments::value_type::first);
    if (named != segments.end()) {
      part.segment = static_cast<std::size_t>(named - segments.begin());
    } else {
      const std::string pointer = name.front() == '/' ? part.name : pointer_join("", name);
      part.source = Source::compile(json::value(pointer), where, false, problems);
      if (!part.source) return {};
    }
    parts.emplace_back();
  }
  return parts;
}

void append_segment(const json::value *value, const std::string &pointer, std::string &path) {
  const auto text = value != nullptr ? scalar_text(*value) : std::nullopt;
  if (!text) refuse_value(pointer, value == nullptr ? "is required" : "must be text or a number");
  if (text->empty()) refuse_value(pointer, "must not be empty");
  // Percent-encoding does not change dots, and servers and proxies resolve such a segment.
  if (*text == "." || *text == "..") refuse_value(pointer, "must not be \".\" or \"..\"");
  path += percent_encode(*text);
}

}  // namespace

RequestPath RequestPath::compile(const std::string &path, PathSegments segments,
                                 const std::string &where, const std::string &segments_where,
                                 Problems &problems) {
  RequestPath out;
  out.where_ = where;
  out.parts_ = split_path(path, segments, where, problems);
  out.segments_ = std::move(segments);
  if (out.parts_.empty()) return out;
  for (std::size_t i = 0; i < out.segments_.size(); ++i) {
    const std::string &name = out.segments_[i].first;
    if (std::ranges::find(out.parts_, i, &PathPart::segment) == out.parts_.end()) {
      problems.add(pointer_join(segments_where, name), "the path has no \"{" + name + "}\"");
    }
  }
  // Servers and proxies would resolve them to another path. One slash at the end is significant.
  const std::string shape = out.shape();
  const std::string closed = shape.ends_with('/') ? shape : shape + '/';
  for (const std::string_view segment : {"/../", "/./", "//"}) {
    if (closed.find(segment) == std::string::npos) continue;
    problems.add(where, "has an empty or a dot segment");
    break;
  }
  return out;
}

std::string RequestPath::build(const Frame &frame) const {
  std::string path;
  for (const PathPart &part : parts_) {
    path += part.literal;
    if (!part.has_placeholder()) continue;
    const PlacementNode *node = part.segment ? &segments_[*part.segment].second : nullptr;
    std::optional<json::value> placed;
    if (node != nullptr) placed = place_node(*node, frame);
    const json::value *value = nullptr;
    if (part.source) {
      value = look_up(*part.source, frame);
    } else if (placed) {
      value = &*placed;
    }
    if (value == nullptr && part.optional) {
      path.pop_back();
      continue;
    }
    const std::string pointer = frame.pointer_of(node != nullptr ? node->source : *part.source);
    const auto *list = node != nullptr && value != nullptr ? value->if_array() : nullptr;
    if (list == nullptr || list->empty()) {
      append_segment(value, pointer, path);
      continue;
    }
    for (const auto &each : *list) {
      if (&each != list->begin()) path.push_back('/');
      append_segment(&each, pointer, path);
    }
  }
  return path;
}

std::string RequestPath::shape() const {
  std::string out;
  for (const PathPart &part : parts_) {
    out += part.literal;
    if (part.has_placeholder()) out += "{}";
  }
  return out;
}

void RequestPath::note_reads(std::vector<Read> &out) const {
  for (const PathPart &part : parts_) {
    if (!part.source) continue;
    out.push_back({.tokens = part.source->pointer.tokens(),
                   .as = Read::As::placeholder,
                   .text = part.name,
                   .place = where_,
                   .in_url = true,
                   .drops_offset = {}});
  }
  for (const auto &segment : segments_) cpi::note_reads(segment.second, true, out);
}

}  // namespace cpi
