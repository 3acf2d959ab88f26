// The transport on libcurl. Its callbacks only copy bytes; coroutines are resumed after libcurl has
// returned, so they may do anything.
#include "http/transport.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <csignal>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "http/inflater.hpp"

namespace host {

namespace {

constexpr std::size_t max_header_bytes = 65'536;
constexpr std::size_t max_header_count = 200;
constexpr std::size_t max_idle_transfers = 256;
constexpr std::uint64_t max_body_guess = 262'144;  // limit for reserving memory by a header

// libcurl checks every transfer in each call, even without new data, which takes about half a
// microsecond each. With many transfers, the loop waits so that answers accumulate, long enough
// that these checks take at most a sixteenth of a processor.
constexpr std::size_t many_transfers = 32;
constexpr std::chrono::microseconds gathering_for_each{8};
constexpr std::chrono::milliseconds longest_gathering{20};

// Holds back data written to these sockets until it is destroyed: libcurl writes each request
// separately, and a packet for each costs the kernel four times as much as one for all.
class Corked {
 public:
  explicit Corked(std::span<const int> sockets) noexcept : sockets_(sockets) { set(1); }
  ~Corked() { set(0); }
  Corked(const Corked &) = delete;
  Corked &operator=(const Corked &) = delete;

 private:
  void set(int on) const noexcept {
    for (const int socket : sockets_)
      (void)::setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
  }
  std::span<const int> sockets_;
};

void ensure_curl_is_initialised() {
  // With CURLOPT_NOSIGNAL, libcurl does not handle SIGPIPE: a peer that closes must not end the
  // process.
  static const CURLcode result = [] {
    struct sigaction present {};
    if (sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL)
      (void)std::signal(SIGPIPE, SIG_IGN);
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  if (result != CURLE_OK) throw std::runtime_error("libcurl could not be initialised");
}

template <typename Value>
void set(CURL *easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refused a setting: ") + curl_easy_strerror(code));
}

struct SlistDeleter {
  void operator()(curl_slist *list) const noexcept { curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistDeleter>;

Slist make_slist(const std::vector<std::string> &lines) {
  Slist list;
  for (const std::string &line : lines) {
    curl_slist *longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

// RFC 9110, section 5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// The three characters that RFC 9110, section 5.5 calls dangerous. Searched for separately because
// memchr is many times faster than a loop, and each request has a token of a thousand bytes.
bool is_field_value(std::string_view text) {
  return text.find('\r') == std::string_view::npos && text.find('\n') == std::string_view::npos &&
         text.find('\0') == std::string_view::npos;
}

bool is_url_text(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= 0x20 || c == 0x7f || c == '\\';
  });
}

// Characters that a query may contain unencoded, or percent-encoded ones (RFC 3986, section 2.3).
bool is_query_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("-._~%").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// The URL as sent, with a credential. Only libcurl sees it.
std::string with_query_member(std::string_view url, const HttpCredential &credential) {
  const std::size_t end = std::min(url.find('#'), url.size());
  std::string out(url.substr(0, end));
  out += out.find('?') == std::string::npos ? '?' : '&';
  out.append(credential.name).append("=").append(credential.value).append(url.substr(end));
  return out;
}

bool is_loopback(std::string_view url) {
  url.remove_prefix(std::string_view("http://").size());
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!authority.starts_with(name)) continue;
    const std::string_view rest = authority.substr(name.size());
    if (rest.empty()) return true;
    if (rest.front() == ':' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos)
      return true;
  }
  return false;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

NoResponse kind_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return NoResponse::dns;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return NoResponse::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
      return NoResponse::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return NoResponse::timeout;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return NoResponse::reset;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return NoResponse::denied;
    case CURLE_FILESIZE_EXCEEDED:
      return NoResponse::too_large;
    default:
      return NoResponse::other;
  }
}

const char *sentence_for(NoResponse kind, bool maybe_sent) {
  switch (kind) {
    case NoResponse::dns:
      return "the name of the service could not be resolved";
    case NoResponse::connect:
      return "a connection to the service could not be established";
    case NoResponse::tls:
      return "a trusted TLS connection to the service could not be established";
    case NoResponse::timeout:
      return maybe_sent ? "the service did not answer in time"
                        : "the service could not be reached in time";
    case NoResponse::reset:
      return "the connection ended before the complete answer had arrived";
    case NoResponse::too_large:
      return "the answer is larger than allowed";
    case NoResponse::denied:
      return "the request is not allowed";
    default:
      return "the exchange failed";
  }
}

}  // namespace

// One easy handle with everything that belongs to it, used for one exchange after another. It
// remembers the settings that differ between requests.
struct Transport::Transfer {
  enum class State { idle, running, finished };
  enum class Method { none, get, head, body };
  enum class Coding { identity, compressed, unknown };
  enum class Abort { no, body_too_large, headers_too_large, corrupt, coding, memory };

  explicit Transfer(Impl &owner);
  Transfer(const Transfer &) = delete;
  Transfer &operator=(const Transfer &) = delete;
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_url_cleanup(parsed_url);
  }

  void prepare(const HttpRequest &request);
  void set_url(const std::string &wanted);
  void set_headers(const HttpRequest &request);
  void set_method(const HttpRequest &request);
  std::size_t take_header(std::string_view line);
  std::size_t take_body(std::string_view bytes);
  void conclude(CURLcode code);
  HttpFailure failure_of(CURLcode code) const;

  CURL *easy;
  State state = State::idle;
  Exchange *exchange = nullptr;  // null: aborted, no one is waiting
  std::coroutine_handle<> waiter;

  // The response so far.
  std::uint64_t max_body = 0;
  std::uint64_t announced_body = 0;
  std::size_t header_bytes = 0;
  Coding coding = Coding::identity;
  Abort abort = Abort::no;
  bool head_complete = false;
  bool framed = false;  // its end does not depend on the end of the connection
  bool in_body = false;
  std::optional<Inflater> inflater;
  std::array<char, CURL_ERROR_SIZE> error{};

  // The handle's current settings.
  std::string url;
  CURLU *parsed_url;
  Method method = Method::none;
  std::string custom_method;
  std::chrono::milliseconds timeout{-1};
  std::chrono::milliseconds connect_timeout{-1};
  int fresh = -1;
  std::string header_text;  // the lines, each ended by NUL
  std::vector<curl_slist> header_nodes;
};

struct Transport::Impl {
  explicit Impl(TransportOptions given);
  ~Impl();
  Impl(const Impl &) = delete;
  Impl &operator=(const Impl &) = delete;

  Transfer &acquire();
  void recycle(Transfer &transfer) noexcept;
  std::optional<HttpFailure> refuse(const HttpRequest &request) const;
  static std::optional<HttpFailure> refuse(const HttpCredential &credential);
  void gather() const;
  void perform();
  void collect_finished();
  void resume_finished();

  TransportOptions options;
  Slist connect_to;
  CURLM *multi = nullptr;
  CURLSH *share = nullptr;  // TLS sessions, so that a new connection resumes one
  std::vector<std::unique_ptr<Transfer>> transfers;
  std::vector<Transfer *> idle;
  std::vector<Transfer *> finished;
  std::vector<int> sockets;  // open ones
  std::size_t in_flight = 0;
  std::chrono::steady_clock::time_point performed;  // time of the last call of libcurl
};

Transport::Transfer::Transfer(Impl &owner) : easy(curl_easy_init()), parsed_url(curl_url()) {
  if (!easy || !parsed_url) {
    curl_easy_cleanup(easy);
    curl_url_cleanup(parsed_url);
    throw std::bad_alloc();
  }
  const TransportOptions &options = owner.options;
  try {
    set(easy, CURLOPT_PRIVATE, this);
    set(easy, CURLOPT_ERRORBUFFER, error.data());
    set(easy, CURLOPT_SHARE, owner.share);
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_PROTOCOLS_STR, options.http_to_loopback ? "http,https" : "https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(easy, CURLOPT_PATH_AS_IS, 1L);  // the checked path is sent unchanged
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(easy, CURLOPT_PROXY, options.proxy.url.c_str());
    set(easy, CURLOPT_NOPROXY, options.proxy.direct.c_str());
    set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (owner.connect_to) set(easy, CURLOPT_CONNECT_TO, owner.connect_to.get());
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);

    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    // With a CApath, libcurl reads the whole bundle for each connection: 19 ms instead of 0.5.
    set(easy, CURLOPT_CAPATH, static_cast<const char *>(nullptr));
    if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());

    // A request waits until it is known whether a new connection can be shared.
    set(easy, CURLOPT_PIPEWAIT, 1L);
    if (!options.user_agent.empty()) set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());

    using Callback = std::size_t (*)(char *, std::size_t, std::size_t, void *);
    const Callback on_header = [](char *data, std::size_t, std::size_t size, void *self) {
      return static_cast<Transfer *>(self)->take_header({data, size});
    };
    const Callback on_body = [](char *data, std::size_t, std::size_t size, void *self) {
      return static_cast<Transfer *>(self)->take_body({data, size});
    };
    using Opened = int (*)(void *, curl_socket_t, curlsocktype);
    const Opened on_open = [](void *sockets, curl_socket_t opened, curlsocktype) {
      try {
        static_cast<std::vector<int> *>(sockets)->push_back(opened);
      } catch (const std::bad_alloc &) {
        return CURL_SOCKOPT_ERROR;
      }
      return CURL_SOCKOPT_OK;
    };
    using Closed = int (*)(void *, curl_socket_t);
    const Closed on_close = [](void *sockets, curl_socket_t closed) {
      std::erase(*static_cast<std::vector<int> *>(sockets), closed);
      return ::close(closed);
    };
    set(easy, CURLOPT_SOCKOPTFUNCTION, on_open);
    set(easy, CURLOPT_SOCKOPTDATA, &owner.sockets);
    set(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    set(easy, CURLOPT_CLOSESOCKETDATA, &owner.sockets);
    set(easy, CURLOPT_HEADERFUNCTION, on_header);
    set(easy, CURLOPT_HEADERDATA, this);
    set(easy, CURLOPT_WRITEFUNCTION, on_body);
    set(easy, CURLOPT_WRITEDATA, this);
  } catch (...) {
    curl_easy_cleanup(easy);
    curl_url_cleanup(parsed_url);
    throw;
  }
}

void Transport::Transfer::prepare(const HttpRequest &request) {
  max_body = request.max_response_bytes;
  announced_body = 0;
  header_bytes = 0;
  coding = Coding::identity;
  abort = Abort::no;
  head_complete = false;
  in_body = false;
  error.front() = '\0';

  if (request.credential.place == HttpCredential::Place::query) {
    if (const auto whole = with_query_member(request.url, request.credential); url != whole)
      set_url(whole);
  } else if (url != request.url) {
    set_url(request.url);
  }
  set_method(request);
  set_headers(request);
  if (connect_timeout != request.connect_timeout) {
    connect_timeout = request.connect_timeout;
    // 0 would mean libcurl's own, which is five minutes.
    set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::max<long long>(1, connect_timeout.count())));
  }
  if (timeout != request.timeout) {
    timeout = request.timeout;
    // 0 would mean no limit.
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<long long>(1, timeout.count())));
  }
  if (const int wanted = request.repeatable ? 0 : 1; fresh != wanted) {
    fresh = wanted;
    // HTTP/1.1 for the exclusive connection: no other request can use it, and libcurl cannot repeat
    // the request as it would after a refused HTTP/2 stream.
    set(easy, CURLOPT_FRESH_CONNECT, static_cast<long>(wanted));
    set(easy, CURLOPT_FORBID_REUSE, static_cast<long>(wanted));
    set(easy, CURLOPT_HTTP_VERSION,
        static_cast<long>(wanted ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  }
}

// Parsed here instead of by libcurl for each request: most requests have the same URL as the last
// one.
void Transport::Transfer::set_url(const std::string &wanted) {
  url.clear();  // unknown until all of it is set
  set(easy, CURLOPT_URL, wanted.c_str());
  const bool parsed = curl_url_set(parsed_url, CURLUPART_URL, wanted.c_str(),
                                   CURLU_PATH_AS_IS | CURLU_DISALLOW_USER) == CURLUE_OK;
  set(easy, CURLOPT_CURLU,
      parsed ? parsed_url : nullptr);  // without it, libcurl reports the error
  url = wanted;
}

void Transport::Transfer::set_method(const HttpRequest &request) {
  const bool plain_get = request.method == "GET" && request.body.empty();
  const bool bodiless = request.body.empty() && request.method != "POST" &&
                        request.method != "PUT" && request.method != "PATCH";
  const Method wanted = request.method == "HEAD" ? Method::head
                        : bodiless               ? Method::get
                                                 : Method::body;
  if (method != wanted) {
    method = Method::none;
    if (wanted != Method::head) set(easy, CURLOPT_NOBODY, 0L);
    if (wanted == Method::head) set(easy, CURLOPT_NOBODY, 1L);
    if (wanted == Method::get) set(easy, CURLOPT_HTTPGET, 1L);
    if (wanted == Method::body) set(easy, CURLOPT_POST, 1L);
    method = wanted;
  }
  if (wanted == Method::body) {
    set(easy, CURLOPT_POSTFIELDS,
        request.body.empty() ? "" : reinterpret_cast<const char *>(request.body.data()));
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  const std::string_view custom =
      plain_get || wanted == Method::head ? std::string_view() : std::string_view(request.method);
  if (custom_method != custom) {
    custom_method = custom;
    set(easy, CURLOPT_CUSTOMREQUEST, custom_method.empty() ? nullptr : custom_method.c_str());
  }
}

// libcurl only reads the list and its text, so both are in two buffers that live as long as the
// handle: no allocation for a request whose headers fit in them.
void Transport::Transfer::set_headers(const HttpRequest &request) {
  header_text.clear();
  std::size_t count = 0;
  const auto end_line = [&] {
    header_text.push_back('\0');
    ++count;
  };
  // Not CURLOPT_ACCEPT_ENCODING: libcurl writes its own headers character by character, twice.
  // http/inflater.hpp decodes the answer.
  header_text += "Accept-Encoding: gzip, deflate";
  end_line();
  bool content_type = false;
  for (const HttpHeader &header : request.headers) {
    header_text += header.name;
    // "Name;" is libcurl's notation for an empty value.
    header_text += header.value.empty() ? ";" : ": ";
    header_text += header.value;
    end_line();
    content_type =
        content_type || (header.name.size() == 12 && lower_case(header.name) == "content-type");
  }
  if (method == Method::body) {
    if (!content_type) {
      header_text += "Content-Type:";  // or libcurl declares it as a form
      end_line();
    }
    header_text += "Expect:";  // no extra round trip for a large body
    end_line();
  }
  if (request.credential.place == HttpCredential::Place::header) {
    header_text += request.credential.name;
    header_text += ": ";
    header_text += request.credential.value;
    end_line();
  }
  header_nodes.resize(count);
  char *line = header_text.data();
  for (std::size_t i = 0; i < count; ++i) {
    header_nodes[i] = {line, i + 1 < count ? &header_nodes[i + 1] : nullptr};
    line += std::char_traits<char>::length(line) + 1;
  }
  set(easy, CURLOPT_HTTPHEADER, header_nodes.data());
}

std::size_t Transport::Transfer::take_header(std::string_view line) {
  if (!exchange || in_body) return line.size();  // trailers are not used
  std::vector<HttpHeader> &headers = exchange->outcome_.response.headers;
  header_bytes += line.size();
  if (header_bytes > max_header_bytes || headers.size() >= max_header_count) {
    abort = Abort::headers_too_large;
    return 0;
  }
  try {
    if (line.starts_with("HTTP/")) {  // the first line, or the one after an interim response
      headers.clear();
      head_complete = false;
      framed = !line.starts_with("HTTP/1");
      coding = Coding::identity;
      announced_body = 0;
      return line.size();
    }
    if (line == "\r\n" || line == "\n") head_complete = true;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return line.size();
    if (headers.capacity() == 0) headers.reserve(12);
    HttpHeader &header = headers.emplace_back(
        HttpHeader{lower_case(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
    if (header.name == "content-length") {
      const char *text = header.value.data();
      framed = true;
      (void)std::from_chars(text, text + header.value.size(), announced_body);
    } else if (header.name == "transfer-encoding") {
      framed = true;
    } else if (header.name == "content-encoding") {
      const std::string value = lower_case(header.value);
      if (value == "gzip" || value == "x-gzip" || value == "deflate")
        coding = coding == Coding::identity ? Coding::compressed : Coding::unknown;
      else if (value != "identity" && !value.empty())
        coding = Coding::unknown;
    }
  } catch (const std::bad_alloc &) {
    abort = Abort::memory;
    return 0;
  }
  return line.size();
}

std::size_t Transport::Transfer::take_body(std::string_view bytes) {
  if (!exchange) return bytes.size();
  std::string &body = exchange->outcome_.response.body;
  try {
    if (!in_body) {
      in_body = true;
      if (coding == Coding::unknown) {
        abort = Abort::coding;
        return 0;
      }
      if (coding == Coding::identity) {
        if (announced_body > max_body) {
          abort = Abort::body_too_large;
          return 0;
        }
        body.reserve(std::min(announced_body, max_body_guess));
      } else {
        if (!inflater) inflater.emplace();
        inflater->begin();
      }
    }
    if (coding == Coding::identity) {
      if (bytes.size() > max_body - body.size()) {
        abort = Abort::body_too_large;
        return 0;
      }
      body.append(bytes);
      return bytes.size();
    }
    const std::span input(reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size());
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): there since the first bytes
    switch (inflater->feed(input, body, max_body)) {
      case Inflater::Result::ok:
        return bytes.size();
      case Inflater::Result::too_large:
        abort = Abort::body_too_large;
        return 0;
      case Inflater::Result::corrupt:
        abort = Abort::corrupt;
        return 0;
    }
  } catch (const std::bad_alloc &) {
    abort = Abort::memory;
  }
  return 0;
}

HttpFailure Transport::Transfer::failure_of(CURLcode code) const {
  HttpFailure failure;
  // Each reliably means that no byte was sent; neither alone covers every protocol and state.
  long request_bytes = 0;
  curl_off_t ready_after_us = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_after_us);
  failure.maybe_sent = request_bytes > 0 || ready_after_us > 0;

  switch (abort) {
    case Abort::no:
      failure.kind = kind_of(code);
      // The answer's protocol was refused after sending, such as HTTP/0.9.
      if (failure.kind == NoResponse::denied && failure.maybe_sent)
        failure.kind = NoResponse::other;
      failure.detail = sentence_for(failure.kind, failure.maybe_sent);
      failure.detail += " (";
      failure.detail += error.front() ? error.data() : curl_easy_strerror(code);
      failure.detail += ')';
      break;
    case Abort::body_too_large:
      failure.kind = NoResponse::too_large;
      failure.detail =
          "the answer is larger than the " + std::to_string(max_body) + " bytes that are allowed";
      break;
    case Abort::headers_too_large:
      failure.kind = NoResponse::too_large;
      failure.detail = "the answer's headers are larger than allowed";
      break;
    case Abort::corrupt:
      failure.kind = NoResponse::other;
      failure.detail = "the answer's compressed body is broken";
      break;
    case Abort::coding:
      failure.kind = NoResponse::other;
      failure.detail = "the answer has a content encoding that was not requested";
      break;
    case Abort::memory:
      failure.kind = NoResponse::other;
      failure.detail = "there is not enough memory for the answer";
      break;
  }
  return failure;
}

void Transport::Transfer::conclude(CURLcode code) {
  HttpOutcome &outcome = exchange->outcome_;
  const auto cut_short = [&](const char *sentence) {
    outcome.response = {};
    outcome.failure = {NoResponse::reset, true, sentence, {}};
  };
  if (code != CURLE_OK) {
    outcome.response = {};
    outcome.failure = failure_of(code);
    return;
  }
  // libcurl accepts less.
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (!head_complete || status < 200)
    return cut_short("the connection ended before the answer's headers had arrived");
  if (in_body && coding == Coding::compressed) {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): there since the first bytes
    if (!inflater->complete()) return cut_short("the answer's compressed body ends too early");
  } else if (in_body && !framed && !exchange->request_.accept_unframed_answer) {
    return cut_short("the answer has no length, so it may be incomplete");
  }
  outcome.response.status = static_cast<int>(status);
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  outcome.response.http_version = version == CURL_HTTP_VERSION_1_0   ? 10
                                  : version == CURL_HTTP_VERSION_1_1 ? 11
                                  : version == CURL_HTTP_VERSION_2_0 ? 20
                                  : version == CURL_HTTP_VERSION_3   ? 30
                                                                     : 0;
  outcome.responded = true;
}

Transport::Impl::Impl(TransportOptions given)
    : options(std::move(given)), connect_to(make_slist(options.connect_to)) {
  multi = curl_multi_init();
  share = curl_share_init();
  if (!multi || !share) {
    curl_multi_cleanup(multi);
    curl_share_cleanup(share);
    throw std::bad_alloc();
  }
  curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  const auto connections = static_cast<long>(options.max_connections);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
}

Transport::Impl::~Impl() {
  for (const auto &transfer : transfers) {
    if (transfer->state == Transfer::State::running)
      curl_multi_remove_handle(multi, transfer->easy);
    if (transfer->exchange) transfer->exchange->transfer_ = nullptr;
  }
  transfers.clear();
  curl_multi_cleanup(multi);
  curl_share_cleanup(share);
}

Transport::Transfer &Transport::Impl::acquire() {
  if (idle.empty()) {
    // Capacity for all of them, so that the end of a transfer needs no memory.
    transfers.push_back(std::make_unique<Transfer>(*this));
    idle.reserve(transfers.capacity());
    finished.reserve(transfers.capacity());
    idle.push_back(transfers.back().get());
  }
  Transfer &transfer = *idle.back();
  idle.pop_back();
  return transfer;
}

void Transport::Impl::recycle(Transfer &transfer) noexcept {
  transfer.state = Transfer::State::idle;
  transfer.exchange = nullptr;
  transfer.waiter = nullptr;
  idle.push_back(&transfer);
}

std::optional<HttpFailure> Transport::Impl::refuse(const HttpRequest &request) const {
  const auto denied = [](std::string why) {
    return HttpFailure{NoResponse::denied, false, std::move(why), {}};
  };
  if (!is_token(request.method)) return denied("the request's method is not an HTTP method");
  if (!is_url_text(request.url))
    return denied("the request's URL is empty or has a space, a backslash or a control character");
  if (request.url.starts_with("http://")) {
    if (!options.http_to_loopback || !is_loopback(request.url))
      return denied("the request is not https");
  } else if (!request.url.starts_with("https://")) {
    return denied("the request is not https");
  }
  for (const HttpHeader &header : request.headers) {
    if (!is_token(header.name)) return denied("a header of the request has no valid name");
    if (!is_field_value(header.value))
      return denied("the header " + header.name + " has a line end or a NUL");
  }
  return refuse(request.credential);
}

std::optional<HttpFailure> Transport::Impl::refuse(const HttpCredential &credential) {
  using Place = HttpCredential::Place;
  const auto denied = [](const char *why) {
    return HttpFailure{NoResponse::denied, false, why, {}};
  };
  if (credential.place == Place::header) {
    if (!is_token(credential.name))
      return denied("the header of the credentials has no valid name");
    if (credential.value.empty()) return denied("the credentials are empty");
    if (!is_field_value(credential.value))
      return denied("the credentials have a line end or a NUL");
  }
  if (credential.place == Place::query &&
      (!is_query_text(credential.name) || !is_query_text(credential.value)))
    return denied("the credentials cannot stand in a URL as they are");
  return std::nullopt;
}

void Transport::Impl::gather() const {
  if (in_flight < many_transfers) return;
  const auto span = gathering_for_each * static_cast<std::int64_t>(in_flight);
  std::this_thread::sleep_until(performed +
                                std::min<std::chrono::microseconds>(span, longest_gathering));
}

void Transport::Impl::perform() {
  performed = std::chrono::steady_clock::now();
  // A copy, since libcurl may open and close sockets meanwhile.
  const std::vector<int> corked_sockets =
      in_flight >= many_transfers ? sockets : std::vector<int>();
  const Corked corked(corked_sockets);
  int running = 0;
  if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK)
    throw std::runtime_error(std::string("libcurl failed: ") + curl_multi_strerror(code));
}

void Transport::Impl::collect_finished() {
  int queued = 0;
  while (CURLMsg *message = curl_multi_info_read(multi, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message is invalid after the next call
    CURL *easy = message->easy_handle;
    Transfer *transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    transfer->conclude(code);
    curl_multi_remove_handle(multi, easy);
    --in_flight;
    transfer->state = Transfer::State::finished;
    finished.push_back(transfer);
  }
}

void Transport::Impl::resume_finished() {
  // By index: a resumed coroutine may begin requests, which can move the vector, and may destroy
  // the coroutine of a transfer further down, which then has no exchange any more.
  for (std::size_t i = 0; i < finished.size(); ++i) {  // NOLINT(modernize-loop-convert)
    Transfer &transfer = *finished[i];
    const std::coroutine_handle<> waiter = transfer.waiter;
    Exchange *exchange = transfer.exchange;
    if (exchange) exchange->transfer_ = nullptr;
    recycle(transfer);
    if (exchange) waiter.resume();
  }
  finished.clear();
  while (idle.size() > max_idle_transfers && idle.size() == transfers.size()) {
    idle.clear();
    transfers.resize(max_idle_transfers);
    for (const auto &transfer : transfers) idle.push_back(transfer.get());
  }
}

Transport::Transport(TransportOptions options) {
  ensure_curl_is_initialised();
  impl_ = std::make_unique<Impl>(std::move(options));
}

Transport::~Transport() = default;

Transport::Exchange Transport::perform(const HttpRequest &request) {
  return {*impl_, request};
}

void Transport::poll(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  if (timeout.count() > 0) {
    curl_multi_poll(impl_->multi, nullptr, 0, static_cast<int>(std::min(timeout, longest).count()),
                    nullptr);
    impl_->gather();
  }
  if (impl_->in_flight == 0) return;
  impl_->perform();
  impl_->collect_finished();
  impl_->resume_finished();
}

void Transport::wake() {
  curl_multi_wakeup(impl_->multi);
}

std::size_t Transport::in_flight() const noexcept {
  return impl_->in_flight;
}

bool Transport::Exchange::await_suspend(std::coroutine_handle<> handle) {
  if (auto failure = impl_.refuse(request_)) {
    outcome_.failure = std::move(*failure);
    return false;
  }
  Transfer &transfer = impl_.acquire();
  try {
    transfer.prepare(request_);
    if (curl_multi_add_handle(impl_.multi, transfer.easy) != CURLM_OK) throw std::bad_alloc();
  } catch (...) {
    impl_.recycle(transfer);
    throw;
  }
  transfer.state = Transfer::State::running;
  transfer.exchange = this;
  transfer.waiter = handle;
  transfer_ = &transfer;
  ++impl_.in_flight;
  return true;
}

HttpOutcome Transport::Exchange::await_resume() noexcept {
  return std::move(outcome_);
}

Transport::Exchange::~Exchange() {
  if (!transfer_) return;
  if (transfer_->state == Transfer::State::running) {
    curl_multi_remove_handle(impl_.multi, transfer_->easy);
    --impl_.in_flight;
    impl_.recycle(*transfer_);
  } else {
    transfer_->exchange = nullptr;  // in `finished`, and recycled from there
  }
}

}  // namespace host
