#include "delivery/file_sink.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "file_limit.hpp"
#include "fixture.hpp"

namespace host {
namespace {

class Files : public ::testing::Test {
 protected:
  std::string text() const {
    std::ifstream stream(path);
    return {(std::istreambuf_iterator<char>(stream)), {}};
  }
  void put(const std::string &content) const { std::ofstream(path) << content; }
  static SinkOutcome send(Sink &sink, const std::vector<Outgoing> &events) {
    return sink.deliver(events, {});
  }

  test::Folder folder;
  std::filesystem::path path = folder.path() / "events.ndjson";
};

TEST_F(Files, AppendsLinesToAPrivateFile) {
  {
    FileSink sink(path);
    const SinkOutcome outcome = send(sink, {{"1", "{\"a\":1}"}, {"2", "{\"b\":2}"}});
    EXPECT_EQ(outcome.verdict, SinkVerdict::accepted);
    EXPECT_EQ(outcome.accepted, 2U);
  }
  FileSink again(path);
  send(again, {{"3", "{}"}});
  EXPECT_EQ(text(), "{\"a\":1}\n{\"b\":2}\n{}\n");
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ(again.name(), "file:" + path.string());
}

TEST_F(Files, ALineThatACrashCutOffIsRemoved) {
  const std::string whole = R"({"specversion":"1.0","id":"evt_1"})";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    put("{\"x\":1}\n" + whole.substr(0, length));
    FileSink sink(path);
    EXPECT_EQ(text(), "{\"x\":1}\n") << length;
  }
  put(whole.substr(0, 20));  // the first line of all
  FileSink sink(path);
  EXPECT_EQ(text(), "");
}

TEST_F(Files, ALongTornLineIsRemovedToo) {
  put("first\n" + std::string(R"({"specversion":"1.0","data":")") + std::string(200000, 'x'));
  FileSink sink(path);
  EXPECT_EQ(text(), "first\n");
}

TEST_F(Files, AForeignLastLineIsKeptAndEnded) {
  put("somebody's notes");
  FileSink sink(path);
  send(sink, {{"1", "{}"}});
  EXPECT_EQ(text(), "somebody's notes\n{}\n");
}

TEST_F(Files, AWholeLastLineIsLeftAlone) {
  put("{}\n");
  FileSink sink(path);
  EXPECT_EQ(text(), "{}\n");
}

TEST_F(Files, GoesOnInANewFileAfterRotation) {
  FileSink sink(path);
  send(sink, {{"1", "one"}});
  const auto old = folder.path() / "old";
  std::filesystem::rename(path, old);
  EXPECT_EQ(send(sink, {{"2", "two"}}).verdict, SinkVerdict::accepted);
  EXPECT_EQ(text(), "two\n");
  std::ifstream stream(old);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(stream)), {}), "one\n");
}

TEST_F(Files, OnlyOneHostWritesAFile) {
  const FileSink first(path);
  try {
    const FileSink second(path);
    FAIL() << "two writers";
  } catch (const SinkError &error) {
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("another process"), std::string::npos);
  }
}

TEST_F(Files, AFullDiskLeavesWholeLinesAndIsRecoveredFrom) {
  FileSink sink(path);
  send(sink, {{"1", "one"}});
  const std::vector<Outgoing> events = {{"2", std::string(3000, 'x')},
                                        {"3", std::string(3000, 'y')}};
  {
    const test::FileLimit full(4000);
    const SinkOutcome outcome = send(sink, events);
    EXPECT_EQ(outcome.verdict, SinkVerdict::unavailable);
    EXPECT_EQ(outcome.accepted, 0U);
    EXPECT_NE(outcome.reason.find(path.string()), std::string::npos);
    EXPECT_EQ(text(), "one\n");
  }
  EXPECT_EQ(send(sink, events).accepted, 2U);
  EXPECT_EQ(text(), "one\n" + events[0].body + '\n' + events[1].body + '\n');
}

TEST_F(Files, AFolderThatIsGoneIsWaitedFor) {
  const auto below = folder.path() / "below";
  std::filesystem::create_directory(below);
  FileSink sink(below / "events");
  std::filesystem::remove_all(below);
  EXPECT_EQ(send(sink, {{"1", "one"}}).verdict, SinkVerdict::unavailable);
  std::filesystem::create_directory(below);
  EXPECT_EQ(send(sink, {{"1", "one"}}).verdict, SinkVerdict::accepted);
  EXPECT_TRUE(std::filesystem::exists(below / "events"));
}

TEST_F(Files, WhatIsNoFileIsRefused) {
  EXPECT_THROW(FileSink(folder.path()), SinkError);
  EXPECT_THROW(FileSink("/dev/null"), SinkError);
  EXPECT_THROW(FileSink(folder.path() / "none" / "events"), SinkError);
}

}  // namespace
}  // namespace host
