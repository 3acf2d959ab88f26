#!/usr/bin/env python3
"""Looks at a built plugin file without loading it: plugin_file.py LIBRARY...

One line per finding, with what to do about it; exit 1 when there is any. Needs readelf (binutils).
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ENTRY = "cpi_plugin_entry_v1"
NEEDED = re.compile(r"libc\.so\.6|libm\.so\.6|ld-linux-.*\.so\.\d+")


def readelf(option, library):
    done = subprocess.run(["readelf", "-W", option, library], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0 or "Error" in done.stderr:
        sys.exit(f"{library}: readelf {option} failed: {done.stderr.strip()}")
    return done.stdout


def rules(name):
    """(pattern, reason) per line of imports.txt in the section of that name."""
    section, found = "", []
    with open(os.path.join(HERE, "imports.txt")) as lines:
        for line in lines:
            if line.startswith("["):
                section = line.strip().strip("[]")
            elif line.strip() and not line.startswith("#") and section == name:
                pattern, reason = line.rstrip("\n").split(None, 1)
                found.append((re.compile(pattern), reason))
    return found


def dynamic_symbols(library):
    """(name, type, binding, defined) of the dynamic symbol table."""
    for line in readelf("--dyn-syms", library).splitlines():
        words = line.split()
        if len(words) >= 8 and words[0].rstrip(":").isdigit():
            yield words[7].split("@")[0], words[3], words[4], words[6] != "UND"


def findings(library):
    header = readelf("-h", library)
    if "ELF64" not in header or not re.search(r"Type:\s+DYN", header):
        yield "is no 64-bit shared object"
        return
    symbols = list(dynamic_symbols(library))
    defined = [(name, kind) for name, kind, _, is_defined in symbols if is_defined]
    if (ENTRY, "FUNC") not in defined:
        yield f"does not export the function {ENTRY}: is it marked CPI_EXPORT and in the version script?"
    others = sorted(name for name, _ in defined if name != ENTRY)
    if others:
        yield (f"exports {len(others)} other symbols ({', '.join(others[:10])}): link with a version "
               "script that says `local: *`")
    unique = [name for name, _, binding, _ in symbols if binding == "UNIQUE"]
    if unique:
        yield f"has GNU_UNIQUE symbols ({', '.join(unique[:3])}), which pin it in memory: -fno-gnu-unique"

    dynamic = readelf("-d", library)
    for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if not NEEDED.fullmatch(needed):
            yield f"needs {needed}: link it statically (-static-libstdc++ -static-libgcc)"
    for tag in ("RPATH", "RUNPATH", "TEXTREL"):
        if re.search(rf"\({tag}\)|\bFLAGS\b.*\b{tag}\b", dynamic):
            yield f"has {tag}"
    if "STATIC_TLS" in dynamic:
        yield "uses initial-exec TLS (STATIC_TLS), which need not fit when it is loaded late"
    if "NODELETE" in dynamic:
        yield "asks never to be unloaded (NODELETE)"
    if not re.search(r"BIND_NOW|\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "binds lazily: -Wl,-z,now"
    segments = readelf("-l", library)
    stack = re.search(r"GNU_STACK\s.*?\s(R\S*(?: *E)?)\s+0x\d+$", segments, re.MULTILINE)
    if not stack or "E" in stack.group(1):
        yield "wants an executable stack: -Wl,-z,noexecstack"
    if "GNU_RELRO" not in segments:
        yield "keeps its relocations writable: -Wl,-z,relro"

    allowed, denied = rules("allowed"), rules("denied")
    for name in sorted(name for name, _, _, is_defined in symbols if name and not is_defined):
        if any(pattern.fullmatch(name) for pattern, _ in allowed):
            continue
        for pattern, reason in denied:
            if pattern.fullmatch(name):
                yield f"imports {name}: {reason}"
                break


def main(libraries):
    if not libraries:
        print(__doc__)
        return 64
    bad = 0
    for library in libraries:
        for finding in findings(library):
            print(f"{library}: {finding}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
