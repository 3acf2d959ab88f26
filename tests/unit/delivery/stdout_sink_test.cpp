#include "delivery/stdout_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "file_limit.hpp"
#include "fixture.hpp"

namespace host {
namespace {

class Stdout : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(::pipe(ends_.data()), 0);
  }
  void TearDown() override {
    close_reader();
    ::close(ends_[1]);
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  std::string read_some() {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(ends_[0], bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(got)};
  }
  int writer() const { return ends_[1]; }
  int reader() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST_F(Stdout, WritesOneLineAnEvent) {
  StdoutSink sink(writer());
  const std::vector<Outgoing> events = {{"1", "{\"a\":1}"}, {"2", "{\"b\":2}"}};
  const SinkOutcome outcome = sink.deliver(events, {});
  EXPECT_EQ(outcome.verdict, SinkVerdict::accepted);
  EXPECT_EQ(outcome.accepted, 2U);
  EXPECT_EQ(read_some(), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(sink.name(), "stdout");
}

TEST_F(Stdout, WritesWhatIsLongerThanThePipe) {
  StdoutSink sink(writer());
  const std::vector<Outgoing> events = {{"1", std::string(1000000, 'x')}};
  std::string got;
  std::thread reading([&] {
    while (got.size() < 1000001) got += read_some();
  });
  EXPECT_EQ(sink.deliver(events, {}).accepted, 1U);
  reading.join();
  EXPECT_EQ(got, events[0].body + '\n');
}

// U+009B is a terminal's "ESC [" in one character; U+202E turns the direction of the text.
constexpr std::string_view steering =
    "{\"name\":\"\xC2\x9B"
    "2J\xE2\x80\xAE\"}";

TEST_F(Stdout, OnATerminalNothingSteersIt) {
  int terminal = -1;
  int program = -1;
  ASSERT_EQ(::openpty(&terminal, &program, nullptr, nullptr, nullptr), 0);
  StdoutSink sink(program);
  EXPECT_EQ(sink.deliver(std::vector<Outgoing>{{"1", std::string(steering)}}, {}).accepted, 1U);
  std::array<char, 200> bytes{};
  const ssize_t got = ::read(terminal, bytes.data(), bytes.size());
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(bytes.data(), static_cast<std::size_t>(got)),
            "{\"name\":\"\\u009b2J\\u202e\"}\r\n");
  ::close(program);
  ::close(terminal);
}

TEST_F(Stdout, AProgramGetsTheBytesOfTheEvent) {
  StdoutSink sink(writer());
  EXPECT_EQ(sink.deliver(std::vector<Outgoing>{{"1", std::string(steering)}}, {}).accepted, 1U);
  EXPECT_EQ(read_some(), std::string(steering) + '\n');
}

TEST_F(Stdout, AClosedPipeEndsDelivery) {
  StdoutSink sink(writer());
  close_reader();
  const SinkOutcome outcome = sink.deliver(std::vector<Outgoing>{{"1", "{}"}}, {});
  EXPECT_EQ(outcome.verdict, SinkVerdict::closed);
  EXPECT_EQ(outcome.accepted, 0U);
}

TEST_F(Stdout, StopsBetweenEvents) {
  StdoutSink sink(writer());
  std::stop_source stop;
  stop.request_stop();
  const SinkOutcome outcome = sink.deliver(std::vector<Outgoing>{{"1", "{}"}}, stop.get_token());
  EXPECT_EQ(outcome.verdict, SinkVerdict::interrupted);
  EXPECT_EQ(outcome.accepted, 0U);
}

TEST_F(Stdout, AReaderThatSleepsDoesNotKeepUsFromStopping) {
  StdoutSink sink(writer());
  std::stop_source stop;
  std::jthread stopping([&](const std::stop_token &) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const std::vector<Outgoing> events = {{"1", std::string(1000000, 'x')}};
  EXPECT_EQ(sink.deliver(events, stop.get_token()).verdict, SinkVerdict::interrupted);
}

TEST_F(Stdout, ALineCutInTwoIsFinishedAndNotRepeated) {
  const test::Folder folder;
  const auto path = folder.path() / "out";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY, S_IRUSR | S_IWUSR);
  StdoutSink sink(file);
  const std::vector<Outgoing> events = {{"1", "short"}, {"2", std::string(9000, 'x')}, {"3", "z"}};
  {
    const test::FileLimit full(6000);
    const SinkOutcome outcome = sink.deliver(events, {});
    EXPECT_EQ(outcome.verdict, SinkVerdict::unavailable);
    EXPECT_EQ(outcome.accepted, 1U);
  }
  const SinkOutcome outcome = sink.deliver(std::span(events).subspan(1), {});
  EXPECT_EQ(outcome.verdict, SinkVerdict::accepted);
  EXPECT_EQ(outcome.accepted, 2U);
  ::close(file);
  std::ifstream stream(path);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(text, "short\n" + std::string(9000, 'x') + "\nz\n");
}

}  // namespace
}  // namespace host
