# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the benchmarks on PoCL are built.

BP		:= $(B)/bench/pocl
BP_SRC		:= tests/bench/pocl
BP_CFLAGS	:= -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
BP_HEADERS	:= tests/user/ktap.h tests/user/opencl/cl.h

$(BP)/work: $(BP_SRC)/work.c $(BP_HEADERS) $(BP_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(BP_CFLAGS) $(LDFLAGS) -o $@ $< -lOpenCL

$(BP)/stop: $(BP_SRC)/stop.c $(BP_HEADERS) $(B)/lib/libhalopencl.so $(PUBLIC) $(BP_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(BP_CFLAGS) -Ilib/include $(LDFLAGS) -o $@ $< \
		-L$(B)/lib -lhalopencl -lxsched-opencl -lxsched -lOpenCL -Wl,-rpath,'$$ORIGIN/../../lib' -pthread

TESTS += $(if $(filter y,$(HAVE_OPENCL)),$(BP)/work $(BP)/stop)

.PHONY: bench-pocl
bench-pocl: lib tools $(BP)/work $(BP)/stop
	@$(BP_SRC)/run
