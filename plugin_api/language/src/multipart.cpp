#include "multipart.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "cpi/json/base64.hpp"
#include "form_body.hpp"
#include "placement_node.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// A file, as a body member or as an element of its list: {"filename": text, "content": base64
// text, "content_type"?: text}.
struct File {
  std::string_view filename;
  std::string content;
  std::string_view content_type;
};

std::optional<File> file_of(const json::value &value) {
  const auto *object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto *filename = object->if_contains("filename");
  const auto *content = object->if_contains("content");
  if (filename == nullptr || !filename->is_string() || content == nullptr ||
      !content->is_string()) {
    return std::nullopt;
  }
  File file{.filename = filename->get_string(), .content = {}, .content_type = {}};
  if (!base64_decode(content->get_string(), file.content)) {
    refuse_value("/content", "must be base64 text");
  }
  const auto *type = object->if_contains("content_type");
  file.content_type = type != nullptr && type->is_string()
                          ? std::string_view(type->get_string())
                          : std::string_view("application/octet-stream");
  return file;
}

// Escapes quotes and line ends as browsers do in a part's header (WHATWG, multipart/form-data).
std::string header_name(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// A file, or a list of files only, which share the member's name.
std::vector<File> files_of(const json::value &value) {
  std::vector<File> files;
  if (auto file = file_of(value)) files.push_back(std::move(*file));
  if (const auto *list = value.if_array()) {
    for (const auto &each : *list) {
      auto file = file_of(each);
      if (!file) return {};
      files.push_back(std::move(*file));
    }
  }
  return files;
}

std::string file_part(const std::string &name, const File &file) {
  if (!is_header_text(file.content_type)) refuse_value("/content_type", "must be plain text");
  return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"" +
         header_name(file.filename) + "\"\r\nContent-Type: " + std::string(file.content_type) +
         "\r\n\r\n" + file.content + "\r\n";
}

}  // namespace

bool is_header_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

Multipart multipart(const json::object &members) {
  std::vector<std::string> parts;
  for (const auto &member : members) {
    const std::string name = header_name(member.key());
    if (const auto files = files_of(member.value()); !files.empty()) {
      for (const File &file : files) parts.push_back(file_part(name, file));
      continue;
    }
    flatten(std::string(member.key()), member.value(),
            [&](const std::string &flat, const json::value &value) {
              parts.push_back("Content-Disposition: form-data; name=\"" + header_name(flat) +
                              "\"\r\n\r\n" + form_text(value) + "\r\n");
            });
  }
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto &part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
  }
  const auto occurs = [&](const std::string &boundary) {
    return std::any_of(parts.begin(), parts.end(), [&](const std::string &part) {
      return part.find(boundary) != std::string::npos;
    });
  };
  Multipart out;
  do {
    out.boundary = "cpi-" + std::to_string(hash);
    add(1);
  } while (occurs(out.boundary));
  for (const auto &part : parts) out.body += "--" + out.boundary + "\r\n" + part;
  out.body += "--" + out.boundary + "--\r\n";
  return out;
}

}  // namespace cpi
