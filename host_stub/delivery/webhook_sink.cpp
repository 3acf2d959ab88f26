#include "delivery/webhook_sink.hpp"

#include <curl/curl.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "delivery/retry_schedule.hpp"
#include "delivery/sink_spec.hpp"
#include "delivery/webhook_signature.hpp"

namespace host {

namespace {

using namespace std::chrono;

template <auto function>
struct Freed {
  template <typename Thing>
  void operator()(Thing *thing) const {
    function(thing);
  }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Headers = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;

void append(Headers &list, const std::string &line) {
  curl_slist *longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

template <typename Value>
void set(const Easy &easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK)
    throw SinkError(std::string("The webhook cannot be set up: ") + curl_easy_strerror(code));
}

std::string part_of(const Url &url, CURLUPart part) {
  char *text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string found = text;
  curl_free(text);
  return found;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Checks the URL and returns the name. Only the URL's host is ever shown.
std::string checked_name(const std::string &text, bool allow_http) {
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    throw SinkError("The webhook's URL is not valid. Use webhook:https://HOST/PATH.");
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  const std::string host = part_of(url, CURLUPART_HOST);
  if (scheme != "https" && scheme != "http")
    throw SinkError("A webhook needs https, not " + scheme + ".");
  if (scheme == "http" && !allow_http && !is_loopback(host)) {
    throw SinkError("The webhook at " + host +
                    " would receive events unencrypted. Use https, or allow http explicitly.");
  }
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    throw SinkError("The webhook's URL for " + host +
                    " contains a user or password. Remove them: requests are signed instead.");
  }
  std::array<unsigned char, crypto_generichash_BYTES_MIN> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char *>(text.data()),
                     text.size(), nullptr, 0);
  std::array<char, 9> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), 4);
  const std::string port = part_of(url, CURLUPART_PORT);
  return "webhook:" + scheme + "://" + host + (port.empty() ? "" : ":" + port) + "/#" + hex.data();
}

std::size_t discard(char *, std::size_t size, std::size_t count, void *) {
  return size * count;
}

struct Progress {
  const std::stop_token &stop;
  std::optional<steady_clock::time_point> give_up;
};

int watch(void *data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto &progress = *static_cast<Progress *>(data);
  if (!progress.stop.stop_requested()) return 0;
  if (!progress.give_up) progress.give_up = steady_clock::now() + Sink::stop_grace;
  return steady_clock::now() > *progress.give_up ? 1 : 0;
}

}  // namespace

struct WebhookSink::Impl {
  std::string name;
  std::vector<WebhookSecret> secrets;
  Headers connect_to;
  Easy easy{curl_easy_init()};

  Headers headers_of(const Outgoing &event) const {
    const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
    std::string signatures;
    for (const WebhookSecret &secret : secrets) {
      if (!signatures.empty()) signatures += ' ';
      signatures += secret.sign(event.id, now, event.body);
    }
    Headers headers;
    append(headers, "content-type: application/cloudevents+json");
    append(headers, "webhook-id: " + event.id);
    append(headers, "webhook-timestamp: " + std::to_string(now));
    append(headers, "webhook-signature: " + signatures);
    append(headers, "expect:");  // no 100-continue: events are small
    return headers;
  }

  SinkOutcome answered(long status) const {
    if (status >= 200 && status < 300) return {1, SinkVerdict::accepted, {}, {}};
    std::string reason = "the receiver answered " + std::to_string(status);
    if (status == 410) return {0, SinkVerdict::gone, reason + " Gone", {}};
    if (status >= 300 && status < 400)
      reason += ", a redirect; redirects are not followed, so use the final URL";
    curl_off_t asked = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RETRY_AFTER, &asked);
    const auto retry_after =
        std::clamp<std::int64_t>(asked, 0, duration_cast<seconds>(longest_retry_after).count());
    return {0, SinkVerdict::refused, std::move(reason), seconds(retry_after)};
  }
};

WebhookSink::WebhookSink(const std::string &url, const WebhookOptions &options)
    : impl_(std::make_unique<Impl>()) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK || sodium_init() < 0 || !impl_->easy)
    throw SinkError("The libraries for webhooks cannot be initialised.");
  impl_->name = checked_name(url, options.allow_http);
  if (options.secrets.empty() || options.secrets.size() > 2) {
    throw SinkError("A webhook needs one signing secret, or two during a rotation: " +
                    std::to_string(options.secrets.size()) + " were given for " + impl_->name +
                    ".");
  }
  for (const std::string &secret : options.secrets) impl_->secrets.emplace_back(secret);
  for (const std::string &rule : options.connect_to) append(impl_->connect_to, rule);

  const Easy &easy = impl_->easy;
  set(easy, CURLOPT_URL, url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROXY, options.proxy.url.c_str());
  set(easy, CURLOPT_NOPROXY, options.proxy.direct.c_str());
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(easy, CURLOPT_WRITEFUNCTION, &discard);
  set(easy, CURLOPT_XFERINFOFUNCTION, &watch);
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_USERAGENT, "connector-host");
  set(easy, CURLOPT_CAPATH, static_cast<const char *>(nullptr));
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  if (impl_->connect_to) set(easy, CURLOPT_CONNECT_TO, impl_->connect_to.get());
}

WebhookSink::~WebhookSink() = default;

std::string WebhookSink::name_of(const std::string &url) {
  return checked_name(url, true);
}

const std::string &WebhookSink::name() const {
  return impl_->name;
}

SinkOutcome WebhookSink::deliver(std::span<const Outgoing> events, const std::stop_token &stop) {
  const Easy &easy = impl_->easy;
  SinkOutcome total;
  for (const Outgoing &event : events) {
    if (stop.stop_requested()) return {total.accepted, SinkVerdict::interrupted, {}, {}};
    const Headers headers = impl_->headers_of(event);
    Progress progress{stop, {}};
    std::array<char, CURL_ERROR_SIZE> detail{};
    set(easy, CURLOPT_HTTPHEADER, headers.get());
    set(easy, CURLOPT_POSTFIELDS, event.body.c_str());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(event.body.size()));
    set(easy, CURLOPT_XFERINFODATA, &progress);
    set(easy, CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode code = curl_easy_perform(easy.get());
    // The handle outlives the data that it borrowed.
    set(easy, CURLOPT_HTTPHEADER, static_cast<curl_slist *>(nullptr));
    set(easy, CURLOPT_POSTFIELDS, static_cast<const char *>(nullptr));
    set(easy, CURLOPT_ERRORBUFFER, static_cast<char *>(nullptr));

    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    SinkOutcome one;
    if (status >= 200) {  // the receiver has decided, even if the rest of its answer was lost
      one = impl_->answered(status);
    } else if (code == CURLE_ABORTED_BY_CALLBACK) {
      one.verdict = SinkVerdict::interrupted;
    } else {
      one.verdict = SinkVerdict::refused;
      one.reason = std::string("no answer: ") +
                   (detail[0] != '\0' ? detail.data() : curl_easy_strerror(code));
    }
    total.accepted += one.accepted;
    if (one.verdict == SinkVerdict::accepted) continue;
    one.accepted = total.accepted;
    return one;
  }
  return total;
}

extern const SinkKind webhook_sink_kind;
const SinkKind webhook_sink_kind{
    .word = "webhook",
    .target = "URL",
    .noun = "URL",
    .example = "https://HOST/PATH",
    .name = [](const std::string &url) { return WebhookSink::name_of(url); },
    .open = [](const std::string &url, const WebhookOptions &options) -> std::unique_ptr<Sink> {
      return std::make_unique<WebhookSink>(url, options);
    }};

}  // namespace host
