#include "textflag.h"

// The tests of odd, on 16 bytes at once. With the bit of 2 turned, a quote, a control
// character and (as signed numbers) what is no ASCII are all below '!', and nothing
// else is.
DATA turned<>+0(SB)/8, $0x0202020202020202
DATA turned<>+8(SB)/8, $0x0202020202020202
GLOBL turned<>(SB), RODATA|NOPTR, $16
DATA bounds<>+0(SB)/8, $0x2121212121212121
DATA bounds<>+8(SB)/8, $0x2121212121212121
GLOBL bounds<>(SB), RODATA|NOPTR, $16
DATA slashes<>+0(SB)/8, $0x5e5e5e5e5e5e5e5e
DATA slashes<>+8(SB)/8, $0x5e5e5e5e5e5e5e5e
GLOBL slashes<>(SB), RODATA|NOPTR, $16

// func firstOdd(b []byte, i int) int
TEXT ·firstOdd(SB), NOSPLIT, $0-40
	MOVQ  b_base+0(FP), SI
	MOVQ  b_len+8(FP), CX
	MOVQ  i+24(FP), AX
	SUBQ  $32, CX
	MOVOU turned<>(SB), X8
	MOVOU bounds<>(SB), X9
	MOVOU slashes<>(SB), X10

next: // 32 bytes, without a question between
	CMPQ     AX, CX
	JGT      short
	MOVOU    (SI)(AX*1), X0
	MOVOU    16(SI)(AX*1), X1
	PXOR     X8, X0
	PXOR     X8, X1
	MOVO     X9, X2
	MOVO     X9, X3
	PCMPGTB  X0, X2
	PCMPGTB  X1, X3
	PCMPEQB  X10, X0
	PCMPEQB  X10, X1
	POR      X2, X0
	POR      X3, X1
	PMOVMSKB X0, DX
	PMOVMSKB X1, DI
	SHLL     $16, DI
	ORL      DI, DX
	JNZ      found
	ADDQ     $32, AX
	JMP      next

found:
	BSFL DX, DX
	ADDQ DX, AX
	MOVQ AX, ret+32(FP)
	RET

short:
	MOVQ $-1, ret+32(FP)
	RET
