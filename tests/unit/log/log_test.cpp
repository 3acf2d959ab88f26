#include "log/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <functional>

#include "../temporary_folder.hpp"

namespace host {
namespace {

std::string written(LogFormat format, LogLevel level, const Redactor &redactor,
                    const std::function<void(Log &)> &use) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "log";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  {
    Log log(format, level, file, redactor);
    use(log);
  }
  ::close(file);
  return content_of(path);
}

TEST(Log, WritesTextForPeople) {
  const Redactor redactor;
  const std::string text = written(LogFormat::text, LogLevel::info, redactor, [](Log &log) {
    log.info("polled", {{"conn", "con_1"}, {"empty", ""}, {"note", "two words"}, {"n", 7}});
  });
  EXPECT_EQ(text.substr(24), " info polled conn=con_1 note=\"two words\" n=7\n");
  EXPECT_EQ(text[10], 'T');
  EXPECT_EQ(text[23], 'Z');
}

TEST(Log, WritesOneJsonObjectALine) {
  const Redactor redactor;
  const std::string text = written(LogFormat::json, LogLevel::info, redactor, [](Log &log) {
    log.warn("a \"quoted\"\nmessage", {{"conn", "con_1"}, {"n", 7U}});
    log.error("second");
  });
  const auto end = text.find('\n');
  const auto first = boost::json::parse(text.substr(0, end)).as_object();
  EXPECT_EQ(first.at("level").as_string(), "warn");
  EXPECT_EQ(first.at("message").as_string(), "a \"quoted\"\nmessage");
  EXPECT_EQ(first.at("conn").as_string(), "con_1");
  EXPECT_EQ(first.at("n").as_int64(), 7);
  EXPECT_EQ(boost::json::parse(text.substr(end + 1)).at("level").as_string(), "error");
}

TEST(Log, NoValueSteersTheTerminalItIsReadOn) {
  const Redactor redactor;
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string text = written(format, LogLevel::info, redactor, [](Log &log) {
      log.warn(
          "m\xC2\x9B"
          "2J",
          {{"list", "a b\xE2\x80\xAE"}, {"id", "\x1b[2J"}});
    });
    for (const char *steers : {"\xC2\x9B", "\xE2\x80\xAE", "\x1b"})
      EXPECT_EQ(text.find(steers), std::string::npos) << text;
  }
}

TEST(Log, KeepsToItsLevel) {
  const Redactor redactor;
  EXPECT_EQ(written(LogFormat::text, LogLevel::warn, redactor,
                    [](Log &log) {
                      log.debug("a");
                      log.info("b");
                    }),
            "");
  EXPECT_EQ(written(LogFormat::text, LogLevel::off, redactor, [](Log &log) { log.error("a"); }),
            "");
}

TEST(Log, LetsNoSecretPassAndNoControlCharacterSteer) {
  Redactor redactor;
  redactor.remember("hush-hush");
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string text = written(format, LogLevel::info, redactor, [](Log &log) {
      log.info("got hush-hush \x1b[2J", {{"header", "Bearer 0123456789abcdef"}});
    });
    EXPECT_EQ(text.find("hush-hush"), std::string::npos) << text;
    EXPECT_EQ(text.find("0123456789"), std::string::npos) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  }
}

TEST(LogNames, AreThoseOfTheFlags) {
  EXPECT_EQ(log_format_named("json"), LogFormat::json);
  EXPECT_EQ(log_format_named("xml"), std::nullopt);
  EXPECT_EQ(log_level_named("debug"), LogLevel::debug);
  EXPECT_EQ(log_level_named("off"), LogLevel::off);
  EXPECT_EQ(log_level_named("loud"), std::nullopt);
}

}  // namespace
}  // namespace host
