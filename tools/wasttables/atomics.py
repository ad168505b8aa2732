"""Atomic accesses of every width: old and new contents of a cell, the last address, the first beyond, unaligned ones."""

from .numbers import wrap
from .script import head, row

WIDTHS = {"i32": [(4, "", ""), (1, "8", "_u"), (2, "16", "_u")],
          "i64": [(8, "", ""), (1, "8", "_u"), (2, "16", "_u"), (4, "32", "_u")]}
OPERATORS = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "and": lambda a, b: a & b, "or": lambda a, b: a | b,
             "xor": lambda a, b: a ^ b, "xchg": lambda a, b: b}
CELL = 0x8899AABBCCDDEEFF  # what the last eight bytes of the page hold before each access
OPERANDS = [0, 1, 0xFFFFFFFFFFFFFFFF, 0x123456789ABCDEF0]
LAST = 65528
UNALIGNED = ("trap", "unaligned atomic")
OUTSIDE = ("trap", "out of bounds memory access")


def function(export, params, result, body):
    """Fills the cell, does it, and gives the result, if there is one, and the cell."""
    more = f" (param {' '.join(params)})" if params else ""
    return (f'  (func (export "{export}") (param $at i32){more} (result{" " + result if result else ""} i64)\n'
            f"    (i64.store (i32.const {LAST}) (i64.const {CELL:#x}))\n    {body}\n"
            f"    (i64.load (i32.const {LAST})))\n")


def patched(value, width):
    return ("i64", (CELL & ~((1 << width * 8) - 1)) | wrap(value, width * 8))


def scripts():
    texts = []
    for shared, name in ((" 1 shared", "shared"), ("", "unshared")):
        out = [head(f"{name.capitalize()} memory. {__doc__}", "threads"), f"(module\n  (memory 1{shared})\n"]
        rows = []
        for kind, widths in WIDTHS.items():
            size = int(kind[1:])
            for width, digits, suffix in widths:
                old = (kind, wrap(CELL, width * 8))

                def add(export, operands, results):
                    rows.append(row(export, [("i32", LAST), *operands], results))
                    if operands == [] or operands[0][1] == 0:
                        for at in ([LAST + width - 1] if width > 1 else []) + ([1] if width > 1 else []):
                            rows.append(row(export, [("i32", at), *operands], UNALIGNED))
                        rows.append(row(export, [("i32", 65536), *operands], OUTSIDE))

                load, store = f"{kind}.atomic.load{digits}{suffix}", f"{kind}.atomic.store{digits}"
                out.append(function(load, [], kind, f"({load} (local.get $at))"))
                add(load, [], [old, ("i64", CELL)])
                out.append(function(store, [kind], "", f"({store} (local.get $at) (local.get 1))"))
                for x in OPERANDS:
                    add(store, [(kind, wrap(x, size))], [patched(x, width)])
                for word, operate in OPERATORS.items():
                    export = f"{kind}.atomic.rmw{digits}.{word}{suffix}"
                    out.append(function(export, [kind], kind, f"({export} (local.get $at) (local.get 1))"))
                    for x in OPERANDS:
                        add(export, [(kind, wrap(x, size))], [old, patched(operate(CELL, x), width)])
                export = f"{kind}.atomic.rmw{digits}.cmpxchg{suffix}"
                out.append(function(export, [kind, kind], kind, f"({export} (local.get $at) (local.get 1) (local.get 2))"))
                for x in OPERANDS:
                    value = (kind, wrap(x, size))
                    add(export, [(kind, wrap(CELL + 1, width * 8)), value], [old, ("i64", CELL)])
                    add(export, [(kind, wrap(CELL, width * 8)), value], [old, patched(x, width)])
                    # Only as many bits of the operand are compared as the cell has.
                    if width * 8 < size:
                        above = wrap(CELL, width * 8) | 1 << width * 8
                        add(export, [(kind, above), value], [old, patched(x, width)])
                add(export, [(kind, 0), (kind, 0)], [old, ("i64", CELL)])
        texts.append((f"atomics-{name}", "".join(out) + ")\n\n" + "".join(rows)))
    return texts
