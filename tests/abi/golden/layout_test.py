#!/usr/bin/env python3
"""layout.py sees every break, and takes every addition. CPI_HEADER names the header."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HEADER = os.environ["CPI_HEADER"]
LAYOUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layout.py")
SAME, BROKEN, ADDED = 0, 1, 2


def layout(*arguments):
    done = subprocess.run([sys.executable, LAYOUT, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class LayoutTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.header = os.path.join(self.folder.name, "plugin.h")
        self.golden = os.path.join(self.folder.name, "golden.txt")
        shutil.copy(HEADER, self.header)
        code, lines = layout("print", self.header)
        self.assertEqual(code, 0, lines)
        with open(self.golden, "w") as golden:
            golden.write(lines)

    def edit(self, before, after):
        with open(self.header) as header:
            text = header.read()
        self.assertEqual(text.count(before), 1, f"the header has changed; adapt this test: {before}")
        with open(self.header, "w") as header:
            header.write(text.replace(before, after))

    def expect(self, code, *fragments):
        found, report = layout("check", self.header, self.golden)
        self.assertEqual(found, code, report)
        for fragment in fragments:
            self.assertIn(fragment, report)

    def test_unchanged(self):
        self.expect(SAME)

    def test_comment_and_parameter_name(self):
        self.edit("One trigger event.", "An event of a trigger.")
        self.edit("cpi_operation *operation, const cpi_answer *answer",
                  "cpi_operation *op, const cpi_answer *answer")
        self.expect(SAME)

    def test_swapped_fields(self):
        self.edit("cpi_str method;", "cpi_str both;")
        self.edit("cpi_str url;", "cpi_str method;")
        self.edit("cpi_str both;", "cpi_str url;")
        self.expect(BROKEN, "lost:  field  cpi_request.method", "lost:  field  cpi_request.url")

    def test_removed_field(self):
        self.edit("  uint64_t backfill_count;", "")
        self.expect(BROKEN, "lost:  field  cpi_begin.backfill_count")

    def test_renamed_field(self):
        self.edit("  cpi_str advice;", "  cpi_str hint;")
        self.expect(BROKEN, "lost:  field  cpi_error.advice")

    def test_inserted_field(self):
        self.edit("  cpi_str url;", "  cpi_str target;\n  cpi_str url;")
        self.expect(BROKEN, "lost:  field  cpi_request.url")

    def test_changed_type_of_the_same_size(self):
        self.edit("int64_t now_unix_ms", "uint64_t now_unix_ms")
        self.expect(BROKEN, "lost:  field  cpi_answer.now_unix_ms")

    def test_changed_alias(self):
        self.edit("typedef int32_t cpi_fault;", "typedef uint32_t cpi_fault;")
        self.expect(BROKEN, "lost:  type   cpi_fault")

    def test_changed_signature(self):
        self.edit("cpi_operation *operation, const cpi_answer *answer, cpi_step *step",
                  "cpi_operation *operation, cpi_answer *answer, cpi_step *step")
        self.expect(BROKEN, "lost:  slot   cpi_plugin.next")

    def test_changed_entry(self):
        self.edit("CPI_EXPORT const cpi_plugin *CPI_CALL cpi_plugin_entry_v1(void)",
                  "CPI_EXPORT const void *CPI_CALL cpi_plugin_entry_v1(void)")
        self.expect(BROKEN, "lost:  entry  cpi_plugin_entry_v1")

    def test_swapped_enumerators(self):
        self.edit("CPI_STEP_DONE = 4", "CPI_STEP_DONE = 5")
        self.edit("CPI_STEP_FAILED = 5", "CPI_STEP_FAILED = 4")
        self.expect(BROKEN, "lost:  value  CPI_STEP_DONE", "lost:  value  CPI_STEP_FAILED")

    def test_value_given_twice(self):
        self.edit("CPI_POLL_BACKFILL = 3", "CPI_POLL_AGAIN = 3,\n  CPI_POLL_BACKFILL = 3")
        self.expect(BROKEN, "CPI_POLL_BACKFILL has the value of CPI_POLL_AGAIN")

    def test_field_in_a_frozen_struct(self):
        self.edit("  cpi_str value;", "  cpi_str value;\n  uint64_t flags;")
        self.expect(BROKEN, "lost:  frozen cpi_header")

    def test_changed_symbol(self):
        self.edit('"cpi_plugin_entry_v1"', '"cpi_plugin_entry"')
        self.expect(BROKEN, "lost:  define CPI_PLUGIN_ENTRY")

    def test_appended(self):
        self.edit("  const cpi_error *error;", "  const cpi_error *error;\n  uint64_t flags;")
        self.edit("  const void *(CPI_CALL *extension)(const cpi_str *id);",
                  "  const void *(CPI_CALL *extension)(const cpi_str *id);\n"
                  "  void(CPI_CALL *forget)(cpi_connector *connector);")
        self.edit("CPI_ANSWER_STORED = 5", "CPI_ANSWER_STORED = 5,\n  CPI_ANSWER_CANCEL = 6")
        self.expect(ADDED, "new:   field  cpi_step.flags", "new:   slot   cpi_plugin.forget",
                    "new:   value  CPI_ANSWER_CANCEL", "layout.py append")

        with open(self.golden) as golden:
            before = golden.read()
        with open(self.header) as header:
            minor = int(re.search(r"#define CPI_ABI_MINOR (\d+)", header.read()).group(1))
        self.edit(f"#define CPI_ABI_MINOR {minor} ", f"#define CPI_ABI_MINOR {minor + 1} ")
        code, report = layout("append", self.header, self.golden)
        self.assertEqual(code, 0, report)
        with open(self.golden) as golden:
            after = golden.read()
        self.assertTrue(after.startswith(before + f"# Added in 1.{minor + 1}\n"))
        self.expect(SAME)

        self.edit("\n  uint64_t flags;", "\n  uint32_t flags;")
        self.expect(BROKEN, "lost:  field  cpi_step.flags")

    def test_a_break_is_not_recorded(self):
        self.edit("  cpi_str advice;", "  cpi_str hint;")
        with open(self.golden) as golden:
            before = golden.read()
        code, _ = layout("append", self.header, self.golden)
        self.assertEqual(code, BROKEN)
        with open(self.golden) as golden:
            self.assertEqual(golden.read(), before)


if __name__ == "__main__":
    unittest.main()
