// A text that is wiped from memory when it is destroyed: tokens, client secrets, API keys. It has
// no stream operator and no conversion, so it cannot reach a log by accident.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace host {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  static Secret take(std::string &&text) noexcept;  // moves without copying and wipes the source
  Secret(const Secret &other) = default;
  Secret(Secret &&other) noexcept;
  Secret &operator=(const Secret &other);
  Secret &operator=(Secret &&other) noexcept;
  ~Secret();

  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  bool operator==(const Secret &other) const noexcept;  // in constant time for equal sizes

 private:
  std::string text_;
};

// Wipes a value that held a secret: a text including its capacity, or every text of a JSON value
// (not its keys). The text is empty afterwards.
void wipe(std::string &text) noexcept;
void wipe(boost::json::value &value) noexcept;

}  // namespace host
