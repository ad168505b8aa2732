// Does with V8 what tests/diff/run.c does with the engine, and says it in the same words.
//
// usage: node v8.mjs run|single|judge MODULES RESULTS      MODULES as tests/diff/diff.c --emit writes it
import fs from 'node:fs';

const [mode, input, output] = process.argv.slice(2);
const bytes = fs.readFileSync(input);
const values = { at: 0 };

function blob() {
  const size = bytes.readUInt32LE(values.at);
  values.at += 4 + size;
  return bytes.subarray(values.at - size, values.at);
}

const imports = () => ({ h: { f0: (x) => (Math.imul(x, 3) + 1) | 0, f1: (a, b) => b, f2: () => {} } });

const view = new DataView(new ArrayBuffer(8));
const hex = (value, digits) => value.toString(16).padStart(digits, '0');

function fromText(text) {
  const [type, value] = text.split(':');
  switch (type) {
    case 'i32': return Number(value);
    case 'i64': return BigInt(value);
    case 'f32': view.setUint32(0, parseInt(value, 16)); return view.getFloat32(0);
    case 'f64': view.setBigUint64(0, BigInt('0x' + value)); return view.getFloat64(0);
  }
  throw new Error('what is ' + text);
}

function toText(type, value) {
  switch (type) {
    case 'i32': return ` i32:${value | 0}`;
    case 'i64': return ` i64:${BigInt.asIntN(64, value)}`;
    case 'f32':
      if (Number.isNaN(value)) return ' f32:nan';
      view.setFloat32(0, value);
      return ' f32:' + hex(view.getUint32(0), 8);
    case 'f64':
      if (Number.isNaN(value)) return ' f64:nan';
      view.setFloat64(0, value);
      return ' f64:' + hex(view.getBigUint64(0), 16);
  }
}

// V8's messages, in the order in which they are tried.
const traps = [
  [/unreachable/, 'unreachable'],
  [/divide result unrepresentable|float unrepresentable/, 'unrepresentable'],
  [/divide by zero|remainder by zero/, 'zero'],
  [/function signature mismatch|null function/, 'signature'],
  // Of an access that is both, engines name either.
  [/out of bounds|length overflow|unaligned/, 'bounds'],
  [/dereferencing a null pointer|rethrowing null value/, 'null'],
  [/illegal cast/, 'cast'],
];

function failure(error) {
  if (error instanceof WebAssembly.Exception) return ' exception';
  if (error instanceof RangeError && /call stack/.test(error.message)) return ' trap stack';
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
    for (const [pattern, name] of traps) if (pattern.test(error.message)) return ' trap ' + name;
    return ' trap ' + error.message;
  }
  if (error instanceof TypeError && /null/.test(error.message)) return ' trap null';
  return ' ' + error;
}

function hashWords(hash, buffer, size) {
  const words = new Int32Array(buffer, 0, size >> 2);
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ words[i], 16777619);
    hash ^= hash >>> 15;
  }
  return hash;
}

function hashText(hash, text) {
  while (text.length % 4) text += ' ';
  const copy = new Uint8Array(new TextEncoder().encode(text));
  return hashWords(hash, copy.buffer, copy.length);
}

// The types of results are not to be had from a function in JavaScript: read from the binary.
function functionTypes(module) {
  let at = 8;
  const types = [], functions = [], names = {};
  const u = () => { let v = 0, s = 1; for (;;) { const b = module[at++]; v += (b & 127) * s; s *= 128; if (b < 128) return v; } };
  const skip = () => { const size = u(); at += size; };
  const leb = () => { while (module[at++] & 128); };
  const kinds = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64' };
  const valtype = () => { const b = module[at++]; if (b === 0x63 || b === 0x64) { leb(); return 'ref'; } return kinds[b] ?? 'other'; };
  const list = () => Array.from({ length: u() }, valtype);
  const one = () => {
    let b = module[at++];
    if (b === 0x50 || b === 0x4f) { for (let n = u(); n > 0; n--) u(); b = module[at++]; }
    if (b === 0x60) types.push({ params: list(), results: list() });
    else if (b === 0x5f) { for (let n = u(); n > 0; n--) { valtype(); at++; } types.push(null); }
    else { valtype(); at++; types.push(null); }
  };
  while (at < module.length) {
    const id = module[at++], size = u(), end = at + size;
    if (id === 1) for (let n = u(); n > 0; n--) { if (module[at] === 0x4e) { at++; for (let k = u(); k > 0; k--) one(); } else one(); }
    if (id === 2) for (let n = u(); n > 0; n--) { skip(); skip(); at++; functions.push(u()); }
    if (id === 3) for (let n = u(); n > 0; n--) functions.push(u());
    if (id === 7) for (let n = u(); n > 0; n--) {
      const length = u(), name = Buffer.from(module.subarray(at, at + length)).toString();
      at += length;
      const kind = module[at++], index = u();
      if (kind === 0) names[name] = types[functions[index]];
    }
    at = end;
  }
  return names;
}

function state(instance, types) {
  let text = '';
  for (const [name, object] of Object.entries(instance.exports)) {
    if (object instanceof WebAssembly.Memory) {
      const buffer = object.buffer;
      text += `${name} = ${buffer.byteLength} ${hex(hashWords(-2128831035, buffer, buffer.byteLength) >>> 0, 8)}\n`;
    } else if (object instanceof WebAssembly.Global) {
      text += `${name} =${globalText(object)}\n`;
    }
  }
  return text;
}

// A number's type is not told either; the reader of the results compares values, see v8.py.
function globalText(global) {
  const value = global.value;
  if (typeof value === 'bigint') return ` i64:${value}`;
  if (Number.isNaN(value)) return ' nan';
  view.setFloat64(0, value);
  return ' number:' + hex(view.getBigUint64(0), 16);
}

function runModule(module, calls) {
  let text = '', instance;
  const types = functionTypes(module);
  try {
    instance = new WebAssembly.Instance(new WebAssembly.Module(module), imports());
  } catch (error) {
    return `instantiate = ${error}\n`;
  }
  for (const line of calls.split('\n')) {
    if (!line) continue;
    const [name, ...args] = line.split(' ');
    text += line + ' =';
    try {
      const results = types[name].results;
      let values = instance.exports[name](...args.map(fromText));
      if (results.length === 1) values = [values];
      results.forEach((type, i) => { text += toText(type, values[i]); });
    } catch (error) {
      text += failure(error);
    }
    text += '\n';
  }
  return text + state(instance, types);
}

function runSingle(module, calls) {
  let text = '';
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), {});
  const memory = instance.exports.m0, N = 32;
  for (const line of calls.split('\n')) {
    if (!line) continue;
    const [name, op, operands] = line.split(' ');
    const call = instance.exports[name];
    for (let a = 0; a < N; a++) {
      let hash = -2128831035;
      for (let b = 0; b < (operands > 1 ? N : 1); b++) {
        try {
          call(a | b << 8 | (a + b * 7) % N << 16 | (b + a * 5) % N << 24);
        } catch (error) {
          hash = hashText(hash, failure(error));
        }
        hash = hashWords(hash, memory.buffer, 32);
      }
      text += `${name} ${op} ${a} = ${hex(hash >>> 0, 8)}\n`;
    }
    text += state(instance);
  }
  return text;
}

const out = fs.openSync(output, 'w');
function put(text) {
  const data = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  fs.writeSync(out, Buffer.concat([size, data]));
}

while (values.at < bytes.length) {
  const seed = blob().toString(), module = new Uint8Array(blob()), calls = blob().toString();
  put(seed);
  if (mode === 'judge') {
    let text = 'valid = yes\n';
    try {
      new WebAssembly.Module(module);
    } catch (error) {
      text = `valid = no, ${error.message}\n`;
    }
    put(text);
  } else {
    put(mode === 'single' ? runSingle(module, calls) : runModule(module, calls));
  }
}
