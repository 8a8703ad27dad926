# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the OpenCL test programs are built, as tests/user/build.mk builds its own;
# needs an OpenCL loader to link with (Debian: ocl-icd-opencl-dev).

OCLT		:= $(B)/tests/user/opencl
OCLT_SRC	:= tests/user/opencl
OCLT_CFLAGS	:= -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror
OCLT_HEADERS	:= $(OCLT_SRC)/cl.h tests/user/ktap.h
OCLT_LOOSE	:= dlopen_test			# not linked with OpenCL: they find it by themselves
OCLT_LINKED	:= $(filter-out $(OCLT_LOOSE),$(patsubst $(OCLT_SRC)/%.c,%,$(wildcard $(OCLT_SRC)/*_test.c)))
OCLT_PROGRAMS	:= $(OCLT_LINKED) $(OCLT_LOOSE) burst flood
OCLT_LIBS	:= plugin other_layer other_preload

# The programs are linked without EXTRA_CFLAGS: an unmodified program isn't sanitized.
$(OCLT_LINKED:%=$(OCLT)/%) $(OCLT)/burst $(OCLT)/flood: $(OCLT)/%: $(OCLT_SRC)/%.c $(OCLT_HEADERS) $(OCLT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OCLT_CFLAGS) $(LDFLAGS) -o $@ $< -lOpenCL -pthread

$(OCLT_LOOSE:%=$(OCLT)/%): $(OCLT)/%: $(OCLT_SRC)/%.c $(OCLT_HEADERS) $(OCLT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OCLT_CFLAGS) $(LDFLAGS) -o $@ $< -ldl -pthread

$(OCLT)/plugin.so: $(OCLT_SRC)/plugin.c $(OCLT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OCLT_CFLAGS) -fPIC $(LDFLAGS) -shared -o $@ $< -lOpenCL

$(OCLT)/other_layer.so $(OCLT)/other_preload.so: $(OCLT)/%.so: $(OCLT_SRC)/%.c $(OCLT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OCLT_CFLAGS) -fPIC $(LDFLAGS) -shared -o $@ $< -ldl

ifeq ($(HAVE_OPENCL),y)
TESTS += $(OCLT_PROGRAMS:%=$(OCLT)/%) $(OCLT_LIBS:%=$(OCLT)/%.so)
endif

# PoCL's own runtime tests, as Debian's pocl-tests installs their sources. Left out: two
# that need several devices, one that needs PoCL's private headers, one that asks
# for the version that PoCL was built as.
POCLT_SRC	:= /usr/share/pocl-tests/tests/runtime
POCLT_NOT	:= buffer_migration buffer_ping_pong cl_pocl_content_size version
POCLT		:= $(filter-out $(POCLT_NOT),$(patsubst $(POCLT_SRC)/test_%.c,%,$(wildcard $(POCLT_SRC)/test_*.c)))

$(POCLT:%=$(OCLT)/pocl/test_%): $(OCLT)/pocl/test_%: $(POCLT_SRC)/test_%.c $(wildcard $(OCLT_SRC)/pocl/*.h) $(OCLT_SRC)/build.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -O1 -std=gnu11 -D_GNU_SOURCE -w -I$(OCLT_SRC)/pocl -include poclu.h $(LDFLAGS) -o $@ $< \
		-lOpenCL -lm -ldl -pthread

ifeq ($(HAVE_OPENCL),y)
TESTS += $(POCLT:%=$(OCLT)/pocl/test_%)
endif
