#!/usr/bin/env python3
"""The example programs of WebAssembly/wasm-c-api compile unchanged against include/wasm.h and run.

usage: tests/cli/capi_test.py BUILD

HOLDFAST_WASM_C_API names the folder that holds them (NAME.c beside NAME.wasm, its `example`); they are not part of the
repository. hostref.wasm there is older than the standard's encoding of ref.null: it is made anew from its text.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = ["callback", "finalize", "global", "hello", "hostref", "memory", "multi", "reflect", "serialize", "start", "table",
         "threads", "trap"]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def main():
    build, folder = pathlib.Path(sys.argv[1]).resolve(), os.environ.get("HOLDFAST_WASM_C_API")
    passed = failed = 0
    if not folder or not (pathlib.Path(folder) / "hello.c").exists():
        print("skipped: HOLDFAST_WASM_C_API names no folder of examples\n0 passed, 0 failed, 1 skipped")
        return
    folder = pathlib.Path(folder)
    with tempfile.TemporaryDirectory() as out:
        for name in NAMES:
            shutil.copy(folder / f"{name}.wasm", out)
        text = (folder / "hostref.wat").read_text().replace("(ref.null)", "(ref.null extern)")
        subprocess.run([build / "holdfast", "wat", "-o", f"{out}/hostref.wasm", "-"], input=text.encode(), check=True)
        for name in NAMES:
            program = pathlib.Path(out) / name
            flags = SANITIZED if build.name == "asan" else []
            # Nothing but our header is found; warnings are the examples' own.
            words = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-w", "-g", *flags, "-I", ROOT / "include", folder / f"{name}.c",
                     "-o", program, build / "libholdfast.a", "-lm", "-lpthread"]
            step = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if step.returncode == 0:
                step = subprocess.run([program], cwd=out, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=120)
            text = step.stdout.decode(errors="replace")
            good = step.returncode == 0 and "Error" not in text and (name == "threads" or text.endswith("Done.\n"))
            print(f"ok {name}" if good else f"FAILED {name}: exit {step.returncode}\n{text[-1500:]}")
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
