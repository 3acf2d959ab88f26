#!/usr/bin/env python3
"""check.py finds each kind of wrong citation: one after the other is put into a small tree."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402

GOOD = {
    "tests/README.md": "# Tests\n\n| no. | fault | test |\n| --- | --- | --- |\n"
                       "| F1 | cut | [e2e/a](e2e/a.test.mjs) `it survives` |\n"
                       "| F2 | late | [unit](unit/b_test.cpp) `Suite.Survives` |\n",
    "tests/e2e/a.test.mjs": "test('it survives', async () => {});\n",
    "tests/unit/b_test.cpp": "TEST_F(Suite, Survives) {}\n",
    "plugin_api/sdk/include/cpi/sdk/detection/README.md": "# Rules\n\n## Rule 1. Rows move\n\nText.\n\n2. Order is probed\n",
    "plugin_api/sdk/src/detection/scan.cpp": "// Rule 1: rows move.\n// As rules 1 and 2 say.\n",
    "host_stub/auth/credentials.hpp": "// Rule 1. One at a time.\n// Rule 2. Stored first.\n",
    "host_stub/auth/credentials.cpp": "// Rule 2 holds here (RFC 9110, section 5.6.7).\n",
    "doc.md": "See [the tests](tests/README.md#tests), [here](#a-heading) and [there](https://example.com/x).\n\n# A heading\n",
    "code.cpp": "// As doc.md says; https://example.com/page.md says more.\n",
}


class Citations(unittest.TestCase):
    def found(self, **changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **{key.replace("__", "/"): value for key, value in changes.get("files", {}).items()}}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check.Check(folder).run()

    def expect(self, what, name, text):
        found = self.found(files={name: text})
        self.assertTrue(any(what in each for each in found), f"{what!r} is not said: {found}")

    def test_a_tree_without_a_mistake(self):
        self.assertEqual(self.found(), [])

    def test_faults(self):
        page = GOOD["tests/README.md"]
        self.expect("has no test 'it dies'", "tests/README.md", page.replace("it survives", "it dies"))
        self.expect("has no test 'Suite.Dies'", "tests/README.md", page.replace("Suite.Survives", "Suite.Dies"))
        self.expect("leads nowhere", "tests/README.md", page.replace("e2e/a.test", "e2e/b.test"))
        self.expect("F3 stands where F2 is expected", "tests/README.md", page.replace("F2", "F3"))
        self.expect("cites no test", "tests/README.md", page.replace(" `it survives`", ""))
        self.expect("no fault F1", "tests/README.md", "# Tests\n")

    def test_rules(self):
        scan = "plugin_api/sdk/src/detection/scan.cpp"
        self.expect("rule 3 is in none", scan, "// Rule 3: order.\n")
        self.expect("rule 7 is in none", scan, "// As rules 1 and 7 say.\n")
        self.expect("rule 4 is in none", "host_stub/auth/credentials.cpp", "// By rule 4.\n")

    def test_links(self):
        self.expect("no/such.md leads nowhere", "doc.md", "[x](no/such.md)\n")
        self.expect("names no heading", "doc.md", "[x](tests/README.md#nothing)\n")

    def test_sections_of_rfcs(self):
        for wrong in ("RFC 9110 section 5.6.7", "RFC 9110 5.6.7", "RFC 9110, 10.2.3", "RFC\n// 9110, section 5"):
            self.expect("on one line", "code.cpp", f"// {wrong} says so.\n")

    def test_documents(self):
        self.expect("host-practice is no document", "code.cpp", "// host-practice test 44\n")
        self.expect("reference/ is no document", "code.cpp", "// see reference/x\n")
        self.expect("there is no design.md", "code.cpp", "// design.md says why\n")

    def test_names(self):
        self.expect("begins with a number", "tests/e2e/a.test.mjs", "test('44 it survives', () => {});\ntest('it survives', () => {});\n")
        self.expect("begins with a number", "tests/unit/b_test.cpp", "TEST(Rules, Rule07_Masked) {}\nTEST_F(Suite, Survives) {}\n")


if __name__ == "__main__":
    unittest.main()
