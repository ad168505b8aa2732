"""Wide arithmetic: 128-bit sums, differences and products in pairs of i64."""

import itertools

from .numbers import signed, wrap
from .script import head, plain, row

HALVES = [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 0x0123456789ABCDEF]


def pair(x):
    return [("i64", wrap(x, 64)), ("i64", wrap(x >> 64, 64))]


def scripts():
    names = {"i64.add128": lambda a, b: a + b, "i64.sub128": lambda a, b: a - b}
    out = [head(__doc__, "wide-arithmetic"), "(module\n"]
    rows = []
    for name, operate in names.items():
        out.append(plain(name, ["i64"] * 4, ["i64"] * 2))
        wholes = [low | high << 64 for low, high in itertools.product(HALVES[1::2], HALVES[::2])] + [0, (1 << 128) - 1]
        for a, b in itertools.product(wholes, wholes[::2]):
            rows.append(row(name, pair(a) + pair(b), pair(operate(a, b))))
    for name in ("i64.mul_wide_s", "i64.mul_wide_u"):
        out.append(plain(name, ["i64"] * 2, ["i64"] * 2))
        for a, b in itertools.product(HALVES, HALVES):
            product = signed(a, 64) * signed(b, 64) if name[-1] == "s" else a * b
            rows.append(row(name, [("i64", a), ("i64", b)], pair(product)))
    return [("wide-arithmetic", "".join(out) + ")\n\n" + "".join(rows))]
