#include "plugins/request_preview.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

namespace host {
namespace {

cpi_str text(std::string_view from) {
  return {from.data(), from.size()};
}

std::span<const std::uint8_t> bytes(std::string_view from) {
  return {reinterpret_cast<const std::uint8_t *>(from.data()), from.size()};
}

using Place = HttpCredential::Place;

std::string preview(const SendStep &step,
                    const HttpCredential &credential = {Place::header, "Authorization", {}}) {
  return boost::json::serialize(request_preview(step, credential));
}

TEST(RequestPreview, CredentialsAndSecretNamesAreMasked) {
  const std::array headers{cpi_header{text("Content-Type"), text("application/json")},
                           cpi_header{text("X-Api-Key"), text("hush-1")}};
  SendStep step;
  step.method = "POST";
  step.url = "https://api.tiny.example/a?api_key=hush-2&page=3";
  step.headers = headers;
  step.credentials = true;
  step.body = bytes(R"({"name":"N","auth":[{"client_secret":"hush-3"}],"password":7})");
  const std::string out = preview(step);
  EXPECT_EQ(
      out,
      R"({"method":"POST","url":"https://api.tiny.example/a?api_key=***&page=3",)"
      R"("headers":{"content-type":"application/json","x-api-key":"***","authorization":"***"},)"
      R"("body":{"name":"N","auth":[{"client_secret":"***"}],"password":"***"}})");
}

TEST(RequestPreview, TheCredentialIsShownWhereItGoes) {
  SendStep step;
  step.method = "GET";
  step.url = "https://api.tiny.example/a?page=3";
  EXPECT_EQ(preview(step, {Place::query, "k", "hush"}),
            R"({"method":"GET","url":"https://api.tiny.example/a?page=3","headers":{}})");
  step.credentials = true;
  EXPECT_EQ(preview(step, {Place::query, "k", "hush"}),
            R"({"method":"GET","url":"https://api.tiny.example/a?page=3&k=***","headers":{}})");
  EXPECT_EQ(
      preview(step, {Place::header, "X-K", "hush"}),
      R"({"method":"GET","url":"https://api.tiny.example/a?page=3","headers":{"x-k":"***"}})");
  step.url = "https://api.tiny.example/a";
  EXPECT_EQ(preview(step, {Place::query, "k", "hush"}),
            R"({"method":"GET","url":"https://api.tiny.example/a?k=***","headers":{}})");
  step.secret = true;
  EXPECT_EQ(preview(step, {Place::query, "k", "hush"}),
            R"({"method":"GET","url":"https://api.tiny.example/***","secret":true})");
}

TEST(RequestPreview, ASecretRequestShowsItsOriginOnly) {
  const std::array headers{cpi_header{text("x-note"), text("hush")}};
  SendStep step;
  step.method = "POST";
  step.url = "https://api.tiny.example/hush?hush";
  step.headers = headers;
  step.body = bytes("hush");
  step.secret = true;
  EXPECT_EQ(preview(step),
            R"({"method":"POST","url":"https://api.tiny.example/***","secret":true})");
}

TEST(RequestPreview, BodiesThatAreNotJson) {
  const std::array form{
      cpi_header{text("content-type"), text("application/x-www-form-urlencoded; charset=utf-8")}};
  SendStep step;
  step.method = "POST";
  step.url = "https://api.tiny.example/";
  step.body = bytes("a=1&token=hush&b");
  EXPECT_NE(preview(step).find(R"("body_text":"a=1&token=hush&b")"), std::string::npos);
  step.headers = form;
  EXPECT_NE(preview(step).find(R"("body_text":"a=1&token=***&b")"), std::string::npos);
  step.body = bytes("\xFF\xFE");
  EXPECT_NE(preview(step).find(R"("body_base64":"//4=")"), std::string::npos);
}

TEST(RequestPreview, SecretNames) {
  for (const auto *name : {"Authorization", "token", "key", "access_token", "API_KEY", "set-cookie",
                           "client_secret", "old_password"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const auto *name : {"name", "email", "keyword", "accept", "subject", "tokens_left"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

}  // namespace
}  // namespace host
