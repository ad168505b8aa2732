#!/usr/bin/env python3
"""Runs the component model's suite through `holdfast wast`.

usage: tests/component/run.py BUILD DATA TIER       compares with the tables
       tests/component/run.py BUILD DATA --update   writes the tables anew

tests/component/counts.txt says how many commands of each kind every script executes; tests/component/known_failures.txt lists
the commands that fail, and one that does not fail is a failure too.
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
COUNTS, KNOWN = HERE / "counts.txt", HERE / "known_failures.txt"
# What upstream switches on to run it (test/README.md there), and threads, which a core module in it names.
FEATURES = "cm-more-async-builtins,cm-threading,cm-async-stackful,cm-fixed-length-lists,threads"


def run(build, files, options):
    words = [build / "holdfast", "wast", "--quiet", "--enable", FEATURES, *options, *files]
    child = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return child.returncode, child.stdout.decode(errors="replace")


def update(build, root, files):
    _, text = run(build, files, ["--counts"])
    counts = known = ""
    for line in text.splitlines():
        line = line.removeprefix(f"{root}/")
        if re.match(r"\S+\.wast( [a-z_]+=\d+)+$", line):
            counts += line + "\n"
        failed = re.match(r"(\S+\.wast:\d+): FAILED ([a-z_]+): (.{0,80})", line)
        if failed:
            known += f"{failed.group(1)} {failed.group(2)}: {failed.group(3).rstrip()}\n"
    COUNTS.write_text("# Commands that every script executes, by kind. Written by tests/component/run.py --update.\n" + counts)
    KNOWN.write_text("# Commands that fail, and how. Written by tests/component/run.py --update.\n" + known)


def main():
    build, root = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]) / "component-model"
    files = sorted(root.rglob("*.wast"))
    if sys.argv[3:] == ["--update"]:
        return update(build, root, files)
    status, text = run(build, files, ["--tier", sys.argv[3], "--expect-counts", COUNTS, "--known-failures", KNOWN])
    last = re.search(r"^(\d+) passed, (\d+) failed\n\Z", text, re.M)
    failed = int(last.group(2)) if last else 1
    print("".join(line + "\n" for line in text.splitlines()[:-1] if "known failure " not in line or "FAILED" in line), end="")
    listed = {line.split(" ")[0] for line in COUNTS.read_text().splitlines() if line and line[0] != "#"}
    for name in sorted(listed ^ {str(file.relative_to(root)) for file in files}):
        print(f"FAILED {name}: is in {'the table' if name in listed else 'the folder'} only")
        failed += 1
    if not last or (status != 0) != (last.group(2) != "0"):
        print(f"FAILED exit status {status}")
        failed += 1
    print(f"{last.group(1) if last else 0} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
