;;! features: branch-hints
;; Branch hints (--enable branch-hints): read, checked for their places, and without effect on results.
(module
  (func (export "f") (param i32) (result i32)
    (@metadata.code.branch_hint "\01")
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))
(assert_return (invoke "f" (i32.const 1)) (i32.const 1))
(assert_return (invoke "f" (i32.const 0)) (i32.const 2))
(assert_invalid_custom (module (func (@metadata.code.branch_hint "\01") (nop)))
  "@metadata.code.branch_hint annotation: invalid target")
