// Signatures by Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace host {

// A signing key of 24 to 64 bytes. Wiped on destruction; it cannot be printed.
class WebhookSecret {
 public:
  // From "whsec_" and base64. Throws SinkError, without the text in the message.
  explicit WebhookSecret(std::string_view text);
  WebhookSecret(const WebhookSecret &) = default;
  WebhookSecret(WebhookSecret &&) noexcept = default;
  WebhookSecret &operator=(const WebhookSecret &) = default;
  WebhookSecret &operator=(WebhookSecret &&) noexcept = default;
  ~WebhookSecret();

  // "v1," and base64 of HMAC-SHA256 over "id.timestamp.body".
  std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) const;

 private:
  std::vector<unsigned char> key_;
};

// A new secret of 32 random bytes, as text for the receiver.
std::string new_webhook_secret();

}  // namespace host
