#!/usr/bin/env python3
"""Writes src/zone_table.inc from the system's time zone files: make_zone_table.py [FOLDER].

Run it after an update of tzdata, and check the result in. FOLDER is /usr/share/zoneinfo unless named. Changes before 1970 are
left out, and so are those that a zone's repeating rule gives anyway. Formats: RFC 9636 (TZif, and the rule in its footer).
"""
import datetime
import pathlib
import re
import struct
import sys

CENTURY = range(1970, 2038)
RULE = re.compile(
    r"^(?:[A-Za-z]+|<[^>]+>)([+-]?[0-9:]+)(?:(?:[A-Za-z]+|<[^>]+>)([+-]?[0-9:]+)?,M(\d+)\.(\d)\.(\d)(?:/([+-]?[0-9:]+))?,M(\d+)\.(\d)\.(\d)(?:/([+-]?[0-9:]+))?)?$"
)


def seconds_of(text):
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


def parse_rule(text):
    """(offset, None), or (offset, (summer offset, start, end)); start and end are (month, week, weekday, second)."""
    found = RULE.match(text)
    if not found:
        sys.exit(f"the rule {text!r} has a form that is not known here")
    offset = -seconds_of(found[1])
    if not found[3]:
        return offset, None
    summer = -seconds_of(found[2]) if found[2] else offset + 3600
    day = lambda at: (int(found[at]), int(found[at + 1]), int(found[at + 2]), seconds_of(found[at + 3] or "2"))
    return offset, (summer, day(3), day(7))


def day_second(year, day):
    month, week, weekday, second = day
    first = datetime.date(year, month, 1)
    number = 1 + (weekday - first.isoweekday()) % 7 + (week - 1) * 7
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(1)).day
    while number > last:
        number -= 7
    return (datetime.date(year, month, number) - datetime.date(1970, 1, 1)).days * 86400 + second


def rule_changes(offset, rule, years):
    summer, start, end = rule
    changes = []
    for year in years:
        changes.append((day_second(year, start) - offset, summer))
        changes.append((day_second(year, end) - summer, offset))
    return sorted(changes)


def read_zone(path):
    """(offset at 1970, changes since, repeating rule or None); None if it is no zone."""
    data = path.read_bytes()
    if data[:4] != b"TZif" or data[4:5] < b"2":
        return None
    header = lambda at: struct.unpack(">6l", data[at + 20 : at + 44])
    utc, std, leap, times, types, chars = header(0)
    at = 44 + times * 5 + types * 6 + chars + leap * 8 + std + utc
    utc, std, leap, times, types, chars = header(at)
    at += 44
    moments = struct.unpack(f">{times}q", data[at : at + 8 * times])
    indices = data[at + 8 * times : at + 9 * times]
    at += 9 * times
    offsets = [struct.unpack(">lBB", data[at + 6 * i : at + 6 * i + 6])[0] for i in range(types)]
    footer = data[at + 6 * types + chars + leap * 12 + std + utc :].strip().decode()
    first = now = offsets[0]
    changes = []
    for moment, index in zip(moments, indices):
        if offsets[index] == now:
            continue
        now = offsets[index]
        if moment < 0:
            first = now
        else:
            changes.append((moment, now))
    offset, rule = parse_rule(footer)
    if rule is None:
        assert now == offset, path
        return first, tuple(changes), None
    ruled = rule_changes(offset, rule, CENTURY)
    shared = 0
    while shared < min(len(ruled), len(changes)) and ruled[-1 - shared] == changes[-1 - shared]:
        shared += 1
    if shared == 0:
        # Explicit changes that go on beyond the years above: the rule begins with a later one.
        ruled = [each for each in rule_changes(offset, rule, range(1970, 2101)) if each[0] <= changes[-1][0]]
        assert ruled[-1] == changes[-1], path
        shared = 1
    # One of the rule's own stays: from it on the rule is right.
    kept = changes[: len(changes) - shared + 1]
    return first, tuple(kept), (offset,) + rule


def numbers(name, kind, values):
    lines, line = [], " "
    for value in values:
        if len(line) + len(str(value)) > 115:
            lines.append(line)
            line = " "
        line += f" {value},"
    return f"constexpr {kind} {name}[] = {{\n" + "\n".join(lines + [line]) + "\n};\n"


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/zoneinfo")
    version = (folder / "tzdata.zi").read_text().split("\n")[0].removeprefix("# version ").strip()
    zones, names = {}, {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or name.split("/")[0] in ("posix", "right") or name in ("localtime", "posixrules", "Factory"):
            continue
        zone = read_zone(path)
        if zone is not None:
            names[name] = zones.setdefault(zone, len(zones))
    offsets = sorted({each for zone in zones for each in [zone[0]] + [offset for _, offset in zone[1]]})
    rules = sorted({zone[2] for zone in zones if zone[2]})
    moments, indices, rows = [], [], []
    for first, changes, rule in zones:
        rows.append(f"{{{len(moments)}, {len(changes)}, {offsets.index(first)}, {rules.index(rule) if rule else -1}}}")
        for moment, offset in changes:
            moments.append(f"{moment}u")
            indices.append(offsets.index(offset))
    sorted_names = sorted(names, key=str.lower)
    starts, at = [], 0
    for name in sorted_names:
        starts.append(f"{{{at}, {names[name]}}}")
        at += len(name) + 1
    day = lambda each: "{" + ", ".join(map(str, each)) + "}"
    text = f"""// Written by make_zone_table.py from tzdata {version}. Do not edit.
// clang-format off
constexpr std::string_view table_version = "{version}";
{numbers("table_offsets", "std::int32_t", offsets)}
{numbers("table_moments", "std::uint32_t", moments)}
{numbers("table_changes", "std::uint8_t", indices)}
{numbers("table_rules", "RepeatingRule", [f"{{{o}, {s}, {day(b)}, {day(e)}}}" for o, s, b, e in rules])}
{numbers("table_zones", "ZoneRow", rows)}
{numbers("table_names", "NameRow", starts)}
constexpr char table_text[] =
"""
    text += "\n".join(f'  "{name}\\0"' for name in sorted_names) + ";\n// clang-format on\n"
    (pathlib.Path(__file__).parent / "src" / "zone_table.inc").write_text(text)


if __name__ == "__main__":
    main()
