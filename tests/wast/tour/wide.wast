;;! features: wide-arithmetic
;; Wide arithmetic (--enable wide-arithmetic).
(module
  (func (export "add128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sub128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "mul_s") (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1)))
  (func (export "mul_u") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))
(assert_return (invoke "add128" (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0)) (i64.const 0) (i64.const 1))
(assert_return (invoke "add128" (i64.const -1) (i64.const -1) (i64.const 1) (i64.const 0)) (i64.const 0) (i64.const 0))
(assert_return (invoke "sub128" (i64.const 0) (i64.const 1) (i64.const 1) (i64.const 0)) (i64.const -1) (i64.const 0))
(assert_return (invoke "mul_s" (i64.const -2) (i64.const 3)) (i64.const -6) (i64.const -1))
(assert_return (invoke "mul_u" (i64.const -2) (i64.const 3)) (i64.const -6) (i64.const 2))
(assert_return (invoke "mul_u" (i64.const -1) (i64.const -1)) (i64.const 1) (i64.const -2))
(assert_return (invoke "mul_s" (i64.const 0x8000000000000000) (i64.const 0x8000000000000000)) (i64.const 0) (i64.const 0x4000000000000000))
(assert_invalid (module (func (result i64 i64) (i64.mul_wide_s (i64.const 0)))) "type mismatch")
