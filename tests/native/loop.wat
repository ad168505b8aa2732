;; A loop over memory: the hot slots in registers, compare and branch fused.
(module
  (memory 1)
  (func (export "sum") (param i32 i32) (result i32) (local i32)
    loop
      local.get 0 i32.load local.get 2 i32.add local.set 2
      local.get 0 i32.const 4 i32.add local.tee 0 local.get 1 i32.lt_u br_if 0
    end
    local.get 2))
;;= native 0: 145 bytes
;;=        0  lea rax, [rbp+40]
;;=        4  cmp rax, [rbx+40]
;;=        8  jbe 5
;;=        e  jmp 0  ; stub 12
;;=       13  cmp rsp, [rbx+120]
;;=       17  jb 106
;;=       1d  mov rax, 0x0  ; code of function 0
;;=       27  mov [rbp-32], rax
;;=       2b  mov rax, [rbx+24]
;;=       2f  mov [rbp-24], rax
;;=       33  xorps xmm0, xmm0
;;=       36  movsd [rbp+16], xmm0
;;=       3b  jmp 0
;;=   @00002a loop
;;=       40  mov rsi, [rbp]
;;=       44  mov r8, [rbp+16]
;;=       48  mov r9, [rbp+8]
;;=       4c  jmp 0
;;=   @00002e i32.load
;;=       51  mov eax, esi
;;=       53  mov edi, [r14+rax*1]
;;=   @000033 i32.add
;;=       57  add r8d, edi
;;=   @00003b local.tee 0
;;=       5a  add esi, 4
;;=   @000040 br_if 0
;;=       5d  cmp esi, r9d
;;=       60  jb -21
;;=       66  mov [rbp], rsi
;;=       6a  mov [rbp+24], rdi
;;=       6e  mov [rbp+16], r8
;;=       72  jmp 0
;;=   @000045 end
;;=       77  mov rax, [rbp+16]
;;=       7b  mov [rbp], rax
;;=       7f  mov rdx, rbp
;;=       82  mov rbp, [rbp-16]
;;=       86  ret
;;=   @00002a loop
;;=       87  call 0  ; stub 13
;;=       8c  jmp -116
