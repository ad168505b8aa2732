#!/usr/bin/env python3
"""Writes numeric scripts: int.wast, float.wast, convert.wast, simd_int.wast, simd_float.wast.

usage: tests/wast/generate.py FOLDER

The expected results are computed here, from what the specification says of each operator, and not by the runtime.
"""

import math
import pathlib
import struct
import sys


def signed(x, bits):
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def unsigned(x, bits):
    return x & ((1 << bits) - 1)


def trunc_div(a, b):
    q = abs(a) // abs(b)
    return -q if (a < 0) != (b < 0) else q


# ---- integers ---------------------------------------------------------------------------------------------------------

TRAP = object()


def div_s(a, b, n):
    a, b = signed(a, n), signed(b, n)
    if b == 0:
        return TRAP, "integer divide by zero"
    q = trunc_div(a, b)
    return (TRAP, "integer overflow") if q == 1 << (n - 1) else q


def rem_s(a, b, n):
    a, b = signed(a, n), signed(b, n)
    return a - b * trunc_div(a, b) if b else (TRAP, "integer divide by zero")


INT_BINARY = {
    "add": lambda a, b, n: a + b,
    "sub": lambda a, b, n: a - b,
    "mul": lambda a, b, n: a * b,
    "div_s": div_s,
    "div_u": lambda a, b, n: a // b if b else (TRAP, "integer divide by zero"),
    "rem_s": rem_s,
    "rem_u": lambda a, b, n: a % b if b else (TRAP, "integer divide by zero"),
    "and": lambda a, b, n: a & b,
    "or": lambda a, b, n: a | b,
    "xor": lambda a, b, n: a ^ b,
    "shl": lambda a, b, n: a << b % n,
    "shr_s": lambda a, b, n: signed(a, n) >> b % n,
    "shr_u": lambda a, b, n: a >> b % n,
    "rotl": lambda a, b, n: a << b % n | a >> n - b % n,
    "rotr": lambda a, b, n: a >> b % n | a << n - b % n,
}
INT_COMPARE = {
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
INT_UNARY = {
    "clz": lambda a, n: n - a.bit_length(),
    "ctz": lambda a, n: (a & -a).bit_length() - 1 if a else n,
    "popcnt": lambda a, n: bin(a).count("1"),
    "extend8_s": lambda a, n: signed(a, 8),
    "extend16_s": lambda a, n: signed(a, 16),
}


def int_values(n):
    return [0, 1, (1 << n) - 1, 1 << (n - 1), (1 << (n - 1)) - 1, 0x0123456789ABCDEF & ((1 << n) - 1), n + 3]


def int_script():
    out = ["(module"]
    for n in (32, 64):
        t = f"i{n}"
        for op in INT_BINARY:
            out.append(f'  (func (export "{t}.{op}") (param {t} {t}) (result {t}) ({t}.{op} (local.get 0) (local.get 1)))')
        for op in INT_COMPARE:
            out.append(f'  (func (export "{t}.{op}") (param {t} {t}) (result i32) ({t}.{op} (local.get 0) (local.get 1)))')
        unary = dict(INT_UNARY, **({"extend32_s": None} if n == 64 else {}))
        for op in unary:
            out.append(f'  (func (export "{t}.{op}") (param {t}) (result {t}) ({t}.{op} (local.get 0)))')
        out.append(f'  (func (export "{t}.eqz") (param {t}) (result i32) ({t}.eqz (local.get 0)))')
    out.append(")")
    for n in (32, 64):
        t = f"i{n}"
        values = int_values(n)
        for op, f in {**INT_BINARY, **INT_COMPARE}.items():
            for a in values:
                for b in values:
                    r = f(a, b, n)
                    call = f'(invoke "{t}.{op}" ({t}.const {a:#x}) ({t}.const {b:#x}))'
                    if isinstance(r, tuple):
                        out.append(f'(assert_trap {call} "{r[1]}")')
                    elif op in INT_COMPARE:
                        out.append(f"(assert_return {call} (i32.const {int(r)}))")
                    else:
                        out.append(f"(assert_return {call} ({t}.const {unsigned(r, n):#x}))")
        unary = dict(INT_UNARY)
        if n == 64:
            unary["extend32_s"] = lambda a, n: signed(a, 32)
        for op, f in unary.items():
            for a in values + [0x80, 0x8000, 0xFFFF8000 & ((1 << n) - 1)]:
                out.append(f'(assert_return (invoke "{t}.{op}" ({t}.const {a:#x})) ({t}.const {unsigned(f(a, n), n):#x}))')
        for a in values:
            out.append(f'(assert_return (invoke "{t}.eqz" ({t}.const {a:#x})) (i32.const {int(a == 0)}))')
    return out


# ---- floats -----------------------------------------------------------------------------------------------------------

F = {32: ("<f", "<I", 8, 23), 64: ("<d", "<Q", 11, 52)}


def to_float(bits, n):
    return struct.unpack(F[n][0], struct.pack(F[n][1], bits))[0]


def to_bits(x, n):
    if n == 32:
        try:
            return struct.unpack("<I", struct.pack("<f", x))[0]
        except OverflowError:
            return 0x7F800000 | (0x80000000 if x < 0 else 0)
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def is_nan(bits, n):
    e, m = F[n][2], F[n][3]
    return bits >> m & ((1 << e) - 1) == (1 << e) - 1 and bits & ((1 << m) - 1) != 0


def is_canonical(bits, n):
    m = F[n][3]
    return bits & ((1 << m) - 1) == 1 << (m - 1)


def add(a, b):
    return a + b


def fdiv(a, b):
    if b == 0:
        if a == 0 or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def nearest(x):
    if x != x or math.isinf(x) or abs(x) >= 2.0**52:
        return x
    return math.copysign(float(round(x)), x)


def rounding(f):
    def g(x):
        if x != x or math.isinf(x) or abs(x) >= 2.0**52:
            return x
        return math.copysign(float(f(x)), x)
    return g


def fmin(a, b):
    if a == b == 0:
        return a if math.copysign(1, a) < 0 else b
    return min(a, b)


def fmax(a, b):
    if a == b == 0:
        return a if math.copysign(1, a) > 0 else b
    return max(a, b)


FLOAT_BINARY = {"add": add, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": fdiv, "min": fmin, "max": fmax}
FLOAT_UNARY = {"ceil": rounding(math.ceil), "floor": rounding(math.floor), "trunc": rounding(math.trunc),
               "nearest": nearest, "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan}
FLOAT_COMPARE = {"eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b,
                 "gt": lambda a, b: a > b, "le": lambda a, b: a <= b, "ge": lambda a, b: a >= b}


def float_values(n):
    e, m = F[n][2], F[n][3]
    top = ((1 << e) - 1) << m
    sign = 1 << (n - 1)
    positive = [0, 1, to_bits(0.5, n), to_bits(1.0, n), to_bits(2.5, n), to_bits(math.pi, n), top - 1, top]
    return positive + [p | sign for p in positive] + [top | 1 << (m - 1), top | 1]


def literal(bits, n):
    """The float of these bits in the text format."""
    e, m = F[n][2], F[n][3]
    sign = "-" if bits >> (n - 1) else ""
    if is_nan(bits, n):
        return f"{sign}nan:{bits & ((1 << m) - 1):#x}"
    x = abs(to_float(bits, n))
    return sign + ("inf" if math.isinf(x) else x.hex())


def float_pattern(result_bits, inputs, n):
    """What the result has to match: bits, or a pattern of NaN that depends on the operands."""
    if not is_nan(result_bits, n):
        return literal(result_bits, n)
    nans = [b for b in inputs if is_nan(b, n)]
    return "nan:canonical" if all(is_canonical(b, n) for b in nans) else "nan:arithmetic"


def apply(f, operands, n):
    if any(is_nan(b, n) for b in operands):
        return to_bits(math.nan, n)
    try:
        r = f(*(to_float(b, n) for b in operands))
    except OverflowError:
        r = math.inf
    return to_bits(math.nan if r != r else r, n)


def float_script():
    out = ["(module"]
    for n in (32, 64):
        t = f"f{n}"
        for op in (*FLOAT_BINARY, "copysign"):
            out.append(f'  (func (export "{t}.{op}") (param {t} {t}) (result {t}) ({t}.{op} (local.get 0) (local.get 1)))')
        for op in FLOAT_COMPARE:
            out.append(f'  (func (export "{t}.{op}") (param {t} {t}) (result i32) ({t}.{op} (local.get 0) (local.get 1)))')
        for op in (*FLOAT_UNARY, "abs", "neg"):
            out.append(f'  (func (export "{t}.{op}") (param {t}) (result {t}) ({t}.{op} (local.get 0)))')
    out.append(")")
    for n in (32, 64):
        t = f"f{n}"
        values, sign = float_values(n), 1 << (n - 1)
        for a in values:
            for b in values[::3]:
                args = f"({t}.const {literal(a, n)}) ({t}.const {literal(b, n)})"
                for op, f in FLOAT_BINARY.items():
                    r = float_pattern(apply(f, (a, b), n), (a, b), n)
                    out.append(f'(assert_return (invoke "{t}.{op}" {args}) ({t}.const {r}))')
                for op, f in FLOAT_COMPARE.items():
                    r = int(f(to_float(a, n), to_float(b, n)))
                    out.append(f'(assert_return (invoke "{t}.{op}" {args}) (i32.const {r}))')
                r = a & ~sign | b & sign
                out.append(f'(assert_return (invoke "{t}.copysign" {args}) ({t}.const {literal(r, n)}))')
            for op, f in FLOAT_UNARY.items():
                r = float_pattern(apply(f, (a,), n), (a,), n)
                out.append(f'(assert_return (invoke "{t}.{op}" ({t}.const {literal(a, n)})) ({t}.const {r}))')
            for op, r in (("abs", a & ~sign), ("neg", a ^ sign)):
                out.append(f'(assert_return (invoke "{t}.{op}" ({t}.const {literal(a, n)})) ({t}.const {literal(r, n)}))')
    return out


# ---- conversions ------------------------------------------------------------------------------------------------------

def trunc_range(n, is_signed):
    return (-(1 << (n - 1)), (1 << (n - 1)) - 1) if is_signed else (0, (1 << n) - 1)


def convert_script():
    funcs, tests = [], []

    def func(op, source, target):
        funcs.append(f'  (func (export "{op}") (param {source}) (result {target}) ({op} (local.get 0)))')

    for n in (32, 64):
        for m in (32, 64):
            values = [to_bits(x, m) for x in (0.0, -0.0, 0.9, -0.9, 1.5, -1.5, 2147483520.0, 2147483647.0, 2147483648.0,
                                              -2147483648.0, -2147483904.0, 4294967040.0, 4294967296.0,
                                              9223371487098961920.0, 9223372036854775808.0, -9223372036854775808.0,
                                              -9223373136366403584.0, 18446742974197923840.0, 18446744073709551616.0,
                                              math.inf, -math.inf, math.nan)]
            for suffix in "su":
                low, high = trunc_range(n, suffix == "s")
                op, sat = f"i{n}.trunc_f{m}_{suffix}", f"i{n}.trunc_sat_f{m}_{suffix}"
                func(op, f"f{m}", f"i{n}")
                func(sat, f"f{m}", f"i{n}")
                for bits in values:
                    x = to_float(bits, m)
                    arg = f"(f{m}.const {literal(bits, m)})"
                    if x != x:
                        tests.append(f'(assert_trap (invoke "{op}" {arg}) "invalid conversion to integer")')
                        r = 0
                    elif math.isinf(x) or not low <= math.trunc(x) <= high:
                        tests.append(f'(assert_trap (invoke "{op}" {arg}) "integer overflow")')
                        r = high if x > 0 else low
                    else:
                        r = math.trunc(x)
                        tests.append(f'(assert_return (invoke "{op}" {arg}) (i{n}.const {r}))')
                    tests.append(f'(assert_return (invoke "{sat}" {arg}) (i{n}.const {r}))')
                op = f"f{m}.convert_i{n}_{suffix}"
                func(op, f"i{n}", f"f{m}")
                for a in int_values(n) + [0x1000001, 0x2000003, (1 << 53) + 1 & ((1 << n) - 1)]:
                    x = signed(a, n) if suffix == "s" else a
                    r = literal(round_int(x, m), m)
                    tests.append(f'(assert_return (invoke "{op}" (i{n}.const {a:#x})) (f{m}.const {r}))')
    func("i32.wrap_i64", "i64", "i32")
    func("i64.extend_i32_s", "i32", "i64")
    func("i64.extend_i32_u", "i32", "i64")
    for a in int_values(64):
        tests.append(f'(assert_return (invoke "i32.wrap_i64" (i64.const {a:#x})) (i32.const {a & 0xffffffff:#x}))')
    for a in int_values(32):
        tests.append(f'(assert_return (invoke "i64.extend_i32_s" (i32.const {a:#x})) (i64.const {signed(a, 32)}))')
        tests.append(f'(assert_return (invoke "i64.extend_i32_u" (i32.const {a:#x})) (i64.const {a}))')
    func("f32.demote_f64", "f64", "f32")
    func("f64.promote_f32", "f32", "f64")
    for bits in float_values(64) + [to_bits(3.4028235677973366e38, 64), to_bits(1e-46, 64), to_bits(1.0000000596, 64)]:
        r = to_bits(math.nan, 32) if is_nan(bits, 64) else to_bits(to_float(bits, 64), 32)
        p = literal(r, 32) if not is_nan(bits, 64) else "nan:canonical" if is_canonical(bits, 64) else "nan:arithmetic"
        tests.append(f'(assert_return (invoke "f32.demote_f64" (f64.const {literal(bits, 64)})) (f32.const {p}))')
    for bits in float_values(32):
        r = to_bits(to_float(bits, 32), 64)
        p = literal(r, 64) if not is_nan(bits, 32) else "nan:canonical" if is_canonical(bits, 32) else "nan:arithmetic"
        tests.append(f'(assert_return (invoke "f64.promote_f32" (f32.const {literal(bits, 32)})) (f64.const {p}))')
    for n in (32, 64):
        func(f"i{n}.reinterpret_f{n}", f"f{n}", f"i{n}")
        func(f"f{n}.reinterpret_i{n}", f"i{n}", f"f{n}")
        for bits in float_values(n):
            lit = literal(bits, n)
            tests.append(f'(assert_return (invoke "i{n}.reinterpret_f{n}" (f{n}.const {lit})) (i{n}.const {bits:#x}))')
            tests.append(f'(assert_return (invoke "f{n}.reinterpret_i{n}" (i{n}.const {bits:#x})) (f{n}.const {lit}))')
    return ["(module", *funcs, ")", *tests]


def round_int(x, m):
    """An integer to the nearest float, ties to even, without rounding twice."""
    if m == 64 or abs(x) < 1 << 24:
        return to_bits(float(x), m)
    shift = abs(x).bit_length() - 24
    q, r = divmod(abs(x), 1 << shift)
    half = 1 << (shift - 1)
    q += r > half or (r == half and q & 1)
    return to_bits(math.copysign(math.ldexp(q, shift), x), 32)


# ---- vectors ----------------------------------------------------------------------------------------------------------

SEEDS = (0x0001_7FFF_8000_FFFF_80FF_7F00_0180_FE02, 0xFFFF_0001_8000_7FFF_0102_FEFF_7F80_0081,
         0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210)


def lanes_of(v, w):
    return [v >> i & ((1 << w) - 1) for i in range(0, 128, w)]


def vector(lanes, w):
    return sum(unsigned(x, w) << i * w for i, x in enumerate(lanes))


def v128(v):
    return "(v128.const i32x4 " + " ".join(f"{x:#010x}" for x in lanes_of(v, 32)) + ")"


def clamp(x, low, high):
    return max(low, min(high, x))


def simd_int_script():
    funcs, tests = [], []
    v = "v128"

    def func(op, params, result, immediate=""):
        args = " ".join(f"(local.get {i})" for i in range(len(params)))
        name = op + immediate.replace(" ", "_")
        funcs.append(f'  (func (export "{name}") (param {" ".join(params)}) (result {result}) ({op}{immediate} {args}))')
        return name

    def check(name, args, result):
        tests.append(f'(assert_return (invoke "{name}" {" ".join(args)}) {result})')

    def binary(op, w, f):
        name = func(op, (v, v), v)
        for a in SEEDS:
            for b in SEEDS:
                check(name, (v128(a), v128(b)), v128(vector([f(x, y) for x, y in zip(lanes_of(a, w), lanes_of(b, w))], w)))

    def unary(op, w, f):
        name = func(op, (v,), v)
        for a in SEEDS:
            check(name, (v128(a),), v128(vector([f(x) for x in lanes_of(a, w)], w)))

    for w in (8, 16, 32, 64):
        s = f"i{w}x{128 // w}"
        t = "i64" if w == 64 else "i32"
        binary(f"{s}.add", w, lambda a, b: a + b)
        binary(f"{s}.sub", w, lambda a, b: a - b)
        if w > 8:
            binary(f"{s}.mul", w, lambda a, b: a * b)
        for op, f in INT_COMPARE.items():
            if w == 64 and op.endswith("_u"):
                continue
            binary(f"{s}.{op}", w, lambda a, b: -1 if f(a, b, w) else 0)
        if w < 64:
            binary(f"{s}.min_s", w, lambda a, b: min(signed(a, w), signed(b, w)))
            binary(f"{s}.min_u", w, min)
            binary(f"{s}.max_s", w, lambda a, b: max(signed(a, w), signed(b, w)))
            binary(f"{s}.max_u", w, max)
        if w < 32:
            low, high, top = -(1 << (w - 1)), (1 << (w - 1)) - 1, (1 << w) - 1
            binary(f"{s}.add_sat_s", w, lambda a, b: clamp(signed(a, w) + signed(b, w), low, high))
            binary(f"{s}.add_sat_u", w, lambda a, b: min(a + b, top))
            binary(f"{s}.sub_sat_s", w, lambda a, b: clamp(signed(a, w) - signed(b, w), low, high))
            binary(f"{s}.sub_sat_u", w, lambda a, b: max(a - b, 0))
            binary(f"{s}.avgr_u", w, lambda a, b: (a + b + 1) // 2)
        if w == 16:
            binary(f"{s}.q15mulr_sat_s", w, lambda a, b: clamp((signed(a, 16) * signed(b, 16) + 0x4000) >> 15, low, high))
        unary(f"{s}.neg", w, lambda a: -a)
        unary(f"{s}.abs", w, lambda a: abs(signed(a, w)))
        if w == 8:
            unary(f"{s}.popcnt", w, lambda a: bin(a).count("1"))
        for op, f in (("shl", lambda a, k: a << k % w), ("shr_s", lambda a, k: signed(a, w) >> k % w),
                      ("shr_u", lambda a, k: a >> k % w)):
            name = func(f"{s}.{op}", (v, "i32"), v)
            for a in SEEDS:
                for k in (0, 1, w - 1, w, 3 * w + 2):
                    check(name, (v128(a), f"(i32.const {k})"), v128(vector([f(x, k) for x in lanes_of(a, w)], w)))
        name = func(f"{s}.all_true", (v,), "i32")
        mask = func(f"{s}.bitmask", (v,), "i32")
        for a in (*SEEDS, 0, (1 << 128) - 1, vector([1] * (128 // w), w)):
            check(name, (v128(a),), f"(i32.const {int(all(lanes_of(a, w)))})")
            bits = sum((x >> (w - 1)) << i for i, x in enumerate(lanes_of(a, w)))
            check(mask, (v128(a),), f"(i32.const {bits:#x})")
        name = func(f"{s}.splat", (t,), v)
        for a in int_values(64 if w == 64 else 32):
            check(name, (f"({t}.const {a:#x})",), v128(vector([a] * (128 // w), w)))
        last = 128 // w - 1
        for suffix in ("_s", "_u") if w < 32 else ("",):
            for lane in (0, last):
                name = func(f"{s}.extract_lane{suffix}", (v,), t, f" {lane}")
                for a in SEEDS:
                    x = lanes_of(a, w)[lane]
                    x = signed(x, w) if suffix == "_s" else x
                    check(name, (v128(a),), f"({t}.const {x:#x})")
        for lane in (0, last):
            name = func(f"{s}.replace_lane", (v, t), v, f" {lane}")
            lanes = lanes_of(SEEDS[2], w)
            lanes[lane] = 0x1234567890ABCDEF
            check(name, (v128(SEEDS[2]), f"({t}.const {0x90ABCDEF if t == 'i32' else 0x1234567890ABCDEF:#x})"), v128(vector(lanes, w)))
        if w > 8:
            h = w // 2
            half = f"i{h}x{128 // h}"
            for suffix, f in (("s", lambda x: signed(x, h)), ("u", lambda x: x)):
                for part, at in (("low", 0), ("high", 128 // w)):
                    ext = func(f"{s}.extend_{part}_{half}_{suffix}", (v,), v)
                    mul = func(f"{s}.extmul_{part}_{half}_{suffix}", (v, v), v)
                    for a in SEEDS:
                        la = lanes_of(a, h)[at:at + 128 // w]
                        check(ext, (v128(a),), v128(vector([f(x) for x in la], w)))
                        for b in SEEDS:
                            lb = lanes_of(b, h)[at:at + 128 // w]
                            check(mul, (v128(a), v128(b)), v128(vector([f(x) * f(y) for x, y in zip(la, lb)], w)))
                if w < 64:
                    name = func(f"{s}.extadd_pairwise_{half}_{suffix}", (v,), v)
                    for a in SEEDS:
                        la = [f(x) for x in lanes_of(a, h)]
                        check(name, (v128(a),), v128(vector([la[i] + la[i + 1] for i in range(0, len(la), 2)], w)))
        if w < 32:
            wide = f"i{2 * w}x{64 // w}"
            for suffix, low, high in (("s", -(1 << (w - 1)), (1 << (w - 1)) - 1), ("u", 0, (1 << w) - 1)):
                name = func(f"{s}.narrow_{wide}_{suffix}", (v, v), v)
                for a in SEEDS:
                    for b in SEEDS:
                        lanes = [clamp(signed(x, 2 * w), low, high) for x in lanes_of(a, 2 * w) + lanes_of(b, 2 * w)]
                        check(name, (v128(a), v128(b)), v128(vector(lanes, w)))
    name = func("i32x4.dot_i16x8_s", (v, v), v)
    swizzle = func("i8x16.swizzle", (v, v), v)
    shuffle = func("i8x16.shuffle", (v, v), v, " 0 31 2 29 4 27 6 25 8 23 10 21 12 19 14 17")
    for a in SEEDS:
        for b in SEEDS:
            p = [signed(x, 16) * signed(y, 16) for x, y in zip(lanes_of(a, 16), lanes_of(b, 16))]
            check(name, (v128(a), v128(b)), v128(vector([p[i] + p[i + 1] for i in range(0, 8, 2)], 32)))
            la, lb = lanes_of(a, 8), lanes_of(b, 8)
            check(swizzle, (v128(a), v128(b)), v128(vector([la[i] if i < 16 else 0 for i in lb], 8)))
            picks = [int(x) for x in "0 31 2 29 4 27 6 25 8 23 10 21 12 19 14 17".split()]
            check(shuffle, (v128(a), v128(b)), v128(vector([(la + lb)[i] for i in picks], 8)))
    ones = (1 << 128) - 1
    for op, f in (("and", lambda a, b: a & b), ("or", lambda a, b: a | b), ("xor", lambda a, b: a ^ b),
                  ("andnot", lambda a, b: a & ~b & ones)):
        binary(f"v128.{op}", 128, f)
    unary("v128.not", 128, lambda a: ~a)
    name = func("v128.bitselect", (v, v, v), v)
    check(name, tuple(map(v128, SEEDS)), v128(SEEDS[0] & SEEDS[2] | SEEDS[1] & ~SEEDS[2] & ones))
    name = func("v128.any_true", (v,), "i32")
    for a in (0, 1, 1 << 127, ones):
        check(name, (v128(a),), f"(i32.const {int(a != 0)})")
    return ["(module", *funcs, ")", *tests]


def simd_float_script():
    funcs, tests = [], []
    for n in (32, 64):
        s, count = f"f{n}x{128 // n}", 128 // n
        t = f"f{n}"

        def const(lanes):
            return f"(v128.const {s} {' '.join(lanes)})"

        values = float_values(n)
        rows = [values[i:i + count] for i in range(0, len(values) - count + 1, count)]
        for op in (*FLOAT_BINARY, "pmin", "pmax", *FLOAT_COMPARE):
            funcs.append(f'  (func (export "{s}.{op}") (param v128 v128) (result v128) ({s}.{op} (local.get 0) (local.get 1)))')
        for op in (*FLOAT_UNARY, "abs", "neg"):
            funcs.append(f'  (func (export "{s}.{op}") (param v128) (result v128) ({s}.{op} (local.get 0)))')
        funcs.append(f'  (func (export "{s}.splat") (param {t}) (result v128) ({s}.splat (local.get 0)))')
        funcs.append(f'  (func (export "{s}.extract_lane") (param v128) (result {t}) ({s}.extract_lane {count - 1} (local.get 0)))')
        funcs.append(f'  (func (export "{s}.replace_lane") (param v128 {t}) (result v128) '
                     f'({s}.replace_lane 1 (local.get 0) (local.get 1)))')
        for i, a in enumerate(rows):
            la = const([literal(x, n) for x in a])
            for b in (rows[i], rows[(i + 1) % len(rows)], rows[(i + 3) % len(rows)]):
                lb = const([literal(x, n) for x in b])
                for op, f in FLOAT_BINARY.items():
                    r = [float_pattern(apply(f, p, n), p, n) for p in zip(a, b)]
                    tests.append(f'(assert_return (invoke "{s}.{op}" {la} {lb}) {const(r)})')
                for op, f in (("pmin", lambda x, y: y < x), ("pmax", lambda x, y: x < y)):
                    r = [literal(y if f(to_float(x, n), to_float(y, n)) else x, n) for x, y in zip(a, b)]
                    tests.append(f'(assert_return (invoke "{s}.{op}" {la} {lb}) {const(r)})')
                for op, f in FLOAT_COMPARE.items():
                    r = vector([-1 if f(to_float(x, n), to_float(y, n)) else 0 for x, y in zip(a, b)], n)
                    tests.append(f'(assert_return (invoke "{s}.{op}" {la} {lb}) {v128(r)})')
            for op, f in FLOAT_UNARY.items():
                r = [float_pattern(apply(f, (x,), n), (x,), n) for x in a]
                tests.append(f'(assert_return (invoke "{s}.{op}" {la}) {const(r)})')
            sign = 1 << (n - 1)
            for op, f in (("abs", lambda x: x & ~sign), ("neg", lambda x: x ^ sign)):
                tests.append(f'(assert_return (invoke "{s}.{op}" {la}) {const([literal(f(x), n) for x in a])})')
            tests.append(f'(assert_return (invoke "{s}.extract_lane" {la}) ({t}.const {literal(a[-1], n)}))')
            tests.append(f'(assert_return (invoke "{s}.splat" ({t}.const {literal(a[0], n)})) {const([literal(a[0], n)] * count)})')
            r = [literal(x, n) for x in a]
            r[1] = "0x1.8p+1"
            tests.append(f'(assert_return (invoke "{s}.replace_lane" {la} ({t}.const 3)) {const(r)})')
    conversions = [
        ("i32x4.trunc_sat_f32x4_s", 32, 32, "s"), ("i32x4.trunc_sat_f32x4_u", 32, 32, "u"),
        ("i32x4.trunc_sat_f64x2_s_zero", 64, 32, "s"), ("i32x4.trunc_sat_f64x2_u_zero", 64, 32, "u"),
    ]
    for op, m, n, suffix in conversions:
        funcs.append(f'  (func (export "{op}") (param v128) (result v128) ({op} (local.get 0)))')
        low, high = trunc_range(n, suffix == "s")
        xs = [0.0, -1.5, 2147483648.0, -2147483648.0, 4294967296.0, math.inf, -math.inf, math.nan]
        for i in range(0, len(xs), 128 // m):
            group = xs[i:i + 128 // m]
            lanes = [0 if x != x else high if x == math.inf else low if x == -math.inf else clamp(math.trunc(x), low, high)
                     for x in group]
            arg = " ".join(literal(to_bits(x, m), m) for x in group)
            tests.append(f'(assert_return (invoke "{op}" (v128.const f{m}x{128 // m} {arg})) {v128(vector(lanes, 32))})')
    for op, m, suffix in (("f32x4.convert_i32x4_s", 32, "s"), ("f32x4.convert_i32x4_u", 32, "u"),
                          ("f64x2.convert_low_i32x4_s", 64, "s"), ("f64x2.convert_low_i32x4_u", 64, "u")):
        funcs.append(f'  (func (export "{op}") (param v128) (result v128) ({op} (local.get 0)))')
        for a in SEEDS:
            lanes = [round_int(signed(x, 32) if suffix == "s" else x, m) for x in lanes_of(a, 32)][:128 // m]
            tests.append(f'(assert_return (invoke "{op}" {v128(a)}) {v128(vector(lanes, m))})')
    for op, result in (("f64x2.promote_low_f32x4", "(v128.const f64x2 1.5 -inf)"),
                       ("f32x4.demote_f64x2_zero", None)):
        funcs.append(f'  (func (export "{op}") (param v128) (result v128) ({op} (local.get 0)))')
        if result:
            tests.append(f'(assert_return (invoke "{op}" (v128.const f32x4 1.5 -inf 3 4)) {result})')
        else:
            tests.append(f'(assert_return (invoke "{op}" (v128.const f64x2 1.5 0x1p200)) (v128.const f32x4 1.5 inf 0 0))')
    return ["(module", *funcs, ")", *tests]


SCRIPTS = {"int": int_script, "float": float_script, "convert": convert_script, "simd_int": simd_int_script,
           "simd_float": simd_float_script}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in SCRIPTS.items():
        (folder / f"{name}.wast").write_text("\n".join(script()) + "\n")


if __name__ == "__main__":
    main()
