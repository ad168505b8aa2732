"""Writing scripts. A value is (type, bits) with the type i32, i64, f32, f64 or a vector shape; vectors are 128 bits."""

import re

from . import numbers

TRAP = "trap"
LANES = {"i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64, "f32x4": 32, "f64x2": 64}


def head(about, features=""):
    first = f";;! features: {features}\n" if features else ""
    return f"{first};; {about}\n;; Written by tools/make-wast-tables.\n"


def float_text(bits, size):
    kind = "f32" if size == 32 else "f64"
    sign = "-" if bits >> (size - 1) else ""
    if numbers.is_nan(bits, size):
        payload = bits & numbers.FRACTION[size]
        return f"{sign}nan" if payload == numbers.QUIET[size] else f"{sign}nan:{payload:#x}"
    value = abs(numbers.to_float(bits, size))
    if value == float("inf"):
        return sign + "inf"
    assert kind
    if value == int(value) and value < 1e6:
        return f"{sign}{int(value)}"
    return sign + re.sub(r"\.?0+p", "p", value.hex())


def int_text(bits, size):
    value = numbers.signed(bits, size)
    return str(value) if -10000 < value < 10000 else f"{bits:#x}"


def number(kind, bits):
    if bits in ("nan:canonical", "nan:arithmetic"):
        return bits
    size = int(kind[1:])
    return float_text(bits, size) if kind[0] == "f" else int_text(bits, size)


def const(value):
    kind, bits = value
    if kind not in LANES:
        return f"({kind}.const {number(kind, bits)})"
    lane = kind.split("x")[0]
    lanes = bits if isinstance(bits, list) else numbers.lanes(bits, LANES[kind])
    return f"(v128.const {kind} {' '.join(number(lane, x) for x in lanes)})"


def wasm_type(kind):
    return "v128" if kind in LANES else kind


def row(name, arguments, results):
    call = " ".join([f'(invoke "{name}"', *map(const, arguments)]) + ")"
    if results and results[0] == TRAP:
        return f'(assert_trap {call} "{results[1]}")\n'
    return " ".join([f"(assert_return {call}", *map(const, results)]) + ")\n"


def plain(name, params, results, export=None, immediate=""):
    """A function that is one instruction on its parameters."""
    operands = "".join(f" (local.get {i})" for i in range(len(params)))
    types = f" (param {' '.join(map(wasm_type, params))})" if params else ""
    types += f" (result {' '.join(map(wasm_type, results))})" if results else ""
    return f'  (func (export "{export or name}"){types} ({name}{immediate}{operands}))\n'
