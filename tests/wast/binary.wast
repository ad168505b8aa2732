;; The binary format: encodings that the text format does not write, and what is no module at all. Strings are parts:
;; the head, then one for each section.

;; Numbers longer than they need be: a function that gives 42.
(module binary "\00asm" "\01\00\00\00" "\01\8e\80\80\80\00\81\80\80\80\00\60\80\00\81\80\80\80\00\7f" "\03\82\80\80\80\00\01\00" "\07\87\00\81\00\81\00\66\00\00" "\0a\8e\80\80\80\00\81\80\80\80\00\87\00\80\00\41\aa\80\00\0b")
(assert_return (invoke "f") (i32.const 42))

;; What is fine.
;; a section for each kind that may be empty
(module binary "\00asm" "\01\00\00\00" "\01\01\00" "\02\01\00" "\03\01\00" "\04\01\00" "\05\01\00" "\0d\01\00" "\06\01\00" "\07\01\00" "\09\01\00" "\0c\01\00" "\0a\01\00" "\0b\01\00")
;; custom sections everywhere, two of the same name, an empty one
(module binary "\00asm" "\01\00\00\00" "\00\02\01\61" "\01\04\01\60\00\00" "\00\05\01\61\78\79\7a" "\03\02\01\00" "\00\01\00" "\0a\04\01\02\00\0b" "\00\06\04\6e\61\6d\65\ff")
;; longest forms of numbers in sizes, counts and indices
(module binary "\00asm" "\01\00\00\00" "\01\8a\80\80\80\00\81\80\80\80\00\60\80\00\80\00" "\03\8a\80\80\80\00\81\80\80\80\00\80\80\80\80\00" "\0a\8d\80\80\80\00\81\80\80\80\00\83\80\80\80\00\80\00\0b")
;; constants with more bytes than needed, sign extended
(module binary "\00asm" "\01\00\00\00" "\01\05\01\60\00\01\7f" "\03\02\01\00" "\0a\21\01\1f\00\41\ff\ff\ff\ff\7f\1a\41\c0\ff\ff\ff\7f\1a\42\ff\ff\ff\ff\ff\ff\ff\ff\ff\7f\1a\41\80\00\0b")
;; locals of one type in several runs, some of them empty
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0c\01\0a\04\01\7f\00\7e\02\7f\00\7c\0b")
;; a block type by index, also without need
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0a\01\08\00\02\00\0b\03\40\0b\0b")
;; a memory argument with the bit for a memory index
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\05\02\00\01\00\01" "\0a\11\01\0f\00\41\00\28\42\01\00\1a\41\00\28\02\00\1a\0b")
;; a data segment with an explicit memory
(module binary "\00asm" "\01\00\00\00" "\05\05\02\00\01\00\01" "\0b\0e\02\02\01\41\00\0b\01\61\00\41\00\0b\01\62")
;; element segments of all eight forms
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\04\04\01\70\00\0a" "\09\35\08\00\41\00\0b\01\00\01\00\01\00\02\00\41\00\0b\00\01\00\03\00\01\00\04\41\00\0b\01\d2\00\0b\05\70\01\d2\00\0b\06\00\41\00\0b\70\01\d0\70\0b\07\70\01\d2\00\0b" "\0a\04\01\02\00\0b")
;; the data count section
(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0c\01\01" "\0a\11\01\0f\00\41\00\41\00\41\00\fc\08\00\00\fc\09\00\0b" "\0b\04\01\01\01\61")
;; subtypes in short and in long form, a group of none
(module binary "\00asm" "\01\00\00\00" "\01\0d\04\5f\00\4f\00\5f\00\50\00\5f\00\4e\00")
;; a table with an initial value
(module binary "\00asm" "\01\00\00\00" "\04\09\01\40\00\70\00\01\d0\70\0b")
;; references in short and in long form
(module binary "\00asm" "\01\00\00\00" "\01\0d\02\60\01\63\70\01\70\60\01\63\6f\01\6f" "\03\03\02\00\01" "\0a\0b\02\04\00\20\00\0b\04\00\20\00\0b")

;; The head.
(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module binary "\00as") "unexpected end")
(assert_malformed (module binary "asm\00\01\00\00\00") "magic header not detected")
(assert_malformed (module binary "\00asm") "unexpected end")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm\0d\00\01\00") "unknown binary version")

;; Sections.
;; an unknown section
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0e\00") "malformed section id")
;; a section twice
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\01\04\01\60\00\00") "unexpected content after last section")
;; functions before types
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\03\01\00" "\01\01\00") "unexpected content after last section")
;; tags after globals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\06\01\00" "\0d\01\00") "unexpected content after last section")
;; the data count after the code
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0a\01\00" "\0c\01\00") "unexpected content after last section")
;; a section longer than the module
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\00") "length out of bounds")
;; a section with bytes left
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\01\60\00\00\00") "section size mismatch")
;; a section that ends too soon
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\02\01\60\01\04\01\60\00\00") "unexpected end of section or function")
;; a section of no size
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01") "unexpected end")
;; a custom section whose name does not fit
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\04\05\61\62\63") "length out of bounds")
;; a custom section without a name
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\00") "unexpected end")
;; functions without code
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00") "function and code section have inconsistent lengths")
;; code without functions
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\0a\04\01\02\00\0b") "function and code section have inconsistent lengths")
;; more functions than bodies
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\03\02\00\00" "\0a\04\01\02\00\0b") "function and code section have inconsistent lengths")
;; a data count of another number
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\03\01\00\01" "\0c\01\02" "\0b\03\01\01\00") "data count and data section have inconsistent lengths")
;; a data count without data
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0c\01\01") "data count and data section have inconsistent lengths")
;; memory.init without a data count
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\0e\01\0c\00\41\00\41\00\41\00\fc\08\00\00\0b" "\0b\03\01\01\00") "data count section required")
;; data.drop without a data count
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\07\01\05\00\fc\09\00\0b" "\0b\03\01\01\00") "data count section required")
;; two start functions
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\08\01\00" "\08\01\00" "\0a\04\01\02\00\0b") "unexpected content after last section")

;; Numbers.
;; a count of six bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\80\80\80\80\80\00") "integer representation too long")
;; a count beyond 32 bits
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\80\80\80\80\10") "integer too large")
;; a section size beyond 32 bits
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\ff\ff\ff\ff\7f") "integer too large")
;; an i32 of six bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\01\60\00\01\7f" "\03\02\01\00" "\0a\0b\01\09\00\41\80\80\80\80\80\00\0b") "integer representation too long")
;; an i32 with bits above the sign
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\01\60\00\01\7f" "\03\02\01\00" "\0a\0a\01\08\00\41\80\80\80\80\70\0b") "integer too large")
;; an i32 whose unused bits are not its sign
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\01\60\00\01\7f" "\03\02\01\00" "\0a\0a\01\08\00\41\ff\ff\ff\ff\0f\0b") "integer too large")
;; an i64 of eleven bytes
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\11\01\0f\00\42\80\80\80\80\80\80\80\80\80\80\00\1a\0b") "integer representation too long")
;; an i64 whose unused bits are not its sign
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\10\01\0e\00\42\ff\ff\ff\ff\ff\ff\ff\ff\ff\01\1a\0b") "integer too large")
;; an offset beyond 64 bits
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\13\01\11\00\41\00\28\02\ff\ff\ff\ff\ff\ff\ff\ff\ff\02\1a\0b") "integer too large")
;; a memory limit of 64 bits beyond 64 bits
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\0c\01\04\ff\ff\ff\ff\ff\ff\ff\ff\ff\02") "integer too large")
;; a count that goes on at the end
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\01\80") "unexpected end")

;; Types and limits.
;; an unknown form
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\40\00\00") "malformed")
;; an unknown value type
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\05\01\60\01\7a\00") "malformed")
;; mutability 2
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\06\06\01\7f\02\41\00\0b") "malformed mutability")
;; limits flags 16
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\03\01\10\00") "malformed limits flags")
;; limits flags 255
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\04\04\01\70\ff\00") "malformed limits flags")
;; an import of kind 5
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\02\07\01\01\61\01\62\05\00") "malformed import kind")
;; an export of kind 5
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\07\05\01\01\61\05\00") "malformed export kind")
;; a tag attribute
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\0d\03\01\01\00") "malformed tag attribute")
;; element flags 8
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\09\02\01\08") "malformed elements segment kind")
;; an element kind that is no function
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\09\05\01\01\01\01\00" "\0a\04\01\02\00\0b") "malformed element kind")
;; data flags 3
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\05\03\01\00\01" "\0b\03\01\03\00") "malformed data segment kind")
;; a table with an initial value and no second byte
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\04\09\01\40\01\70\00\01\d0\70\0b") "zero byte expected")

;; Names.
;; an export of half a character
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\07\05\01\01\c3\00\00" "\0a\04\01\02\00\0b") "malformed UTF-8 encoding")
;; a surrogate
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\04\03\ed\a0\80") "malformed UTF-8 encoding")
;; an overlong character
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\00\03\02\c0\80") "malformed UTF-8 encoding")
;; beyond the last character
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\02\0a\01\04\f4\90\80\80\01\62\00\00") "malformed UTF-8 encoding")
;; the last character, and a zero
(module binary "\00asm" "\01\00\00\00" "\00\07\06\f4\8f\bf\bf\61\00")

;; Bodies.
;; too many locals
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0c\01\0a\02\ff\ff\ff\ff\0f\7f\02\7e\0b") "too many locals")
;; a body without its end
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\02\00\01") "unexpected end of section or function")
;; a body that ends in an instruction
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\02\00\41") "unexpected end")
;; a body with more after its end
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\02\00\0b\0b") "section size mismatch")
;; an unknown instruction
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\ff\00\0b") "illegal opcode")
;; an unknown instruction of prefix 0xfc
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\fc\40\0b") "illegal opcode")
;; an unknown instruction of prefix 0xfb
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\fb\7f\0b") "illegal opcode")
;; an unknown instruction of prefix 0xfd
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fd\9a\01\0b") "illegal opcode")
;; an else without if
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\08\01\06\00\02\40\05\0b\0b") "END opcode expected")
;; a memory alignment of 2^32
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\0a\01\08\00\41\00\28\20\00\1a\0b") "alignment must not be larger than natural")
;; memory argument flags 128
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\05\03\01\00\01" "\0a\0b\01\09\00\41\00\28\80\01\00\1a\0b") "malformed memop flags")
;; cast flags 4
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0d\01\0b\00\d0\6e\fb\18\04\00\6e\6d\1a\0b") "malformed")
;; a catch clause of kind 4
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0a\01\08\00\1f\40\01\04\00\0b\0b") "malformed catch")
;; select with two types
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\10\01\0e\00\41\00\41\00\41\00\1c\02\7f\7f\1a\1a\0b") "invalid result arity")
;; a lane beyond the last
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\1a\01\18\00\fd\0c\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\fd\15\10\1a\0b") "invalid lane index")
;; a block type beyond the types
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\02\05\0b\0b") "unknown type")
;; a function of a type that is none
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\03\01\5f\00" "\03\02\01\00" "\0a\04\01\02\00\0b") "non-function type")
;; a type beyond the types
(assert_invalid (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\01" "\0a\04\01\02\00\0b") "unknown type")
