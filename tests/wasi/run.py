#!/usr/bin/env python3
"""Runs WASI 0.1 programs that say of themselves what they should do.

usage: tests/wasi/run.py BUILD FOLDER... [--only TEXT] [--modes MODE,MODE...] [--tier TIER]

FOLDER holds NAME.wasm files, as those of the WASI test suite; the word `guests` stands for our own (tests/guests), which
tools/build-guests builds first. Each program runs through the command (`holdfast run`), and through wasi_hooks in its modes plain,
identity, replay and suspend. NAME.json beside NAME.wasm may give args, env, root (a folder; each run gets a fresh copy,
preopened as /), exit_code, stdout and stderr; what it does not give is none, 0, and not looked at. Our own guests have, besides,
NAME.out (stdout), stdin, clients (see hooks.c; not through the command), and null as the root for an empty folder. A test that
is named in tests/wasi/expected-failures.txt must fail; each other one must pass. Prints `N passed, N failed, N skipped` last.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

KEYS = {"args", "env", "root", "exit_code", "stdout", "stderr", "stdin", "clients"}
MODES = ("plain", "identity", "replay", "suspend")
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS = 30


def read_expected(path):
    """`TEST: reason` lines; a TEST without a mode stands for all of them."""
    expected = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            name, _, reason = line.partition(": ")
            if not reason:
                sys.exit(f"{path}: {name}: why?")
            expected[name] = reason
    return expected


class Test:
    def __init__(self, folder, wasm):
        self.wasm = wasm
        self.name = f"{folder.name}/{wasm.stem}"
        about = wasm.with_suffix(".json")
        self.about = json.loads(about.read_text()) if about.exists() else {}
        output = wasm.with_suffix(".out")
        if output.exists():
            self.about["stdout"] = output.read_text()
        unknown = set(self.about) - KEYS
        if unknown:
            raise SystemExit(f"{about}: what is {', '.join(sorted(unknown))}?")

    def run(self, command):
        """None, or what was wrong."""
        with tempfile.TemporaryDirectory(prefix="holdfast-wasi-") as scratch:
            words = list(command)
            for name, value in self.about.get("env", {}).items():
                words += ["--env", f"{name}={value}"]
            if "root" in self.about:
                root = pathlib.Path(scratch) / "root"
                if self.about["root"] is None:
                    root.mkdir()
                else:
                    shutil.copytree(self.wasm.parent / self.about["root"], root)
                words += ["--dir", f"{root}::/"]
            if "clients" in self.about:
                words += ["--clients", str(self.about["clients"])]
            words += [str(self.wasm), *self.about.get("args", [])]
            try:
                done = subprocess.run(words, input=self.about.get("stdin", "").encode(), capture_output=True,
                                      timeout=SECONDS)
            except subprocess.TimeoutExpired:
                return f"still running after {SECONDS} s"
        wrong = []
        if done.returncode != self.about.get("exit_code", 0):
            wrong.append(f"exit code {done.returncode}, not {self.about.get('exit_code', 0)}")
        for stream in ("stdout", "stderr"):
            if stream in self.about and getattr(done, stream) != self.about[stream].encode():
                wrong.append(f"{stream} {getattr(done, stream)!r}, not {self.about[stream]!r}")
        if wrong and done.stderr:
            wrong.append(done.stderr.decode(errors="replace").strip()[-2000:])
        return "; ".join(wrong) or None


def build_guests():
    subprocess.run([sys.executable, ROOT / "tools" / "build-guests"], check=True)
    return ROOT / "build" / "guests"


def find_tests(folders):
    for folder in folders:
        folder = build_guests() if folder == "guests" else pathlib.Path(folder)
        programs = sorted(folder.glob("*.wasm"))
        if not programs:
            raise SystemExit(f"{folder}: no programs")
        for wasm in programs:
            yield Test(folder, wasm)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--only", default="")
    parser.add_argument("--modes", default=",".join(("command", *MODES)))
    parser.add_argument("--tier", default="auto", help="as of holdfast run")
    options = parser.parse_args()

    tier = ["--tier", options.tier]
    commands = {mode: [str(options.build / "wasi_hooks"), mode, *tier] for mode in MODES}
    commands["command"] = [str(options.build / "holdfast"), "run", *tier]
    expected = read_expected(HERE / "expected-failures.txt")
    seen = set()
    passed = failed = skipped = 0
    for test in find_tests(options.folders):
        if options.only not in test.name:
            continue
        for mode in options.modes.split(","):
            if not pathlib.Path(commands[mode][0]).exists() or (mode == "command" and "clients" in test.about):
                skipped += 1
                continue
            name = f"{test.name} {mode}"
            known = [key for key in (test.name, name) if key in expected]
            seen.update(known)
            wrong = test.run(commands[mode])
            if bool(wrong) == bool(known):
                passed += 1
            else:
                failed += 1
                print(f"FAILED {name}: {wrong or 'passes, but is listed in expected-failures.txt'}")
    if not options.only:
        folders = {pathlib.Path(folder).name for folder in options.folders}
        for name in sorted(name for name in set(expected) - seen if name.split("/")[0] in folders):
            failed += 1
            print(f"FAILED {name}: listed in expected-failures.txt, and there is no such test")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(failed > 0 or passed == 0)


if __name__ == "__main__":
    main()
