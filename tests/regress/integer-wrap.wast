;; Class: integer wrap in sizes and counts that a module gives (reliability, class 1). Counts near 2^32 that nothing
;; follows, sizes whose product with a width wraps, offsets that wrap when they are added.

;; br_table of 2^32-1 labels
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0d\01\0b\00\41\00\0e\ff\ff\ff\ff\0f\00\0b") "unexpected end")
;; 2^32-1 types
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\08\ff\ff\ff\ff\0f\60\00\00") "unexpected end")
;; 2^32-1 parameters
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\08\01\60\ff\ff\ff\ff\0f\7f") "unexpected end")
;; 2^32-1 fields
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\09\01\5f\ff\ff\ff\ff\0f\7f\00") "unexpected end")
;; 2^32-1 types in a recursion group
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\09\01\4e\ff\ff\ff\ff\0f\5f\00") "unexpected end")
;; 2^32-1 imports
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\02\0b\ff\ff\ff\ff\0f\01\61\01\62\00\00") "unexpected end")
;; 2^32-1 functions
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\06\ff\ff\ff\ff\0f\00") "unexpected end")
;; 2^32-1 tables
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\04\08\ff\ff\ff\ff\0f\70\00\00") "unexpected end")
;; 2^32-1 memories
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\07\ff\ff\ff\ff\0f\00\00") "unexpected end")
;; 2^32-1 globals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\06\0a\ff\ff\ff\ff\0f\7f\00\41\00\0b") "unexpected end")
;; 2^32-1 exports
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\07\09\ff\ff\ff\ff\0f\01\61\00\00") "unexpected end")
;; 2^32-1 element segments
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\09\08\ff\ff\ff\ff\0f\01\00\00") "unexpected end")
;; 2^32-1 elements
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\09\09\01\01\00\ff\ff\ff\ff\0f\00" "\0a\04\01\02\00\0b") "unexpected end")
;; 2^32-1 data segments
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0b\07\ff\ff\ff\ff\0f\01\00") "unexpected end")
;; a data segment of 2^32-1 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0b\08\01\01\ff\ff\ff\ff\0f\61") "unexpected end")
;; a name of 2^32-1 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\07\07\01\ff\ff\ff\ff\0f\61") "")
;; a body of 2^32-1 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\08\01\ff\ff\ff\ff\0f\00\0b") "")
;; 2^32-1 runs of locals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0a\01\08\ff\ff\ff\ff\0f\01\7f\0b") "unexpected end")
;; 2^32-1 types of a select
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\12\01\10\00\41\00\41\00\41\00\1c\ff\ff\ff\ff\0f\7f\1a\0b") "unexpected end")
;; 2^32-1 catch clauses
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0f\01\0d\00\1f\40\ff\ff\ff\ff\0f\00\00\00\0b\0b") "unexpected end")
;; br_table of 2^32-4 labels
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0d\01\0b\00\41\00\0e\fc\ff\ff\ff\0f\00\0b") "unexpected end")
;; 2^32-4 types
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\08\fc\ff\ff\ff\0f\60\00\00") "unexpected end")
;; 2^32-4 parameters
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\08\01\60\fc\ff\ff\ff\0f\7f") "unexpected end")
;; 2^32-4 fields
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\09\01\5f\fc\ff\ff\ff\0f\7f\00") "unexpected end")
;; 2^32-4 types in a recursion group
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\09\01\4e\fc\ff\ff\ff\0f\5f\00") "unexpected end")
;; 2^32-4 imports
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\02\0b\fc\ff\ff\ff\0f\01\61\01\62\00\00") "unexpected end")
;; 2^32-4 functions
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\06\fc\ff\ff\ff\0f\00") "unexpected end")
;; 2^32-4 tables
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\04\08\fc\ff\ff\ff\0f\70\00\00") "unexpected end")
;; 2^32-4 memories
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\07\fc\ff\ff\ff\0f\00\00") "unexpected end")
;; 2^32-4 globals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\06\0a\fc\ff\ff\ff\0f\7f\00\41\00\0b") "unexpected end")
;; 2^32-4 exports
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\07\09\fc\ff\ff\ff\0f\01\61\00\00") "unexpected end")
;; 2^32-4 element segments
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\09\08\fc\ff\ff\ff\0f\01\00\00") "unexpected end")
;; 2^32-4 elements
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\09\09\01\01\00\fc\ff\ff\ff\0f\00" "\0a\04\01\02\00\0b") "unexpected end")
;; 2^32-4 data segments
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0b\07\fc\ff\ff\ff\0f\01\00") "unexpected end")
;; a data segment of 2^32-4 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0b\08\01\01\fc\ff\ff\ff\0f\61") "unexpected end")
;; a name of 2^32-4 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\07\07\01\fc\ff\ff\ff\0f\61") "")
;; a body of 2^32-4 bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\08\01\fc\ff\ff\ff\0f\00\0b") "")
;; 2^32-4 runs of locals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0a\01\08\fc\ff\ff\ff\0f\01\7f\0b") "unexpected end")
;; 2^32-4 types of a select
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\12\01\10\00\41\00\41\00\41\00\1c\fc\ff\ff\ff\0f\7f\1a\0b") "unexpected end")
;; 2^32-4 catch clauses
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0f\01\0d\00\1f\40\fc\ff\ff\ff\0f\00\00\00\0b\0b") "unexpected end")
;; the sum of the locals wraps, or their bytes do
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
  "\0a\12\01\10\03\ff\ff\ff\ff\0f\7f\ff\ff\ff\ff\0f\7e\02\7d\0b") "too many locals")

;; lengths of arrays: one too many for a heap, products with 2, 4, 8 and 16 that wrap to something small
(module
  (type $b (array (mut i8))) (type $h (array (mut i16))) (type $i (array (mut i32))) (type $l (array (mut i64)))
  (type $v (array (mut v128))) (type $x (array (mut anyref)))
  (data $d "0123456789abcdef") (elem $e anyref (ref.null any))
  (func (export "b") (param i32) (result i32) (array.len (array.new $b (i32.const 1) (local.get 0))))
  (func (export "h") (param i32) (result i32) (array.len (array.new $h (i32.const 1) (local.get 0))))
  (func (export "i") (param i32) (result i32) (array.len (array.new $i (i32.const 1) (local.get 0))))
  (func (export "l") (param i32) (result i32) (array.len (array.new $l (i64.const 1) (local.get 0))))
  (func (export "v") (param i32) (result i32) (array.len (array.new_default $v (local.get 0))))
  (func (export "x") (param i32) (result i32) (array.len (array.new_default $x (local.get 0))))
  (func (export "data-h") (param i32 i32) (result i32) (array.len (array.new_data $h $d (local.get 0) (local.get 1))))
  (func (export "data-i") (param i32 i32) (result i32) (array.len (array.new_data $i $d (local.get 0) (local.get 1))))
  (func (export "data-l") (param i32 i32) (result i32) (array.len (array.new_data $l $d (local.get 0) (local.get 1))))
  (func (export "data-v") (param i32 i32) (result i32) (array.len (array.new_data $v $d (local.get 0) (local.get 1))))
  (func (export "elem") (param i32 i32) (result i32) (array.len (array.new_elem $x $e (local.get 0) (local.get 1))))
  (func (export "init_data") (param i32 i32 i32)
    (array.init_data $l $d (array.new_default $l (i32.const 4)) (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill") (param i32 i32) (array.fill $l (array.new_default $l (i32.const 4)) (local.get 0) (i64.const 1) (local.get 1)))
  (func (export "copy") (param i32 i32 i32) (local $a (ref $l))
    (local.set $a (array.new_default $l (i32.const 4)))
    (array.copy $l $l (local.get $a) (local.get 0) (local.get $a) (local.get 1) (local.get 2)))
  (func (export "get") (param i32) (result i64) (array.get $l (array.new_default $l (i32.const 4)) (local.get 0)))
  (func (export "set") (param i32) (array.set $l (array.new_default $l (i32.const 4)) (local.get 0) (i64.const 1)))
)
(assert_trap (invoke "b" (i32.const -1)) "allocation failed")
(assert_trap (invoke "b" (i32.const 0xfffffff8)) "allocation failed")
(assert_trap (invoke "h" (i32.const 0x80000001)) "allocation failed")
(assert_trap (invoke "h" (i32.const -1)) "allocation failed")
(assert_trap (invoke "i" (i32.const 0x40000001)) "allocation failed")
(assert_trap (invoke "i" (i32.const -1)) "allocation failed")
(assert_trap (invoke "l" (i32.const 0x20000001)) "allocation failed")
(assert_trap (invoke "l" (i32.const -1)) "allocation failed")
(assert_trap (invoke "v" (i32.const 0x10000001)) "allocation failed")
(assert_trap (invoke "v" (i32.const -1)) "allocation failed")
(assert_trap (invoke "x" (i32.const 0x40000001)) "allocation failed")
(assert_trap (invoke "x" (i32.const -1)) "allocation failed")
(assert_trap (invoke "data-h" (i32.const 2) (i32.const 0x7fffffff)) "out of bounds memory access")
(assert_trap (invoke "data-h" (i32.const 0) (i32.const 0x80000001)) "out of bounds memory access")
(assert_trap (invoke "data-i" (i32.const 4) (i32.const 0x3fffffff)) "out of bounds memory access")
(assert_trap (invoke "data-l" (i32.const 8) (i32.const 0x1fffffff)) "out of bounds memory access")
(assert_trap (invoke "data-l" (i32.const 0) (i32.const 0x20000000)) "out of bounds memory access")
(assert_trap (invoke "data-v" (i32.const -1) (i32.const 0x10000001)) "out of bounds memory access")
(assert_trap (invoke "elem" (i32.const 2) (i32.const -1)) "out of bounds table access")
(assert_trap (invoke "init_data" (i32.const 1) (i32.const 0) (i32.const 0x20000000)) "out of bounds array access")
(assert_trap (invoke "init_data" (i32.const -1) (i32.const 0) (i32.const 2)) "out of bounds array access")
(assert_trap (invoke "init_data" (i32.const 0) (i32.const -8) (i32.const 1)) "out of bounds memory access")
(assert_trap (invoke "fill" (i32.const 2) (i32.const -1)) "out of bounds array access")
(assert_trap (invoke "fill" (i32.const -1) (i32.const 2)) "out of bounds array access")
(assert_trap (invoke "copy" (i32.const -1) (i32.const 0) (i32.const 2)) "out of bounds array access")
(assert_trap (invoke "copy" (i32.const 0) (i32.const -1) (i32.const 2)) "out of bounds array access")
(assert_trap (invoke "copy" (i32.const 1) (i32.const 1) (i32.const -1)) "out of bounds array access")
(assert_trap (invoke "get" (i32.const 0x20000000)) "out of bounds array access")
(assert_trap (invoke "set" (i32.const 0x20000000)) "out of bounds array access")

;; tables and memories that no machine has
(module definition (table 0xffffffff funcref))
(module definition (table i64 0xffffffffffffffff funcref))
(module
  (table $t 1 externref) (table $t64 i64 1 externref) (memory $m 1) (memory $m64 i64 1)
  (func (export "grow") (param i32) (result i32) (table.grow $t (ref.null extern) (local.get 0)))
  (func (export "grow64") (param i64) (result i64) (table.grow $t64 (ref.null extern) (local.get 0)))
  (func (export "grow-memory") (param i32) (result i32) (memory.grow $m (local.get 0)))
  (func (export "grow-memory64") (param i64) (result i64) (memory.grow $m64 (local.get 0)))
)
(assert_return (invoke "grow" (i32.const -1)) (i32.const -1))
(assert_return (invoke "grow" (i32.const -2)) (i32.const -1))
(assert_return (invoke "grow64" (i64.const -1)) (i64.const -1))
(assert_return (invoke "grow64" (i64.const 0x2000000000000000)) (i64.const -1))
(assert_return (invoke "grow64" (i64.const 0x0fffffffffffffff)) (i64.const -1))
(assert_return (invoke "grow-memory" (i32.const 65536)) (i32.const -1))
(assert_return (invoke "grow-memory" (i32.const -1)) (i32.const -1))
(assert_return (invoke "grow-memory64" (i64.const 0x1000000000000)) (i64.const -1))
(assert_return (invoke "grow-memory64" (i64.const 0xffffffffffff)) (i64.const -1))
(assert_return (invoke "grow-memory64" (i64.const -1)) (i64.const -1))

;; ranges whose end wraps
(module
  (memory $m 1) (memory $m64 i64 1) (table $t 8 funcref) (table $t64 i64 8 funcref) (data $d "0123") (elem $e funcref (ref.null func))
  (func (export "fill") (param i32 i32) (memory.fill $m (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "fill64") (param i64 i64) (memory.fill $m64 (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "copy64") (param i64 i64 i64) (memory.copy $m64 $m64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init64") (param i64 i32 i32) (memory.init $m64 $d (local.get 0) (local.get 1) (local.get 2)))
  (func (export "table-fill64") (param i64 i64) (table.fill $t64 (local.get 0) (ref.null func) (local.get 1)))
  (func (export "table-copy64") (param i64 i64 i64) (table.copy $t64 $t64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "table-init64") (param i64 i32 i32) (table.init $t64 $e (local.get 0) (local.get 1) (local.get 2)))
  (func (export "table-fill") (param i32 i32) (table.fill $t (local.get 0) (ref.null func) (local.get 1)))
)
(assert_trap (invoke "fill" (i32.const 2) (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill64" (i64.const 2) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "fill64" (i64.const -1) (i64.const 2)) "out of bounds memory access")
(assert_trap (invoke "copy64" (i64.const 2) (i64.const 0) (i64.const -1)) "out of bounds memory access")
(assert_trap (invoke "copy64" (i64.const 0) (i64.const -1) (i64.const 2)) "out of bounds memory access")
(assert_trap (invoke "init64" (i64.const -1) (i32.const 0) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "init64" (i64.const 0) (i32.const -1) (i32.const 2)) "out of bounds memory access")
(assert_trap (invoke "table-fill" (i32.const 2) (i32.const -1)) "out of bounds table access")
(assert_trap (invoke "table-fill64" (i64.const 2) (i64.const -1)) "out of bounds table access")
(assert_trap (invoke "table-fill64" (i64.const 0x2000000000000000) (i64.const 0)) "out of bounds table access")
(assert_trap (invoke "table-copy64" (i64.const 2) (i64.const 2) (i64.const -1)) "out of bounds table access")
(assert_trap (invoke "table-init64" (i64.const -1) (i32.const 0) (i32.const 2)) "out of bounds table access")
