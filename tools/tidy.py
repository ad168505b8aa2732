#!/usr/bin/env python3
"""The tidy test: what can be said of the tree without running it.

usage: tools/tidy.py BUILD [CHECK]...

Each check prints what is wrong, then `ok NAME`, `FAILED NAME` or `skipped NAME: why`; the last line counts.
"""

import concurrent.futures
import fnmatch
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]


class Skip(Exception):
    pass


def tracked(*patterns):
    """The files of the project: what git knows or would add; without git, what is there."""
    if shutil.which("git") and (ROOT / ".git").exists():
        out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
                             cwd=ROOT, check=True, capture_output=True, text=True).stdout
        paths = [ROOT / name for name in out.split("\0") if name]
    else:
        names = [(path, relative(path)) for path in ROOT.rglob("*")]
        paths = [path for path, name in names if not name.startswith("build/")
                 and any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    return sorted(path for path in set(paths) if path.is_file())


def relative(path):
    return str(path.relative_to(ROOT))


def strip_c(text):
    """The text with comments and the insides of literals blanked, lines kept."""
    def blank(match):
        found = match.group(0)
        if found[0] in "\"'":
            return found[0] * 2
        return " " + "\n" * found.count("\n")
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def format(build):
    """Sources are laid out as .clang-format says."""
    if not shutil.which("clang-format-19"):
        raise Skip("clang-format-19 is not installed")
    sources = [relative(path) for path in tracked("*.c", "*.h")]
    if not sources:
        return []
    done = subprocess.run(["clang-format-19", "--dry-run", *sources], cwd=ROOT, capture_output=True, text=True)
    # One line a file is enough: `make format` mends them all.
    return sorted({f"{line.split(':')[0]}: not formatted (make format)"
                   for line in done.stderr.splitlines() if "warning:" in line or "error:" in line})


def layers(build):
    """Includes follow the room() lines."""
    return check_layers.check(ROOT)


def headers(build):
    """Every header can be included alone, and twice; public ones also as C99 and as C++17."""
    rooms = check_layers.read_rooms(ROOT, lambda complaint: None)
    todo = []
    for path in tracked("*.h"):
        place = path.relative_to(ROOT).parts
        if place[0] == "include":
            name = "/".join(place[1:])
            include = f"#include <{name}>\n" * 2
            todo.append((path, ["gcc", "-std=c99", "-pedantic", "-x", "c"], include))
            todo.append((path, ["g++", "-std=c++17", "-pedantic", "-x", "c++"], include))
        elif place[0] == "src":
            name = "/".join(place[1:])
            gnu = place[1] in rooms and rooms[place[1]].gnu
            options = ["-D_GNU_SOURCE"] if gnu else []
            todo.append((path, ["gcc", "-std=c17", "-x", "c", *options], f'#include "{name}"\n' * 2))

    def compile(job):
        path, command, text = job
        if not shutil.which(command[0]):
            return None
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([*command, *WARNINGS, "-iquote", ROOT / "src", "-iquote", build / "gen", "-I", ROOT / "include",
                                   file.name],
                                  capture_output=True, text=True)
        return f"{relative(path)}: as {command[1][5:]}:\n{done.stderr}" if done.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(compile, todo))
    if None in results and not any(results):
        raise Skip("g++ is not installed: public headers were compiled as C99 only")
    return [result for result in results if result]


def symbols_of(path, *options):
    out = subprocess.run(["nm", "--defined-only", "-g", *options, path], check=True, capture_output=True, text=True)
    return [line.split()[-1] for line in out.stdout.splitlines() if len(line.split()) == 3]


def exports(build):
    """The libraries show hf_* and wasm_*, and nothing else; the shared one with versions."""
    shared, static = build / "libholdfast.so", build / "libholdfast.a"
    if not shared.exists():
        return [f"{shared.name} was not built"]
    wrong = []
    for symbol in symbols_of(shared, "-D", "--with-symbol-versions"):
        if not re.fullmatch(r"(hf|wasm)_\w+@@HOLDFAST_\d+\.\d+|HOLDFAST_\d+\.\d+(@@HOLDFAST_\d+\.\d+)?", symbol):
            wrong.append(f"{shared.name}: exports {symbol}")
    for symbol in symbols_of(static):
        if not re.fullmatch(r"(hf|wasm)_\w+", symbol):
            wrong.append(f"{static.name}: exports {symbol}")
    return wrong


def names(build):
    """No function of ours has the name of one of libc's: in a static program it would take its place."""
    libc = subprocess.run(["cc", "-print-file-name=libc.so.6"], capture_output=True, text=True).stdout.strip()
    theirs = {symbol.split("@")[0] for symbol in symbols_of(libc, "-D")}
    return [f"{relative(path)}: defines {symbol}" for path in sorted((build / "src").rglob("*.o"))
            for symbol in symbols_of(path) if symbol in theirs]


def calls(build):
    """The library makes no call that tools/banned-calls.txt bans."""
    banned, allowed, wrong = {}, {}, []
    for line in (ROOT / "tools" / "banned-calls.txt").read_text().splitlines():
        words, _, why = line.partition("#")
        words = words.split()
        if words and words[0] == "ban":
            banned.update(dict.fromkeys(words[1:], why.strip()))
        elif words and words[0] == "allow" and len(words) == 3 and why.strip():
            allowed[words[1], words[2]] = False
        elif words:
            wrong.append(f"tools/banned-calls.txt: cannot read: {line}")
    call = re.compile(r"(?<![\w.>])(" + "|".join(banned) + r")\s*\(")
    for path in tracked("src/*.c", "src/*.h", "src/*.def", "src/*.inc"):
        if path.stem.endswith("_test") or relative(path).startswith("src/cli/"):
            continue
        text = strip_c(path.read_text())
        for match in call.finditer(text):
            if (relative(path), match.group(1)) in allowed:
                allowed[relative(path), match.group(1)] = True
            else:
                line = text.count("\n", 0, match.start()) + 1
                wrong.append(f"{relative(path)}:{line}: {match.group(1)}(): {banned[match.group(1)]}")
    wrong += [f"tools/banned-calls.txt: {file} does not call {name}" for (file, name), used in allowed.items() if not used]
    return wrong


def paths(build):
    """Documents name files that there are. `owner/repository: path` speaks of another project."""
    folders = "src|include|docs|tests|tools|examples|fuzz|bench|cmake|wit"
    token = re.compile(rf"(?<![\w./:-])(?<!: `)(?:\./)?((?:{folders})/[\w./*<>{{}}-]*[\w/*>}}])")
    link = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
    wrong = []
    for path in tracked("*.md"):
        if path.name == "CHANGELOG.md":  # it speaks of what was
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            names = [(ROOT / name, name) for name in token.findall(line)]
            names += [(path.parent / name, name) for name in link.findall(line) if not re.match(r"[a-z]+:", name)]
            for target, name in names:
                if re.search(r"[*<{]|\b[A-Z]+\b(?!\.md)", name):  # a pattern, or a NAME to be filled in
                    continue
                if not target.exists():
                    wrong.append(f"{relative(path)}:{number}: there is no {name}")
    return wrong


def text(build):
    """Text files have no tabs where none belong, no trailing blanks, and end with a newline."""
    wrong = []
    for path in tracked("*.c", "*.h", "*.def", "*.py", "*.md", "*.txt", "*.cmake", "*.json", "tools/*", ".ci/*"):
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.rstrip() != line:
                wrong.append(f"{relative(path)}:{number}: blanks at the end of the line")
            if b"\t" in line:
                wrong.append(f"{relative(path)}:{number}: a tab")
        if data and not data.endswith(b"\n"):
            wrong.append(f"{relative(path)}: no newline at the end")
    return wrong


CHECKS = [format, layers, headers, exports, names, calls, paths, text]


def main():
    build = pathlib.Path(sys.argv[1])
    passed = failed = skipped = 0
    for check in CHECKS:
        if sys.argv[2:] and check.__name__ not in sys.argv[2:]:
            continue
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
