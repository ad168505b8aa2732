#!/usr/bin/env python3
"""Runs scripts through `holdfast wast`, in one of several ways, and compares what was executed with tables.

usage: tests/spec/run.py BUILD DATA MODE      the specification's suite
       tests/spec/run.py BUILD own MODE       the project's own scripts, and those that it generates
       tests/spec/run.py BUILD DATA --update  writes the table of counts anew

MODE: threaded, threaded-plain, switch, switch-plain (the interpreter's variants), jit, jit-gc, checked (no reservation, no signals), or
gc (scripts that use the guest heap, with a collection at every allocation).

tests/spec/counts.txt says how many commands of each kind every script of the suite executes; its known failures are listed in
tests/spec/known_failures.txt, and one that does not fail is a failure too. The project's own scripts are all files of
tests/wast, each with the features that its first line names: `;;! features: threads wide-arithmetic`.
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
    "checked": ["--no-reservation", "--no-signals"],
    "gc": ["--gc-interval", "1"],
    "jit-gc": ["--tier", "jit", "--gc-interval", "1"],
}
HEAP = re.compile(r"\b(struct|array|i31|exnref|throw|extern\.convert_any)\b")
FEATURES = re.compile(r";;! features:(.*)")
COUNTS = ROOT / "tests" / "spec" / "counts.txt"
KNOWN = ROOT / "tests" / "spec" / "known_failures.txt"


def own_groups(build):
    """Scripts by the features that they want."""
    generated = build / "wast"
    subprocess.run([sys.executable, ROOT / "tests" / "wast" / "generate.py", generated], check=True)
    groups = {}
    for path in sorted([*(ROOT / "tests" / "wast").rglob("*.wast"), *generated.rglob("*.wast")]):
        with open(path, encoding="utf-8", errors="replace") as file:
            header = FEATURES.match(file.readline())
        groups.setdefault(",".join(header.group(1).split()) if header else "", []).append(path)
    return list(groups.items())


def spec_groups(data):
    spec = pathlib.Path(data) / "spec"
    folders = (("", "core"), ("branch-hints", "custom"), ("legacy-exceptions", "legacy"))
    return [(features, sorted((spec / folder).rglob("*.wast"))) for features, folder in folders]


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
    for features, files in spec_groups(data):
        text, _, _ = run(build, files, features, ["--counts"])
        for line in text.splitlines():
            if re.match(r"\S+\.wast( [a-z_]+=\d+)+$", line):
                name, _, counts = line.partition(" ")
                table += f"{pathlib.Path(name).relative_to(pathlib.Path(data) / 'spec')} {counts}\n"
    COUNTS.write_text(table)


def compare_files(data):
    """The suite has the files of the table, no more and no fewer."""
    spec = pathlib.Path(data) / "spec"
    found = {str(file.relative_to(spec)) for _, files in spec_groups(data) for file in files}
    listed = {line.split(" ")[0] for line in COUNTS.read_text().splitlines() if line and line[0] != "#"}
    return [f"{name}: is in {'the table' if name in listed else 'the folder'} only" for name in sorted(found ^ listed)]


def main():
    build, data, mode = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3]
    if mode == "--update":
        return update(build, data)
    passed = failed = 0
    for features, files in own_groups(build) if data == "own" else spec_groups(data):
        if mode.endswith("gc"):
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
