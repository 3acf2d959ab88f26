#!/usr/bin/env python3
"""Looks whether a built binary has OpenSSF's hardening options: hardening.py --fortified|--unfortified FILE...

One line per finding, with the option that is missing; exit 1 when there is any. Needs readelf (binutils).
--unfortified is for builds without optimisation, and for binaries whose buffers the compiler has nothing to check of.
Where they come from: OpenSSF, "Compiler Options Hardening Guide for C and C++".
"""
import os
import re
import subprocess
import sys

ENDBR64 = b"\xf3\x0f\x1e\xfa"  # the first instruction of a function that may be called indirectly
BTI = b"\x5f\x24\x03\xd5"


def readelf(option, binary):
    done = subprocess.run(["readelf", "-W", option, binary], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0 or "Error" in done.stderr:
        sys.exit(f"{binary}: readelf {option} failed: {done.stderr.strip()}")
    return done.stdout


def text_section(binary):
    found = re.search(r"\s\.text\s+PROGBITS\s+\w+\s+(\w+)\s+(\w+)", readelf("-S", binary))
    with open(binary, "rb") as file:
        file.seek(int(found.group(1), 16))
        return file.read(int(found.group(2), 16))


def findings(binary, fortified):
    header = readelf("-h", binary)
    dynamic = readelf("-d", binary)
    segments = readelf("-l", binary)
    symbols = {line.split()[7].split("@")[0] for line in readelf("--dyn-syms", binary).splitlines()
               if len(line.split()) >= 8 and line.split()[0].rstrip(":").isdigit()}
    if not re.search(r"Type:\s+DYN", header):
        yield "always lies at the same address: -fPIE -pie"
    if "INTERP" in segments and not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "is no position-independent executable: -pie"
    if not re.search(r"BIND_NOW|\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "binds lazily, so that its table of functions stays writable: -Wl,-z,now"
    if "GNU_RELRO" not in segments:
        yield "keeps its relocations writable: -Wl,-z,relro"
    stack = re.search(r"GNU_STACK\s.*?\s(R\S*(?: *E)?)\s+0x\d+$", segments, re.MULTILINE)
    if not stack or "E" in stack.group(1):
        yield "wants an executable stack: -Wl,-z,noexecstack"
    if re.search(r"^\s*LOAD\s.*\sRWE\s", segments, re.MULTILINE):
        yield "has memory that is both writable and executable"
    if re.search(r"\((RPATH|RUNPATH|TEXTREL)\)", dynamic):
        yield "has RPATH, RUNPATH or TEXTREL"
    if "__stack_chk_fail" not in symbols:
        yield "has no stack protector: -fstack-protector-strong"
    if fortified and not any(re.fullmatch(r"__\w+_chk", symbol) for symbol in symbols):
        yield "does not check the sizes of buffers: -D_FORTIFY_SOURCE=3"
    machine = re.search(r"Machine:\s+(.*)", header).group(1)
    marks = {"Advanced Micro Devices X86-64": (ENDBR64, "-fcf-protection=full"),
             "AArch64": (BTI, "-mbranch-protection=standard")}.get(machine.strip())
    if marks and text_section(binary).count(marks[0]) < 3:
        yield f"does not mark where indirect calls may go: {marks[1]}"


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("--fortified", "--unfortified"):
        print(__doc__)
        return 64
    bad = 0
    for binary in arguments[1:]:
        for finding in findings(binary, arguments[0] == "--fortified"):
            print(f"{binary}: {finding}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
