// The policy, from top to bottom: check the host -> add credentials and handle their refusal ->
// share answers -> wait for budget -> send -> decide by the status. The plugin interprets the body.
#include "exchange/exchange.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/clock.hpp"

namespace host {

namespace {

using std::chrono::milliseconds;

// Headers of the host or of the connection, in lower case. A plugin that sets one of them could
// impersonate another account, address another host, or split a message in two.
constexpr std::array<std::string_view, 14> host_headers{"accept-encoding",
                                                        "authorization",
                                                        "connection",
                                                        "content-length",
                                                        "cookie",
                                                        "expect",
                                                        "host",
                                                        "keep-alive",
                                                        "proxy-authorization",
                                                        "proxy-connection",
                                                        "te",
                                                        "trailer",
                                                        "transfer-encoding",
                                                        "upgrade"};

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(x) == lower(y);
  });
}

bool is_host_header(std::string_view name) {
  return std::ranges::any_of(host_headers,
                             [&](std::string_view each) { return same_letters(each, name); });
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const char *const digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool has_query_member(std::string_view url, std::string_view name) {
  std::size_t at = url.find('?');
  while (at < url.size()) {
    const std::size_t end = std::min(url.find('&', at + 1), url.size());
    const std::string_view member = url.substr(at + 1, end - at - 1);
    if (percent_decoded(member.substr(0, member.find('='))) == name) return true;
    at = end;
  }
  return false;
}

// A plugin that sets the credential's header or parameter itself could impersonate another account:
// of two values the service may use either. Returns why such a request is refused; empty if it is
// allowed.
std::string set_twice(const HttpRequest &http) {
  const HttpCredential &credential = http.credential;
  if (credential.place == HttpCredential::Place::query &&
      has_query_member(http.url, credential.name))
    return "only the host may set the query parameter " + credential.name;
  if (credential.place == HttpCredential::Place::header &&
      std::ranges::any_of(http.headers, [&](const HttpHeader &header) {
        return same_letters(header.name, credential.name);
      }))
    return "only the host may set the header " + credential.name;
  return {};
}

void redact(std::string &text, std::string_view secret) {
  constexpr std::string_view mask = "***";
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + mask.size()))
    text.replace(at, secret.size(), mask);
}

// Services repeat the requested address in links to further pages, redirects and error messages, so
// a key in the query would reach the plugin. They repeat a header only in error messages. A text
// shorter than any key is not redacted: it would redact half of the answer.
void redact_credential(HttpOutcome &outcome, const HttpCredential &credential) {
  using Place = HttpCredential::Place;
  if (!outcome.responded || credential.place == Place::none) return;
  if (credential.place == Place::header && outcome.response.status < 400) return;
  constexpr std::size_t shortest_key = 6;
  const std::string_view value = credential.value;
  const std::string_view key = value.substr(value.rfind(' ') + 1);  // without a scheme
  for (const std::string &form : {std::string(key), percent_decoded(key)}) {
    if (form.size() < shortest_key) continue;
    redact(outcome.response.body, form);
    for (HttpHeader &header : outcome.response.headers) redact(header.value, form);
  }
}

HttpOutcome not_sent(NoResponse kind, std::string detail, milliseconds retry_after = {}) {
  HttpOutcome outcome;
  outcome.failure = {kind, false, std::move(detail), retry_after};
  return outcome;
}

HttpOutcome without_credentials(CredentialResult &&result) {
  if (result.status == CredentialResult::Status::needs_sign_in)
    return not_sent(NoResponse::no_credentials, std::move(result.detail));
  return not_sent(NoResponse::other, std::move(result.detail), result.retry_after);
}

std::string share_key(const HttpRequest &http) {
  std::string key = http.url;
  key += '\n';
  key += std::to_string(http.max_response_bytes);
  for (const HttpHeader &header : http.headers) {
    key += '\n';
    key += header.name;
    key += ':';
    key += header.value;
  }
  return key;
}

// Whole milliseconds, rounded up so that a retry is not too early.
milliseconds rounded(Clock::duration span) {
  return std::chrono::ceil<milliseconds>(span);
}

// Rules that the rate store keeps are removed from the options, so that they are not counted twice.
std::vector<RateRule> take_stored_rules(ExchangeOptions &options) {
  std::vector<RateRule> stored;
  if (options.rate_store == nullptr) return stored;
  const auto part = std::ranges::stable_partition(
      options.rate_rules, [](const RateRule &rule) { return rule.applies_to.empty(); });
  stored.assign(part.begin(), part.end());
  options.rate_rules.erase(part.begin(), part.end());
  return stored;
}

bool is_read(const ExchangeRequest &request) {
  return request.http.method == "GET" && request.http.body.empty() && request.http.repeatable;
}

bool counts(const RateRule &rule, const ExchangeRequest &request) {
  return rule.counts(request.operation, is_read(request));
}

bool had_no_effect(const HttpOutcome &outcome) {
  if (!outcome.responded) return !outcome.failure.maybe_sent;
  return outcome.response.status >= 400 && outcome.response.status < 500;
}

std::string minutes_text(milliseconds span) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(span).count();
  return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

std::string used_up(const RateRule &rule, milliseconds wait) {
  std::string whose;
  if (!rule.per.empty()) whose = " for one " + rule.per.substr(rule.per.rfind('/') + 1);
  return "the service allows " + std::to_string(rule.limit) + " of these requests" + whose +
         " in " + minutes_text(rule.window) + "; the next one is possible in " + minutes_text(wait);
}

std::string_view header_value(const HttpResponse &response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const HttpHeader &header) { return header.name == name; });
  return found == response.headers.end() ? std::string_view() : found->value;
}

}  // namespace

// Whether the request is sent again after `wait`, or fails.
struct Exchange::AfterRefusal {
  std::optional<HttpOutcome> given_up;
  milliseconds wait{0};
};

Exchange::Exchange(Loop &loop, Credentials &credentials, ExchangeOptions options,
                   ExchangeObserver *observer)
    : loop_(loop),
      credentials_(credentials),
      options_(std::move(options)),
      observer_(observer),
      allowed_hosts_(options_.allowed_hosts, options_.http_to_loopback),
      stored_rules_(take_stored_rules(options_)),
      limiter_(options_.rate_rules),
      cache_(loop, options_.answer_cache),
      random_(options_.seed != 0 ? options_.seed : std::random_device()()) {}

Task<HttpOutcome> Exchange::perform(ExchangeRequest request) {
  if (auto refusal = refuse(request)) co_return std::move(*refusal);

  HttpRequest &http = request.http;
  if (http.timeout.count() <= 0 || http.timeout > options_.timeout) http.timeout = options_.timeout;
  http.connect_timeout = options_.connect_timeout;
  if (http.max_response_bytes == 0 || http.max_response_bytes > options_.max_response_bytes)
    http.max_response_bytes = options_.max_response_bytes;

  const bool has_stored = has_stored_rate(request);
  const bool counted =
      request.refusals != nullptr && std::exchange(request.refusals->counted, false);
  if (request.refused_version != 0 && request.credentials && request.refusals != nullptr) {
    cache_.forget(request.connection);  // the refusal itself may be cached
    if (has_stored && counted) give_back(request, stored_rules_);
    const AfterRefusal after =
        co_await after_refusal(request, request.refused_version, *request.refusals);
    if (after.given_up) co_return *after.given_up;
    if (after.wait.count() > 0) co_await loop_.sleep_for(after.wait);
  }

  const bool reads = http.method == "GET" && http.body.empty();
  if (request.shareable && reads && !has_stored) co_return co_await share(request);

  // Cached answers are out of date, both before and after the change.
  const bool changes = http.method != "GET" && http.method != "HEAD" && !http.repeatable;
  if (changes) cache_.forget(request.connection);
  // Not `co_await (a ? b : c)`: GCC 12 miscompiles it.
  HttpOutcome outcome;
  if (has_stored) {
    outcome = co_await carry_out_with_stored_rates(request);
  } else {
    outcome = co_await carry_out(request);
  }
  if (changes) cache_.forget(request.connection);
  co_return outcome;
}

std::optional<HttpOutcome> Exchange::refuse(const ExchangeRequest &request) const {
  if (auto why = allowed_hosts_.refuse(request.http.url))
    return not_sent(NoResponse::denied, std::move(*why));
  if (request.http.credential.place != HttpCredential::Place::none)
    return not_sent(NoResponse::denied, "only the host may set credentials");
  for (const HttpHeader &header : request.http.headers)
    if (is_host_header(header.name))
      return not_sent(NoResponse::denied, "only the host may set the header " + header.name);
  return std::nullopt;
}

Task<HttpOutcome> Exchange::share(ExchangeRequest &request) {
  const std::string key = share_key(request.http);
  for (;;) {
    AnswerCache::Entrance entrance =
        cache_.enter(request.connection, key, request.kind, loop_.turn_time());
    if (entrance.flight) {
      co_await entrance.flight->landed.wait();
      entrance.answer = entrance.flight->answer;
      if (!entrance.answer) continue;  // the request was cancelled
    }
    if (entrance.answer) {
      if (observer_) observer_->shared(request.connection);
      co_return *entrance.answer;
    }
    HttpOutcome outcome = co_await carry_out(request);
    // A request that exceeded its own deadline says nothing about the deadlines of others.
    const bool only_mine = !outcome.responded && outcome.failure.kind == NoResponse::rate_limited;
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): one of the three is set
    if (!only_mine) entrance.lead->publish(outcome, loop_.turn_time());
    co_return outcome;
  }
}

Task<Exchange::AfterRefusal> Exchange::after_refusal(const ExchangeRequest &request,
                                                     std::uint64_t refused_version,
                                                     CredentialRefusals &refusals) {
  // A new token that is not accepted at once may be accepted some seconds later.
  constexpr int most_pauses = 4;
  constexpr milliseconds first_pause{500};
  constexpr int most_renewals = 2;  // the second only if someone else has stored a token
  CredentialResult result;
  if (refusals.renewals > 0) {
    result = co_await credentials_.refused_again(request.connection, refused_version);
  } else {
    result = co_await credentials_.renewed(request.connection, refused_version);
  }
  AfterRefusal after;
  const milliseconds pause = first_pause * (1 << refusals.waited);
  // A poll does not wait here: its schedule does.
  if (result.may_take_effect && refusals.waited < most_pauses &&
      request.kind == RequestKind::action && pause < request.deadline - Clock::now()) {
    ++refusals.waited;
    after.wait = pause;
    co_return after;
  }
  if (result.status == CredentialResult::Status::ok) {
    if (result.version != refused_version && ++refusals.renewals <= most_renewals) co_return after;
    result.status = CredentialResult::Status::unavailable;
    result.detail = "the service refuses every new token";
  }
  after.given_up = without_credentials(std::move(result));
  co_return after;
}

Task<CredentialResult> Exchange::renew(std::string connection, std::uint64_t refused_version,
                                       CredentialRefusals &refusals) {
  // Not `co_await (a ? b : c)`: GCC 12 miscompiles it.
  if (refusals.renewals > 0)
    co_return co_await credentials_.refused_again(connection, refused_version);
  ++refusals.renewals;
  co_return co_await credentials_.renewed(connection, refused_version);
}

Task<HttpOutcome> Exchange::carry_out(ExchangeRequest &request) {
  CredentialRefusals refusals;
  bool maybe_sent = false;  // by any attempt so far
  int retries_done = 0;
  for (int number = 1;; ++number) {
    if (!has_room_now(request))
      if (auto no_room = co_await wait_for_room(request)) co_return std::move(*no_room);

    std::uint64_t token_version = 0;
    if (request.credentials) {
      CredentialResult result = co_await credentials_.credential(request.connection);
      if (result.status != CredentialResult::Status::ok)
        co_return without_credentials(std::move(result));
      request.http.credential = std::move(result.credential);
      token_version = result.version;
      if (std::string why = set_twice(request.http); !why.empty())
        co_return not_sent(NoResponse::denied, std::move(why));
    }

    const Clock::time_point started = Clock::now();
    if (started >= request.deadline)
      co_return not_sent(NoResponse::timeout, "there was no time left to send the request");
    request.http.timeout = std::min(request.http.timeout, rounded(request.deadline - started));
    HttpOutcome outcome = co_await loop_.transport().perform(request.http);
    outcome.failure.maybe_sent = maybe_sent = maybe_sent || outcome.failure.maybe_sent;

    outcome.token_version = token_version;
    redact_credential(outcome, request.http.credential);

    if (outcome.responded && options_.watch) options_.watch(outcome.response);

    if (outcome.responded && outcome.response.status == 401 && request.credentials) {
      AfterRefusal after = co_await after_refusal(request, token_version, refusals);
      report(request, outcome, number, started, after.given_up ? Verdict::deliver : Verdict::retry);
      if (after.given_up) co_return std::move(*after.given_up);
      if (after.wait.count() > 0) co_await loop_.sleep_for(after.wait);
      continue;
    }

    Decision decision = decide_about(request, outcome, retries_done);
    const bool in_time = decision.wait < request.deadline - Clock::now();
    if (decision.verdict == Verdict::retry && !in_time) decision.verdict = Verdict::deliver;
    report(request, outcome, number, started, decision.verdict);
    if (decision.verdict != Verdict::retry) co_return outcome;
    // A server error may have occurred after the effect, which the repetition then finds.
    maybe_sent = maybe_sent ||
                 (request.http.repeatable && outcome.responded && outcome.response.status >= 500);
    ++retries_done;
    co_await loop_.sleep_for(decision.wait);
  }
}

bool Exchange::has_room_now(const ExchangeRequest &request) {
  const Clock::time_point now = Clock::now();
  return limiter_.reserve(request.connection, request.kind, request.operation, now,
                          is_read(request)) <= now;
}

// Empty if the request may be sent now.
Task<std::optional<HttpOutcome>> Exchange::wait_for_room(const ExchangeRequest &request) {
  for (;;) {
    const Clock::time_point now = Clock::now();
    const Clock::time_point due = limiter_.reserve(request.connection, request.kind,
                                                   request.operation, now, is_read(request));
    if (due <= now) co_return std::nullopt;
    const milliseconds wait = rounded(due - now);
    if (observer_) observer_->held_back(request.connection, request.kind, wait);
    if (due >= request.deadline)
      co_return not_sent(NoResponse::rate_limited,
                         "the account's request budget is used up for the next " +
                             std::to_string(wait.count()) + " ms",
                         wait);
    co_await loop_.sleep_until(due);
  }
}

bool Exchange::has_stored_rate(const ExchangeRequest &request) const {
  return std::ranges::any_of(stored_rules_,
                             [&](const RateRule &rule) { return counts(rule, request); });
}

// Counted once for all tries; not counted if the service refused it.
Task<HttpOutcome> Exchange::carry_out_with_stored_rates(ExchangeRequest &request) {
  if (auto no_room = co_await wait_for_stored_rates(request)) co_return std::move(*no_room);
  HttpOutcome outcome = co_await carry_out(request);
  const bool counts = !had_no_effect(outcome);
  if (!counts) give_back(request, stored_rules_);
  if (request.refusals != nullptr) request.refusals->counted = counts;
  co_return outcome;
}

void Exchange::give_back(const ExchangeRequest &request, std::span<const RateRule> counted) const {
  for (const RateRule &rule : counted) {
    if (counts(rule, request))
      options_.rate_store->give_back(request.connection, rule, request.input);
  }
}

// Empty if the rate store allows the request.
Task<std::optional<HttpOutcome>> Exchange::wait_for_stored_rates(const ExchangeRequest &request) {
  for (std::size_t i = 0; i < stored_rules_.size(); ++i) {
    const RateRule &rule = stored_rules_[i];
    if (!counts(rule, request)) continue;
    for (;;) {
      const milliseconds wait =
          options_.rate_store->reserve(request.connection, rule, request.input);
      if (wait.count() <= 0) break;
      if (observer_) observer_->held_back(request.connection, request.kind, wait);
      if (wait >= request.deadline - Clock::now()) {
        give_back(request, std::span(stored_rules_).first(i));
        co_return not_sent(NoResponse::rate_limited, used_up(rule, wait), wait);
      }
      co_await loop_.sleep_for(wait);
    }
  }
  co_return std::nullopt;
}

Decision Exchange::decide_about(const ExchangeRequest &request, const HttpOutcome &outcome,
                                int retries_done) {
  Attempted attempted{attempt_result(outcome), request.http.repeatable, request.kind, retries_done,
                      std::nullopt};
  if (attempted.result == AttemptResult::answered) return {};  // the usual case
  if (outcome.responded)
    attempted.retry_after =
        parse_retry_after(header_value(outcome.response, "retry-after"), unix_ms_now());
  const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  const Decision decision = decide(options_.retry, attempted, chance);
  if (attempted.result == AttemptResult::rate_limited) {
    // The vendor's limit is for the account, not only for this request.
    const milliseconds asked =
        attempted.retry_after.value_or(std::max(decision.wait, options_.retry.first_backoff));
    limiter_.cool_down(request.connection,
                       Clock::now() + std::min(asked, options_.retry.longest_wait));
  }
  return decision;
}

void Exchange::report(const ExchangeRequest &request, const HttpOutcome &outcome, int number,
                      Clock::time_point started, Verdict verdict) const {
  if (!observer_) return;
  observer_->attempted(
      {request.connection, request.operation, request.kind, request.http.method,
       request.secret ? url_host(request.http.url) : url_host_and_path(request.http.url), number,
       outcome.responded ? outcome.response.status : 0, outcome.failure.kind,
       std::chrono::duration_cast<milliseconds>(Clock::now() - started), verdict});
}

}  // namespace host
