#include "cli/output.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <csignal>
#include <optional>

#include "../temporary_folder.hpp"

namespace host::cli {
namespace {

using testing::HasSubstr;

// An Output into two files.
class Captured {
 public:
  explicit Captured(bool json, bool coloured = false) {
    OutputOptions options;
    options.json = json;
    options.colour_out = options.colour_err = coloured;
    options.out = out_ = open("out");
    options.err = err_ = open("err");
    output.emplace(options, redactor);
  }
  ~Captured() {
    ::close(out_);
    ::close(err_);
  }
  std::string out() const { return content_of(folder_.path() / "out"); }
  std::string err() const { return content_of(folder_.path() / "err"); }

  Redactor redactor;
  std::optional<Output> output;

 private:
  int open(const char *name) const {
    return ::open((folder_.path() / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  }
  TemporaryFolder folder_;
  int out_ = -1;
  int err_ = -1;
};

CommandFailure rate_limited() {
  OperationError error;
  error.error_class = ErrorClass::rate_limited;
  error.fault = Fault::vendor;
  error.message = "Too fast.";
  error.advice = "Wait a little.";
  error.http_status = 429;
  error.retry_after = std::chrono::seconds(65);
  return CommandFailure(std::move(error));
}

TEST(Result, IsTextOrOneLineOfJson) {
  Captured text(false);
  text.output->result({{"a", 1}}, "Anna\n");
  EXPECT_EQ(text.out(), "Anna\n");
  Captured json(true);
  json.output->result({{"a", 1}}, "Anna\n");
  EXPECT_EQ(json.out(), "{\"a\":1}\n");
  EXPECT_EQ(json.err(), "");
}

TEST(Result, PassesTheRedactor) {
  Captured json(true);
  json.redactor.remember("hush-hush");
  json.output->result({{"a", "hush-hush"}}, "");
  EXPECT_EQ(json.out(), "{\"a\":\"***\"}\n");
}

TEST(Result, SaysWhenNobodyListens) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  ::close(ends[0]);
  const Redactor redactor;
  OutputOptions options;
  options.out = ends[1];
  Output output(options, redactor);
  EXPECT_THROW(output.result({}, "text\n"), OutputClosed);
  ::close(ends[1]);
}

TEST(Result, IsAnErrorOnAFullDisk) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  const Redactor redactor;
  OutputOptions options;
  options.out = full;
  Output output(options, redactor);
  try {
    output.result({}, "text\n");
    ADD_FAILURE();
  } catch (const CommandFailure &failure) {
    EXPECT_EQ(failure.exit, ExitCode::io);
  }
  ::close(full);
}

TEST(Failure, IsToldToPeopleOnStandardError) {
  Captured text(false);
  text.output->failure(rate_limited());
  EXPECT_EQ(text.out(), "");
  EXPECT_EQ(text.err(),
            "error: Too fast.\n  Wait a little.\n  Try again in 1 min 5 s.\n"
            "  This is an error of the service.\n  (HTTP 429)\n");
}

TEST(Failure, IsToldToProgramsToo) {
  Captured json(true);
  CommandFailure failure = rate_limited();
  failure.more["idempotency_key"] = "key_1";
  json.output->failure(failure);
  const auto printed = boost::json::parse(json.out());
  EXPECT_EQ(printed.at("error").at("class").as_string(), "rate_limited");
  EXPECT_EQ(printed.at("error").at("fault").as_string(), "vendor");
  EXPECT_EQ(printed.at("error").at("exit_code").to_number<int>(), 75);
  EXPECT_EQ(printed.at("error").at("retry_after_ms").to_number<int>(), 65'000);
  EXPECT_EQ(printed.at("idempotency_key").as_string(), "key_1");
  EXPECT_THAT(json.err(), HasSubstr("Too fast."));
}

TEST(ErrorText, ListsEveryProblem) {
  OperationError error;
  error.fault = Fault::user;
  error.message = "The input has 2 problems.";
  error.details =
      R"([{"pointer": "/email", "message": "is missing"}, {"pointer": "", "message": "x"}])";
  EXPECT_EQ(error_text(error),
            "The input has 2 problems.\n  /email: is missing\n  (whole input): x\n");
}

TEST(ErrorText, IsNotSteeredByTheService) {
  OperationError error;
  error.message = "a\x1b[2Jb";
  error.details = R"([{"pointer": "/\u001b", "message": "\u001b"}])";
  EXPECT_EQ(error_text(error).find('\x1b'), std::string::npos);
}

TEST(ErrorText, EndsWithDetailsThatAreNoList) {
  OperationError error;
  error.fault = Fault::user;
  error.message = "m";
  for (const char *details : {"{}", "[1, \"x\", {}]", "no json"}) {
    error.details = details;
    EXPECT_TRUE(error_text(error).starts_with("m\n")) << details;
  }
}

TEST(JsonLine, EscapesWhatSteersTerminals) {
  EXPECT_EQ(json_line(boost::json::value("a\x1b\x7f\xC2\x9Bж")), "\"a\\u001b\\u007f\\u009bж\"");
  EXPECT_EQ(json_line(boost::json::value("\xE2\x80\xAE")), "\"\\u202e\"");
}

TEST(Output, NoTextSteersATerminalWhereverItComesFrom) {
  const std::string name =
      "\x1b]0;title\x07 \xC2\x9B"
      "2J \xE2\x80\xAE";
  for (const bool coloured : {false, true}) {
    Captured captured(false, coloured);
    captured.output->result({}, captured.output->toned(Output::Tone::good, "ok") + ' ' + name);
    captured.output->note(name);
    const std::string text = captured.out() + captured.err();
    EXPECT_EQ(text.find("\x1b]"), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
    EXPECT_TRUE(text.starts_with(coloured ? "\x1b[32mok\x1b[0m " : "ok ")) << text;
  }
}

TEST(Pretty, IsTheSameValueOverLines) {
  const auto value = boost::json::parse(R"({"a": [1, {"b": "c"}], "d": {}, "e": []})");
  EXPECT_EQ(pretty(value),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c\"\n    }\n  ],\n  \"d\": {},\n  \"e\": "
            "[]\n}\n");
  EXPECT_EQ(boost::json::parse(pretty(value)), value);
}

TEST(Colour, IsForTerminalsOnly) {
  EXPECT_FALSE(wants_colour(-1, "", "xterm"));
  const Redactor redactor;
  const Output plain({}, redactor);
  EXPECT_EQ(plain.toned(Output::Tone::bad, "fail"), "fail");
  OutputOptions options;
  options.colour_out = true;
  EXPECT_EQ(Output(options, redactor).toned(Output::Tone::bad, "fail"), "\x1b[31mfail\x1b[0m");
}

}  // namespace
}  // namespace host::cli
