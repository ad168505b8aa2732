"""Conversions between number types, at the bounds of what can be converted."""

import math

from .numbers import EDGES, clamp, from_float, from_int, is_nan, nan_of, signed, to_float, wrap
from .script import TRAP, head, plain, row

INTS = {32: [0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x01000001, 0x01000003, 0x7FFFFF40],
        64: [0, 1, (1 << 64) - 1, (1 << 63) - 1, 1 << 63, 0x7FFFFFFFFFFFFC00, 0x0020000000000001, 0x0020000000000003,
             0x8000000000000401, 0xFFFFFFFFFFFFFBFF, 0x0000008000004001, 0x8000008000000001]}


def bounds(size, to, sign):
    """Floats around the least and the greatest integer."""
    low, high = (-(1 << (to - 1)), 1 << (to - 1)) if sign == "s" else (0, 1 << to)
    out = []
    for edge in (float(low), float(high), low - 0.5, low - 1.0, high - 0.5, -0.9, 0.9, 1.5, -1.5):
        bits = from_float(edge, size)
        out += [bits, bits - 1 if bits & (2 ** (size - 1) - 1) else bits, bits + 1]
    return list(dict.fromkeys(out)) + [x for x in EDGES[size] if x not in out]


def truncate(x, size, to, sign, saturating):
    value = to_float(x, size)
    low, high = (-(1 << (to - 1)), (1 << (to - 1)) - 1) if sign == "s" else (0, (1 << to) - 1)
    if math.isnan(value):
        return 0 if saturating else (TRAP, "invalid conversion to integer")
    if math.isinf(value):
        return wrap(low if value < 0 else high, to) if saturating else (TRAP, "integer overflow")
    whole = math.trunc(value)
    if low <= whole <= high:
        return wrap(whole, to)
    return wrap(clamp(whole, low, high), to) if saturating else (TRAP, "integer overflow")


def scripts():
    out, rows = [head(__doc__), "(module\n"], []

    def add(name, params, results, cases):
        out.append(plain(name, [params], [results]))
        for x, value in cases:
            result = value if isinstance(value, tuple) else [(results, value)]
            rows.append(row(name, [(params, x)], result))

    add("i32.wrap_i64", "i64", "i32", [(x, wrap(x, 32)) for x in INTS[64]])
    add("i64.extend_i32_s", "i32", "i64", [(x, wrap(signed(x, 32), 64)) for x in INTS[32]])
    add("i64.extend_i32_u", "i32", "i64", [(x, x) for x in INTS[32]])
    for to in (32, 64):
        for size in (32, 64):
            for sign in "su":
                for word in ("trunc", "trunc_sat"):
                    add(f"i{to}.{word}_f{size}_{sign}", f"f{size}", f"i{to}",
                        [(x, truncate(x, size, to, sign, word == "trunc_sat")) for x in bounds(size, to, sign)])
                add(f"f{to}.convert_i{size}_{sign}", f"i{size}", f"f{to}",
                    [(x, from_int(signed(x, size) if sign == "s" else x, to)) for x in INTS[size]])
    around = [from_float(x, 64) for x in (3.4028235677973366e38, 3.4028234663852886e38, 1e-45, 7e-46, 1.0000000596046448)]
    add("f32.demote_f64", "f64", "f32",
        [(x, demote(x)) for x in EDGES[64] + around + [x + 1 for x in around] + [x - 1 for x in around]])
    add("f64.promote_f32", "f32", "f64", [(x, promote(x)) for x in EDGES[32]])
    for kind, other in (("i32", "f32"), ("i64", "f64"), ("f32", "i32"), ("f64", "i64")):
        add(f"{kind}.reinterpret_{other}", other, kind, [(x, x) for x in EDGES[int(kind[1:])]])
    return [("conversions", "".join(out) + ")\n\n" + "".join(rows))]


def demote(x):
    return nan_of(64, x) if is_nan(x, 64) else from_float(to_float(x, 64), 32)


def promote(x):
    return nan_of(32, x) if is_nan(x, 32) else from_float(to_float(x, 32), 64)
