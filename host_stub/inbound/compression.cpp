#include "inbound/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace host::inbound {

namespace {

constexpr std::size_t least_body = 1024;
constexpr std::string_view spaces = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

bool equal_words(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

// "q=0" or "q=0.000": the client refuses this coding (RFC 9110, section 12.4.2).
bool is_zero_weight(std::string_view parameter) {
  parameter = trimmed(parameter);
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return false;
  return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

bool takes_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const std::size_t end = std::min(accepted.find(','), accepted.size());
    const std::string_view one = accepted.substr(0, end);
    accepted.remove_prefix(std::min(end + 1, accepted.size()));
    const std::size_t semicolon = std::min(one.find(';'), one.size());
    if (!equal_words(trimmed(one.substr(0, semicolon)), "gzip")) continue;
    return !is_zero_weight(one.substr(std::min(semicolon + 1, one.size())));
  }
  return false;
}

bool is_text(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("application/manifest+json") || type.starts_with("image/svg+xml");
}

std::optional<std::string> gzipped(std::string_view text) {
  constexpr int gzip_window = 15 + 16;
  constexpr int usual_memory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, usual_memory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): zlib only reads it
  stream.next_in = const_cast<Bytef *>(reinterpret_cast<const Bytef *>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

void compress_for(const IncomingRequest &request, HttpAnswer &answer) {
  if (answer.stream || answer.body.size() < least_body || !is_text(answer.type)) return;
  for (const auto &[name, value] : answer.headers)
    if (equal_words(name, "Content-Encoding")) return;
  // The encoding depends on the request, which caches have to know.
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  if (!takes_gzip(request.header("accept-encoding"))) return;
  auto body = gzipped(answer.body);
  if (!body || body->size() >= answer.body.size()) return;
  answer.body = std::move(*body);
  answer.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace host::inbound
