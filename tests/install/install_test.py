#!/usr/bin/env python3
"""Installs a build, moves the tree, and builds and runs an embedder's program against it in every way offered.

usage: tests/install/install_test.py BUILD
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]


class Case:
    """The tree, and a folder to build in."""

    def __init__(self, build, folder):
        first, self.prefix, self.work = folder / "first", folder / "moved", folder / "work"
        self.run("cmake", "--install", build, "--prefix", first)
        first.rename(self.prefix)
        self.work.mkdir()

    def run(self, *command, **environment):
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, **environment))
        if done.returncode:
            raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}")
        return done.stdout

    def pkg_config(self, *options):
        return self.run("pkg-config", *options, "holdfast", PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig")).split()

    def expect_ok(self, program):
        out = self.run(program, LD_LIBRARY_PATH=str(self.prefix / "lib"))
        assert out == "ok\n", out


def headers_are_there(case):
    assert (case.prefix / "include/holdfast/status.h").exists()


def library_has_a_versioned_soname(case):
    dynamic = case.run("readelf", "-d", case.prefix / "lib/libholdfast.so")
    version = case.pkg_config("--modversion")[0]
    assert f"soname: [libholdfast.so.{version.split('.')[0]}]" in dynamic, dynamic
    assert (case.prefix / f"lib/libholdfast.so.{version}").exists()
    assert "RPATH" not in dynamic and "RUNPATH" not in dynamic, dynamic


def library_needs_only_libc(case):
    dynamic = case.run("readelf", "-d", case.prefix / "lib/libholdfast.so")
    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\]", dynamic))
    others = {name for name in needed if not re.match(r"lib(c|m|pthread)\.so|ld-linux", name)}
    assert not others, others


def pkg_config_shared(case):
    program = case.work / "shared"
    case.run("gcc", "-std=c99", *WARNINGS, HERE / "embedder.c", "-o", program, *case.pkg_config("--cflags", "--libs"))
    assert "libholdfast.so.0" in case.run("readelf", "-d", program)
    case.expect_ok(program)


def pkg_config_static(case):
    program = case.work / "static"
    case.run("gcc", "-std=c99", "-static", *WARNINGS, HERE / "embedder.c", "-o", program,
             *case.pkg_config("--static", "--cflags", "--libs"))
    case.expect_ok(program)


def from_cxx(case):
    if not shutil.which("g++"):
        return "g++ is not installed"
    program = case.work / "cxx"
    case.run("g++", "-std=c++17", *WARNINGS, "-x", "c++", HERE / "embedder.c", "-o", program,
             *case.pkg_config("--cflags", "--libs"))
    case.expect_ok(program)


def cmake_package(case):
    build = case.work / "cmake"
    case.run("cmake", "-G", "Ninja", "-S", HERE, "-B", build, f"-DCMAKE_PREFIX_PATH={case.prefix}")
    case.run("cmake", "--build", build)
    for program in ("with_shared", "with_static"):
        case.expect_ok(build / program)
    assert "libholdfast" not in case.run("readelf", "-d", build / "with_static")


CASES = [headers_are_there, library_has_a_versioned_soname, library_needs_only_libc, pkg_config_shared,
         pkg_config_static, from_cxx, cmake_package]


def main():
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as folder:
        case = Case(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(folder))
        for test in CASES:
            try:
                why = test(case)
                verdict = "skipped" if why else "ok"
            except AssertionError as error:
                verdict, why = "FAILED", str(error)
            print(f"{verdict} {test.__name__}" + (f": {why}" if why else ""))
            counts[verdict] += 1
    print(f"{counts['ok']} passed, {counts['FAILED']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["FAILED"] else 0)


if __name__ == "__main__":
    main()
