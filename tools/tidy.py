#!/usr/bin/env python3
"""The tidy test: what can be said of the tree without running it.

usage: tools/tidy.py BUILD

Each check prints what is wrong, then `ok NAME`, `FAILED NAME` or `skipped NAME: why`; the last line counts.
"""

import pathlib
import sys

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Skip(Exception):
    pass


def layers(build):
    """Includes follow the room() lines."""
    return check_layers.check(ROOT)


CHECKS = [layers]


def main():
    build = pathlib.Path(sys.argv[1])
    passed = failed = skipped = 0
    for check in CHECKS:
        try:
            wrong = check(build)
        except Skip as why:
            print(f"skipped {check.__name__}: {why}")
            skipped += 1
            continue
        for line in wrong:
            print(line)
        print(f"{'FAILED' if wrong else 'ok'} {check.__name__}")
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
