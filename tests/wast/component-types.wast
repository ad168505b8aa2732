;;! features: cm-fixed-length-lists
;; Types of components: identity of resource types through instances and components, subtyping, gates.

;; instances of a component have resource types of their own, also when they come out of an inner instance
(component definition $twice
  (component $b
    (component $a
      (type $r (resource (rep i32)))
      (export "a" (type $r)))
    (instance $x (instantiate $a))
    (export "x" (instance $x)))
  (instance $i (instantiate $b))
  (alias export $i "x" (instance $ix))
  (alias export $ix "a" (type $t))
  (component $same
    (import "a" (type $a (sub resource)))
    (import "b" (type (eq $a))))
  (instance (instantiate $same (with "a" (type $t)) (with "b" (type $ix "a")))))

(assert_invalid
  (component
    (component $b
      (component $a
        (type $r (resource (rep i32)))
        (export "a" (type $r)))
      (instance $x (instantiate $a))
      (export "x" (instance $x)))
    (instance $i (instantiate $b))
    (instance $j (instantiate $b))
    (alias export $i "x" (instance $ix))
    (alias export $j "x" (instance $jx))
    (component $same
      (import "a" (type $a (sub resource)))
      (import "b" (type (eq $a))))
    (instance (instantiate $same (with "a" (type $ix "a")) (with "b" (type $jx "a")))))
  "resource types are not the same")

;; what an imported component exports: its own resource types are new, those it was given are what was given
(component definition
  (import "c" (component $c
    (import "t" (type $t (sub resource)))
    (export "u" (type (sub resource)))
    (export "v" (type (eq $t)))))
  (type $r (resource (rep i32)))
  (instance $i (instantiate $c (with "t" (type $r))))
  (component $same
    (import "a" (type $a (sub resource)))
    (import "b" (type (eq $a))))
  (instance (instantiate $same (with "a" (type $r)) (with "b" (type $i "v")))))

(assert_invalid
  (component
    (import "c" (component $c
      (import "t" (type $t (sub resource)))
      (export "u" (type (sub resource)))
      (export "v" (type (eq $t)))))
    (type $r (resource (rep i32)))
    (instance $i (instantiate $c (with "t" (type $r))))
    (component $same
      (import "a" (type $a (sub resource)))
      (import "b" (type (eq $a))))
    (instance (instantiate $same (with "a" (type $r)) (with "b" (type $i "u")))))
  "resource types are not the same")

;; component subtyping: fewer imports and more exports are fine, resource types are matched through both
(component definition
  (component $user
    (import "c" (component
      (import "t" (type $t (sub resource)))
      (import "more" (func))
      (export "f" (func (param "x" (own $t)))))))
  (import "given" (component $given
    (import "t" (type $t (sub resource)))
    (export "f" (func (param "x" (own $t))))
    (export "g" (func))))
  (instance (instantiate $user (with "c" (component $given)))))

(assert_invalid
  (component
    (component $user
      (import "c" (component
        (import "t" (type $t (sub resource)))
        (import "u" (type $u (sub resource)))
        (export "f" (func (param "x" (own $t)))))))
    (import "given" (component $given
      (import "t" (type $t (sub resource)))
      (import "u" (type $u (sub resource)))
      (export "f" (func (param "x" (own $u))))))
    (instance (instantiate $user (with "c" (component $given)))))
  "resource types are not the same")

(assert_invalid
  (component
    (component $user
      (import "c" (component (export "f" (func)))))
    (import "given" (component $given
      (import "need" (func))
      (export "f" (func))))
    (instance (instantiate $user (with "c" (component $given)))))
  "missing expected import `need`")

;; an export that hides its type is another type from then on
(assert_invalid
  (component
    (type $r (resource (rep i32)))
    (export $a "a" (type $r))
    (export $b "b" (type $r) (type (sub resource)))
    (component $same
      (import "a" (type $a (sub resource)))
      (import "b" (type (eq $a))))
    (instance (instantiate $same (with "a" (type $a)) (with "b" (type $b)))))
  "resource types are not the same")

;; a core type that is not final is written so that it is taken for no module's type
(component definition
  (core rec (type $a (sub (struct (field (ref null $b))))) (type $b (array i8)))
  (core type $c (sub $a (struct (field (ref null $b)) (field i32))))
  (core type (module
    (alias outer 1 $c (type $c))
    (import "a" "b" (global (ref null $c)))
    (import "a" "c" (func (param i32) (result i64)))
    (export "d" (func (param i32) (result i64))))))

;; only shared code: borrows do not come back, nor flow
(assert_invalid
  (component
    (import "r" (type $r (sub resource)))
    (type (func (result (borrow $r)))))
  "function result cannot contain a `borrow` type")
(assert_invalid
  (component
    (import "r" (type $r (sub resource)))
    (type (future (list (borrow $r)))))
  "cannot contain a borrow")
(assert_invalid (component (type (list u8 0))) "at least one element")
(assert_invalid (component (type (map f32 u8))) "invalid map key type")
