;; The text format: abbreviations, identifiers, literals, annotations, comments; and what is malformed in it.
(module $"quoted name \u{41}"
  (; block (; nested ;) comment ;)
  (@custom "mine" (after func) "contents")
  (@unknown (anything "goes" 1.5 $here) here)
  (func $"f 1" (export "a") (export "b") (result i32) i32.const 1_000)
  (func (export "hex") (result f64) f64.const 0x1.8p1)
  (func (export "hex32") (result f32) (f32.const -0x1p-149))
  (func (export "dec") (result f64) (f64.const 1_0.5e-1))
  (func (export "tiny") (result f64) (f64.const 4.9406564584124654e-324))
  (func (export "round") (result f32) (f32.const 16777217))
  (func (export "call") (result i32) (call $"f 1"))
  (func (export "plain") (param $x i32) (result i32)
    local.get $x
    if (result i32)
      i32.const 1
    else
      i32.const 2
    end)
  (func (export "labels") (result i32)
    block $b (result i32)
      block $b
        i32.const 6
        br 1
      end $b
      i32.const 5
    end $b)
  (memory (export "m") (data "inline" "\00\n\t\u{20ac}\"\\"))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (table (export "t") funcref (elem $"f 1"))
  (func (export "indirect") (result i32) (call_indirect (result i32) (i32.const 0)))
  )
(assert_return (invoke "a") (i32.const 1000))
(assert_return (invoke "hex") (f64.const 3))
(assert_return (invoke "hex32") (f32.const -0x0.000002p-126))
(assert_return (invoke "dec") (f64.const 1.05))
(assert_return (invoke "tiny") (f64.const 0x1p-1074))
(assert_return (invoke "round") (f32.const 16777216))
(assert_return (invoke "call") (i32.const 1000))
(assert_return (invoke "plain" (i32.const 0)) (i32.const 2))
(assert_return (invoke "labels") (i32.const 6))
(assert_return (invoke "load" (i32.const 9)) (i32.const 0xe2))
(assert_return (invoke "load" (i32.const 13)) (i32.const 0x5c))
(assert_return (invoke "size") (i32.const 1))
(assert_return (invoke "indirect") (i32.const 1000))
(module quote "(func (export \"q\") (result i32)" "(i32.const 3))")
(assert_return (invoke "q") (i32.const 3))

(assert_malformed (module quote "(func (i32.konst 0))") "unknown operator")
(assert_malformed (module quote "(func (i32.const 0x100000000))") "constant out of range")
(assert_malformed (module quote "(func (i32.const 1__0))") "unknown operator")
(assert_malformed (module quote "(func (f32.const 0x1p128))") "constant out of range")
(assert_malformed (module quote "(func $a) (func $a)") "duplicate func")
(assert_malformed (module quote "(func block $a end $b)") "mismatching label")
(assert_malformed (module quote "(func (local.get $x))") "unknown local")
(assert_malformed (module quote "(func) (import \"a\" \"b\" (func))") "import after function")
(assert_malformed (module quote "(type $t (func (param i32))) (func (type $t) (param i64))") "inline function type")
(assert_malformed (module quote "(memory \"unterminated)") "unclosed string")
(assert_malformed (module quote "(func (@ x))") "empty annotation id")
(assert_malformed (module quote "(func) )") "unexpected token")
(assert_malformed (module quote "(func") "unexpected token")
(assert_malformed (module quote "(func (export \"\\ff\"))") "malformed UTF-8 encoding")
