#!/usr/bin/env python3
"""layout_test.py GOLDEN: the mirror classes of host.py lie where the golden layout says."""
import re
import sys

import host

MIRRORS = {"cpi_str": host.Str, "cpi_request": host.Request, "cpi_result": host.Result,
           "cpi_error": host.Error, "cpi_step": host.Step, "cpi_answer": host.Answer,
           "cpi_begin": host.Begin, "cpi_host": host.Host, "cpi_plugin": host.Plugin}


def main(golden):
    wrong, seen = [], 0
    with open(golden) as lines:
        for line in lines:
            found = re.match(r"(?:field|slot) +(\w+)\.(\w+) +offset +(\d+) size +(\d+)", line)
            if not found or found.group(1) not in MIRRORS:
                continue
            mirror = getattr(MIRRORS[found.group(1)], found.group(2), None)
            seen += 1
            if mirror is None or (mirror.offset, mirror.size) != (int(found.group(3)), int(found.group(4))):
                wrong.append(line.strip())
    print("\n".join(wrong) or f"{seen} fields agree")
    return 1 if wrong or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
