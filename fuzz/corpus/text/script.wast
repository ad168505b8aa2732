(assert_return (invoke "f" (f32.const 1)) (either (f32.const nan:canonical) (ref.null)))
(module quote "(func)")
