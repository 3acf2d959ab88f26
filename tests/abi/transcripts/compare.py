#!/usr/bin/env python3
"""Whether the plugin still does and says what is recorded: compare.py RECORDED NOW RECORDER ARGUMENT...

RECORDER writes today's transcripts into NOW. Each operation that differs is shown with its lines before and after; what
it does and what it says are counted apart, since a commit has to give a reason for each kind.
"""
import difflib
import pathlib
import subprocess
import sys

MOST_LINES = 400


def sections(path):
    """{heading: lines} of a transcript, in order."""
    if not path.exists():
        return {}
    found, heading = {}, "(top)"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            heading = line[3:]
        found.setdefault(heading, []).append(line)
    return found


def kind_of(heading, line):
    if heading.startswith("texts"):
        return "places of texts" if line.startswith("    ") else "texts"
    text = line.strip()
    if line.startswith(("input", "with ")):
        return "inputs"
    if line.startswith("      ") or text.split(" ", 1)[0].isdigit() and not line.startswith("    "):
        return "requests"
    if line.startswith("    "):
        return "events and cursors"
    return "outcomes"


def main(recorded, now, *command):
    recorded, now = pathlib.Path(recorded), pathlib.Path(now)
    if subprocess.run([*command, str(now)], check=False).returncode:
        return 1
    names = sorted({path.name for folder in (recorded, now) for path in folder.glob("*.txt")})
    assert names, "nothing is recorded"
    shown, counts = [], {}
    for name in names:
        before, after = sections(recorded / name), sections(now / name)
        if list(before) != list(after) and sorted(before) == sorted(after):
            shown.append(f"--- {name}: the operations are in another order")
        for heading in dict.fromkeys([*before, *after]):
            old, new = before.get(heading, []), after.get(heading, [])
            if old == new:
                continue
            shown.append(f"--- {name}: {heading}")
            for line in list(difflib.unified_diff(old, new, lineterm="", n=1))[2:]:
                if line.startswith("@@"):
                    continue
                shown.append(line)
                if line[0] in "+-":
                    kind = kind_of(heading, line[1:])
                    counts[kind] = counts.get(kind, 0) + 1
    if not shown:
        print(f"{len(names)} files are as recorded")
        return 0
    print("\n".join(shown[:MOST_LINES]))
    if len(shown) > MOST_LINES:
        print(f"... and {len(shown) - MOST_LINES} more lines")
    print("\nDiffers from what is recorded (- recorded, + now): "
          + ", ".join(f"{count} lines of {kind}" for kind, count in sorted(counts.items())) + ".")
    print(f"Where it should, record it anew and say why in the commit, for each kind: {recorded.parent / 'README.md'}\n"
          f"    cmake --build --preset dev --target record_{recorded.parent.name}")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
