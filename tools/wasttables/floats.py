"""f32 and f64: every operator on boundary values, NaNs of each sort among them."""

import itertools

from .numbers import BINARY, COMPARE, EDGES, PAIRED, UNARY, to_float
from .script import head, plain, row


def script(size):
    kind = f"f{size}"
    out = [head(f"{kind}: {__doc__.split(':')[1].strip()}"), "(module\n"]
    rows = []
    for name, operate in UNARY.items():
        out.append(plain(f"{kind}.{name}", [kind], [kind], name))
        rows += [row(name, [(kind, a)], [(kind, operate(size, a))]) for a in EDGES[size]]
    for name, operate in BINARY.items():
        out.append(plain(f"{kind}.{name}", [kind, kind], [kind], name))
        rows += [row(name, [(kind, a), (kind, b)], [(kind, operate(size, a, b))])
                 for a, b in itertools.product(PAIRED[size], PAIRED[size])]
    for name, operate in COMPARE.items():
        out.append(plain(f"{kind}.{name}", [kind, kind], ["i32"], name))
        out.append(f'  (func (export "{name}.if") (param {kind} {kind}) (result i32)\n'
                   f"    (if (result i32) ({kind}.{name} (local.get 0) (local.get 1))\n"
                   "      (then (i32.const 1)) (else (i32.const 0))))\n")
        for a, b in itertools.product(PAIRED[size], PAIRED[size]):
            result = [("i32", int(operate(to_float(a, size), to_float(b, size))))]
            rows.append(row(name, [(kind, a), (kind, b)], result))
            if a & 3 or b & 3 or a == b or b == PAIRED[size][8]:
                rows.append(row(f"{name}.if", [(kind, a), (kind, b)], result))
    return "".join(out) + ")\n\n" + "".join(rows)


def scripts():
    return [("f32", script(32)), ("f64", script(64))]
