#!/usr/bin/env python3
"""Runs the fuzz targets of a build.

usage: tools/fuzz.py BUILD [--seconds N] [TARGET]...

In the preset fuzz each target runs for N seconds (default 60), from the seeds in fuzz/corpus/TARGET and from
what earlier runs found (BUILD/corpus/TARGET); an input that fails is left in BUILD/crashes. In other presets
each target runs once over its seeds. The last line counts targets.
"""

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_intermixed_args()
    build = options.build.resolve()

    listed = (build / "fuzz" / "list.txt").read_text().split()
    targets = options.targets or listed
    unknown = set(targets) - set(listed)
    if unknown:
        sys.exit(f"fuzz: no target {' '.join(sorted(unknown))}; there are: {' '.join(listed)}")
    passed = failed = 0
    for target in targets:
        program = build / "fuzz" / f"fuzz_{target}"
        seeds = ROOT / "fuzz" / "corpus" / target
        seeds = [seeds] if seeds.is_dir() else []
        command = [program, *seeds]
        if build.name == "fuzz":
            found, crashes = build / "corpus" / target, build / "crashes"
            found.mkdir(parents=True, exist_ok=True)
            crashes.mkdir(exist_ok=True)
            command = [program, f"-max_total_time={options.seconds}", "-timeout=20", "-rss_limit_mb=2048",
                       "-print_final_stats=1", f"-artifact_prefix={crashes}/{target}-", found, *seeds]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", env=os.environ)
        lines = done.stdout.splitlines()
        print("\n".join(lines[-1:] if done.returncode == 0 else lines[-80:]))
        print(f"{'FAILED' if done.returncode else 'ok'} {target}", flush=True)
        passed, failed = passed + (done.returncode == 0), failed + (done.returncode != 0)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
