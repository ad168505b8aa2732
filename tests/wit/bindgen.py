#!/usr/bin/env python3
"""What `holdfast bindgen` writes: compared with golden files, compiled as C and as C++ without a warning, and run.

usage: tests/wit/bindgen.py BUILD [--update]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOLDEN = HERE / "golden"
HOLDFAST = pathlib.Path(sys.argv[1]).resolve() / "holdfast"
UPDATE = "--update" in sys.argv
CLANG = os.environ.get("HOLDFAST_CLANG", "clang-19")
WASM_TOOLS = shutil.which("wasm-tools")  # not needed, but a good second opinion
WASM = [CLANG, "--target=wasm32-wasi", "--sysroot=/usr", "-O1"]
NATIVE = [CLANG, "-O1", "-I", ROOT / "include"]
C = ["-std=c17", "-Wstrict-prototypes", "-Wmissing-prototypes"]
CXX = ["-x", "c++", "-std=c++17"]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]

passed = 0
failures = []


def command(*words):
    child = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                           check=False, text=True)
    if child.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}\n{child.stdout[:2000]}")
    return child.stdout


def check(title, function, *args):
    global passed
    try:
        function(*args)
        passed += 1
    except (AssertionError, subprocess.TimeoutExpired) as error:
        failures.append(f"{title}: {error}")


def compare(made):
    golden = GOLDEN / f"{made.name}.golden"
    if UPDATE:
        shutil.copy(made, golden)
    assert golden.exists() and golden.read_text() == made.read_text(), "is not as its golden file; see --update"


def generate(folder, what, name, wit, *words):
    command(HOLDFAST, "bindgen", "--for", what, *words, "-o", folder / name, GOLDEN / wit)


def compile_all(folder):
    for name in ("app", "caller", "callee"):
        check(f"{name}.c as C", command, *WASM, *C, *WARNINGS, "-c", folder / f"{name}.c", "-o", folder / f"{name}.o")
        check(f"{name}.c as C++", command, *WASM, *CXX, *WARNINGS, "-c", folder / f"{name}.c", "-o", folder / "x.o")
    check("app_tables.c", command, *NATIVE, *C, *WARNINGS, "-c", folder / "app_tables.c", "-o", folder / "x.o")
    user = folder / "user.cpp"
    user.write_text('#include "app_tables.h"\nint main() { return app_tables_FUNCS == 0; }\n')
    check("app_tables.h as C++", command, *NATIVE, "-std=c++17", *WARNINGS, "-c", user, "-o", folder / "x.o")


def link(folder):
    for name in ("app", "caller", "callee"):
        command(*WASM, "-mexec-model=reactor", *C, *WARNINGS, "-I", folder, GOLDEN / f"{name}_main.c", folder / f"{name}.c",
                "-o", folder / f"{name}.wasm")


def componentize(folder, name):
    """A componentizer compares the module's imports and exports with the world that stands in it."""
    command(WASM_TOOLS, "component", "new", folder / f"{name}.wasm", "-o", folder / "component.wasm")
    command(WASM_TOOLS, "validate", "--features", "all", folder / "component.wasm")


def run(folder):
    for tier in ("interp", "jit"):
        said = command(HOLDFAST, "run", "--tier", tier, "--preload", f"$root={folder / 'callee.wasm'}", "--invoke", "start",
                       folder / "caller.wasm")
        assert said.strip() == "0", f"the {said.strip()}th check failed ({tier})"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check("app", generate, folder, "guest", "app", "app.wit")
        check("tables", generate, folder, "tables", "app_tables", "app.wit")
        check("caller", generate, folder, "guest", "caller", "flat.wit", "--world", "caller")
        check("callee", generate, folder, "guest", "callee", "flat.wit", "--world", "callee")
        for made in sorted(folder.glob("app*")):
            check(made.name, compare, made)
        compile_all(folder)
        check("linked", link, folder)
        for name in ("app", "caller", "callee") if WASM_TOOLS else ():
            check(f"{name} as a component", componentize, folder, name)
        check("flat values go over as they are", run, folder)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
