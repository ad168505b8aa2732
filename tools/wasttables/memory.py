"""Loads and stores of every width, scalar and vector, at the end of memories of both address types: the last access that fits,
the first that does not, with and without an offset, and with offsets that carry beyond the address type."""

from .numbers import signed, vector, wrap
from .script import head, row

PAGE = 65536
TAIL = bytes((0x81 + 0x17 * i) & 0xFF for i in range(32))  # the last bytes of the page
OUTSIDE = ("trap", "out of bounds memory access")
VALUE = 0xF1E2D3C4B5A69788

LOADS = [("i32.load", 4), ("i64.load", 8), ("f32.load", 4), ("f64.load", 8), ("i32.load8_s", 1), ("i32.load8_u", 1),
         ("i32.load16_s", 2), ("i32.load16_u", 2), ("i64.load8_s", 1), ("i64.load8_u", 1), ("i64.load16_s", 2),
         ("i64.load16_u", 2), ("i64.load32_s", 4), ("i64.load32_u", 4), ("v128.load", 16), ("v128.load8x8_s", 8),
         ("v128.load8x8_u", 8), ("v128.load16x4_s", 8), ("v128.load16x4_u", 8), ("v128.load32x2_s", 8),
         ("v128.load32x2_u", 8), ("v128.load8_splat", 1), ("v128.load16_splat", 2), ("v128.load32_splat", 4),
         ("v128.load64_splat", 8), ("v128.load32_zero", 4), ("v128.load64_zero", 8), ("v128.load8_lane", 1),
         ("v128.load16_lane", 2), ("v128.load32_lane", 4), ("v128.load64_lane", 8)]
STORES = [("i32.store", 4), ("i64.store", 8), ("f32.store", 4), ("f64.store", 8), ("i32.store8", 1), ("i32.store16", 2),
          ("i64.store8", 1), ("i64.store16", 2), ("i64.store32", 4), ("v128.store", 16), ("v128.store8_lane", 1),
          ("v128.store16_lane", 2), ("v128.store32_lane", 4), ("v128.store64_lane", 8)]
BASE = vector([0x0102030405060708, 0x1112131415161718], 64)  # what a lane is loaded into or stored from


def kind_of(name):
    return "i64x2" if name[0] == "v" else name[:3]


def loaded(name, data):
    """The bits that the load gives for these bytes."""
    raw, width = int.from_bytes(data, "little"), len(data) * 8
    if name.endswith("_lane"):
        return (BASE & ((1 << 128) - 1 - ((1 << width) - 1))) | raw
    if name.endswith("_splat"):
        return vector([raw] * (128 // width), width)
    if "x" in name:
        part = int(name[9:name.index("x")])
        values = [(raw >> at) & ((1 << part) - 1) for at in range(0, 64, part)]
        return vector([signed(x, part) if name[-1] == "s" else x for x in values], 2 * part)
    if name.endswith("_s"):
        return wrap(signed(raw, width), int(name[1:3]))
    return raw


def stored(name, width):
    raw = BASE if name[0] == "v" else VALUE >> 32 if "32." in name else VALUE
    return wrap(raw, width * 8).to_bytes(width, "little")


def load(name, offset, export):
    more = f" (v128.const i64x2 {BASE & (1 << 64) - 1:#x} {BASE >> 64:#x})" if name.endswith("_lane") else ""
    result = "v128" if name[0] == "v" else name[:3]
    lane = " 0" if more else ""
    return (f'  (func (export "{export}") (param $at ADDRESS) (result {result})\n'
            f"    ({name}{offset}{lane} (local.get $at){more}))\n")


def store(name, offset, export):
    lane = " 0" if name.endswith("_lane") else ""
    if name[0] == "v":
        value = f"(v128.const i64x2 {BASE & (1 << 64) - 1:#x} {BASE >> 64:#x})"
    elif name[0] == "f":
        value = f"({name[:3]}.reinterpret_i{name[1:3]} (i{name[1:3]}.const {VALUE >> (64 - int(name[1:3])):#x}))"
    else:
        value = f"({name[:3]}.const {VALUE >> (64 - int(name[1:3])):#x})"
    return (f'  (func (export "{export}") (param $at ADDRESS) (result i64 i64)\n'
            f"    (memory.fill (ADDRESS.const 65504) (i32.const 0xa5) (ADDRESS.const 32))\n"
            f"    ({name}{offset}{lane} (local.get $at) {value})\n"
            f"    (i64.load (ADDRESS.const 65520)) (i64.load (ADDRESS.const 65528)))\n")


def script(address):
    size = int(address[1:])
    out = [head(f"{address} addresses. {__doc__}".replace("\n", "\n;; ")), f"(module\n  (memory {address} 1)\n"
           if address == "i64" else "(module\n  (memory 1)\n"]
    out.append(f'  (data ({address}.const {PAGE - 32}) "{"".join(f"{chr(92)}{b:02x}" for b in TAIL)}")\n')
    rows = []
    far = 0xFFFFFFFF if size == 32 else 0xFFFFFFFFFFFFFFFF
    for name, width in LOADS + STORES:
        make = load if (name, width) in LOADS else store
        last = PAGE - width
        forms = {name: 0, f"{name}+3": 3, f"{name}+far": far}
        for export, offset in forms.items():
            text = f" offset={offset:#x}" if offset > 9 else f" offset={offset}" if offset else ""
            out.append(make(name, text, export).replace("ADDRESS", address))

        def add(export, at, fits=None):
            """fits: the effective address of an access that is inside"""
            if fits is None:
                result = OUTSIDE
            elif make is load:
                result = [(kind_of(name), loaded(name, TAIL[fits - PAGE + 32:fits - PAGE + 32 + width]))]
            else:
                page = bytearray(b"\xa5" * 32)
                page[fits - PAGE + 32:fits - PAGE + 32 + width] = stored(name, width)
                result = [("i64", int.from_bytes(page[16:24], "little")), ("i64", int.from_bytes(page[24:], "little"))]
            rows.append(row(export, [(address, at)], result))

        add(name, last, last)
        add(name, last - 3, last - 3)
        add(name, last + 1)
        add(name, far)
        if size == 64:
            add(name, 1 << 32 | last)
        add(f"{name}+3", last - 3, last)
        add(f"{name}+3", last - 2)
        add(f"{name}+3", far - 2)
        add(f"{name}+far", 0)
        add(f"{name}+far", 1)
        add(f"{name}+far", last + 1)
    return "".join(out) + ")\n\n" + "".join(rows)


def scripts():
    return [("memory32", script("i32")), ("memory64", script("i64"))]
