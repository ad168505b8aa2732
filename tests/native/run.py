#!/usr/bin/env python3
"""Looks at native code: golden files, and whether two runs make the same bytes.

usage: tests/native/run.py BUILD            compares
       tests/native/run.py BUILD --update   writes the golden texts anew

A golden file is a module in text whose last lines, which begin with `;;= `, are what `holdfast objdump --native` shows of its
functions. Differences that are meant are taken over with --update and read in the diff. Then generated modules are compiled in
two processes, whose addresses differ, and have to give the same listing; so does each golden file.
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MARK = ";;= "
SEEDS = range(1, 25)


def listing(build, path):
    """The native part of a listing, or None: no native tier here."""
    result = subprocess.run([build / "holdfast", "objdump", "--native", "--enable", "all", path], capture_output=True, text=True,
                            timeout=60)
    if result.returncode:
        if "HF_UNSUPPORTED" in result.stderr:
            return None
        raise SystemExit(f"{path}: {result.stderr}")
    lines, native = [], False
    for line in result.stdout.splitlines():
        if not line.startswith(" "):
            native = line.startswith("native ")
        if native:
            lines.append(line)
    return lines


def golden(build, path, update):
    source = [line for line in path.read_text().splitlines() if not line.startswith(MARK)]
    want = [line[len(MARK):] for line in path.read_text().splitlines() if line.startswith(MARK)]
    have = listing(build, path)
    if update:
        path.write_text("\n".join(source + [MARK + line for line in have]) + "\n")
        return True
    if want == have:
        return True
    print(f"{path.name}: FAILED: the code is not that of the golden file")
    for n, (a, b) in enumerate(zip(want + [""] * len(have), have + [""] * len(want))):
        if a != b:
            print(f"  line {n + 1}\n    golden: {a}\n    now:    {b}")
            break
    return False


def same_twice(build, path):
    first, second = listing(build, path), listing(build, path)
    if first == second and first:
        return True
    where = next((i for i, (a, b) in enumerate(zip(first, second)) if a != b), 0)
    print(f"{path.name}: FAILED: two runs differ:\n  {first[where] if first else ''}\n  {second[where] if second else ''}")
    return False


def main():
    build, update = pathlib.Path(sys.argv[1]), "--update" in sys.argv
    files = sorted(HERE.glob("*.wat"))
    if listing(build, files[0]) is None:
        print("no native tier on this machine\n0 passed, 0 failed, 1 skipped")
        return 0
    results = [golden(build, path, update) for path in files]
    results += [same_twice(build, path) for path in files]
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            path = pathlib.Path(folder) / f"seed-{seed}.wasm"
            subprocess.run([build / "wasmgen", str(seed), path], check=True, timeout=60)
            results.append(same_twice(build, path))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
