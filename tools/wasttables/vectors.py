"""Vectors: every instruction lane by lane over pairs of boundary values."""

import itertools
import math

from . import integers, numbers
from .conversions import demote, promote, truncate
from .numbers import from_int, lanes, saturate_s, saturate_u, signed, to_float, vector, wrap
from .script import head, plain, row

SHAPES = {"i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64}
MASK = (1 << 128) - 1
BYTES = 0x0F1E2D3C4B5A69788796A5B4C3D2E1F0
OTHER = 0x80FF7F0100FEDCBA98765432108001FF


def edges(size):
    top = 1 << (size - 1)
    return [0, 1, top - 1, top, (top << 1) - 1, 0xB5 if size == 8 else 0x9A3C5E7812DEF06B >> (64 - size)]


def pairs(values, size):
    """All pairs of values, as pairs of vectors."""
    count = 128 // size
    couples = list(itertools.product(values, values))
    couples += couples[:-len(couples) % count]
    for at in range(0, len(couples), count):
        part = couples[at:at + count]
        yield vector([a for a, _ in part], size), vector([b for _, b in part], size)


def singles(values, size):
    count = 128 // size
    values = values + values[:-len(values) % count]
    return [vector(values[at:at + count], size) for at in range(0, len(values), count)]


class Script:
    def __init__(self, about):
        self.head, self.functions, self.rows = head(about), [], []

    def add(self, name, params, result, cases, export=None, immediate=""):
        """cases: (operands..., value), all bits"""
        self.functions.append(plain(name, params, [result], export, immediate))
        for *operands, value in cases:
            self.rows.append(row(export or name, list(zip(params, operands)), [(result, value)]))

    def text(self):
        return self.head + "(module\n" + "".join(self.functions) + ")\n\n" + "".join(self.rows)


def lane_wise(operate, size, to=None):
    """An operator on unsigned lanes becomes one on vectors."""
    return lambda *vectors: vector([operate(*xs) for xs in zip(*(lanes(v, size) for v in vectors))], to or size)


def truth(condition, size):
    return (1 << size) - 1 if condition else 0


def lane_operators(size):
    """Those that every integer shape may have, by name."""
    out = {name: (lambda a, b, f=f: truth(f(a, b, size), size)) for name, f in integers.COMPARE.items()}
    out.update({name: (lambda a, b, f=integers.BINARY[name]: f(a, b, size)) for name in ("add", "sub", "mul")})
    out.update({
        "add_sat_s": lambda a, b: saturate_s(signed(a, size) + signed(b, size), size),
        "add_sat_u": lambda a, b: saturate_u(a + b, size),
        "sub_sat_s": lambda a, b: saturate_s(signed(a, size) - signed(b, size), size),
        "sub_sat_u": lambda a, b: saturate_u(a - b, size),
        "min_s": lambda a, b: min(signed(a, size), signed(b, size)),
        "min_u": min,
        "max_s": lambda a, b: max(signed(a, size), signed(b, size)),
        "max_u": max,
        "avgr_u": lambda a, b: (a + b + 1) >> 1,
        "q15mulr_sat_s": lambda a, b: saturate_s((signed(a, 16) * signed(b, 16) + 0x4000) >> 15, 16),
    })
    return out


HAS = {
    "i8x16": "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub add_sat_s add_sat_u sub_sat_s sub_sat_u min_s min_u "
             "max_s max_u avgr_u",
    "i16x8": "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub mul add_sat_s add_sat_u sub_sat_s sub_sat_u min_s "
             "min_u max_s max_u avgr_u q15mulr_sat_s",
    "i32x4": "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub mul min_s min_u max_s max_u",
    "i64x2": "eq ne lt_s gt_s le_s ge_s add sub mul",
}


def parts(v, size, half):
    """The low or the high half of the lanes."""
    all_lanes = lanes(v, size)
    return all_lanes[:len(all_lanes) // 2] if half == "low" else all_lanes[len(all_lanes) // 2:]


def swizzle(a, b):
    source = lanes(a, 8)
    return vector([source[i] if i < 16 else 0 for i in lanes(b, 8)], 8)


def shuffle(a, b, order):
    source = lanes(a, 8) + lanes(b, 8)
    return vector([source[i] for i in order], 8)


def widening(script, shape, size):
    """From lanes of half the size."""
    half = size // 2
    narrow = f"i{half}x{128 // half}"
    for sign, side in itertools.product("su", ("low", "high")):
        value = (lambda x: signed(x, half)) if sign == "s" else (lambda x: x)
        script.add(f"{shape}.extend_{side}_{narrow}_{sign}", [narrow], shape,
                   [(v, vector([value(x) for x in parts(v, half, side)], size)) for v in
                    singles(edges(half) + edges(half)[::-1], half)])
        script.add(f"{shape}.extmul_{side}_{narrow}_{sign}", [narrow, narrow], shape,
                   [(a, b, vector([value(x) * value(y) for x, y in zip(parts(a, half, side), parts(b, half, side))],
                                  size)) for a, b in pairs(edges(half), half)])
        if side == "low" and size < 64:
            script.add(f"{shape}.extadd_pairwise_{narrow}_{sign}", [narrow], shape,
                       [(v, vector([value(x) + value(y) for x, y in zip(lanes(v, half)[::2], lanes(v, half)[1::2])],
                                   size)) for v in singles(edges(half) + edges(half)[1:], half)])
    if shape == "i32x4":
        script.add("i32x4.dot_i16x8_s", [narrow, narrow], shape,
                   [(a, b, vector([sum(signed(x, 16) * signed(y, 16) for x, y in zip(lanes(a, 16)[i:i + 2],
                                                                                 lanes(b, 16)[i:i + 2]))
                                   for i in range(0, 8, 2)], 32)) for a, b in pairs(edges(16), 16)]
                   + [(vector([0x8000] * 8, 16),) * 2 + (vector([0x80000000] * 4, 32),)])


def narrowing(script, shape, size):
    """From lanes of twice the size."""
    wide = f"i{2 * size}x{64 // size}"
    values = [0, 1, 0xFF, 0x7F, 0x80, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFF80, 0xFF7F,
              0xFFFF8000, 0xFFFF7FFF]
    values = [x for x in values if x < 1 << 2 * size]
    for sign, saturate in (("s", saturate_s), ("u", saturate_u)):
        cases = []
        for a in singles(values, 2 * size):
            for b in singles(values[::-1], 2 * size)[:2]:
                cases.append((a, b, vector([saturate(signed(x, 2 * size), size)
                                            for x in lanes(a, 2 * size) + lanes(b, 2 * size)], size)))
        script.add(f"{shape}.narrow_{wide}_{sign}", [wide, wide], shape, cases)


def integer_shape(shape, size):
    script = Script(f"{shape}: {__doc__.split(':')[1].strip()}")
    count = 128 // size
    for name, operate in lane_operators(size).items():
        if name in HAS[shape].split():
            on_vectors = lane_wise(operate, size)
            script.add(f"{shape}.{name}", [shape, shape], shape,
                       [(a, b, on_vectors(a, b)) for a, b in pairs(edges(size), size)])
    unary = {"abs": lambda x: abs(signed(x, size)), "neg": lambda x: -x}
    if size == 8:
        unary["popcnt"] = lambda x: bin(x).count("1")
    values = singles(edges(size) + [2, 3, 1 << (size - 1) | 1], size)
    for name, operate in unary.items():
        script.add(f"{shape}.{name}", [shape], shape, [(v, lane_wise(operate, size)(v)) for v in values])
    tests = values + [0, MASK, vector([1] * count, size), vector([1] * (count - 1) + [0], size),
                      vector([1 << (size - 1)] * count, size), vector([(1 << (size - 1)) - 1] * count, size)]
    script.add(f"{shape}.all_true", [shape], "i32", [(v, int(all(lanes(v, size)))) for v in tests])
    script.add(f"{shape}.bitmask", [shape], "i32",
               [(v, sum((x >> (size - 1)) << i for i, x in enumerate(lanes(v, size)))) for v in tests])
    for name in ("shl", "shr_s", "shr_u"):
        operate = integers.BINARY[name]
        script.add(f"{shape}.{name}", [shape, "i32"], shape,
                   [(v, by, lane_wise(lambda x: operate(x, by, size), size)(v))  # noqa: B023
                    for v in values for by in (0, 1, size - 1, size, size + 1, 0xFFFFFFFF)])
    scalar = "i64" if size == 64 else "i32"
    script.add(f"{shape}.splat", [scalar], shape,
               [(x, vector([x] * count, size)) for x in edges(int(scalar[1:]))])
    for lane in sorted({0, count // 2, count - 1}):
        for sign in "su" if size < 32 else " ":
            script.add(f"{shape}.extract_lane" + f"_{sign}".replace("_ ", ""), [shape], scalar,
                       [(v, wrap(signed(lanes(v, size)[lane], size), int(scalar[1:])) if sign != "u"
                         else lanes(v, size)[lane]) for v in (BYTES, OTHER)],
                       f"extract_{lane}_{sign.strip()}", f" {lane}")
        script.add(f"{shape}.replace_lane", [shape, scalar], shape,
                   [(v, x, v & ~(((1 << size) - 1) << size * lane) | wrap(x, size) << size * lane)
                    for v, x in ((BYTES, 0), (OTHER, 0xA1B2C3D4))], f"replace_{lane}", f" {lane}")
    if size > 8:
        widening(script, shape, size)
    if size < 32:
        narrowing(script, shape, size)
    if size == 8:
        indices = vector([0, 15, 16, 255, 1, 14, 17, 128, 2, 13, 31, 127, 3, 12, 32, 0], 8)
        script.add("i8x16.swizzle", [shape, shape], shape,
                   [(v, i, swizzle(v, i)) for v in (BYTES, OTHER) for i in (indices, 0, MASK)])
        orders = {"reverse": list(range(31, 15, -1)), "interleave": [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23],
                  "first": [0] * 16, "last": [31] * 16, "concat": list(range(5, 21)),
                  "same": list(range(16)), "zip32": [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]}
        for export, order in orders.items():
            script.add("i8x16.shuffle", [shape, shape], shape,
                       [(BYTES, OTHER, shuffle(BYTES, OTHER, order)), (OTHER, BYTES, shuffle(OTHER, BYTES, order))],
                       f"shuffle.{export}", " " + " ".join(map(str, order)))
    return script.text()


def bits():
    script = Script("v128: bits, whatever the lanes")
    values = [0, MASK, BYTES, OTHER, 1, 1 << 127]
    operators = {"and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
                 "andnot": lambda a, b: a & ~b & MASK}
    for name, operate in operators.items():
        script.add(f"v128.{name}", ["i64x2", "i64x2"], "i64x2",
                   [(a, b, operate(a, b)) for a, b in itertools.product(values, values)])
    script.add("v128.not", ["i64x2"], "i64x2", [(a, a ^ MASK) for a in values])
    script.add("v128.any_true", ["i64x2"], "i32", [(a, int(a != 0)) for a in values])
    script.add("v128.bitselect", ["i64x2"] * 3, "i64x2",
               [(a, b, c, a & c | b & ~c & MASK) for a, b, c in itertools.product(values[1:4], values[1:4], values)])
    return script.text()


def float_shape(shape, size):
    script = Script(f"{shape}: {__doc__.split(':')[1].strip()}")
    values, count = numbers.PAIRED[size], 128 // size
    scalar = f"f{size}"
    integer = f"i{size}x{count}"

    def each(operate, *vectors):
        return [operate(*xs) for xs in zip(*(lanes(v, size) for v in vectors))]

    for name, operate in numbers.BINARY.items():
        if name != "copysign":
            script.add(f"{shape}.{name}", [shape, shape], shape,
                       [(a, b, each(lambda x, y: operate(size, x, y), a, b))  # noqa: B023
                        for a, b in pairs(values, size)])
    # b < a ? b : a, and a < b ? b : a, bit for bit
    chosen = {"pmin": lambda a, b: b if to_float(b, size) < to_float(a, size) else a,
              "pmax": lambda a, b: b if to_float(a, size) < to_float(b, size) else a}
    for name, operate in chosen.items():
        script.add(f"{shape}.{name}", [shape, shape], shape,
                   [(a, b, each(operate, a, b)) for a, b in pairs(values, size)])
    for name, operate in numbers.COMPARE.items():
        script.add(f"{shape}.{name}", [shape, shape], integer,
                   [(a, b, each(lambda x, y: truth(operate(to_float(x, size), to_float(y, size)), size), a, b))  # noqa: B023
                    for a, b in pairs(values, size)])
    for name, operate in numbers.UNARY.items():
        script.add(f"{shape}.{name}", [shape], shape,
                   [(a, each(lambda x: operate(size, x), a)) for a in singles(numbers.EDGES[size], size)])  # noqa: B023
    script.add(f"{shape}.splat", [scalar], shape, [(x, [x] * count) for x in values])
    for lane in range(count):
        script.add(f"{shape}.extract_lane", [shape], scalar, [(a, lanes(a, size)[lane]) for a in singles(values, size)],
                   f"extract_{lane}", f" {lane}")
        script.add(f"{shape}.replace_lane", [shape, scalar], shape,
                   [(a, x, [x if i == lane else y for i, y in enumerate(lanes(a, size))])
                    for a, x in zip(singles(values, size), values[5:])], f"replace_{lane}", f" {lane}")
    return script.text()


def conversions():
    script = Script("Vectors: conversions between integer and float lanes")
    floats = singles([x for x in numbers.EDGES[32]] + [numbers.from_float(x, 32) for x in
                     (2147483520.0, 2147483648.0, -2147483648.0, -2147483904.0, 4294967040.0, 4294967296.0, -0.9, -1.0)], 32)
    doubles = singles([x for x in numbers.EDGES[64]] + [numbers.from_float(x, 64) for x in
                      (2147483647.0, 2147483647.9, 2147483648.0, -2147483648.9, -2147483649.0, 4294967295.9, 4294967296.0,
                       -0.9, -1.0, math.pi)], 64)
    whole = singles([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0x01000001, 0x01000003, 0x7FFFFF40], 32)
    for sign in "su":
        script.add(f"i32x4.trunc_sat_f32x4_{sign}", ["f32x4"], "i32x4",
                   [(v, [truncate(x, 32, 32, sign, True) for x in lanes(v, 32)]) for v in floats])
        script.add(f"i32x4.trunc_sat_f64x2_{sign}_zero", ["f64x2"], "i32x4",
                   [(v, [truncate(x, 64, 32, sign, True) for x in lanes(v, 64)] + [0, 0]) for v in doubles])
        value = (lambda x: signed(x, 32)) if sign == "s" else (lambda x: x)
        script.add(f"f32x4.convert_i32x4_{sign}", ["i32x4"], "f32x4",
                   [(v, [from_int(value(x), 32) for x in lanes(v, 32)]) for v in whole])
        script.add(f"f64x2.convert_low_i32x4_{sign}", ["i32x4"], "f64x2",
                   [(v, [from_int(value(x), 64) for x in lanes(v, 32)[:2]]) for v in whole])
    script.add("f32x4.demote_f64x2_zero", ["f64x2"], "f32x4",
               [(v, [demote(x) for x in lanes(v, 64)] + [0, 0]) for v in doubles])
    script.add("f64x2.promote_low_f32x4", ["f32x4"], "f64x2",
               [(v, [promote(x) for x in lanes(v, 32)[:2]]) for v in floats])
    return script.text()


def scripts():
    out = [(shape, integer_shape(shape, size)) for shape, size in SHAPES.items()]
    out += [("f32x4", float_shape("f32x4", 32)), ("f64x2", float_shape("f64x2", 64))]
    return out + [("v128", bits()), ("v128-conversions", conversions())]
