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
                  "appears.\n\n| Field | What to enter | Needed | About |\n"
                  "| --- | --- | --- | --- |\n| Box | from the account: Boxes |  |  |\n\n"
                  "- Looks every 5 minutes, or as often as every minute.\n"
                  "- Starts with what comes from now on or all there is.\n"
                  "- Costs 1 request when nothing is new, shared with other triggers of the "
                  "account; when something is: 1 for each box.\n"
                  "- Gives: id and name.\n"
                  "- Reliable. It can't see:\n  - What comes and goes.\n\n"))
      << page;
}

TEST(Catalogue, TellsAnActionWhole) {
  const std::string page = page_of(good_manifest());
  EXPECT_TRUE(has(page, "### Create a thing\n\n`thing.create`: Puts a new thing into a box.\n\n"));
  EXPECT_TRUE(has(page, "| Name | text | yes | At most 80 characters. |\n"));
  EXPECT_TRUE(has(page, "| At | date and time | when When is later |  |\n"));
  EXPECT_TRUE(has(page,
                  "- Changes the account. Done twice, it happens twice.\n"
                  "- At most 4 a minute.\n"
                  "- When nobody knows whether it happened: look among Boxes before doing it "
                  "again.\n- Gives: id and name.\n\n"))
      << page;
  EXPECT_TRUE(has(page, "**Deprecated since 1.1.0.** Use `thing.create` instead."));
  EXPECT_TRUE(has(page, "- Reads only.\n"));
}

TEST(Catalogue, TellsEveryEffect) {
  const std::string page = page_of(
      edited("effects: {read_only: false, destructive: false, idempotent: false}",
             "effects: {read_only: false, destructive: true, idempotent: true, queued: true}"));
  EXPECT_TRUE(has(page,
                  "- Changes the account. It can't be called back. Doing it twice is the same as "
                  "once. The service accepts it and does it a little later.\n"));
}

TEST(Catalogue, TellsDropdownsLimitsAndWhatIsNotDone) {
  const std::string page = page_of(
      edited("{id: second, window_s: 1, limit: 10}", "{id: second, window_s: 900, limit: 50000}"));
  EXPECT_TRUE(has(page, "| Shelves of a box | `shelves` | box_id |\n"));
  EXPECT_TRUE(has(page, "- 50,000 in 15 minutes\n- 4 a minute: `thing.create`\n"));
  EXPECT_TRUE(has(page, "## What it does not do\n\n- Secret things can't be read.\n"));
}

TEST(Catalogue, CountsAndLinksItsGroups) {
  const std::string page = page_of(good_manifest());
  EXPECT_TRUE(has(page, "1 trigger, 2 actions, 2 lists"));
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
