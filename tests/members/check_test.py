#!/usr/bin/env python3
"""check.py finds each kind of dead member: one after the other is put into a copy of the tree."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = "plugin_api/manifest.schema.json"
HEADER = "plugin_api/manifest/include/cpi/manifest/manifest.hpp"
STRATEGIES = "plugin_api/language/include/cpi/language/strategies.inc"


class DeadMembers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        left_out = shutil.ignore_patterns("node_modules", "dist", "tests", "released")
        for part in ("plugin_api", "host_stub", "sendpulse_plugin"):
            shutil.copytree(ROOT / part, cls.root / part, ignore=left_out)

    def write(self, file, text):
        path = self.root / file
        self.addCleanup(path.write_text, path.read_text(encoding="utf-8"), encoding="utf-8")  # the last first
        path.write_text(text, encoding="utf-8")

    def edit(self, file, before, after):
        text = (self.root / file).read_text(encoding="utf-8")
        self.assertEqual(text.count(before), 1, f"{before!r} in {file}")
        self.write(file, text.replace(before, after))

    def schema(self, change):
        schema = json.loads((self.root / SCHEMA).read_text(encoding="utf-8"))
        change(schema)
        self.write(SCHEMA, json.dumps(schema))

    def finds(self, *texts):
        found = check.Check(self.root).run()
        self.assertEqual(len(found), len(texts), found)
        for text in texts:
            self.assertTrue(any(text in each for each in found), (text, found))

    def test_nothing_in_the_tree_as_it_is(self):
        self.finds()

    def test_a_member_that_nobody_reads(self):
        self.schema(lambda schema: schema["properties"]["network"]["properties"]["timeouts_ms"]["properties"].update(resolve={"type": "integer"}))
        self.finds("network.timeouts_ms.resolve is read by nobody")

    def test_a_member_that_only_a_check_and_a_comment_name(self):
        self.schema(lambda schema: schema["definitions"]["lookup"]["properties"].update(keep_s={"type": "integer"}))
        self.edit("host_stub/control/lookup.cpp", "namespace host {\n", 'namespace host {\n// Mind "keep_s".\n')
        self.edit("plugin_api/manifest/src/operation_check.cpp", 'flag_in(lookup, "search")', 'flag_in(lookup, "search") || flag_in(lookup, "keep_s")')
        self.finds("lookup.keep_s is read by nobody")

    def test_a_member_that_is_only_listed_as_allowed(self):
        self.schema(lambda schema: schema["definitions"]["paging"]["properties"].update(most={"type": "integer"}))
        self.edit("plugin_api/language/src/paging.cpp", '"total", "limit"}', '"total", "limit", "most"}')
        self.finds("paging.most is read by nobody")

    def test_a_keyword_without_a_meaning(self):
        self.schema(lambda schema: schema["definitions"]["json_schema"]["properties"].update({"$comment": {"type": "string"}}))
        self.finds("json_schema.$comment is read by nobody")

    def test_an_object_whose_readers_are_not_named(self):
        self.schema(lambda schema: schema["definitions"].update(colour={"properties": {"red": {}}}))
        self.finds("READERS does not say who reads the members of colour")

    def test_a_member_of_a_strategy(self):
        self.edit(STRATEGIES, '"each_day": {"type": "boolean"}', '"each_day": {"type": "boolean"}, "each_hour": {"type": "boolean"}')
        self.finds("each_hour is read by nobody")

    def test_a_reason_for_a_member_that_is_gone(self):
        self.schema(lambda schema: schema["definitions"]["limitation"]["properties"]["applies_to"]["properties"].pop("entities"))
        self.finds("limitation.applies_to.entities in WITHOUT_A_READER is no member")

    def test_members_of_the_header_that_nobody_uses(self):
        self.edit(HEADER, "  std::uint64_t max_response_bytes = 0;\n",
                  "  std::uint64_t max_response_bytes = 0;\n  std::string proxy;\n")
        self.edit(HEADER, "  [[nodiscard]] std::string_view title() const;\n",
                  "  [[nodiscard]] std::string_view title() const;\n  [[nodiscard]] bool forbids(std::string_view path) const;\n")
        self.finds("Network::proxy", "Manifest::forbids")

    def test_the_first_reader_of_each_effect_that_was_missing_once(self):
        for file, before, after, found in (
            ("host_stub/control/lookup.cpp", '"cache_s"', '"cash_s"', "lookup.cache_s is read by nobody"),
            ("host_stub/run/exchanges.cpp", "network.connect_timeout", "std::chrono::seconds(5)", "Network::connect_timeout"),
            ("host_stub/plugins/describe.cpp", '"remove_after"', '"until"', "deprecated.remove_after is read by nobody"),
        ):
            with self.subTest(found):
                self.edit(file, before, after)
                found_now = check.Check(self.root).run()
                self.assertTrue(any(found in each for each in found_now), found_now)
                self.edit(file, after, before)


if __name__ == "__main__":
    unittest.main()
