#include "bare_curl.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
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

using Multi = std::unique_ptr<CURLM, FreeMulti>;
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

std::size_t count_bytes(char * /*data*/, std::size_t size, std::size_t count, void *into) {
  *static_cast<std::size_t *>(into) += size * count;
  return size * count;
}

List headers_of(const std::string &token) {
  curl_slist *list = nullptr;
  for (const std::string &line :
       {std::string("Accept-Encoding: gzip, deflate"), std::string("Accept: application/json"),
        "Authorization: Bearer " + token}) {
    list = curl_slist_append(list, line.c_str());
  }
  return List(list);
}

Easy easy_handle(const BareCurl &setting, curl_slist *connect_to, std::size_t &received) {
  Easy easy(curl_easy_init());
  CURL *handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL,
                   "https://api.sendpulse.com/addressbooks?limit=100&offset=0");
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, connect_to);
  curl_easy_setopt(handle, CURLOPT_CAINFO, setting.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(handle, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30'000L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, count_bytes);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &received);
  return easy;
}

}  // namespace

Measured run(const BareCurl &setting, std::chrono::milliseconds duration) {
  const Multi multi(curl_multi_init());
  curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, 512L);
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  const std::string to = "api.sendpulse.com:443:127.0.0.1:" + std::to_string(setting.port);
  const List connect_to(curl_slist_append(nullptr, to.c_str()));
  std::vector<List> headers;
  for (const std::string &token : setting.tokens) headers.push_back(headers_of(token));
  std::size_t account = 0;
  const auto begin = [&](CURL *easy) {
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers[account].get());
    account = (account + 1) % headers.size();
    curl_multi_add_handle(multi.get(), easy);
  };

  std::size_t received = 0;
  std::vector<Easy> handles;
  for (std::size_t i = 0; i < setting.in_flight; ++i) {
    handles.push_back(easy_handle(setting, connect_to.get(), received));
    begin(handles.back().get());
  }

  using Clock = std::chrono::steady_clock;
  const auto warm = Clock::now() + duration / 4;
  const auto end = warm + duration;
  Measured measured;
  Clock::time_point began{};
  double cpu = 0;
  bool measuring = false;
  for (Clock::time_point now = Clock::now(); now < end; now = Clock::now()) {
    if (!measuring && now >= warm) {
      measuring = true;
      measured.count = 0;
      began = now;
      cpu = cpu_seconds();
    }
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    int left = 0;
    while (CURLMsg *message = curl_multi_info_read(multi.get(), &left)) {
      CURL *easy = message->easy_handle;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) {
        throw std::runtime_error(std::string("bare libcurl: ") +
                                 curl_easy_strerror(message->data.result) + ", HTTP " +
                                 std::to_string(status));
      }
      ++measured.count;
      curl_multi_remove_handle(multi.get(), easy);
      begin(easy);
    }
    curl_multi_poll(multi.get(), nullptr, 0, 10, nullptr);
    if (setting.gather.count() > 0) std::this_thread::sleep_until(now + setting.gather);
  }
  measured.cpu_seconds = cpu_seconds() - cpu;
  measured.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  for (const Easy &handle : handles) curl_multi_remove_handle(multi.get(), handle.get());
  return measured;
}

}  // namespace bench
