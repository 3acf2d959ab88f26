// Answers of token endpoints: any answer is a token set or a refusal, and a token set that was
// stored is the same. The input is the status as two bytes, the header Retry-After up to a line
// break, and the body.
#include <algorithm>
#include <string>
#include <variant>

#include "auth/token_set.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string_view input = fuzz::text_of(data, size);
  int status = fuzz::take_byte(input);
  status += 256 * fuzz::take_byte(input);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view retry_after = input.substr(0, end);
  const std::string_view body = input.substr(std::min(end + 1, input.size()));
  constexpr std::int64_t now = 1'800'000'000'000;

  const auto read = host::parse_token_answer(status, body, retry_after, now);
  if (const auto *refusal = std::get_if<host::TokenRefusal>(&read)) {
    fuzz::promise(!refusal->message.empty(), "a refusal has a sentence");
    fuzz::promise(refusal->retry_after.count() >= 0, "nobody waits backwards");
    return 0;
  }
  const auto &tokens = std::get<host::TokenSet>(read);
  fuzz::promise(!tokens.access_token.empty(), "a token set has a token");
  fuzz::promise(tokens.lifetime.count() >= 0, "no token ended before it began");
  fuzz::promise(tokens.expires_at_unix_ms == 0 || tokens.expires_at_unix_ms > now,
                "a new token has not ended");
  const auto stored = host::TokenSet::from_json(tokens.to_json().reveal());
  fuzz::promise(stored.has_value(), "what was stored can be read");
  fuzz::promise(stored->access_token == tokens.access_token &&
                    stored->refresh_token == tokens.refresh_token &&
                    stored->expires_at_unix_ms == tokens.expires_at_unix_ms,
                "what was stored is the same");
  return 0;
}
