;;! features: legacy-exceptions
;; The old encoding of exceptions that toolchains still emit (--enable legacy-exceptions).
(module
  (tag $e (param i32))
  (tag $f)
  (func $throw (param i32) (throw $e (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    try (result i32)
      local.get 0
      call $throw
      i32.const 1
    catch $f
      i32.const 2
    catch $e
    catch_all
      i32.const 3
    end)
  (func (export "catch-all") (result i32)
    try (result i32) (throw $f) catch_all (i32.const 3) end)
  (func (export "rethrow") (result i32)
    try (result i32)
      try
        i32.const 6
        call $throw
      catch $e
        drop
        rethrow 0
      end
      i32.const 0
    catch $e
    end)
  (func (export "delegate") (result i32)
    try $outer (result i32)
      try
        i32.const 8
        call $throw
      delegate $outer
      i32.const 0
    catch $e
    end)
  (func (export "uncaught") (call $throw (i32.const 1))))
(assert_return (invoke "catch" (i32.const 5)) (i32.const 5))
(assert_return (invoke "catch-all") (i32.const 3))
(assert_return (invoke "rethrow") (i32.const 6))
(assert_return (invoke "delegate") (i32.const 8))
(assert_exception (invoke "uncaught"))
