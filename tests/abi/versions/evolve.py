#!/usr/bin/env python3
"""evolve.py OLD NEW: writes the header that the next minor could be: every struct that may grow has one more field."""
import re
import sys

GROWING = ("request", "event", "batch", "result", "error", "step", "answer", "begin", "host", "plugin")


def main(old, new):
    with open(old) as header:
        text = header.read()
    for struct in GROWING:
        text, count = re.subn(rf"\n}} cpi_{struct};", f"\n  uint64_t added;\n}} cpi_{struct};", text)
        if count != 1:
            sys.exit(f"evolve.py: {old} has no struct cpi_{struct}")
    text, count = re.subn(r"#define CPI_ABI_MINOR (\d+)",
                          lambda found: f"#define CPI_LATER 1\n#define CPI_ABI_MINOR {int(found.group(1)) + 1}", text)
    if count != 1:
        sys.exit(f"evolve.py: {old} has no CPI_ABI_MINOR")
    with open(new, "w") as header:
        header.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
