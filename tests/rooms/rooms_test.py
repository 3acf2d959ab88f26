"""Which room may include which: what the compiler refuses, and what CMake must name.

usage: rooms_test.py BUILD_DIR
The compiler: a file of the lowest room that includes a header of any other room does not compile, with
the very command that compiles it otherwise. CMake: a room links every room whose headers it includes by
name, so that its CMakeLists.txt is the whole list of what it stands on.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST = ROOT / "host_stub"
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()

LINKS = re.compile(r"target_link_libraries\((host_\w+)\s([^)]*)\)")
HEADERS = re.compile(r"room_headers\((host_\w+) (\w+)\)")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def rooms():
    return sorted(p.parent.name for p in HOST.glob("*/CMakeLists.txt") if p.parent.name != "web")


def cmake_of(room):
    return re.sub(r"#.*", "", (HOST / room / "CMakeLists.txt").read_text())


def rooms_of_targets():
    return {target: room for room in rooms() for target, room in HEADERS.findall(cmake_of(room))}


def named_by(room):
    """The rooms whose targets are linked by one of this room's targets."""
    targets = rooms_of_targets()
    named = {room}
    for _, linked in LINKS.findall(cmake_of(room)):
        named |= {targets[word] for word in linked.split() if word in targets}
    return named


def included_by(room):
    out = {}
    for path in sorted(HOST.glob(f"{room}/*.[ch]pp")):
        for include in INCLUDE.findall(path.read_text()):
            out.setdefault(include.split("/")[0], (path, include))
    return out


def compile_with(room, text):
    """The exit status and messages of the compiler for `text`, compiled as a source of that room."""
    folder = str(HOST / room) + "/"
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    entry = next(e for e in commands if e["file"].startswith(folder) or f"/host_{room}.dir/" in e["command"])
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if re.search(r"(\+\+|clang|g\+\+)(-\d+)?$", word))
    flags, skip = [], 0
    for word in words[compiler + 1:]:
        if skip:
            skip -= 1
        elif word in ("-o", "-c", "-MT", "-MF", "-include"):
            skip = 1
        elif word not in ("-MD", "-Winvalid-pch"):
            flags.append(word)
    command = [words[compiler], *flags, "-fsyntax-only", "-x", "c++", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False,
                          cwd=entry["directory"])
    return done.returncode, done.stderr


class Rooms(unittest.TestCase):
    def test_a_room_includes_only_rooms_that_its_cmake_target_names(self):
        for room in rooms():
            named = named_by(room)
            for other, (path, include) in included_by(room).items():
                if other in rooms():
                    self.assertIn(other, named, f"{path.relative_to(ROOT)} includes {include}")

    def test_the_rooms_have_an_order(self):
        before = {room: named_by(room) - {room} for room in rooms()}
        done = []
        while before:
            ready = [room for room, named in before.items() if named <= set(done)]
            self.assertTrue(ready, f"these rooms use each other in a circle: {sorted(before)}")
            for room in ready:
                done.append(room)
                del before[room]

    def test_the_rooms_of_the_plugin_interface_include_what_their_targets_name(self):
        for room in ("json", "language", "sdk", "manifest"):
            folder = ROOT / "plugin_api" / room
            cmake = re.sub(r"#.*", "", (folder / "CMakeLists.txt").read_text())
            linked = " ".join(re.findall(rf"target_link_libraries\(cpi_{room}\s([^)]*)\)", cmake)).split()
            named = {room} | {word.removeprefix("cpi_") for word in linked if word.startswith("cpi_")}
            sources = [p for part in ("include", "src") for p in sorted(folder.glob(f"{part}/**/*.[chi][pn][pc]"))]
            self.assertTrue(sources)
            for path in sources:
                for include in INCLUDE.findall(path.read_text()):
                    words = include.split("/")
                    if words[0] == "cpi" and len(words) > 2:
                        self.assertIn(words[1], named, f"{path.relative_to(ROOT)} includes {include}")

    def test_no_include_climbs_out_of_its_room(self):
        for path in HOST.glob("*/*.[ch]pp"):
            self.assertNotIn('#include "..', path.read_text(), path)

    def test_an_include_against_the_arrows_does_not_compile(self):
        status, said = compile_with("base", '#include "base/secret.hpp"\n')
        self.assertEqual(status, 0, said)
        for header in ("http/transport.hpp", "store/store.hpp", "run/engine.hpp", "cli/command.hpp"):
            status, said = compile_with("base", f'#include "{header}"\n')
            self.assertNotEqual(status, 0, f"base could include {header}")
            self.assertIn("No such file", said)

    def test_polling_knows_neither_the_engine_nor_the_exchanges(self):
        for header in ("run/engine.hpp", "exchange/exchange.hpp"):
            status, said = compile_with("polling", f'#include "{header}"\n')
            self.assertNotEqual(status, 0, f"polling could include {header}")
            self.assertIn("No such file", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
