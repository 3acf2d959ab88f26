#!/usr/bin/env python3
"""The compiled-in rules against Python's zoneinfo over the system's tzdata: system_zones_test.py JUDGE [SEED].

Every zone and every old name: each change of the offset from 1970 to 2100, the offset around it, and random instants and wall
clocks, half of them near a change. Skipped (77) where the system has another release of tzdata, or none.
"""
import datetime
import pathlib
import random
import subprocess
import sys
import zoneinfo

FOLDER = pathlib.Path("/usr/share/zoneinfo")
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
AWARE_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = 0, int((datetime.datetime(2101, 1, 1) - EPOCH).total_seconds())
STEP = 3 * 86400  # shorter than the time between any two changes; a pair that cancels itself out within it shows in the count


def ask_all(questions):
    answers, _ = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True).communicate("\n".join(questions) + "\n")
    return answers.split("\n")[:-1]


def offset_of(zone, instant):
    return int((AWARE_EPOCH + datetime.timedelta(seconds=instant)).astimezone(zone).utcoffset().total_seconds())


def changes_of(zone):
    """Found by walking: nothing of the file's own lists is believed."""
    found, before = [], offset_of(zone, FIRST)
    for at in range(FIRST + STEP, LAST, STEP):
        now = offset_of(zone, at)
        if now == before:
            continue
        low, high = at - STEP, at
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset_of(zone, middle) == before else (low, middle)
        found.append(high)
        before = now
    return found


def instants_of(zone, wall):
    """By trying both folds of PEP 495 and keeping what comes back as it went in."""
    naive = EPOCH + datetime.timedelta(seconds=wall)
    found = set()
    for fold in (0, 1):
        instant = naive.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == naive:
            found.add(int((instant - AWARE_EPOCH).total_seconds()))
    return sorted(found)


def main():
    release = ask_all(["version"])[0]
    source = FOLDER / "tzdata.zi"
    system = source.read_text().split("\n")[0].removeprefix("# version ").strip() if source.exists() else "no tzdata"
    if system != release:
        print(f"SKIPPED: the rules are of tzdata {release}, the system has {system}")
        return 77
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}; tzdata {release}")
    draw = random.Random(seed)
    zoneinfo.reset_tzpath([str(FOLDER)])
    files = {}
    for name in sorted(zoneinfo.available_timezones() - {"Factory", "localtime", "posixrules"}):
        files.setdefault((FOLDER / name).read_bytes(), []).append(name)
    questions, expected, walked = [], [], 0
    for names in files.values():
        zone = zoneinfo.ZoneInfo(names[0])
        changes = changes_of(zone)
        walked += len(changes)
        for name in names:
            questions.append(f"changes {name} {FIRST} {changes[-1] + STEP if changes and changes[-1] + STEP > LAST else LAST - STEP}")
            expected.append(" ".join(str(each) for each in changes if each <= LAST - STEP))
        for change in changes:
            for instant in (change - 1, change):
                questions.append(f"offset {draw.choice(names)} {instant}")
                expected.append(str(offset_of(zone, instant)))
        for _ in range(300):
            near = draw.choice(changes) if changes and draw.random() < 0.5 else None
            instant = near + draw.randrange(-3 * 3600, 3 * 3600) if near else draw.randrange(FIRST + 86400, LAST)
            if instant < FIRST + 86400:
                continue
            questions.append(f"offset {names[0]} {instant}")
            expected.append(str(offset_of(zone, instant)))
            wall = instant + offset_of(zone, instant) + draw.randrange(-7200, 7200)
            questions.append(f"instants {names[0]} {wall}")
            expected.append(" ".join(map(str, instants_of(zone, wall))))
    answers = ask_all(questions)
    wrong = [each for each in zip(questions, expected, answers) if each[1] != each[2]]
    for question, right, answer in wrong[:20]:
        print(f"{question}\n  zoneinfo: {right[:300]}\n  table:    {answer[:300]}")
    print(f"{len(files)} zones under {sum(map(len, files.values()))} names, {walked} changes, {len(questions)} questions, {len(wrong)} wrong")
    return 1 if wrong or len(answers) != len(questions) or walked < 10_000 else 0


sys.exit(main())
