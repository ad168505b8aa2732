#!/usr/bin/env python3
"""The command as a user meets it: what it prints, what it exits with.

usage: tests/cli/cli_test.py BUILD
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
HOLDFAST = BUILD / "holdfast"
WORDS = ROOT / "examples" / "guests" / "words.wasm"

WASI = "wasi_snapshot_preview1"
MATH = """(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "half") (param f32) (result f32) (f32.div (local.get 0) (f32.const 2)))
  (func (export "third") (param f64) (result f64) (f64.div (local.get 0) (f64.const 3)))
  (func (export "both") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "vec") (param v128) (result v128) (local.get 0))
  (func (export "null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func $deep (export "deep") (call $deep)))
"""
EXIT = f"""(module (import "{WASI}" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start") (call $exit (i32.const %d))))"""
LOOP = '(module (func (export "_start") (loop (br 0))))'
GROW = '(module (memory 1) (func (export "f") (result i32) (memory.grow (i32.const 100))))'
SLEEP = f"""(module (import "{WASI}" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\\01")
  (data (i32.const 24) "\\00\\e8\\76\\48\\17")
  (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"""
TRAP = """(module $m (func $inner (unreachable)) (func $outer (call $inner)) (func (export "_start") (call $outer)))"""
THROW = """(module (tag $t (param i32)) (func (export "_start") (throw $t (i32.const 1))))"""
THREADS = "(module (memory 1 1 shared))"

tests = []


def test(function):
    tests.append(function)
    return function


class Failed(Exception):
    pass


def run(*words, stdin=b"", status=0, out=None, err=None, timeout=60, env=None):
    """Runs the command; `out` and `err` are regular expressions that have to be found."""
    child = subprocess.run([HOLDFAST, *map(str, words)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=timeout, cwd=FOLDER, env=env)
    said = f"{' '.join(map(str, words))}: exit {child.returncode}\n{child.stdout.decode(errors='replace')[:800]}" \
           f"{child.stderr.decode(errors='replace')[:800]}"
    if child.returncode != status:
        raise Failed(f"expected exit {status}; {said}")
    for pattern, text in ((out, child.stdout), (err, child.stderr)):
        if pattern is not None and not re.search(pattern, text.decode(errors="replace"), re.S | re.M):
            raise Failed(f"expected {pattern!r}; {said}")
    if status == 0 and err is None and child.stderr:
        raise Failed(f"expected nothing on standard error; {said}")
    return child.stdout


def write(name, text):
    path = FOLDER / name
    path.write_text(text) if isinstance(text, str) else path.write_bytes(text)
    return path


def equal(a, b):
    if a != b:
        raise Failed(f"expected {b!r}, got {a!r}")


@test
def invoke_reads_arguments_by_type_and_prints_results():
    math = write("math.wat", MATH)
    rows = [
        (("add", "2", "3"), "5"), (("add", "-1", "0x10"), "15"), (("add", "4294967295", "0"), "-1"),
        (("add64", "9223372036854775807", "1"), "-9223372036854775808"), (("half", "0.2"), "0.1"),
        (("third", "1"), "0.3333333333333333"), (("half", "inf"), "inf"), (("third", "nan"), "nan"),
        (("both", "1", "-2"), "-2\n1"), (("null", "null"), "1"),
        (("vec", "0x000102030405060708090a0b0c0d0e0f"), "0x000102030405060708090a0b0c0d0e0f"),
    ]
    for (name, *args), expected in rows:
        equal(run("run", "--invoke", name, math, *args).decode(), expected + "\n")


COMPONENTS = pathlib.Path(__file__).resolve().parent / "components"


@test
def components_are_called_in_wave():
    values = COMPONENTS / "values.wat"
    for tier in "interp", "jit":
        equal(run("run", "--tier", tier, "--invoke", 'swap({name: "Ann", age: 42})', values), b'(42, "Ann")\n')
        equal(run("run", "--tier", tier, "--invoke", "test:math/ops@1.0.7#add(2, 4294967295)", values), b"1\n")
    run("run", "--invoke", "trap", values, status=134, err="trapped: unreachable")
    run("run", "--invoke", "trap(1)", values, status=2, err="takes no arguments")
    run("run", "--invoke", "swap(1)", values, status=2, err="--invoke: ")
    run("run", "--invoke", "swap", values, "1", status=2, err="behind its name")
    run("run", "--invoke", "test:math/ops@2.0.0#add(1, 2)", values, status=1,
        err="no exported function .*; it exports swap, trap, test:math/ops@1.2.3#add$")
    run("run", values, status=1, err="no wasi:cli/run")


@test
def components_run_as_commands():
    hello = COMPONENTS / "hello.wat"
    equal(run("run", hello), b"hello, component\n")
    equal(run("run", hello, "argument", status=1), b"hello, component\n")
    run("run", "--trace-calls", hello, out="hello, component",
        err=r"^wasi:cli/stdout@0.2.12#get-stdout\(\) -> .*write-and-flush\(self=.*, contents=\[104, .*\) -> ok.*"
            r"\[resource-drop\]output-stream")
    equal(run("run", "--trap-unknown-imports", write("http.wat", """(component
      (import "wasi:http/outgoing-handler@0.2.0" (instance $h (export "handle" (func (param "x" u32)))))
      (core module $M (func (export "run") (result i32) (i32.const 0)))
      (core instance $m (instantiate $M))
      (func $run (result (result)) (canon lift (core func $m "run")))
      (instance $i (export "run" (func $run)))
      (export "wasi:cli/run@0.2.6" (instance $i)))""")), b"")
    run("run", FOLDER / "http.wat", status=1, err="unknown import wasi:http/outgoing-handler@0.2.0#handle")


@test
def invoke_says_what_is_wrong_with_arguments():
    math = write("math.wat", MATH)
    run("run", "--invoke", "add", math, "1", status=2, err=r"add takes 2 arguments \(i32 i32\), 1 are given")
    run("run", "--invoke", "add", math, "1", "x", status=2, err=r"argument 2 is i32: 'x' is not a number from -2147483648")
    run("run", "--invoke", "add", math, "1", "4294967296", status=2, err="'4294967296' is not")
    run("run", "--invoke", "sub", math, status=1, err="no exported function 'sub'; it exports add, add64")


@test
def exit_status_is_the_guests():
    for code in (0, 1, 7, 255):
        run(write("exit.wat", EXIT % code), status=code, err="")
    run(write("exit.wat", EXIT % 256), status=1, err="256 is more than a process can have")


@test
def traps_exit_with_134_and_a_backtrace():
    trap = write("trap.wat", TRAP)
    run("run", trap, status=134, err=r"trap\.wat: trapped: unreachable.*0: 0x[0-9a-f]+  m!inner\n.*1: .*m!outer\n")
    math = write("math.wat", MATH)
    run("run", "--invoke", "div", math, "1", "0", status=134, err="integer divide by zero")
    run("run", "--invoke", "deep", math, status=134, err="call stack exhausted.*more")
    run(write("throw.wat", THROW), status=134, err="exception")


@test
def limits_stop_a_guest():
    loop = write("loop.wat", LOOP)
    run("run", "--fuel", "10000", loop, status=134, err="out of fuel")
    begin = time.monotonic()
    run("run", "--timeout", "100ms", loop, status=134, err="time is over")
    run("run", "--timeout", "100ms", write("sleep.wat", SLEEP), status=134, err="time is over")
    if time.monotonic() - begin > 30:
        raise Failed("--timeout took too long")
    grow = write("grow.wat", GROW)
    equal(run("run", "--invoke", "f", grow), b"1\n")
    equal(run("run", "--invoke", "f", "--max-memory", "1M", grow), b"-1\n")
    run("run", "--max-stack", "4K", "--invoke", "deep", write("math.wat", MATH), status=134, err="call stack exhausted")


@test
def the_guest_gets_what_is_granted():
    note = write("note.txt", "one two two\nthree\n")
    equal(run("run", "--dir", f"{FOLDER}::/d", WORDS, "/d/note.txt").splitlines()[0].split()[:6],
          b"2 lines 4 words 18 bytes".split())
    run("run", "--dir", ".", WORDS, note.name, out="2 times \"two\"")
    run("run", WORDS, "/d/note.txt", status=1, err="words: /d/note.txt: ")
    run("run", "--dir", "nowhere::/d", WORDS, status=1, err="--dir nowhere::/d: ")
    run("run", "--env", "WORDS_TIME=1", "--dir", ".", WORDS, note.name, err=r"words: \d+\.\d ms")
    run("run", "--env", "WORDS_TIME", "--dir", ".", WORDS, note.name, err=r"words: \d", env={"WORDS_TIME": "1"})
    run("run", "--env", "MISSING", WORDS, status=1, err="this process has no such variable", env={})
    run("run", WORDS, status=2, err="usage: words FILE")
    run("run", WORDS, "--help", status=1, err="words: --help")  # behind the file words are the guest's


@test
def what_is_no_grant_grants_nothing():
    nothing = write("nothing.wat", '(module (func (export "_start")))')
    for option, word, why in (("--tcp", "1.2.3", "no pattern of addresses"), ("--tcp", "10.0.0.0/33", "no pattern"),
                              ("--tcp-listen", "*:99999", "no pattern of addresses"), ("--udp", "localhost", "no pattern"),
                              ("--lookup", "a..b", "no pattern of names"), ("--config", "x", "expected NAME=VALUE"),
                              ("--config", "=x", "no name")):
        run("run", option, word, nothing, status=1, err=f"{re.escape(option)} {re.escape(word)}: .*{why}")
    run("run", "--bucket", "b", "--bucket", "b", nothing, status=1, err="already")
    run("run", "--tcp", "*:443", "--tcp-listen", "[::1]:0", "--udp", "10.0.0.0/8:53", "--lookup", "*.example.com",
        "--allow-net", "--config", "a=b=c", "--bucket", "b", nothing)


@test
def trace_shows_each_host_call():
    note = write("note.txt", "one\n")
    run("run", "--trace-calls", "--dir", ".", WORDS, note.name,
        err=rf'{WASI}#path_open\(.*"note\.txt".*\) -> 0.*{WASI}#fd_write\(.*\["?.*\]?.*\) -> 0  \d+\.\d us')
    run("run", "--trace-calls", write("exit.wat", EXIT % 3), status=3, err=rf"{WASI}#proc_exit\(.*3\) -> exit 3")


@test
def preload_provides_imports():
    lib = write("lib.wat", '(module (func (export "one") (result i32) (i32.const 1)))')
    app = write("app.wat", '(module (import "lib" "one" (func $one (result i32))) (export "f" (func $one)))')
    equal(run("run", "--preload", f"lib={lib}", "--invoke", "f", app), b"1\n")
    run("run", "--invoke", "f", app, status=1, err="unlinkable: .*unknown import")
    run("run", "--trap-unknown-imports", "--invoke", "f", app, status=134, err="lib")


@test
def modules_without_start_are_explained():
    run(write("math.wat", MATH), status=1, err="there is no _start to run; call an export with --invoke; it exports add")


@test
def standard_input_is_a_file_too():
    equal(run("run", "--invoke", "add", "-", "1", "2", stdin=MATH.encode()), b"3\n")


@test
def wat_translates_both_ways():
    math = write("math.wat", MATH)
    run("wat", "-o", FOLDER / "math.wasm", math)
    data = (FOLDER / "math.wasm").read_bytes()
    equal(data[:8], b"\0asm\1\0\0\0")
    equal(run("wat", math), data)
    text = run("wat", FOLDER / "math.wasm")
    write("again.wat", text)
    equal(run("wat", FOLDER / "again.wat"), data)
    folded = run("wat", "--folded", FOLDER / "math.wasm")
    equal(run("wat", write("folded.wat", folded)), data)
    if b"(i32.add" not in folded:
        raise Failed("--folded does not fold")
    offsets = run("wat", "--offsets", FOLDER / "math.wasm")
    at = int(re.search(rb"\(;(0x[0-9a-f]+);\) i32\.add", offsets).group(1), 16)
    equal(data[at], 0x6a)
    equal(run("wat", write("offsets.wat", offsets)), data)
    equal(run("wat", write("folded.wat", run("wat", "--folded", "--offsets", FOLDER / "math.wasm"))), data)
    skeleton = run("wat", "--skeleton", FOLDER / "math.wasm")
    if b"i32.add" in skeleton or b'(export "add"' not in skeleton or not re.search(rb"\(; \d+ bytes ;\)", skeleton):
        raise Failed(f"--skeleton: {skeleton}")
    nameless = run("wat", "--no-names", FOLDER / "math.wasm")
    if b"$deep" in nameless or b"$deep" not in text:
        raise Failed(f"--no-names: {nameless}")
    run("wat", write("bad.wat", "(module\n  (func (i32.konst 0)))"), status=1, err=r"bad\.wat:2:\d+: malformed: unknown operator")


@test
def validate_says_where_and_why():
    run("validate", write("math.wat", MATH))
    run("validate", write("bad.wasm", b"\0asm\1\0\0\0\1\5\1\x60\0\0"), status=1, err=r"bad\.wasm: malformed: .*offset 0x")
    run("validate", write("invalid.wat", '(module (func) (func $f (result i32) (i64.const 0)))'), status=1,
        err=r"invalid\.wat: invalid: type mismatch.*function 1")
    run("validate", write("threads.wat", THREADS), status=1)
    run("validate", "--enable", "threads", FOLDER / "threads.wat")
    run("validate", FOLDER / "missing.wasm", status=1, err="missing.wasm: No such file")
    run("validate", FOLDER, status=1, err="Is a directory")


@test
def inspect_says_what_a_module_needs():
    run("inspect", WORDS, out=rf"func   {WASI}#fd_write \(i32 i32 i32 i32\) -> \(i32\)  ; .*changes.*exports: .*memory.*sections: ")
    # processed-by: two tools; language: one without a version. A section that ends too early is shown as far as it goes.
    producers = b"\x02\x0cprocessed-by\x02\x05clang\x0619.1.7\x04wasm\x011\x08language\x01\x03C11\x00"
    for size in (len(producers), len(producers) - 3):
        section = b"\x09producers" + producers[:size]
        path = write(f"producers{size}.wasm", b"\0asm\1\0\0\0\0" + bytes([len(section)]) + section)
        run("inspect", path, out=r"producers:\n  processed-by: clang 19\.1\.7\n  processed-by: wasm 1\n  language: " +
            (r"C11\n" if size == len(producers) else ""))


@test
def objdump_lists_instructions():
    run("objdump", write("math.wat", MATH), out=r"i32\.add")
    run("objdump", "-f", "2", FOLDER / "math.wat", out=r"f32\.div")
    run("objdump", "-f", "99", FOLDER / "math.wat", status=1, err="there is no function 99; the module has 9")


@test
def wast_counts_and_compares():
    script = write("a.wast", '(module (func (export "f") (result i32) (i32.const 1)))\n'
                             '(assert_return (invoke "f") (i32.const 1))\n(assert_return (invoke "f") (i32.const 2))\n')
    run("wast", script, status=1, out=r"a\.wast:3: FAILED assert_return: expected i32 2, got i32 1.*^2 passed, 1 failed$")
    known = write("known.txt", "a.wast:3\n")
    run("wast", "--known-failures", known, script, out=r"known failure.*^3 passed, 0 failed$")
    run("wast", "--known-failures", write("known1.txt", "# no newline at the end\na.wast:3"), script, out=r"^3 passed, 0 failed$")
    run("wast", "--known-failures", write("known3.txt", "a.wast:31\na.wast:3 a reason\n"), script, status=1, out="did not fail: a.wast:31")
    run("wast", "--known-failures", write("known2.txt", "a.wast:3\na.wast:2\n"), script, status=1, out="did not fail: a.wast:2")
    counts = write("counts.txt", "a.wast module=1 assert_return=2\n")
    run("wast", "--known-failures", known, "--expect-counts", counts, script)
    run("wast", "--known-failures", known, "--expect-counts", write("c2.txt", "a.wast module=1 assert_return=3\n"), script,
        status=1, out="FAILED counts")
    run("wast", write("bad.wast", "(module)\n(assert_nothing)"), status=1, err=r"bad\.wast:2:")


@test
def mistakes_are_explained():
    run(status=2, err="Commands:")
    run("runn", status=2, err="did you mean 'run'")
    run("nonsense-word", status=2, err="there is no command and no file")
    run("run", "--fule", "3", WORDS, status=2, err="did you mean --fuel")
    run("run", "--fuel", "x", WORDS, status=2, err="'x' is not a number")
    run("run", "--timeout", "soon", WORDS, status=2, err="is not a duration such as")
    run("run", "--tier", "fast", WORDS, status=2, err=r"is not auto\|interp\|jit")
    run("run", "--enable", "magic", WORDS, status=2, err="is not names from threads")
    run("run", "--fuel", status=2, err="--fuel needs N")
    run("run", "--trace-calls=1", WORDS, status=2, err="takes no argument")
    run("run", status=2, err="run needs FILE")
    run("run", "missing.wasm", status=1, err="missing.wasm: No such file")


@test
def help_teaches():
    run("--help", out="Commands:.*run FILE.*help COMMAND")
    run("--version", out=r"^holdfast \d+\.\d+\.\d+\ntier (interp|jit): .+\n$")
    for verb in ("run", "wast", "wat", "validate", "objdump", "inspect"):
        text = run("help", verb)
        equal(run(verb, "--help"), text)
        if f"$ holdfast {verb}".encode() not in text:
            raise Failed(f"help {verb} has no example")
        if max(map(len, text.decode().splitlines())) > 130:
            raise Failed(f"help {verb} has long lines")
    run("help", "nothing", status=2)


@test
def manual_and_completion_are_the_tables():
    equal((ROOT / "docs" / "holdfast.1").read_bytes(), run("help", "--man"))
    equal((ROOT / "docs" / "holdfast.bash").read_bytes(), run("help", "--completion"))
    script = write("complete.sh", (ROOT / "docs" / "holdfast.bash").read_text() +
                   'COMP_WORDS=(holdfast run --ti); COMP_CWORD=2; _holdfast; echo "${COMPREPLY[*]}"\n')
    equal(subprocess.run(["bash", script], stdout=subprocess.PIPE).stdout, b"--timeout --tier\n")


@test
def terminal_escapes_in_names_are_not_printed():
    evil = write("evil.wat", '(module (func (export "a\\1b[31m")))')
    if b"\x1b" in run("inspect", evil):
        raise Failed("an escape reached the terminal")


@test
def a_closed_output_is_an_error():
    reader, writer = os.pipe()
    os.close(reader)  # before the command starts, so that no write can succeed
    child = subprocess.run([HOLDFAST, "help", "--man"], stdout=writer, stderr=subprocess.PIPE,
                           preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
    os.close(writer)
    if child.returncode == 0:
        raise Failed("exit 0 although nothing could be written")


def main():
    global FOLDER
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = pathlib.Path(folder)
        for function in tests:
            try:
                function()
                print(f"ok {function.__name__}")
            except (Failed, OSError, subprocess.TimeoutExpired) as why:
                print(f"FAILED {function.__name__}: {why}")
                failed += 1
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
