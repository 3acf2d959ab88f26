#include "bare_curl.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "process_use.hpp"

namespace bench {

namespace {

struct FreeMulti {
  void operator()(CURLM *multi) const { curl_multi_cleanup(multi); }
};
struct FreeEasy {
  void operator()(CURL *easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};

std::size_t count_bytes(char * /*data*/, std::size_t size, std::size_t count, void *into) {
  *static_cast<std::size_t *>(into) += size * count;
  return size * count;
}

}  // namespace

Measured bare_curl(int port, const std::string &ca_file, const std::string &authorization,
                   std::size_t in_flight, std::chrono::milliseconds duration) {
  const std::unique_ptr<CURLM, FreeMulti> multi(curl_multi_init());
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, 512L);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  const std::string to = "api.sendpulse.com:443:127.0.0.1:" + std::to_string(port);
  const std::unique_ptr<curl_slist, FreeList> connect_to(curl_slist_append(nullptr, to.c_str()));
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(curl_slist_append(nullptr, "Accept: application/json"),
                        ("Authorization: " + authorization).c_str()));

  std::vector<std::unique_ptr<CURL, FreeEasy>> handles;
  std::vector<std::size_t> received(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i) {
    CURL *easy = handles.emplace_back(curl_easy_init()).get();
    curl_easy_setopt(easy, CURLOPT_URL,
                     "https://api.sendpulse.com/addressbooks?limit=100&offset=0");
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received[i]);
    curl_multi_add_handle(multi.get(), easy);
  }

  using Clock = std::chrono::steady_clock;
  const auto warm = Clock::now() + duration / 4;
  auto end = warm + duration;
  Measured measured;
  Clock::time_point began{};
  double cpu = 0;
  bool measuring = false;
  while (Clock::now() < end) {
    if (!measuring && Clock::now() >= warm) {
      measuring = true;
      measured.count = 0;
      began = Clock::now();
      cpu = cpu_seconds();
    }
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (CURLMsg *message = curl_multi_info_read(multi.get(), &left)) {
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) {
        throw std::runtime_error(std::string("bare libcurl: ") +
                                 curl_easy_strerror(message->data.result) + ", HTTP " +
                                 std::to_string(status));
      }
      ++measured.count;
      curl_multi_remove_handle(multi.get(), message->easy_handle);
      curl_multi_add_handle(multi.get(), message->easy_handle);
    }
    curl_multi_poll(multi.get(), nullptr, 0, 10, nullptr);
  }
  measured.cpu_seconds = cpu_seconds() - cpu;
  measured.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  for (const auto &handle : handles) curl_multi_remove_handle(multi.get(), handle.get());
  return measured;
}

}  // namespace bench
