#!/usr/bin/env python3
"""WIT texts through `holdfast wit`: what is accepted and how it is printed, what is refused and where.

usage: tests/wit/run.py BUILD [--update]

good.txt and bad.txt hold cases: a title behind `==`, the files of the case (each behind a line `-- PATH`; without one the
text is the file a.wit), and behind `=>` what comes out. A first line `# words` gives the command further words. Cases of
good.txt must also print the same when what they printed is read. --update writes down what comes out now.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOLDFAST = pathlib.Path(sys.argv[1]).resolve() / "holdfast"


class Case:
    def __init__(self, text):
        self.title, _, rest = text.partition("\n")
        self.source, _, self.expected = rest.partition("\n=>\n")
        self.words = []
        body = self.source
        if body.startswith("# "):
            line, _, body = body.partition("\n")
            self.words = line[2:].split()
        parts = re.split(r"^-- (.*)\n", body, flags=re.M)
        self.files = [("a.wit", body)] if len(parts) == 1 else list(zip(parts[1::2], parts[2::2]))

    def run(self, folder):
        for name, text in self.files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode().decode("unicode_escape").encode("latin-1") if "\\x" in text else text.encode())
        what = ["a.wit"] if len(self.files) == 1 else ["."]
        child = run(folder, *self.words, *what)
        said = (child.stdout + child.stderr).decode(errors="replace")
        return child.returncode, said.replace("holdfast: ./", "").replace("holdfast: ", "").rstrip("\n")


def run(folder, *words):
    return subprocess.run([HOLDFAST, "wit", *words], cwd=folder, capture_output=True, timeout=20, check=False)


def cases(path):
    return [Case(text) for text in re.split(r"^== ", path.read_text(), flags=re.M)[1:]]


def check(path, status, failures):
    passed = 0
    out = []
    for case in cases(path):
        with tempfile.TemporaryDirectory() as name:
            code, said = case.run(pathlib.Path(name))
            again = said
            if code == 0 and "--world" not in case.words and "--check" not in case.words:
                again_path = pathlib.Path(name) / "again.wit"
                again_path.write_text(said + "\n")
                child = run(pathlib.Path(name), *case.words, "again.wit")
                again = (child.stdout + child.stderr).decode(errors="replace").rstrip("\n")
        out.append(f"== {case.title}\n{case.source}\n=>\n{said}\n\n")
        if code != status:
            failures.append(f"{path.name}: {case.title}: exit {code}\n{said}")
        elif "--update" not in sys.argv and said != case.expected.rstrip("\n"):
            failures.append(f"{path.name}: {case.title}: expected\n{case.expected.rstrip()}\ngot\n{said}")
        elif again != said:
            failures.append(f"{path.name}: {case.title}: printed and read again, it is\n{again}\nand was\n{said}")
        else:
            passed += 1
    if "--update" in sys.argv:
        path.write_text("".join(out))
    return passed


def check_published(failures):
    """What stands in wit/ is printed as it stands."""
    passed = 0
    for folder in sorted(path for path in (ROOT / "wit").iterdir() if path.is_dir()):
        texts = sorted(folder.glob("*.wit"))
        for text in texts:
            others = [path for path in texts if path != text]
            child = run(folder, "--all-features", *others, text)
            if child.returncode or child.stdout != text.read_bytes():
                failures.append(f"{text.name}: not as `holdfast wit` prints it\n{child.stderr.decode()}")
            else:
                passed += 1
    return passed


def main():
    failures = []
    passed = check(HERE / "good.txt", 0, failures) + check(HERE / "bad.txt", 1, failures) + check_published(failures)
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
