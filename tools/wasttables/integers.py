"""i32 and i64: every operator on pairs of boundary values, from locals, with a constant on the right, and as a condition."""

import itertools

from .numbers import signed, wrap
from .script import TRAP, head, plain, row

ZERO = (TRAP, "integer divide by zero")


def quotient(a, b):
    whole = abs(a) // abs(b)
    return -whole if (a < 0) != (b < 0) else whole


def div_s(a, b, size):
    a, b = signed(a, size), signed(b, size)
    if b == 0:
        return ZERO
    return (TRAP, "integer overflow") if quotient(a, b) == 1 << (size - 1) else quotient(a, b)


def rem_s(a, b, size):
    a, b = signed(a, size), signed(b, size)
    return a - b * quotient(a, b) if b else ZERO


BINARY = {
    "add": lambda a, b, n: a + b,
    "sub": lambda a, b, n: a - b,
    "mul": lambda a, b, n: a * b,
    "div_s": div_s,
    "div_u": lambda a, b, n: a // b if b else ZERO,
    "rem_s": rem_s,
    "rem_u": lambda a, b, n: a % b if b else ZERO,
    "and": lambda a, b, n: a & b,
    "or": lambda a, b, n: a | b,
    "xor": lambda a, b, n: a ^ b,
    "shl": lambda a, b, n: a << b % n,
    "shr_s": lambda a, b, n: signed(a, n) >> b % n,
    "shr_u": lambda a, b, n: a >> b % n,
    "rotl": lambda a, b, n: a << b % n | a >> (n - b % n),
    "rotr": lambda a, b, n: a >> b % n | a << (n - b % n),
}

COMPARE = {
    "eq": lambda a, b, n: a == b,
    "ne": lambda a, b, n: a != b,
    "lt_s": lambda a, b, n: signed(a, n) < signed(b, n),
    "lt_u": lambda a, b, n: a < b,
    "gt_s": lambda a, b, n: signed(a, n) > signed(b, n),
    "gt_u": lambda a, b, n: a > b,
    "le_s": lambda a, b, n: signed(a, n) <= signed(b, n),
    "le_u": lambda a, b, n: a <= b,
    "ge_s": lambda a, b, n: signed(a, n) >= signed(b, n),
    "ge_u": lambda a, b, n: a >= b,
}

UNARY = {
    "clz": lambda a, n: n - a.bit_length(),
    "ctz": lambda a, n: (a & -a).bit_length() - 1 if a else n,
    "popcnt": lambda a, n: bin(a).count("1"),
    "extend8_s": lambda a, n: signed(a, 8),
    "extend16_s": lambda a, n: signed(a, 16),
    "extend32_s": lambda a, n: signed(a, 32),
}


def operands(size):
    top = 1 << (size - 1)
    return [0, 1, top - 1, top, (top << 1) - 1, 0x9A3C5E7812DEF06B >> (64 - size)]


def script(size):
    kind = f"i{size}"
    values = operands(size)
    out = [head(f"{kind}: {__doc__.split(':')[1].strip()}"), "(module\n"]
    rows = []

    def add(name, params, arguments, value, to=kind):
        value = value if isinstance(value, tuple) else ((to, wrap(int(value), 32 if to == "i32" else size)),)
        rows.append(row(name, list(zip(params, arguments)), value))

    unary = [name for name in UNARY if not (name == "extend32_s" and size == 32)]
    for name in unary:
        out.append(plain(f"{kind}.{name}", [kind], [kind], name))
        for a in values + [0x80, 0x7F, 0x8000, 0x7FFF, 0xFF00FF00, 0x100]:
            add(name, [kind], [a], UNARY[name](a, size))
    out.append(plain(f"{kind}.eqz", [kind], ["i32"], "eqz"))
    out.append(f'  (func (export "eqz.if") (param {kind}) (result i32)\n'
               f"    (if (result i32) ({kind}.eqz (local.get 0)) (then (i32.const 1)) (else (i32.const 0))))\n")
    for a in values:
        add("eqz", [kind], [a], a == 0, "i32")
        add("eqz.if", [kind], [a], a == 0, "i32")
    for name, operate in BINARY.items():
        out.append(plain(f"{kind}.{name}", [kind, kind], [kind], name))
        rights = values + ([size - 1, size, size + 1] if name[:2] in ("sh", "ro") else [])
        for a, b in itertools.product(values, rights):
            add(name, [kind, kind], [a, b], operate(a, b, size))
        for i, b in enumerate(rights):
            out.append(f'  (func (export "{name}.{i}") (param {kind}) (result {kind})\n'
                       f"    ({kind}.{name} (local.get 0) ({kind}.const {b:#x})))\n")
            for a in values[1:4]:
                add(f"{name}.{i}", [kind], [a], operate(a, b, size))
    for name, operate in COMPARE.items():
        out.append(plain(f"{kind}.{name}", [kind, kind], ["i32"], name))
        out.append(f'  (func (export "{name}.if") (param {kind} {kind}) (result i32)\n'
                   f"    (block (br_if 0 ({kind}.{name} (local.get 0) (local.get 1))) (return (i32.const 0)))\n"
                   "    (i32.const 1))\n")
        for a, b in itertools.product(values, values):
            add(name, [kind, kind], [a, b], operate(a, b, size), "i32")
        for a, b in itertools.product(values[::2], values[::3]):
            add(f"{name}.if", [kind, kind], [a, b], operate(a, b, size), "i32")
        for i, b in enumerate(values):
            out.append(f'  (func (export "{name}.{i}") (param {kind}) (result i32)\n'
                       f"    (select (i32.const 1) (i32.const 0)\n"
                       f"      ({kind}.{name} (local.get 0) ({kind}.const {b:#x}))))\n")
            for a in values[2:5]:
                add(f"{name}.{i}", [kind], [a], operate(a, b, size), "i32")
    return "".join(out) + ")\n\n" + "".join(rows)


def scripts():
    return [("i32", script(32)), ("i64", script(64))]
