#include "plugins/plugin_calls.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "plugin_folder.hpp"

namespace host {
namespace {

TEST(PluginCalls, ShowsTheCurrentCallOfEachThreadWithASlot) {
  PluginCalls calls;
  EXPECT_TRUE(calls.snapshot().empty());
  { const InsidePlugin unseated("tiny", "action", "thing.get", "next"); }
  const PluginCalls::CallSlot slot(calls);
  EXPECT_TRUE(calls.snapshot().empty());
  {
    const InsidePlugin outer("tiny", {}, {}, "load");
    const auto loading = calls.snapshot();
    ASSERT_EQ(loading.size(), 1u);
    EXPECT_EQ(loading.front().operation, "");
    {
      const InsidePlugin inner("tiny", "poll", "thing.created", "next");
      const auto seen = calls.snapshot();
      ASSERT_EQ(seen.size(), 1u);
      EXPECT_EQ(seen.front().thread, std::this_thread::get_id());
      EXPECT_EQ(seen.front().plugin, "tiny");
      EXPECT_EQ(seen.front().operation, "poll thing.created");
      EXPECT_EQ(seen.front().function, "next");
      EXPECT_NE(seen.front().number, loading.front().number);
    }
    ASSERT_EQ(calls.snapshot().size(), 1u);
    EXPECT_EQ(calls.snapshot().front().number, loading.front().number);
  }
  EXPECT_TRUE(calls.snapshot().empty());
}

TEST(PluginCalls, ASecondSlotReplacesTheFirstMeanwhile) {
  PluginCalls first;
  PluginCalls second;
  const PluginCalls::CallSlot outer(first);
  {
    const PluginCalls::CallSlot inner(second);
    const InsidePlugin inside("tiny", {}, {}, "load");
    EXPECT_TRUE(first.snapshot().empty());
    EXPECT_EQ(second.snapshot().size(), 1u);
  }
  const InsidePlugin inside("tiny", {}, {}, "load");
  EXPECT_EQ(first.snapshot().size(), 1u);
  EXPECT_TRUE(second.snapshot().empty());
}

// The texts that are looked at are the thread's own, and go as soon as it has left the plugin.
TEST(PluginCalls, MayBeReadWhileThreadsComeAndGo) {
  PluginCalls calls;
  std::atomic<bool> enough{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!enough) {
        const PluginCalls::CallSlot slot(calls);
        for (int j = 0; j < 100; ++j) {
          const std::string id = "thing.number " + std::to_string(j) + " of a name that is long";
          const InsidePlugin inside("tiny", "poll", id, "next");
        }
      }
    });
  std::size_t seen = 0;
  while (seen < 200)
    for (const PluginCall &call : calls.snapshot()) {
      EXPECT_TRUE(call.operation.starts_with("poll thing.number ")) << call.operation;
      EXPECT_TRUE(call.operation.ends_with(" of a name that is long")) << call.operation;
      ++seen;
    }
  enough = true;
  for (std::thread &thread : threads) thread.join();
}

TEST(PluginCalls, OperationsAreShown) {
  test::Loaded good("good");
  PluginCalls calls;
  const PluginCalls::CallSlot slot(calls);
  const InsidePlugin marker("tiny", {}, {}, "load");
  const std::uint64_t before = calls.snapshot().front().number;
  {
    Operation operation = good.plugin->begin({OperationKind::action, "thing.get", "{}"});
    operation.next(Answer::start(0));
  }
  const InsidePlugin after("tiny", {}, {}, "load");
  EXPECT_EQ(calls.snapshot().front().number, before + 4);  // begin, next and end were counted
}

}  // namespace
}  // namespace host
