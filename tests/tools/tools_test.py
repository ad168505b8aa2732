#!/usr/bin/env python3
"""The tests of the tools that judge: each must see what it is there to see.

usage: tests/tools/tools_test.py
"""

import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import check_layers  # noqa: E402
import tidy  # noqa: E402


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


class Layers(Folder):
    ROOMS = {
        "src/base/CMakeLists.txt": "# the ground\nroom(base)\n",
        "src/sys/CMakeLists.txt": "room(sys GNU USES base)\n",
        "src/decode/CMakeLists.txt": "room(decode USES base)\n",
        "src/text/CMakeLists.txt": "room(text\n  USES base decode)\n",
        "src/cli/CMakeLists.txt": "room(cli GNU PUBLIC_ONLY)\n",
    }

    def judge(self, name, text, **more):
        self.write(self.ROOMS)
        self.write({name: text})
        return check_layers.check(self.root)

    def test_good(self):
        for name, text in (
            ("src/text/a.c", '#include "text/a.h"\n#include "base/x.h"\n#include "decode/decode.h"\n#include <stdint.h>\n'),
            ("src/text/a.c", "#include <holdfast/status.h>\n"),
            ("src/text/a_test.c", "#include <setjmp.h>\n#include <cmocka.h>\n"),
            ("src/sys/a.c", "#include <sys/mman.h>\n"),
            ("src/cli/a.c", '#include <unistd.h>\n#include "cli/b.h"\n'),
        ):
            with self.subTest(text):
                self.assertEqual(self.judge(name, text), [])

    def test_bad(self):
        for name, text, why in (
            ("src/decode/a.c", '#include "text/text.h"\n', "does not use text"),
            ("src/text/a.c", '#include "decode/inner.h"\n', 'only "decode/decode.h"'),
            ("src/text/a.c", '  #  include "sys/x.h"\n', "does not use sys"),
            ("src/text/a.c", '#include "a.h"\n', "not named by its path"),
            ("src/text/a.c", "#include <unistd.h>\n", "is the system"),
            ("src/text/a.c", "#include <setjmp.h>\n", "is the system"),
            ("src/cli/a.c", '#include "base/x.h"\n', "through include/ only"),
            ("src/text/a.def", '#include "sys/x.h"\n', "does not use sys"),
            ("include/holdfast/a.h", '#include "base/x.h"\n', "behind the public door"),
            ("examples/a.c", '#include "base/x.h"\n', "behind the public door"),
            ("src/attic/a.c", "\n", "must hold one room() line"),
            ("src/base/CMakeLists.txt", "room(base USES text)\n", "a circle of rooms"),
            ("src/base/CMakeLists.txt", "room(base USES attic)\n", "which is no room"),
            ("src/base/CMakeLists.txt", "room(base)\nset(x y)\n", "must hold one room() line"),
        ):
            with self.subTest(text):
                wrong = self.judge(name, text)
                self.assertTrue(any(why in line for line in wrong), wrong)
                if name != "src/base/CMakeLists.txt":
                    (self.root / name).unlink()
                if name.startswith("src/attic"):
                    (self.root / name).parent.rmdir()


class Tidy(Folder):
    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, tidy, "ROOT", tidy.ROOT)
        tidy.ROOT = self.root

    def test_calls(self):
        self.write({
            "tools/banned-calls.txt": "ban strcpy abort  # no\nallow src/a/b.c abort  # a reason\nallow src/a/b.c strcpy  # unused\n",
            "src/a/a.c": '/* strcpy(a, b) */\nint f(void) { x.abort(1); s->abort(2); my_abort(); puts("abort()"); }\n',
            "src/a/b.c": "void f(void) { abort(); }\n",
            "src/a/c.c": "// \"\nvoid f(void) { strcpy (a, b); }\n",
            "src/a/c_test.c": "void f(void) { strcpy(a, b); }\n",
        })
        self.assertEqual(tidy.calls(None), ["src/a/c.c:2: strcpy(): no",
                                            "tools/banned-calls.txt: src/a/b.c does not call strcpy"])

    def test_paths(self):
        self.write({
            "src/a/a.c": "",
            "docs/GOOD.md": "`src/a/a.c`, src/a/, src/*/x.c, src/NAME/x.c, [x](BAD.md), peer/project: `src/other.c`\n",
            "docs/BAD.md": "see `src/a/gone.c`.\n[y](gone.md) https://example.org/src/b\n",
        })
        self.assertEqual(tidy.paths(None), ["docs/BAD.md:1: there is no src/a/gone.c",
                                            "docs/BAD.md:2: there is no gone.md"])

    def test_headers(self):
        self.write({
            "src/a/CMakeLists.txt": "room(a)\n",
            "src/a/good.h": "#pragma once\n#include <stdint.h>\nstruct good { uint8_t x; };\n",
            "src/a/leans.h": "#pragma once\nstruct leans { uint8_t x; };\n",
            "src/a/twice.h": "struct twice { int x; };\n",
            "include/holdfast/mixed.h": "#ifndef X\n#define X\nstruct x { int class; };\n#endif\n",
        })
        wrong = [line.split(":\n")[0] for line in tidy.headers(pathlib.Path("build"))]
        expected = ["src/a/leans.h: as c17", "src/a/twice.h: as c17"]
        if tidy.shutil.which("g++"):
            expected.insert(0, "include/holdfast/mixed.h: as c++17")
        self.assertEqual(wrong, expected)

    def test_text(self):
        self.write({"a.c": "int x; \n\tint y;\nint z;"})
        self.assertEqual(len(tidy.text(None)), 3)


class Runner(Folder):
    def run_table(self, table, *words):
        self.write({"suites.txt": table, "build/dev/unit/list.txt": "\n"})
        done = subprocess.run([ROOT / "tools/run-tests", "--table", self.root / "suites.txt", *words]
                              + ([] if any(":" in word for word in words) else [f"test:{self.root}/build/dev"]),
                              capture_output=True, text=True)
        return done.returncode, done.stdout.splitlines()

    def test_verdicts(self):
        for line, status, last in (
            ("a exit   test 9 pair - true", 0, "1 passed, 0 failed, 0 skipped"),
            ("a exit   test 9 pair - false", 1, "0 passed, 1 failed, 0 skipped"),
            ("a counts test 9 pair - echo '7 passed, 0 failed, 2 skipped'", 0, "7 passed, 0 failed, 2 skipped"),
            ("a counts test 9 pair - echo '7 passed, 1 failed'", 1, "7 passed, 1 failed, 0 skipped"),
            ("a counts test 9 pair - sh -c 'echo 7 passed, 0 failed; exit 3'", 1, "7 passed, 1 failed, 0 skipped"),
            ("a counts test 9 pair - sh -c 'echo 7 passed, 0 failed; kill -9 $$'", 1, "7 passed, 1 failed, 0 skipped"),
            ("a counts test 9 pair - echo done", 1, "0 passed, 1 failed, 0 skipped"),
            ("a counts test 9 pair - sh -c 'echo 7 passed, 0 failed; echo more'", 1, "0 passed, 1 failed, 0 skipped"),
            ("a exit   test 9 pair no-such-tool true", 0, "0 passed, 0 failed, 1 skipped"),
            ("a exit   test 9 pair file:no/such/file true", 0, "0 passed, 0 failed, 1 skipped"),
            ("a exit   test 9 pair - no-such-tool", 1, "0 passed, 1 failed, 0 skipped"),
            ("a exit   test 1 pair - sh -c 'sleep 60 & sleep 60'", 1, "0 passed, 1 failed, 0 skipped"),
            ("a cmocka test 9 pair - {build}/unit", 0, "0 passed, 0 failed, 1 skipped"),
            ("a exit   fuzz 9 pair - false", 0, "0 passed, 0 failed, 0 skipped"),
            ("a exit   test 9 pair - true\nb exit test 9 alone - false", 1, "1 passed, 1 failed, 0 skipped"),
        ):
            with self.subTest(line):
                begin = time.monotonic()
                code, output = self.run_table(line + "\n")
                self.assertEqual((code, output[-1]), (status, last))
                self.assertLess(time.monotonic() - begin, 20)

    def test_plain_is_for_plain_builds(self):
        (self.root / "build/asan").mkdir(parents=True)
        code, output = self.run_table("a exit test 9 pair,plain - false\n", f"test:{self.root}/build/asan")
        self.assertEqual((code, output[-1]), (0, "0 passed, 0 failed, 0 skipped"))

    def test_unit_tests_are_counted_one_by_one(self):
        programs = {
            "good": ("[==========] Running 3 test(s).\n[       OK ] a\n[       OK ] b\n[  SKIPPED ] c\n"
                     "[==========] 3 test(s) run.\n[  SKIPPED ] 1 test(s), listed below:\n[  SKIPPED ] c\n", 0),
            "bad": ("[==========] Running 2 test(s).\n[       OK ] a\n[  FAILED  ] b\n"
                    "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] b\n", 1),
            "crash": ("[==========] Running 4 test(s).\n[       OK ] a\n[ RUN      ] b\n", 139),
            "empty": ("", 0),
            "leaks": ("[==========] Running 1 test(s).\n[       OK ] a\n", 23),
        }
        for name, (output, status) in programs.items():
            self.write({f"unit/{name}": f"#!/bin/sh\ncat <<'E'\n{output}E\nexit {status}\n"})
            (self.root / "unit" / name).chmod(0o755)
        self.write({"unit/list.txt": "\n".join(programs) + "\n"})
        code, output = self.run_table(f"a cmocka test 9 pair - {self.root}/unit\n")
        # good 2 + bad 1 + crash 1 + leaks 1; bad 1 + crash 3 + empty 1 + leaks 1; good 1
        self.assertEqual((code, output[-1]), (1, "5 passed, 6 failed, 1 skipped"))

    def test_table_is_checked(self):
        for line in ("a exit test 9 pair true", "a what test 9 pair - true", "a exit nowhere 9 pair - true",
                     "a exit test 9 often - true", "a exit test 9 pair - true\na exit test 9 pair - true"):
            with self.subTest(line):
                self.assertNotEqual(self.run_table(line + "\n")[0], 0)


def main():
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
