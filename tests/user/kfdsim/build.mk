# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Programs for the simulated GPU. They need AMD's runtime to be linked with (Debian:
# libamdhip64-dev libhsa-runtime-dev libhsakmt-dev) and an assembler and a linker for
# its code (clang lld).

KFDT		:= $(B)/tests/user/kfdsim
KFDT_SRC	:= tests/user/kfdsim
KFDT_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
KFDT_HEADERS	:= $(KFDT_SRC)/hsa.h tests/user/ktap.h
KFDT_HIP	:= $(patsubst $(KFDT_SRC)/%.c,$(KFDT)/%,$(wildcard $(KFDT_SRC)/hip*.c))
KFDT_RAW	:= $(patsubst $(KFDT_SRC)/%.c,$(KFDT)/%,$(wildcard $(KFDT_SRC)/kfd*.c))
KFDT_OWN	:= $(patsubst $(KFDT_SRC)/%.c,$(KFDT)/%,$(wildcard $(KFDT_SRC)/x*.c))
KFDT_HSA	:= $(filter-out $(KFDT_HIP) $(KFDT_RAW) $(KFDT_OWN),$(patsubst $(KFDT_SRC)/%.c,$(KFDT)/%,$(wildcard $(KFDT_SRC)/*.c)))

$(KFDT_HSA): $(KFDT)/%: $(KFDT_SRC)/%.c $(KFDT_HEADERS) $(KFDT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(KFDT_CFLAGS) $(LDFLAGS) -o $@ $< -lhsa-runtime64 -pthread

$(KFDT_HIP): $(KFDT)/%: $(KFDT_SRC)/%.c $(KFDT_HEADERS) $(KFDT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(KFDT_CFLAGS) -D__HIP_PLATFORM_AMD__ $(LDFLAGS) -o $@ $< \
		$(if $(findstring dlopen,$<),,-lamdhip64 -lhsa-runtime64) -ldl -pthread

# Those that make XQueues themselves: libhalhip.so before what it watches.
$(KFDT_OWN): $(KFDT)/%: $(KFDT_SRC)/%.c $(KFDT_HEADERS) $(PUBLIC) $(B)/lib/libhalhip.so $(KFDT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(KFDT_CFLAGS) -Ilib/include -D__HIP_PLATFORM_AMD__ $(LDFLAGS) -o $@ $< \
		-L$(B)/lib -Wl,--no-as-needed -lhalhip -lxsched -Wl,-rpath,'$$ORIGIN/../../../lib' \
		-lamdhip64 -lhsa-runtime64 -ldl -pthread

$(KFDT_RAW): $(KFDT)/%: $(KFDT_SRC)/%.c $(B)/gen/drm/drm.h $(KFDT_HEADERS) $(KFDT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(KFDT_CFLAGS) -I$(B)/gen $(LDFLAGS) -o $@ $< -pthread

$(KFDT)/spin.hsaco: $(KFDT_SRC)/spin.s $(KFDT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CLANG,$<)$(CLANG) -target amdgcn-amd-amdhsa -mcpu=gfx906 -o $@ $<

ifeq ($(HAVE_HSA),y)
TESTS += $(KFDT_HSA) $(KFDT_RAW) $(KFDT_HIP) $(KFDT_OWN) $(KFDT)/spin.hsaco
endif
