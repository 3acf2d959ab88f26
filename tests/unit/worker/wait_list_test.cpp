// The intrusive queue: order, and nodes that leave it from any place.
#include "worker/wait_list.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace host {
namespace {

TEST(WaitList, GivesNodesInOrder) {
  WaitNode first;
  WaitNode second;
  WaitList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop_front(), nullptr);
  list.push_back(first);
  list.push_back(second);
  EXPECT_FALSE(list.empty());
  EXPECT_EQ(list.pop_front(), &first);
  EXPECT_FALSE(first.linked());
  EXPECT_EQ(list.pop_front(), &second);
  EXPECT_TRUE(list.empty());
}

TEST(WaitList, ForgetsANodeThatDies) {
  WaitNode first;
  auto second = std::make_unique<WaitNode>();
  WaitNode third;
  WaitList list;
  list.push_back(first);
  list.push_back(*second);
  list.push_back(third);
  second.reset();
  EXPECT_EQ(list.pop_front(), &first);
  EXPECT_EQ(list.pop_front(), &third);
  EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(WaitList, TakesAllOfAnotherAtItsEnd) {
  WaitNode a;
  WaitNode b;
  WaitNode c;
  WaitList list;
  WaitList other;
  list.take_all(other);
  EXPECT_TRUE(list.empty());
  list.push_back(a);
  other.push_back(b);
  other.push_back(c);
  list.take_all(other);
  EXPECT_TRUE(other.empty());
  b.unlink();
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_EQ(list.pop_front(), &c);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace host
