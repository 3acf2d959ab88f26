#!/usr/bin/env python3
"""The checked-in table is what make_zone_table.py makes of the system's tzdata: table_test.py FOLDER_OF_THE_ROOM.

Skipped (77) where the system has another release of tzdata, or none.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

room = pathlib.Path(sys.argv[1])
table = (room / "src" / "zone_table.inc").read_text()
release = re.search(r'table_version = "([^"]+)"', table)[1]
source = pathlib.Path("/usr/share/zoneinfo/tzdata.zi")
system = source.read_text().split("\n")[0].removeprefix("# version ").strip() if source.exists() else "no tzdata"
if system != release:
    print(f"SKIPPED: the table is of tzdata {release}, the system has {system}")
    sys.exit(77)
with tempfile.TemporaryDirectory() as copy:
    copy = pathlib.Path(copy)
    shutil.copy(room / "make_zone_table.py", copy)
    (copy / "src").mkdir()
    subprocess.run([sys.executable, "-B", copy / "make_zone_table.py"], check=True)
    if (copy / "src" / "zone_table.inc").read_text() != table:
        sys.exit("plugin_api/zones/src/zone_table.inc differs from what make_zone_table.py writes: run it, and check the table in")
size = sum(int(width) // 8 * count for width, count in
           [(re.match(r"std::u?int(\d+)_t", kind)[1], body.count(",")) for kind, body in
            re.findall(r"constexpr (std::u?int\d+_t) \w+\[\] = \{(.*?)\n\};", table, re.S)])
print(f"tzdata {release}; the numbers of the table take {size} bytes")
if size > 100_000:
    sys.exit("the table is too large")
