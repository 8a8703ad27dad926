# SPDX-License-Identifier: GPL-2.0-only OR MIT
# CUDA programs and the test double of CUDA's driver that they are linked with: no GPU and
# nothing of CUDA is needed.

CUT		:= $(B)/tests/user/cuda
CUT_SRC		:= tests/user/cuda
CUT_HEADERS	:= $(CUT_SRC)/cu.h hal/cuda/driver.h lib/shim/cuda/calls.h tests/user/ktap.h $(wildcard tests/fakecuda/*.h)
CUT_FAKE	:= $(B)/tests/fakecuda/libcuda.so.1
CUT_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
CUT_OWN		:= $(patsubst $(CUT_SRC)/%.c,$(CUT)/%,$(wildcard $(CUT_SRC)/own*.c))
CUT_PROGRAMS	:= $(filter-out $(CUT_OWN),$(patsubst $(CUT_SRC)/%.c,$(CUT)/%,$(wildcard $(CUT_SRC)/*.c)))

$(CUT_FAKE): $(wildcard tests/fakecuda/*) $(CUT_HEADERS) $(CUT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(CUT_CFLAGS) -fPIC -fvisibility=hidden -shared -Wl,-soname,libcuda.so.1 \
		-Wl,--version-script=tests/fakecuda/libcuda.map -o $@ $(wildcard tests/fakecuda/*.c) -pthread -ldl

$(CUT)/late_test: CUT_CFLAGS += -Ilib/include
$(CUT)/late_test: $(CUT_SRC)/own.h $(PUBLIC)

# Linked without EXTRA_CFLAGS: an unmodified program isn't sanitized.
$(CUT_PROGRAMS): $(CUT)/%: $(CUT_SRC)/%.c $(CUT_FAKE) $(CUT_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(CUT_CFLAGS) -o $@ $< $(CUT_FAKE) \
		-Wl,-rpath,'$$ORIGIN/../../fakecuda' -ldl -pthread

# Those that make XQueues themselves: libhalcuda.so in front of the driver.
$(CUT_OWN): $(CUT)/%: $(CUT_SRC)/%.c $(CUT_SRC)/own.h $(CUT_FAKE) $(CUT_HEADERS) $(PUBLIC) $(B)/lib/libhalcuda.so
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(CUT_CFLAGS) -Ilib/include -o $@ $< -L$(B)/lib -Wl,--no-as-needed \
		-lhalcuda -lxsched $(CUT_FAKE) -Wl,-rpath,'$$ORIGIN/../../fakecuda:$$ORIGIN/../../../lib' -ldl -pthread

TESTS += $(CUT_PROGRAMS) $(CUT_OWN)
