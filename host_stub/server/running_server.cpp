#include "server/running_server.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "control/failure.hpp"
#include "server/link_files.hpp"

namespace host::server {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t longest_answer = 64u << 10;
constexpr long longest_wait_ms = 5000;

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::size_t append_answer(const char *from, std::size_t /*one*/, std::size_t size, void *to) {
  std::string &text = *static_cast<std::string *>(to);
  if (text.size() + size > longest_answer) return 0;
  text.append(from, size);
  return size;
}

// The body of an answer 201. The request is sent only to this machine, without a proxy.
std::optional<std::string> posted(const std::string &url, const std::vector<std::string> &headers,
                                  const std::string &body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(nullptr, &curl_slist_free_all);
  for (const std::string &header : headers)
    if (curl_slist *longer = curl_slist_append(list.get(), header.c_str())) {
      (void)list.release();
      list.reset(longer);
    }
  if (!curl) return std::nullopt;
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_answer);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, longest_wait_ms);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  long status = 0;
  if (curl_easy_perform(curl.get()) != CURLE_OK ||
      curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 201)
    return std::nullopt;
  return answer;
}

// The server's answer to POST /api/session/links, and its origin. If the server was killed, another
// program may listen at its address: the request is sent only if the process that wrote the address
// holds the run lock. The callers check the answer.
std::pair<json::object, std::string> ask_for_link(const fs::path &data_dir, std::int64_t owner,
                                                  bool file) {
  std::ifstream place_lines(data_dir / place_file);
  std::ifstream token_line(data_dir / token_file);
  std::string where;
  std::string host;
  std::string origin;
  std::string pid;
  std::string token;
  for (std::string *line : {&where, &host, &origin, &pid}) std::getline(place_lines, *line);
  std::getline(token_line, token);
  OperationError none;
  none.error_class = ErrorClass::unavailable;
  none.fault = Fault::user;
  none.message = "No server is running on " + data_dir.string() + '.';
  none.advice = "Start one with `connector-host serve`.";
  if (origin.empty() || token.empty() || pid != std::to_string(owner))
    throw Failure(std::move(none));
  const auto text =
      posted(where + "/api/session/links",
             {"Host: " + host, "Authorization: Bearer " + token, "Content-Type: application/json"},
             json::serialize(json::object{{"file", file}}));
  boost::system::error_code error;
  json::value answer = text ? json::parse(*text, error) : json::value();
  if (!text || error || !answer.is_object()) throw Failure(std::move(none));
  return {std::move(answer.get_object()), std::move(origin)};
}

std::string text_of(const json::object &answer, std::string_view name) {
  const json::value *value = answer.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

[[noreturn]] void not_understood() {
  OperationError error;
  error.error_class = ErrorClass::host_fault;
  error.fault = Fault::host;
  error.message = "The running server returned no link.";
  error.advice = "It may be an older release: restart `connector-host serve`.";
  throw Failure(std::move(error));
}

}  // namespace

std::string link_of_running_server(const fs::path &data_dir, std::int64_t owner) {
  const auto [answer, origin] = ask_for_link(data_dir, owner, false);
  std::string url = text_of(answer, "url");
  const std::string start = origin + "/#/open/";
  if (!url.starts_with(start) || !is_token(std::string_view(url).substr(start.size())))
    not_understood();
  return url;
}

fs::path link_file_of_running_server(const fs::path &data_dir, std::int64_t owner) {
  const std::string name = text_of(ask_for_link(data_dir, owner, true).first, "file");
  if (!LinkFiles::is_name(name)) not_understood();
  return fs::absolute(data_dir / name);
}

}  // namespace host::server
