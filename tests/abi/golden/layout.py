#!/usr/bin/env python3
"""The golden layout of cpi/plugin.h: what a compiled host or plugin has taken for granted.

    layout.py print  HEADER            one line per field, slot, value and type
    layout.py check  HEADER GOLDEN     0 the same, 1 a line was lost (a break), 2 lines to be added
    layout.py append HEADER GOLDEN     adds the new lines of a compatible change behind the others

A released line is never lost or changed. Types come from the header's own words, offsets and values
from the compiler. Parameter names and comments are no part of the ABI. For x86-64.
"""
import os
import re
import subprocess
import sys
import tempfile

# They live in arrays or by value, so not even appending is allowed: their size is a line of its own.
FROZEN = ("cpi_str", "cpi_bytes", "cpi_header")
DEFINES = ("CPI_ABI_MAJOR", "CPI_PLUGIN_ENTRY")


def compiler():
    return os.environ.get("CC") or "cc"


def run(arguments):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"layout.py: {' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def declarations(header):
    """The header's own declarations, without comments, macros and what it includes."""
    text, inside = [], False
    for line in run([compiler(), "-std=c11", "-E", header]).splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            inside = marker.group(1) == header
        elif inside:
            text.append(line)
    text = re.sub(r"__attribute__ ?\(\(.*?\)\)\)", "", " ".join(text))
    depth, start = 0, 0
    for i, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == ";" and depth == 0:
            yield " ".join(text[start:i].split())
            start = i + 1


def typed(words):
    """A type in one spelling: 'const cpi_event *const *'."""
    words = re.sub(r"\s*\*\s*", " * ", words)
    words = re.sub(r"\* +(?=\*|$)", "*", " ".join(words.split()))
    return re.sub(r"\* const", "*const", words).strip()


def parameters(words):
    types = []
    for parameter in words.split(","):
        parameter = parameter.strip()
        named = re.match(r"^(.*[\s*])(\w+)$", parameter)
        types.append(typed(named.group(1) if named else parameter))
    return ", ".join(types)


def split_declarator(words):
    """'cpi_str id' -> ('id', 'cpi_str'); also arrays and pointers to functions."""
    function = re.match(r"^(.*?)\( ?\* ?(\w+) ?\) ?\((.*)\)$", words)
    if function:
        result, name, arguments = function.groups()
        return name, f"{typed(result)} (*)({parameters(arguments)})"
    array = re.match(r"^(.*?)(\w+) ?\[(\w+)\]$", words)
    if array:
        return array.group(2), f"{typed(array.group(1))}[{array.group(3)}]"
    plain = re.match(r"^(.*[\s*])(\w+)$", words)
    if not plain:
        sys.exit(f"layout.py: what does this declare? {words}")
    return plain.group(2), typed(plain.group(1))


def read(header):
    """Facts in the order of the header: (kind, name, type, C expressions to be evaluated)."""
    for words in declarations(header):
        struct = re.match(r"^typedef struct (\w+) ?\{(.*)\} ?(\w+)$", words)
        values = re.match(r"^enum ?\{(.*)\}$", words)
        opaque = re.match(r"^typedef struct (\w+) (\w+)$", words)
        function = re.match(r"^(const .*?|\w+ )(\w+)\((.*)\)$", words)
        if struct:
            name = struct.group(3)
            if name in FROZEN:
                yield "frozen", name, "", [f"sizeof({name})"]
            for field in filter(None, (f.strip() for f in struct.group(2).split(";"))):
                member, kind = split_declarator(field)
                yield ("slot" if "(*)" in kind else "field", f"{name}.{member}", kind,
                       [f"offsetof({name}, {member})", f"sizeof((({name} *)0)->{member})"])
        elif values:
            for value in filter(None, (v.strip() for v in values.group(1).split(","))):
                name = value.split("=")[0].strip()
                yield "value", name, values.group(1), [name]
        elif opaque:
            yield "opaque", opaque.group(2), f"struct {opaque.group(1)}", []
        elif words.startswith("typedef "):
            name, kind = split_declarator(words[len("typedef "):])
            yield "type", name, kind, []
        elif function:
            result, name, arguments = function.groups()
            yield "entry", name, f"{typed(result)} ({parameters(arguments)})", []
        else:
            sys.exit(f"layout.py: what is this? {words}")


def evaluate(header, expressions):
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        with open(source, "w") as out:
            out.write(f'#include <stdio.h>\n#include "{header}"\n'
                      "#define WORDS(macro) #macro\n#define EXPANDED(macro) WORDS(macro)\n"
                      "int main(void) {\n")
            for expression in expressions:
                out.write(f'  printf("%lld\\n", (long long)({expression}));\n')
            for define in DEFINES:
                out.write(f'  puts(EXPANDED({define}));\n')
            out.write("  return 0;\n}\n")
        run([compiler(), "-std=c11", source, "-o", program])
        return run([program]).splitlines()


def lines_of(header):
    header = os.path.abspath(header)
    facts = list(read(header))
    results = iter(evaluate(header, [e for fact in facts for e in fact[3]]))
    lines, owners, twins = [], {}, []
    for kind, name, type_, expressions in facts:
        numbers = [next(results) for _ in expressions]
        if kind == "value":
            owner = owners.setdefault((type_, numbers[0]), name)
            if owner != name:
                twins.append(f"{name} has the value of {owner}")
            type_ = ""
        if kind in ("field", "slot"):
            where = f"offset {numbers[0]:>3} size {numbers[1]:>2}"
        elif kind == "frozen":
            where = f"size {numbers[0]}"
        elif kind == "value":
            where = f"= {numbers[0]}"
        else:
            where = ""
        lines.append(f"{kind:<6} {name:<32} {where:<22} {type_}".rstrip())
    for define in DEFINES:
        lines.append(f"define {define:<32} = {next(results)}")
    return lines, twins


def key(line):
    return " ".join(line.split())


def golden_lines(path):
    with open(path) as golden:
        return [line.rstrip("\n") for line in golden if line.strip() and not line.startswith("#")]


def misplaced(golden, added):
    """New fields that settled before the end of what was released."""
    pattern = re.compile(r"^(?:field|slot) +(\w+)\.\w+ +offset +(\d+) size +(\d+)")
    ends = {}
    for found in filter(None, map(pattern.match, golden)):
        end = int(found.group(2)) + int(found.group(3))
        ends[found.group(1)] = max(ends.get(found.group(1), 0), end)
    for found in filter(None, map(pattern.match, added)):
        if int(found.group(2)) < ends.get(found.group(1), 0):
            yield f"{found.string} lies before the end of the released struct"


def compare(header, golden_path):
    golden = golden_lines(golden_path)
    now, twins = lines_of(header)
    golden_keys, now_keys = set(map(key, golden)), set(map(key, now))
    lost = [line for line in golden if key(line) not in now_keys]
    added = [line for line in now if key(line) not in golden_keys]
    return lost, added, [*misplaced(golden, added), *twins]


def check(header, golden_path):
    lost, added, wrong = compare(header, golden_path)
    for line in lost:
        print(f"lost:  {line}")
    for line in added:
        print(f"new:   {line}")
    for line in wrong:
        print(f"wrong: {line}")
    if lost or wrong:
        print(f"\n{header} breaks the ABI: binaries that are already out there rely on the lines that were\n"
              "lost. Restore them. Append what is new to the end of a struct, under a new name and value;\n"
              "what cannot be said that way needs a new major, with a header and entry symbol of its own.")
        return 1
    if added:
        print("\nOnly additions: compatible. If they are meant, raise CPI_ABI_MINOR and record them with\n"
              f"    python3 {sys.argv[0]} append {header} {golden_path}")
        return 2
    return 0


def append(header, golden_path):
    lost, added, wrong = compare(header, golden_path)
    if lost or wrong:
        return check(header, golden_path)
    with open(header) as text:
        minor = re.search(r"#define CPI_ABI_MINOR (\d+)", text.read()).group(1)
    with open(golden_path, "a") as golden:
        golden.write(f"# Added in 1.{minor}\n")
        golden.writelines(line + "\n" for line in added)
    print(f"{len(added)} lines added to {golden_path}")
    return 0


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "print":
        print("\n".join(lines_of(arguments[1])[0]))
        return 0
    if len(arguments) == 3 and arguments[0] in ("check", "append"):
        return {"check": check, "append": append}[arguments[0]](arguments[1], arguments[2])
    print(__doc__)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
