// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A kernel that keeps the device busy for so many nanoseconds, its first argument.
// On hardware it watches the constant clock (100 MHz on gfx9: TICK_NS 10); the
// simulated device knows it by its second word and takes the argument's word.

	.amdgcn_target "amdgcn-amd-amdhsa--gfx906"
	.text
	.globl	spin
	.p2align 8
	.type	spin,@function
spin:
	s_mov_b32 s15, 0x6b666473
	s_load_dwordx2 s[2:3], s[0:1], 0x0	// ns
	s_memrealtime s[4:5]
	s_waitcnt lgkmcnt(0)
	s_mov_b32 s6, 10			// ns of a tick
	s_mov_b64 s[10:11], s[4:5]
.Lagain:
	s_memrealtime s[8:9]
	s_waitcnt lgkmcnt(0)
	s_sub_u32 s8, s8, s10
	s_mul_i32 s8, s8, s6
	s_cmp_lt_u32 s8, s2
	s_cbranch_scc1 .Lagain
	s_endpgm
.Lend:
	.size	spin, .Lend-spin

	.rodata
	.p2align 6
	.amdhsa_kernel spin
		.amdhsa_user_sgpr_kernarg_segment_ptr 1
		.amdhsa_next_free_vgpr 1
		.amdhsa_next_free_sgpr 16
	.end_amdhsa_kernel

	.amdgpu_metadata
---
amdhsa.version: [ 1, 1 ]
amdhsa.kernels:
  - .name: spin
    .symbol: spin.kd
    .kernarg_segment_size: 8
    .kernarg_segment_align: 8
    .group_segment_fixed_size: 0
    .private_segment_fixed_size: 0
    .wavefront_size: 64
    .sgpr_count: 16
    .vgpr_count: 1
    .max_flat_workgroup_size: 64
    .args:
      - .name: ns
        .size: 8
        .offset: 0
        .value_kind: by_value
...
	.end_amdgpu_metadata
