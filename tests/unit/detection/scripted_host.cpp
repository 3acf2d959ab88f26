#include "scripted_host.hpp"

#include <variant>

namespace cpi {

ScriptedHost::Outcome ScriptedHost::run(const std::function<Task<Result>(Channel &)> &operation,
                                        std::int64_t now_unix_ms, const Serve &serve,
                                        const Store &store) {
  Outcome outcome;
  Channel channel;
  cpi_answer answer{};
  answer.struct_size = sizeof answer;
  answer.kind = CPI_ANSWER_START;
  answer.now_unix_ms = now_unix_ms;
  channel.answer_ = &answer;
  Task<Result> task = operation(channel);
  std::coroutine_handle<> next = task.handle();
  std::string body;
  for (;;) {
    channel.asked_ = std::monostate{};
    next.resume();
    if (task.done()) break;
    next = channel.waiting_;
    if (auto *request = std::get_if<Request>(&channel.asked_)) {
      outcome.requests.push_back(*request);
      const Answer served = serve(*request);
      // A fresh buffer each time: a view kept too long is then found by the address sanitizer.
      body = std::string(served.body.data(), served.body.size());
      body.shrink_to_fit();
      answer.kind = served.status == 0 ? CPI_ANSWER_NO_RESPONSE : CPI_ANSWER_RESPONSE;
      answer.transport = served.status == 0 ? CPI_TRANSPORT_RESET : 0;
      answer.http_status = served.status;
      answer.body = borrow_bytes(body);
    } else if (auto *batch = std::get_if<Batch>(&channel.asked_)) {
      if (!store(*batch)) {
        outcome.died = true;
        return outcome;
      }
      answer.kind = CPI_ANSWER_STORED;
      answer.body = {};
    } else {
      answer.kind = CPI_ANSWER_TIMER;
    }
  }
  try {
    outcome.result = task.take();
  } catch (const Failure &failure) {
    outcome.failure = failure;
  }
  return outcome;
}

}  // namespace cpi
