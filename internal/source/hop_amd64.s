#include "textflag.h"
#include "go_asm.h"

// What odd asks of eight bytes, of 32 at once. With the bit of 2 turned, a quote, a
// control character and (as signed numbers) what is no ASCII are all below '!', and
// nothing else is.
DATA turned<>+0(SB)/8, $0x0202020202020202
GLOBL turned<>(SB), RODATA|NOPTR, $8
DATA bounds<>+0(SB)/8, $0x2121212121212121
GLOBL bounds<>(SB), RODATA|NOPTR, $8
DATA slashes<>+0(SB)/8, $0x5e5e5e5e5e5e5e5e
GLOBL slashes<>(SB), RODATA|NOPTR, $8

// func hop(t tape, b []byte, at int, spans []kept) (k, to int, begun bool)
//
// R8 is the leg in the tape, R9 its end, SI the text, AX where in it, CX the last place
// where 64 bytes can be looked at, DI the leg's span, R13 ones.
TEXT ·hop(SB), NOSPLIT, $0-97
	CMPB ·hasVectors(SB), $0
	JEQ  words
	MOVQ t_base+0(FP), R8
	MOVQ t_len+8(FP), R9
	MOVQ b_base+24(FP), SI
	MOVQ b_len+32(FP), CX
	MOVQ at+48(FP), AX
	MOVQ spans_base+56(FP), DI
	LEAQ (-const_margin)(R8)(R9*1), R9
	MOVQ $-1, R13
	SUBQ $64, CX
	VPBROADCASTQ turned<>(SB), Y8
	VPBROADCASTQ bounds<>(SB), Y9
	VPBROADCASTQ slashes<>(SB), Y10

next: // is the text of the leg here?
	CMPQ    AX, CX
	JGT     other
	MOVWLZX (R8), R11
	CMPL    R11, $64
	JGE     long
	VMOVDQU   const_header(R8), Y0
	VMOVDQU   (const_header+32)(R8), Y1
	VPCMPEQB  (SI)(AX*1), Y0, Y0
	VPCMPEQB  32(SI)(AX*1), Y1, Y1
	VPMOVMSKB Y0, DX
	VPMOVMSKB Y1, BX
	SHLQ      $32, BX
	SHLXQ     R11, R13, R12 // what is not of the text
	ORQ       BX, DX
	ORQ       R12, DX
	CMPQ      DX, $-1
	JNE       other

value: // where does the value end?
	ADDQ R11, AX
	MOVQ AX, kept_from(DI)
	CMPB 2(R8), $const_quoted
	JNE  word

	MOVBLZX 3(R8), R10

scan:
	CMPQ AX, CX
	JGT  begun
	VPXOR     (SI)(AX*1), Y8, Y0
	VPXOR     32(SI)(AX*1), Y8, Y1
	VPCMPGTB  Y0, Y9, Y2
	VPCMPGTB  Y1, Y9, Y3
	VPCMPEQB  Y0, Y10, Y0
	VPCMPEQB  Y1, Y10, Y1
	VPOR      Y2, Y0, Y0
	VPOR      Y3, Y1, Y1
	VPMOVMSKB Y0, DX
	VPMOVMSKB Y1, BX
	SHLQ      $32, BX
	ORQ       BX, DX
	JZ        further
	BSFQ      DX, DX
	CMPQ      DX, R10
	JNE       found
	MOVQ      R10, DX // for what comes next, the look at the value need not be waited for

found:
	ADDQ DX, AX
	CMPB (SI)(AX*1), $'"'
	JNE  begun

ends:
	MOVQ AX, kept_to(DI)
	ADDQ $kept__size, DI
	LEAQ const_header(R8)(R11*1), R8
	CMPQ R8, R9
	JLT  next

other:
	MOVB $0, begun+96(FP)

stop:
	VZEROUPPER
	SUBQ spans_base+56(FP), DI
	SHRQ $4, DI // the size of a span
	MOVQ DI, k+80(FP)
	MOVQ AX, to+88(FP)
	RET

begun:
	MOVQ kept_from(DI), AX
	MOVB $1, begun+96(FP)
	JMP  stop

further:
	ADDQ $64, AX
	JMP  scan

word: // is it true, false or null?
	CMPB 2(R8), $const_word
	JNE  begun
	CMPQ AX, CX
	JGT  begun
	MOVL (SI)(AX*1), DX
	ADDQ $4, AX
	CMPL DX, $0x65757274
	JEQ  after
	CMPL DX, $0x6c6c756e
	JEQ  after
	CMPL DX, $0x736c6166
	JNE  begun
	CMPB (SI)(AX*1), $'e'
	JNE  begun
	INCQ AX

after: // of the value as well as of an object?
	CMPB (SI)(AX*1), $','
	JEQ  ends
	CMPB (SI)(AX*1), $'}'
	JEQ  ends
	JMP  begun

words: // of the processor, which are no vectors
	JMP ·hopWords(SB)

long: // 32 bytes after the other, and last the last 32
	LEAQ (AX)(R11*1), DX
	LEAQ 64(CX), BX
	CMPQ DX, BX
	JGT  other
	LEAQ (SI)(AX*1), R12
	XORQ BX, BX
	SUBQ $32, R11

more:
	VMOVDQU   (R12)(BX*1), Y0
	VPCMPEQB  const_header(R8)(BX*1), Y0, Y0
	VPMOVMSKB Y0, DX
	CMPL      DX, $-1
	JNE       other
	ADDQ      $32, BX
	CMPQ      BX, R11
	JLT       more
	VMOVDQU   (R12)(R11*1), Y0
	VPCMPEQB  const_header(R8)(R11*1), Y0, Y0
	VPMOVMSKB Y0, DX
	CMPL      DX, $-1
	JNE       other
	ADDQ      $32, R11
	JMP       value
