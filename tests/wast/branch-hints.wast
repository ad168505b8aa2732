;;! features: branch-hints
;; Hints say which way a branch goes; they change nothing but perhaps the time.

(module
  (func (export "if") (param i32) (result i32)
    (@metadata.code.branch_hint "\00")
    (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
  (func (export "br_if") (param i32) (result i32)
    (block (@metadata.code.branch_hint "\01") (br_if 0 (local.get 0)) (return (i32.const 3)))
    (i32.const 4))
)
(assert_return (invoke "if" (i32.const 0)) (i32.const 2))
(assert_return (invoke "if" (i32.const 1)) (i32.const 1))
(assert_return (invoke "br_if" (i32.const 0)) (i32.const 3))
(assert_return (invoke "br_if" (i32.const 1)) (i32.const 4))

(assert_malformed_custom (module quote "(func (@metadata.code.branch_hint \"\\02\") (if (i32.const 0) (then)))") "")
(assert_malformed_custom (module quote "(func (@metadata.code.branch_hint \"\\00\\00\") (if (i32.const 0) (then)))") "")
(assert_invalid_custom (module quote "(func (@metadata.code.branch_hint \"\\00\") (nop))") "")
