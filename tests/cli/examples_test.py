#!/usr/bin/env python3
"""Runs every example, compares docs/EMBEDDING.md with them, and README.md with the table of suites.

usage: tests/cli/examples_test.py BUILD

Every block of C in the document begins, in the line above it, with the name of the example it is taken from, and must stand
there line by line.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve() / "examples"
WORDS = ROOT / "examples" / "guests" / "words.wasm"

# name, arguments, exit status, pattern of standard output
RUNS = [
    ("hello_host", [], 0, r"\Athe guest calls wasi_snapshot_preview1#fd_write\nhello\n\Z"),
    ("pending", [], 0, r"\Athe guest is frozen\nok: 21\n\Z"),
    ("limits", [], 0, r"loop: out of fuel: .*loop: interrupted: .*recurse: trapped: call stack exhausted\n.*memory.grow: -1\n\Z"),
    ("typed", [], 0, r"\Apower: 1024\nsum: 20\n\Z"),
    ("values", [], 0, r"\A4 bytes, type of 24\n\{name: \"x\", level: 3\}\n\Z"),
    ("sandbox", [WORDS], 2, r"usage: words FILE"),
]


def run(name, arguments, folder):
    return subprocess.run([BUILD / name, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, cwd=folder, timeout=60)


def examples(folder):
    for name, arguments, status, pattern in RUNS:
        child = run(name, arguments, folder)
        good = child.returncode == status and re.search(pattern, child.stdout.decode(errors="replace"), re.S)
        yield f"example {name}", None if good else f"exit {child.returncode}\n{child.stdout}\n{child.stderr}"


def record_replay(folder):
    """What was recorded is replayed with no host at all, and a program that differs is found out."""
    (folder / "text.txt").write_text("alpha beta alpha\n")
    first = run("record_replay", ["record", "log", WORDS, "text.txt"], folder)
    match = re.search(rb"record (\d+) calls; ", first.stderr)
    if first.returncode or b"2 times \"alpha\"" not in first.stdout or not match:
        yield "record", f"exit {first.returncode} {first.stdout} {first.stderr}"
        return
    yield "record", None
    (folder / "text.txt").unlink()
    again = run("record_replay", ["replay", "log", WORDS], folder)
    good = again.returncode == 0 and not again.stdout and b"replay %s calls" % match.group(1) in again.stderr
    yield "replay", None if good else f"exit {again.returncode} {again.stdout} {again.stderr}"
    log = (folder / "log").read_bytes()
    (folder / "log").write_bytes(log[:len(log) // 2])
    cut = run("record_replay", ["replay", "log", WORDS], folder)
    yield "replay of half a log", None if cut.returncode == 1 and b"too early" in cut.stderr else f"exit {cut.returncode} {cut.stderr}"


def document():
    path = ROOT / "docs" / "EMBEDDING.md"
    lines = path.read_text().splitlines()
    used = set()
    for number, line in enumerate(lines):
        if not line.startswith("```c"):
            continue
        name = f"EMBEDDING.md:{number + 1}"
        source = re.match(r"<!-- (examples/\w+\.c) -->$", lines[number - 1])
        if not source or not (ROOT / source.group(1)).exists():
            yield name, "the line above does not name an example"
            continue
        block = lines[number + 1:lines.index("```", number + 1)]
        text = "\n".join((ROOT / source.group(1)).read_text().splitlines()) + "\n"
        used.add(source.group(1))
        yield name, None if "\n".join(block) + "\n" in text else f"does not stand in {source.group(1)}"
    for example in sorted((ROOT / "examples").glob("*.c")):
        shown = f"examples/{example.name}"
        yield shown, None if shown in path.read_text() else "docs/EMBEDDING.md does not mention it"


def readme():
    """The suites that README.md names as proofs are there."""
    suites = {line.split()[0] for line in (ROOT / "tests" / "suites.txt").read_text().splitlines() if line and line[0] != "#"}
    for line in (ROOT / "README.md").read_text().splitlines():
        cells = line.split("|")
        if len(cells) != 4 or not line.startswith("|"):
            continue
        for name in re.findall(r"`([a-z0-9-]+)`", cells[2]):
            yield f"README.md: {name}", None if name in suites else "tests/suites.txt has no such suite"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, wrong in (*examples(folder), *record_replay(folder), *document(), *readme()):
            print(f"FAILED {what}: {wrong}" if wrong else f"ok {what}")
            passed, failed = passed + (not wrong), failed + bool(wrong)
    ran = {row[0] for row in RUNS} | {"record_replay"}
    for example in sorted((ROOT / "examples").glob("*.c")):
        if example.stem not in ran:
            print(f"FAILED {example.name}: is not run here")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
