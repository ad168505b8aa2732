#!/usr/bin/env python3
"""Runs scripts through `holdfast wast`, in one of several ways, and compares what was executed with tables.

usage: tests/spec/run.py BUILD DATA MODE      the specification's suite
       tests/spec/run.py BUILD own MODE       the project's own scripts
       tests/spec/run.py BUILD DATA --update  writes the table of counts anew

MODE: threaded, threaded-plain, switch, switch-plain (the interpreter's variants), jit, jit-plain
(with the least that it asks of a machine), jit-gc, checked (no reservation, no signals), or
gc (scripts that use the guest heap, with a collection at every allocation).

tests/spec/counts.txt says how many commands of each kind every script of the suite executes; its known failures are listed in
tests/spec/known_failures.txt, and one that does not fail is a failure too. The project's own scripts are all files of
tests/wast and tests/regress, each with the features that its first line names: `;;! features: threads wide-arithmetic`. One that allocates very
much says there after how many bytes to collect in the mode gc: `;;! gc-interval: 4096`.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODES = {
    "threaded": ["--interp", "threaded"],
    "threaded-plain": ["--interp", "threaded-plain"],
    "switch": ["--interp", "switch"],
    "switch-plain": ["--interp", "switch-plain"],
    "jit": ["--tier", "jit"],
    "jit-plain": ["--tier", "jit", "--interp", "threaded-plain"],
    "checked": ["--tier", "interp", "--no-reservation", "--no-signals"],
    "gc": [],
    "jit-gc": [],
}
HEAP = re.compile(r"\b(struct|array|i31|exnref|throw|extern\.convert_any)\b")
FEATURES = re.compile(r";;! features:([a-z0-9 -]*)")
INTERVAL = re.compile(r";;!.* gc-interval: (\d+)")
COUNTS = ROOT / "tests" / "spec" / "counts.txt"
KNOWN = ROOT / "tests" / "spec" / "known_failures.txt"


def own_groups():
    """Scripts by the features that they want."""
    groups = {}
    own = [path for folder in ("wast", "regress") for path in (ROOT / "tests" / folder).rglob("*.wast")]
    for path in sorted(own):
        with open(path, encoding="utf-8", errors="replace") as file:
            line = file.readline()
        features, interval = FEATURES.match(line), INTERVAL.match(line)
        key = (",".join(features.group(1).split()) if features else "", interval.group(1) if interval else "1")
        groups.setdefault(key, []).append(path)
    return [(features, interval, files) for (features, interval), files in groups.items()]


def spec_groups(data):
    spec = pathlib.Path(data) / "spec"
    folders = (("", "core"), ("branch-hints", "custom"), ("legacy-exceptions", "legacy"))
    return [(features, "1", sorted((spec / folder).rglob("*.wast"))) for features, folder in folders]


def run(build, files, features, options):
    """(output, passed, failed) of one call of the command."""
    words = [build / "holdfast", "wast", "--quiet", *(["--enable", features] if features else []), *options]
    child = subprocess.run([*words, *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = child.stdout.decode(errors="replace")
    last = re.search(r"^(\d+) passed, (\d+) failed\n\Z", text, re.M)
    if not last or (child.returncode != 0) != (last.group(2) != "0"):
        return text + f"FAILED {' '.join(map(str, words))}: exit status {child.returncode}\n", 0, 1
    return text[:last.start()], int(last.group(1)), int(last.group(2))


def update(build, data):
    table = "# Commands that every script executes, by kind. Written by tests/spec/run.py --update.\n"
    for features, _, files in spec_groups(data):
        text, _, _ = run(build, files, features, ["--counts"])
        for line in text.splitlines():
            if re.match(r"\S+\.wast( [a-z_]+=\d+)+$", line):
                name, _, counts = line.partition(" ")
                table += f"{pathlib.Path(name).relative_to(pathlib.Path(data) / 'spec')} {counts}\n"
    COUNTS.write_text(table)


def compare_files(data):
    """The suite has the files of the table, no more and no fewer."""
    spec = pathlib.Path(data) / "spec"
    found = {str(file.relative_to(spec)) for _, _, files in spec_groups(data) for file in files}
    listed = {line.split(" ")[0] for line in COUNTS.read_text().splitlines() if line and line[0] != "#"}
    return [f"{name}: is in {'the table' if name in listed else 'the folder'} only" for name in sorted(found ^ listed)]


def main():
    build, data, mode = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    if mode == "--update":
        return update(build, data)
    passed = failed = 0
    for features, interval, files in own_groups() if data == "own" else spec_groups(data):
        if mode.endswith("gc"):
            MODES["gc"] = ["--tier", "interp", "--gc-interval", interval]
            MODES["jit-gc"] = ["--tier", "jit", "--gc-interval", interval]
            files = [file for file in files if HEAP.search(file.read_text(errors="replace"))]
        if not files:
            continue
        options = MODES[mode] if data == "own" else [*MODES[mode], "--expect-counts", COUNTS]
        # The list of known failures is of the whole of core, where the standard's features are on.
        if data != "own" and not features and not mode.endswith("gc"):
            options = [*options, "--known-failures", KNOWN]
        text, good, bad = run(build, files, features, options)
        print(text, end="")
        passed, failed = passed + good, failed + bad
    for wrong in compare_files(data) if data != "own" else []:
        print(f"FAILED {wrong}")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
