#!/usr/bin/env python3
"""Checks who includes whom.

usage: tools/check_layers.py [ROOT]

The rooms, and what each may use, are read from the room() lines in src/*/CMakeLists.txt. Then:
  - rooms do not use each other in a circle, and use only rooms that there are;
  - a room includes itself, what it USES, public headers, and of the C library what needs no system
    (rooms marked GNU: all of it); a room marked PUBLIC_ONLY includes itself and public headers;
  - of another room only its own header is included (src/X/X.h), unless that room is OPEN;
  - a header is named by its path from src/ ("base/arena.h") or from include/ ("holdfast/engine.h");
  - public headers and examples know nothing of src/.
Prints one line for each thing that is wrong, and exits with 1 if there is one.
"""

import pathlib
import re
import sys

OPEN = {"base", "sys", "value", "wasm", "runtime", "interp"}
STANDARD = {f"{name}.h" for name in (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math signal stdalign stdarg stdatomic "
    "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype").split()}
SYSTEM = {"signal.h", "threads.h", "time.h", "locale.h"}  # standard, and yet the system: for rooms marked GNU
TEST_ONLY = {"cmocka.h", "setjmp.h"}
SOURCES = {".c", ".h", ".def", ".inc", ".S"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)
ROOM_LINE = re.compile(r"^room\(([^)]*)\)$")
KEYWORDS = {"SOURCES", "TESTS", "USES", "GNU", "FAST", "PUBLIC_ONLY", "OPTIONS", "WIT"}


class Room:
    def __init__(self, name, words):
        self.name = name
        lists = {"": []}
        keyword = ""
        for word in words:
            if word in KEYWORDS:
                keyword = word
                lists.setdefault(word, [])
            else:
                lists[keyword].append(word)
        self.uses = lists.get("USES", [])
        self.gnu = "GNU" in lists
        self.public_only = "PUBLIC_ONLY" in lists


def read_rooms(root, complain):
    rooms = {}
    for folder in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        lists = folder / "CMakeLists.txt"
        where = lists.relative_to(root)
        text = " ".join(line.split("#")[0] for line in lists.read_text().splitlines()) if lists.exists() else ""
        line = ROOM_LINE.match(text.strip())
        if not line:
            complain(f"{where}: must hold one room() line and nothing else")
            continue
        name, *words = line.group(1).split()
        if name != folder.name:
            complain(f"{where}: the room {name} in the folder {folder.name}")
        rooms[folder.name] = Room(folder.name, words)
    return rooms


def check_circles(rooms, complain):
    state = {}

    def visit(name, path):
        if state.get(name) == "done":
            return
        if name in path:
            complain("a circle of rooms: " + " -> ".join(path[path.index(name):] + [name]))
            return
        for used in rooms[name].uses:
            if used in rooms:
                visit(used, path + [name])
            else:
                complain(f"src/{name}/CMakeLists.txt: uses {used}, which is no room")
        state[name] = "done"

    for name in rooms:
        visit(name, [])


def includes(path):
    """Yields (line, what, quoted) for every include of a file."""
    text = path.read_text(errors="replace")
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1) or match.group(2), match.group(1) is not None


def is_public(what):
    return what.startswith("holdfast/") or what == "wasm.h"


def check_include(rooms, room, what, quoted, test):
    """Why a file of this room may not include that, or None."""
    if is_public(what):
        return None
    first, _, rest = what.partition("/")
    if not quoted:
        if what in TEST_ONLY and test:
            return None
        if room.gnu or room.public_only:
            return None
        if what not in STANDARD or (what in SYSTEM and not test):
            return f"<{what}> is the system, and only rooms marked GNU may speak to it"
        return None
    if first not in rooms or not rest:
        return f'"{what}" is not named by its path from src/ or include/'
    if first == room.name:
        return None
    if room.public_only:
        return f'"{what}": the room {room.name} enters through include/ only'
    if first not in room.uses:
        return f'"{what}": the room {room.name} does not use {first}'
    if first not in OPEN and rest != f"{first}.h":
        return f'"{what}": of the room {first} only "{first}/{first}.h" is for others'
    return None


def check(root):
    wrong = []
    rooms = read_rooms(root, wrong.append)
    check_circles(rooms, wrong.append)
    for room in rooms.values():
        for path in sorted((root / "src" / room.name).rglob("*")):
            if path.suffix not in SOURCES:
                continue
            test = path.stem.endswith("_test")
            for line, what, quoted in includes(path):
                reason = check_include(rooms, room, what, quoted, test)
                if reason:
                    wrong.append(f"{path.relative_to(root)}:{line}: {reason}")
    for folder in ("include", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES:
                for line, what, _ in includes(path):
                    if what.split("/")[0] in rooms:
                        wrong.append(f'{path.relative_to(root)}:{line}: "{what}" is behind the public door')
    return wrong


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    wrong = check(root)
    print("\n".join(wrong), end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
