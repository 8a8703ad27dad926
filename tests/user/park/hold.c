// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An object that looks like one of PoCL's kernels, by its entry point's name: it loads all
 * vector registers, leaves them alone until it is told to end, and stores them again.
 */
#include "hold.h"

#include <stddef.h>

hold_fn _pocl_kernel_hold;

#if defined(__x86_64__)
#define LOAD(move, reg, n)	move " " #n "*64(%[in]), %%" reg #n "\n\t"
#define STORE(move, reg, n)	move " %%" reg #n ", " #n "*64(%[out])\n\t"
#define LOAD_MASK(move, reg, n)	move " 2048+" #n "*8(%[in]), %%" reg #n "\n\t"
#define STORE_MASK(move, reg, n) move " %%" reg #n ", 2048+" #n "*8(%[out])\n\t"

#define UP_TO_7(do, move, reg)						\
	do(move, reg, 0) do(move, reg, 1) do(move, reg, 2) do(move, reg, 3)	\
	do(move, reg, 4) do(move, reg, 5) do(move, reg, 6) do(move, reg, 7)
#define UP_TO_15(do, move, reg)						\
	UP_TO_7(do, move, reg)						\
	do(move, reg, 8) do(move, reg, 9) do(move, reg, 10) do(move, reg, 11)	\
	do(move, reg, 12) do(move, reg, 13) do(move, reg, 14) do(move, reg, 15)
#define UP_TO_31(do, move, reg)						\
	UP_TO_15(do, move, reg)						\
	do(move, reg, 16) do(move, reg, 17) do(move, reg, 18) do(move, reg, 19)	\
	do(move, reg, 20) do(move, reg, 21) do(move, reg, 22) do(move, reg, 23)	\
	do(move, reg, 24) do(move, reg, 25) do(move, reg, 26) do(move, reg, 27)	\
	do(move, reg, 28) do(move, reg, 29) do(move, reg, 30) do(move, reg, 31)

#define HOLD(h, load, store)						\
	__asm__ volatile(load						\
		"1: incq %[rounds]\n\t"					\
		"cmpl $0, %[over]\n\t"					\
		"je 1b\n\t"						\
		store							\
		: [rounds] "+m"((h)->rounds)				\
		: [in] "r"(&(h)->in), [out] "r"(&(h)->out), [over] "m"((h)->over)	\
		: "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",	\
		  "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

_Static_assert(offsetof(struct hold_registers, mask) == 2048, "as the assembler text has it");

void _pocl_kernel_hold(struct hold *h)
{
	if (h->bytes == 64)
		HOLD(h, UP_TO_31(LOAD, "vmovdqa64", "zmm") UP_TO_7(LOAD_MASK, "kmovq", "k"),
		     UP_TO_31(STORE, "vmovdqa64", "zmm") UP_TO_7(STORE_MASK, "kmovq", "k")
		     "vzeroupper\n\t");
	else if (h->bytes == 32)
		HOLD(h, UP_TO_15(LOAD, "vmovdqa", "ymm"),
		     UP_TO_15(STORE, "vmovdqa", "ymm") "vzeroupper\n\t");
	else
		HOLD(h, UP_TO_15(LOAD, "movdqa", "xmm"), UP_TO_15(STORE, "movdqa", "xmm"));
}
#else
void _pocl_kernel_hold(struct hold *h)
{
	(void)h;	/* registers_test says that it is skipped */
}
#endif
