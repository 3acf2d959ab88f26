#include "cpi/manifest/catalogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "good_manifest.hpp"

namespace cpi::manifest::test {
namespace {

std::string page_of(std::string_view yaml) {
  return catalogue(document_of(yaml).value.as_object());
}

bool has(const std::string &page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

TEST(Catalogue, TellsATriggerWhole) {
  const std::string page =
      page_of(edited("    dedupe: {key: [/id], version: 1}\n",
                     "    dedupe: {key: [/id], version: 1}\n"
                     "    verdict: B\n"
                     "    cost: {idle_requests: 1, change_requests: 1 for each box, shared: true}\n"
                     "    blind_spots: [What comes and goes.]\n"));
  EXPECT_TRUE(has(page,
                  "## Triggers: Things\n\n### New thing\n\n`thing.created`: Triggers when a thing "
                  "appears.\n\n| Field | Value | Required | Description |\n"
                  "| --- | --- | --- | --- |\n| Box | from the account: Boxes |  |  |\n\n"
                  "- Polls every 5 minutes; the shortest interval is 1 minute.\n"
                  "- Starts with changes from now on or all existing items.\n"
                  "- Cost of a poll when nothing changed: 1 request (shared with other triggers of "
                  "the account); when something changed: 1 for each box.\n"
                  "- Remembers up to 200,000 items; longer lists are refused.\n"
                  "- Returns: id and name.\n"
                  "- Reliable, with exceptions. It cannot detect:\n  - What comes and goes.\n\n"))
      << page;
}

TEST(Catalogue, TellsHowMuchATriggerRemembers) {
  const auto with = [](std::string_view detect) {
    return page_of(edited("      strategy: set\n", "      " + std::string(detect) + "\n"));
  };
  EXPECT_TRUE(has(with("strategy: set\n      limit: 1000000"), "up to 1,000,000 items; longer"));
  EXPECT_TRUE(has(with("strategy: set\n      gate: {request: {method: GET, path: /boxes}, key: "
                       "[/id], counters: [/size], count: [/size]}"),
                  "items; longer lists are refused before they are read."));
  EXPECT_TRUE(
      has(with("strategy: win\n      window: {by: /at}"), "items of the days that it reads"));
  EXPECT_FALSE(has(with("strategy: hash\n      pages: 1"), "Remembers up to"));
}

TEST(Catalogue, TellsAnActionWhole) {
  const std::string page = page_of(good_manifest());
  EXPECT_TRUE(has(page, "### Create a thing\n\n`thing.create`: Puts a new thing into a box.\n\n"));
  EXPECT_TRUE(has(page, "| Name | text | yes | At most 80 characters. |\n"));
  EXPECT_TRUE(has(page, "| At | date and time | when When is later | Needed for later. |\n"));
  EXPECT_TRUE(has(page,
                  "- Changes the account. Running it twice takes effect twice.\n"
                  "- At most 4 per minute.\n"
                  "- If the outcome is unknown, check \"Boxes\" before running it again.\n"
                  "- Returns: id and name.\n\n"))
      << page;
  EXPECT_TRUE(has(
      page, "**Deprecated since 1.1.0; may be removed after 2.0.0.** Use `thing.create` instead."));
  EXPECT_TRUE(has(page, "- Read-only.\n"));
}

TEST(Catalogue, TellsEveryEffect) {
  const std::string page = page_of(
      edited("effects: {read_only: false, destructive: false, idempotent: false}",
             "effects: {read_only: false, destructive: true, idempotent: true, queued: true}"));
  EXPECT_TRUE(
      has(page,
          "- Changes the account. Cannot be undone. Running it twice has the same effect as "
          "once. The service processes it with a delay.\n"));
}

TEST(Catalogue, TellsDropdownsRateLimitsAndLimitations) {
  const std::string page = page_of(
      edited("{id: second, window_s: 1, limit: 10}", "{id: second, window_s: 900, limit: 50000}"));
  EXPECT_TRUE(has(page, "| Shelves of a box | `shelves` | box_id |\n"));
  EXPECT_TRUE(has(page, "- 50,000 per 15 minutes\n- 4 per minute: `thing.create`\n"));
  EXPECT_TRUE(has(page, "## Limitations\n\n- Secret things can't be read.\n"));
}

TEST(Catalogue, CountsAndLinksItsGroups) {
  const std::string page = page_of(good_manifest());
  EXPECT_TRUE(has(page, "1 trigger, 2 actions, 2 dropdowns"));
  EXPECT_TRUE(has(page, "- Triggers: [Things](#triggers-things) 1\n"));
  EXPECT_TRUE(has(page, "- Actions: [Things](#actions-things) 2\n"));
}

TEST(Catalogue, MarkupInTextsIsText) {
  const std::string page = page_of(edited("title: New thing", "title: \"<b>a|b</b> *c* [d](e)\""));
  EXPECT_TRUE(has(page, "### &lt;b>a\\|b&lt;/b> \\*c\\* \\[d\\](e)\n"));
}

TEST(Catalogue, EndsWithOneLineEndAndIsTheSameTwice) {
  const std::string page = page_of(good_manifest());
  EXPECT_TRUE(page.ends_with(".\n"));
  EXPECT_FALSE(page.ends_with("\n\n"));
  EXPECT_EQ(page, page_of(good_manifest()));
}

}  // namespace
}  // namespace cpi::manifest::test
