# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the launch benchmark is built.

BL		:= $(B)/bench/launch
BL_SRC		:= tests/bench/launch
BL_CFLAGS	:= -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iuapi
BL_HEADERS	:= tests/user/ktap.h tests/user/uapi/client.h tests/user/opencl/cl.h lib/xqueue/xqueue.h \
		   lib/xqueue/barrier.h $(wildcard uapi/linux/*.h)

$(BL)/launch: $(BL_SRC)/launch.c $(BL_HEADERS) $(BL_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(BL_CFLAGS) $(LDFLAGS) -o $@ $< -lOpenCL

$(BL)/fast $(BL)/decision: $(BL)/%: $(BL_SRC)/%.c $(BL_HEADERS) $(BL_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(BL_CFLAGS) -Ilib/include $(LDFLAGS) -o $@ $< -pthread

$(BL)/fakelink.so: $(BL_SRC)/fakelink.c $(wildcard uapi/linux/*.h) $(BL_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(filter-out -D_GNU_SOURCE,$(BL_CFLAGS)) -fPIC $(LDFLAGS) -shared -o $@ $< -ldl

TESTS += $(BL)/fast $(BL)/decision $(BL)/fakelink.so $(if $(filter y,$(HAVE_OPENCL)),$(BL)/launch)
