"""Integers and floats as bits, with the operators of the specification that scalars and vectors share."""

import ctypes
import math
import struct

FRACTION = {32: (1 << 23) - 1, 64: (1 << 52) - 1}
EXPONENT = {32: 0xFF << 23, 64: 0x7FF << 52}
QUIET = {32: 1 << 22, 64: 1 << 51}
NAN = {32: EXPONENT[32] | QUIET[32], 64: EXPONENT[64] | QUIET[64]}
INF = {32: EXPONENT[32], 64: EXPONENT[64]}


def signed(x, size):
    x &= (1 << size) - 1
    return x - (1 << size) if x >> (size - 1) else x


def wrap(x, size):
    return x & ((1 << size) - 1)


def clamp(x, low, high):
    return max(low, min(high, x))


def saturate_s(x, size):
    return wrap(clamp(x, -(1 << (size - 1)), (1 << (size - 1)) - 1), size)


def saturate_u(x, size):
    return clamp(x, 0, (1 << size) - 1)


def lanes(vector, size):
    return [(vector >> at) & ((1 << size) - 1) for at in range(0, 128, size)]


def vector(values, size):
    return sum(wrap(value, size) << (i * size) for i, value in enumerate(values))


def sign_bit(size):
    return 1 << (size - 1)


def magnitude(x, size):
    return x & (sign_bit(size) - 1)


def is_nan(x, size):
    return magnitude(x, size) > INF[size]


def is_canonical(x, size):
    return magnitude(x, size) == NAN[size]


def to_float(x, size):
    return struct.unpack("<f" if size == 32 else "<d", x.to_bytes(size // 8, "little"))[0]


def from_float(value, size):
    """Rounds to nearest, ties to even. A result of + - * / or sqrt of two f32, computed as f64, may be rounded twice
    without harm, for an f64 has more than twice the digits."""
    if math.isnan(value):
        return NAN[size]
    if size == 32:
        value = ctypes.c_float(value).value
        return int.from_bytes(struct.pack("<f", value), "little")
    return int.from_bytes(struct.pack("<d", value), "little")


def from_int(value, size):
    """An integer as float, rounded once."""
    digits = 24 if size == 32 else 53
    drop = max(0, abs(value).bit_length() - digits)
    whole, rest = abs(value) >> drop, abs(value) & ((1 << drop) - 1)
    half = (1 << drop) >> 1
    if drop and (rest > half or (rest == half and whole & 1)):
        whole += 1
    return from_float(math.copysign(float(whole << drop), value), size)


def nan_of(size, *operands):
    """What an operator gives for these operands, one of which is a NaN, or out of nowhere."""
    nans = [x for x in operands if is_nan(x, size)]
    return "nan:canonical" if all(is_canonical(x, size) for x in nans) else "nan:arithmetic"


def divide(a, b):
    if b == 0:
        if a == 0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, math.copysign(1, a) * math.copysign(1, b))
    return a / b


def minimum(a, b):
    return (a if math.copysign(1, a) < 0 else b) if a == b else min(a, b)


def maximum(a, b):
    return (a if math.copysign(1, a) > 0 else b) if a == b else max(a, b)


def multiply(a, b):
    return math.nan if (a == 0 and math.isinf(b)) or (b == 0 and math.isinf(a)) else a * b


def to_whole(rounding):
    def operate(a):
        return a if math.isinf(a) or a == 0 else math.copysign(float(rounding(a)), a)
    return operate


def arithmetic(operate):
    """An operator on host floats becomes one on bits, with NaNs as the specification has them."""
    def on_bits(size, *operands):
        if any(is_nan(x, size) for x in operands):
            return nan_of(size, *operands)
        value = operate(*(to_float(x, size) for x in operands))
        return "nan:canonical" if math.isnan(value) else from_float(value, size)
    return on_bits


UNARY = {
    "abs": lambda size, x: magnitude(x, size),
    "neg": lambda size, x: x ^ sign_bit(size),
    "ceil": arithmetic(to_whole(math.ceil)),
    "floor": arithmetic(to_whole(math.floor)),
    "trunc": arithmetic(to_whole(math.trunc)),
    "nearest": arithmetic(to_whole(round)),
    "sqrt": arithmetic(lambda a: math.nan if a < 0 else math.sqrt(a)),
}

BINARY = {
    "add": arithmetic(lambda a, b: a + b),
    "sub": arithmetic(lambda a, b: a - b),
    "mul": arithmetic(multiply),
    "div": arithmetic(divide),
    "min": arithmetic(minimum),
    "max": arithmetic(maximum),
    "copysign": lambda size, a, b: magnitude(a, size) | (b & sign_bit(size)),
}

COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "ge": lambda a, b: a >= b,
}

# Float operands: zeros, ones, halves that round to even, subnormals, the greatest, infinities, NaNs of each sort.
EDGES = {
    32: [0, 0x80000000, 0x3F800000, 0xBF000000, 0x3FC00000, 0x40200000, 0xC0200000, 0x00000001, 0x80000001, 0x007FFFFF,
         0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x4B000001, 0x4AFFFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000,
         0x7FA00000, 0xFFC00001],
    64: [0, 1 << 63, 0x3FF0000000000000, 0xBFE0000000000000, 0x3FF8000000000000, 0x4004000000000000,
         0xC004000000000000, 1, 1 << 63 | 1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x7FEFFFFFFFFFFFFF,
         0xFFEFFFFFFFFFFFFF, 0x4330000000000001, 0x432FFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000,
         0x7FF8000000000000, 0xFFF8000000000000, 0x7FF4000000000000, 0xFFF8000000000001],
}
PAIRED = {32: [0, 0x80000000, 0x3F800000, 0xBFC00000, 0x00000001, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000,
               0x7FA00000],
          64: [0, 1 << 63, 0x3FF0000000000000, 0xBFF8000000000000, 1, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000,
               0xFFF0000000000000, 0x7FF8000000000000, 0x7FF4000000000000]}
