// The connection between an operation and its host: each `co_await` here becomes one step and
// returns the host's answer. An operation has no other access to the outside.
#pragma once

#include <coroutine>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cpi/language/request.hpp"
#include "cpi/plugin.h"

namespace cpi {

inline std::string_view view(cpi_str text) noexcept {
  return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}
inline std::string_view view(cpi_bytes bytes) noexcept {
  return bytes.size == 0 ? std::string_view{}
                         : std::string_view{reinterpret_cast<const char *>(bytes.data), bytes.size};
}
inline cpi_str borrow(std::string_view text) noexcept {
  return {text.data(), text.size()};
}
inline cpi_bytes borrow_bytes(std::string_view bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()};
}

// The host's answer to a request. Its views are invalid after the next `co_await`: copy what is
// needed.
class Response {
 public:
  explicit Response(const cpi_answer &answer) noexcept : answer_(&answer) {}

  bool arrived() const noexcept { return answer_->kind == CPI_ANSWER_RESPONSE; }
  int status() const noexcept { return answer_->http_status; }
  std::string_view body() const noexcept { return view(answer_->body); }
  std::span<const cpi_header> headers() const noexcept {
    return {answer_->headers, answer_->header_count};
  }
  std::string_view header(std::string_view lower_case_name) const noexcept;  // empty when absent

  // Without a response: the service may have received the request. With a response: the host
  // repeated the request, and the service may have received it before.
  bool maybe_sent() const noexcept { return (answer_->flags & CPI_ANSWER_MAYBE_SENT) != 0; }

  // Only without a response:
  cpi_transport transport() const noexcept { return answer_->transport; }
  std::string_view detail() const noexcept { return view(answer_->detail); }

 private:
  const cpi_answer *answer_;
};

struct Event {
  std::string key;
  std::string subject;
  std::string data;  // a JSON object
};

struct Batch {
  std::vector<Event> events;
  std::string cursor;
};

class Channel {
 public:
  struct Wait {
    std::uint64_t ms;
  };
  using Asked = std::variant<std::monostate, Request, Wait, Batch>;

  template <typename Result>
  class Await {
   public:
    Await(Channel &channel, Asked asked) : channel_(channel), asked_(std::move(asked)) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      channel_.asked_ = std::move(asked_);
      channel_.waiting_ = handle;
    }
    Result await_resume() noexcept {
      if constexpr (!std::is_void_v<Result>) return Result(*channel_.answer_);
    }

   private:
    Channel &channel_;
    Asked asked_;
  };

  // Performs a request. Never throws for errors of the service or the network. If the manifest's
  // `errors` classify an answer as refused credentials or as too many requests, the request is sent
  // again before an answer is returned (repetition.hpp).
  Await<Response> send(Request request) { return {*this, std::move(request)}; }
  Await<void> wait_ms(std::uint64_t ms) { return {*this, Wait{ms}}; }
  // Polls only. Returns once events and cursor are stored.
  Await<void> store(Batch batch) { return {*this, std::move(batch)}; }

  // Unix milliseconds, from the last answer.
  std::int64_t now() const noexcept { return answer_ ? answer_->now_unix_ms : last_now_; }
  std::uint32_t requests() const noexcept { return requests_; }

 private:
  friend class OperationBoundary;
  friend class ScriptedHost;  // tests drive a coroutine without a boundary
  template <typename>
  friend class Await;
  Asked asked_;
  std::coroutine_handle<> waiting_;
  const cpi_answer *answer_ = nullptr;  // of the running `next`
  std::int64_t last_now_ = 0;
  std::uint32_t requests_ = 0;
};

// The result of a finished operation.
struct Result {
  std::string output;  // JSON; of a poll: may be empty
  // Test, action: sentences for the user about the output. Other kinds have them in the output.
  std::vector<std::string> notes;
  std::string cursor;
  bool has_cursor = false;
  bool more = false;
};

// The arguments of an operation: the plugin's own copy.
struct Begin {
  cpi_operation_kind kind = CPI_KIND_ACTION;
  std::string id;
  std::string input;
  cpi_poll_mode mode = CPI_POLL_NORMAL;
  std::uint32_t max_requests = 0;
  std::uint32_t max_events = 0;
  std::uint64_t backfill_count = 0;
  std::string cursor;
  std::string entropy;
};

}  // namespace cpi
