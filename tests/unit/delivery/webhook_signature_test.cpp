#include "delivery/webhook_signature.hpp"

#include <gtest/gtest.h>

#include "delivery/sink.hpp"

namespace host {
namespace {

// The signatures were made with Python's hmac, the first also with `openssl dgst -mac HMAC`.
TEST(WebhookSecret, SignsAsOtherImplementationsDo) {
  const WebhookSecret first("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(first.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  const WebhookSecret longest(
      "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+"
      "Pw==");
  EXPECT_EQ(longest.sign("evt_x", 0, ""), "v1,UGtaxi2At43eqWE2FUiEUr2caAqEYaZTy/yKIojb3J4=");
  EXPECT_EQ(longest.sign("evt_\xC3\xBC", 1700000000, "\xC3\xBC"),
            "v1,IJ8sj3Z43qEtUQohoMVA0yvLgAFKvdccMGP5PxGXoMs=");
}

TEST(WebhookSecret, IsRefusedWithoutBeingShown) {
  const std::vector<std::string> bad = {
      "",
      "whsec_",
      "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",                // no prefix
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==",          // 22 bytes
      "whsec_" + std::string(88, 'A'),                   // 66 bytes
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",        // the file's line end
      "whsec_MfKQ9r8GKYqrTwjUPD8I*PZIo2LaLaSwMfKQ9r8G",  // not base64
  };
  for (const std::string &text : bad) {
    try {
      const WebhookSecret secret(text);
      ADD_FAILURE() << "taken: " << text;
    } catch (const SinkError &error) {
      EXPECT_EQ(std::string(error.what()).find("MfKQ"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("24 to 64"), std::string::npos);
    }
  }
}

TEST(WebhookSecret, ANewOneCanBeUsedAndIsNew) {
  const std::string text = new_webhook_secret();
  EXPECT_NE(text, new_webhook_secret());
  EXPECT_NE(WebhookSecret(text).sign("a", 1, "b"),
            WebhookSecret(new_webhook_secret()).sign("a", 1, "b"));
}

}  // namespace
}  // namespace host
