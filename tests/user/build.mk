# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the user-space tests are built: tests/user/DIR/NAME_test.c becomes
# build/tests/user/DIR/NAME_test. TESTS lists all there is to build; a folder
# with needs of its own adds to it in tests/user/DIR/build.mk.

UT		:= $(B)/tests/user
UT_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iuapi $(EXTRA_CFLAGS)

TESTS :=

# --------------------------------------------- the kernel ABI (run in a guest)

UT_ABI_DIRS	:= uapi lifetime protocol tenant
UT_ABI_SRC	:= $(wildcard $(UT_ABI_DIRS:%=tests/user/%/*_test.c))
UT_ABI		:= $(UT_ABI_SRC:tests/user/%.c=$(UT)/%)
UT_ABI_HEADERS	:= tests/user/ktap.h tests/user/cpu.h $(wildcard $(UT_ABI_DIRS:%=tests/user/%/*.h)) \
		   tests/user/pin/pintest.h lib/xqueue/barrier.h $(wildcard uapi/linux/*.h)

$(UT_ABI): $(UT)/%: tests/user/%.c $(UT_ABI_HEADERS) tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $< -pthread

# The stress test of launch and close once more, without the fence under test.
$(UT)/protocol/launch_weak: tests/user/protocol/launch_test.c $(UT_ABI_HEADERS) tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(UT_CFLAGS) -DXSCHED_TEST_NO_LAUNCH_FENCE $(LDFLAGS) -o $@ $< -pthread

TESTS += $(UT_ABI) $(if $(wildcard tests/user/protocol/launch_test.c),$(UT)/protocol/launch_weak)

# ------------------------------------------------ without a module (on the host)

UT_HOST_SRC	:= $(wildcard tests/user/host/*_test.c)
UT_HOST		:= $(UT_HOST_SRC:tests/user/%.c=$(UT)/%)

$(UT_HOST): $(UT)/%: tests/user/%.c tests/user/ktap.h tests/user/cpu.h lib/xqueue/barrier.h tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $< \
		$(if $(shell grep -l 'cmocka[.]h' $<),-lcmocka) -pthread

TESTS += $(UT_HOST)

# The KUnit suites of core and policies as a program.
UT_CORE_SRC	:= $(filter-out tests/kunit/main.c,$(wildcard tests/kunit/*.c tests/kunit/*/*.c))
UT_CORE_DEPS	:= $(wildcard tests/kunit/*.h kmod/scheduler.c kmod/core/* kmod/policy/* uapi/linux/*.h)

$(UT)/host/core_test: $(UT_CORE_SRC) $(UT_CORE_DEPS) tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $(UT_CORE_SRC)

TESTS += $(if $(wildcard tests/kunit/run.c),$(UT)/host/core_test)

# ------------------------------------------------------------- helpers of others

# Processes that tests of xschedctl look at.
$(UT)/cli/client: tests/user/cli/client.c $(wildcard uapi/linux/*.h) tests/user/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(UT_CFLAGS) $(LDFLAGS) -o $@ $< -pthread

TESTS += $(if $(wildcard tests/user/cli/client.c),$(UT)/cli/client)

include $(wildcard tests/user/*/build.mk)

# A module that pins pages, for uapi/pin_test. It lies below the folder of xsched.ko:
# make pintest KDIR=... O=build/kmod-6.12
PINTEST_DIR = $(O)/tests/user/pin

.PHONY: pintest
pintest:
	@mkdir -p $(PINTEST_DIR)
	@for f in Kbuild pintest.c pintest.h; do \
		cmp -s tests/user/pin/$$f $(PINTEST_DIR)/$$f || cp tests/user/pin/$$f $(PINTEST_DIR); done
	+env -u MAKEFLAGS $(MAKE) $(if $(findstring s,$(firstword -$(MAKEFLAGS))),-s) -C $(KDIR) \
		M=$(abspath $(PINTEST_DIR)) $(MODARCH) $(MODPASS) $(MODFLAGS) modules
