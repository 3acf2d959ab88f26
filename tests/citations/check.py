#!/usr/bin/env python3
"""Whether what is cited is there: check.py FOLDER [--quiet].

  * tests/README.md numbers the faults F1, F2, ...; each names a test file and a test that is in it
  * "Rule 3" in the code is a numbered rule of its page: the README.md beside the code (of plugin_api/sdk/src/x also the one of
    include/cpi/sdk/x), or the essay in the file or in the header or source of the same name
  * each relative link in a *.md leads to a file, and to a heading where it names one
  * a section of an RFC is cited as "RFC 9110, section 5.6.7"
  * code names no document that is not in this repository
  * no test's name begins with a number: numbers of lists say nothing to whoever reads a failure
"""
import os
import pathlib
import re
import sys

LEFT_OUT = {".git", "node_modules", "build", ".cache", ".dev", "released", "__pycache__"}
CODE = {".c", ".h", ".cpp", ".hpp", ".py", ".mjs", ".ts", ".tsx", ".cmake", ".yaml", ".yml", ".sh", ".in", ".json"}
# Documents that were written beside the project, and never belonged to it.
FOREIGN = re.compile(r"\b(?:host-practice|sendpulse-api|odd-answers|abi-practice)\b|\breference/|\bdesign section\b|\bissue \d+ point\b")
TEST_OF_NODE = re.compile(r"""\btest\(\s*(['"`])(.*?)(?<!\\)\1\s*,""", re.S)
TEST_OF_GOOGLE = re.compile(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", re.M)
RULE = re.compile(r"\b[Rr]ules? (\d+)((?:, \d+)*(?:,? (?:and|or|to) \d+)?)")
NUMBERED = re.compile(r"^\W*(?:Rule )?(\d+)\.(?=\s)|^\W*Rule (\d+)\b(?=[.:]\s)", re.M)
GAP = r"[\s/*#]"  # also from one line of a comment to the next
RFC_LOOSE = re.compile(rf"\bRFC{GAP}+\d+(?:,?{GAP}*(?:§|[Ss]ections?{GAP}|sect?\.{GAP}){GAP}*\d|,?{GAP}+\d+\.\d)")
RFC_GOOD = re.compile(r"\bRFC \d+, sections? \d")


def files_of(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("build-"))
        for name in sorted(names):
            yield pathlib.Path(folder, name)


def text_of(path):
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return ""


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def tests_in(text):
    return [name for _, name in TEST_OF_NODE.findall(text)] + [".".join(pair) for pair in TEST_OF_GOOGLE.findall(text)]


class Check:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = list(files_of(self.root))
        self.names = {path.relative_to(self.root).as_posix() for path in self.files}
        self.found = []
        self.counted = {}

    def say(self, path, line, what):
        self.found.append(f"{path.relative_to(self.root)}:{line}: {what}")

    def count(self, what):
        self.counted[what] = self.counted.get(what, 0) + 1

    def faults(self):
        page = self.root / "tests" / "README.md"
        text = text_of(page)
        rows = [(line_of(text, row.start()), int(row[1]), row[2]) for row in re.finditer(r"^\| F(\d+) \|(.*)$", text, re.M)]
        if not rows:
            self.say(page, 1, "no fault F1 is listed")
        for at, (line, number, row) in enumerate(rows, 1):
            if number != at:
                self.say(page, line, f"F{number} stands where F{at} is expected")
            cited = re.findall(r"\[`?([^\]`]+)`?\]\(([^)]+)\)((?:[ ,;]*`[^`]+`)+)", row)
            if not cited:
                self.say(page, line, f"F{number} cites no test: [file](file) `name of the test`")
            for _, target, names in cited:
                file = (page.parent / target).resolve()
                if not file.is_file():
                    continue  # said by links()
                known = tests_in(text_of(file))
                for name in re.findall(r"`([^`]+)`", names):
                    self.count("tests of faults")
                    if name not in known:
                        self.say(page, line, f"F{number}: {target} has no test {name!r}")

    def pages_of(self, path):
        """Where the rules of a source file are: itself, its header or source, the README of its folder."""
        yield path
        for beside in path.parent.glob(path.stem + ".*"):
            yield beside
        folder = path.relative_to(self.root).as_posix().rsplit("/", 1)[0]
        for include in {folder, folder.replace("/src", "/include/cpi/sdk", 1), folder.replace("tests/unit/", "plugin_api/sdk/include/cpi/sdk/", 1)}:
            yield self.root / include / "README.md"

    def rules(self):
        for path in self.files:
            if path.suffix not in {".c", ".h", ".cpp", ".hpp", ".mjs", ".ts", ".tsx"}:
                continue
            text = text_of(path)
            cited = [(match, [int(n) for n in re.findall(r"\d+", match[0])]) for match in RULE.finditer(text)]
            if not cited:
                continue
            known, rules = set(), False
            for page in self.pages_of(path):
                if page.is_file():
                    numbers = {int(a or b) for a, b in NUMBERED.findall(text_of(page))}
                    if 1 not in numbers:
                        continue  # a number that happens to begin a line
                    known |= numbers
                    rules = True
            for match, numbers in cited:
                for number in numbers:
                    self.count("rules")
                    # A page that does not number its rules yet is let pass.
                    if rules and number not in known:
                        self.say(path, line_of(text, match.start()), f"rule {number} is in none of its pages")

    @staticmethod
    def anchors_of(text):
        text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
        anchors = {}
        for heading in re.findall(r"^#+ +(.*?) *#*$", text, re.M):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
            anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            again = anchors.get(anchor, 0)
            anchors[anchor] = again + 1
            if again:
                anchors[f"{anchor}-{again}"] = 1
        return set(anchors)

    def links(self):
        for path in self.files:
            if path.suffix != ".md":
                continue
            text = text_of(path)
            prose = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), text, flags=re.S | re.M)
            prose = re.sub(r"`[^`\n]*`(?!\])", lambda code: " " * len(code[0]), prose)
            for match in re.finditer(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)", prose, re.M):
                target = match[1] or match[2]
                if re.match(r"[a-z][a-z+.-]*:", target):
                    continue
                self.count("links")
                name, _, anchor = target.partition("#")
                file = path if not name else (path.parent / name)
                line = line_of(prose, match.start())
                if not file.exists():
                    self.say(path, line, f"the link {target} leads nowhere")
                elif anchor and file.suffix == ".md" and anchor not in self.anchors_of(text_of(file)):
                    self.say(path, line, f"the link {target} names no heading")

    def code(self):
        own = pathlib.Path(__file__).resolve().parent
        for path in self.files:
            if path.suffix not in CODE | {".md", ".txt"} or path.name == "package-lock.json" or own in path.resolve().parents:
                continue
            text = text_of(path)
            for match in RFC_LOOSE.finditer(text):
                self.count("sections of RFCs")
                if not RFC_GOOD.match(text, match.start()):
                    cited = " ".join(match[0].split())
                    self.say(path, line_of(text, match.start()), f"{cited}...: write \"RFC n, section m\" on one line")
            for match in FOREIGN.finditer(text):
                self.say(path, line_of(text, match.start()), f"{match[0]} is no document of this repository: give the reason itself")
            if path.suffix in {".md", ".txt", ".json"}:
                continue
            for match in re.finditer(r"(?:#|//|/\*|^ \*).*?(?<![\w./-])([\w./-]*\w\.md)\b", text, re.M):
                if match[1].startswith("//"):
                    continue  # of another site
                self.count("pages named in the code")
                if not any(name == match[1] or name.endswith("/" + match[1].lstrip("./")) for name in self.names):
                    self.say(path, line_of(text, match.start()), f"there is no {match[1]}")

    def test_names(self):
        for path in self.files:
            relative = path.relative_to(self.root).as_posix()
            if not relative.startswith("tests/") or path.suffix not in {".cpp", ".mjs"}:
                continue
            text = text_of(path)
            # Also of helpers that make a test: first("44 it survives", ...).
            made = re.findall(r"""^ *\w+\((['"`])(\d+ .*?)\1""", text, re.M) if ".test." in path.name else []
            for name in tests_in(text) + [name for _, name in made]:
                self.count("names of tests")
                if re.match(r"[A-Z]?\d", name) or re.match(r"\w+\.(?:Rule|Test|Case|Point|No|T)\d", name):
                    self.say(path, 1, f"the test {name!r} begins with a number")

    def run(self):
        self.faults()
        self.rules()
        self.links()
        self.code()
        self.test_names()
        return self.found


def main(root):
    check = Check(root)
    found = check.run()
    print("\n".join(found) if found else "All is there: " + ", ".join(f"{n} {what}" for what, n in check.counted.items()))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
