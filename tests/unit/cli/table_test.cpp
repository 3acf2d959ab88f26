#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace host::cli {
namespace {

TEST(Table, AlignsItsColumnsAndEndsNoLineInSpaces) {
  Table table({"ID", "NAME", "STATE"});
  table.row({"1", "Newsletter", ""});
  table.row({"1002", "通讯", "active"});
  EXPECT_EQ(table.text(false),
            "ID    NAME        STATE\n"
            "1     Newsletter\n"
            "1002  通讯        active\n");
}

TEST(Table, CutsWideCellsButNotTheLastOnes) {
  Table table({"A", "B"});
  table.row({std::string(200, 'x'), std::string(200, 'y')});
  const std::string text = table.text(false);
  EXPECT_NE(text.find(std::string(59, 'x') + "\xE2\x80\xA6  y"), std::string::npos);
  EXPECT_NE(text.find(std::string(200, 'y')), std::string::npos);
}

TEST(Table, LetsNoCellSteerTheTerminal) {
  Table table({"A"});
  table.row({"\x1b[2J"});
  EXPECT_EQ(table.text(false).find('\x1b'), std::string::npos);
}

TEST(Table, HasABoldHeaderWhenAsked) {
  Table table({"A"});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.text(true), "\x1b[1mA\x1b[0m\n");
}

TEST(Table, FillsShortRows) {
  Table table({"A", "B"});
  table.row({"only"});
  EXPECT_EQ(table.text(false), "A     B\nonly\n");
}

TEST(Facts, LeaveOutWhatIsEmpty) {
  Facts facts;
  facts.add("Account", "owner@example.com");
  facts.add("Error", "");
  facts.add("Id", "con_1\n2");
  EXPECT_EQ(facts.text(), "Account:  owner@example.com\nId:       con_1 2\n");
}

}  // namespace
}  // namespace host::cli
