# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Everything a user or a developer builds, tests and installs. `make help` lists it.

CC	?= gcc
PREFIX	?= /usr/local
LIBDIR	?= $(PREFIX)/lib
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
COMPDIR	?= $(PREFIX)/share/bash-completion/completions
INCDIR	?= $(PREFIX)/include
DESTDIR	?=
KDIR	?= /lib/modules/$(shell uname -r)/build
O	?= build/kmod
B	:= build
VERSION	:= 0.1.0

CFLAGS	?= -O2 -g
OUR_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -Iuapi -Ilib/include \
	-DXSCHED_VERSION='"$(VERSION)"' $(EXTRA_CFLAGS)

# make V=1 shows the commands.
ifeq ($(V),1)
say	=
else
say	= @printf '  %-6s %s\n' $(1) $(2);
endif

HAVE	= $(shell echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo y)
PKG	= $(shell pkg-config --exists $(1) 2>/dev/null && echo y)

HAVE_OPENCL	:= $(call HAVE,CL/cl_layer.h)
HAVE_CLI	:= $(call PKG,libnl-3.0 libnl-genl-3.0 jansson)

.PHONY: all lib tools tests modules check demo bench install modules_install docs clean help report

all: report lib tools

report:
	@$(if $(HAVE_OPENCL),,echo "OpenCL shim: not built, CL/cl_layer.h is missing (Debian: opencl-headers)")
	@$(if $(HAVE_CLI),,echo "xschedctl: not built, libnl-genl-3 or jansson is missing (Debian: libnl-genl-3-dev libjansson-dev)")
	@echo "platforms: OpenCL$(if $(HAVE_OPENCL),, (no))"

# ---------------------------------------------------------------- runtime

RUNTIME_SRC	:= $(addprefix lib/xqueue/,agent.c gate.c launch.c process.c queue.c track.c window.c) \
	lib/link/kernel.c
OPENCL_SRC	:= $(wildcard lib/shim/opencl/*.c hal/opencl/*.c)
CTL_SRC		:= $(wildcard tools/xschedctl/*.c)
RUNTIME_OBJ	:= $(RUNTIME_SRC:%.c=$(B)/obj/%.o)
OPENCL_OBJ	:= $(OPENCL_SRC:%.c=$(B)/obj/%.o)
CTL_OBJ		:= $(CTL_SRC:%.c=$(B)/obj/%.o)

LIBS	:= $(B)/lib/libxsched.so.0 $(B)/lib/libxsched.so
ifeq ($(HAVE_OPENCL),y)
LIBS	+= $(B)/lib/libxsched-opencl.so
endif

lib: $(LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OUR_CFLAGS) $(OBJ_CFLAGS) -MMD -MP -c $< -o $@

$(B)/lib/libxsched.so.0: $(RUNTIME_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched.so.0 -Wl,-z,defs -o $@ $^ -pthread

$(B)/lib/libxsched.so: $(B)/lib/libxsched.so.0
	@ln -sf libxsched.so.0 $@

# nodelete: wrappers may be reached from callbacks after a dlclose() of the loader.
$(B)/lib/libxsched-opencl.so: $(OPENCL_OBJ) $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched-opencl.so \
		-Wl,-z,defs,-z,nodelete,-rpath,'$$ORIGIN' -o $@ $^ -pthread -ldl

# ------------------------------------------------------------------ tools

ifeq ($(HAVE_CLI),y)
tools: $(B)/bin/xschedctl
else
tools:
endif

$(CTL_OBJ): OBJ_CFLAGS = -Itools/xschedctl -DLIBDIR='"$(LIBDIR)"' \
	$(shell pkg-config --cflags libnl-3.0 libnl-genl-3.0 jansson)

$(B)/bin/xschedctl: $(CTL_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ \
		$(shell pkg-config --libs libnl-3.0 libnl-genl-3.0 jansson)

-include $(RUNTIME_OBJ:.o=.d) $(OPENCL_OBJ:.o=.d) $(CTL_OBJ:.o=.d)

# ----------------------------------------------------------------- module

# A User Mode Linux tree is the one whose architecture isn't the compiler's.
MODARCH = $(shell grep -qs '^CONFIG_UML=y' $(KDIR)/.config && echo ARCH=um)

# O is ours and means something else to kbuild, so what was given on the command
# line isn't passed on as a whole.
MAKEOVERRIDES :=
MODPASS = $(foreach v,W C CF V CC ARCH CROSS_COMPILE LLVM INSTALL_MOD_PATH XSCHED_KUNIT,$(if \
	$(filter command%,$(origin $v)),$v='$($v)'))

# Built in O, so that one tree serves several kernels.
KMOD_SRC = $(shell find Kbuild kmod uapi tests/kunit -name '*.[ch]' -o -name 'Kbuild')

modules:
	@test -f $(KDIR)/Makefile || { \
		echo "make modules: $(KDIR): not a kernel build tree; install linux-headers for your kernel, or give KDIR=" >&2; exit 2; }
	@mkdir -p $(O)
	@for f in $(KMOD_SRC); do \
		cmp -s $$f $(O)/$$f || { mkdir -p $(O)/$$(dirname $$f) && cp $$f $(O)/$$f; }; done
	+env -u MAKEFLAGS $(MAKE) $(if $(findstring s,$(firstword -$(MAKEFLAGS))),-s) -C $(KDIR) M=$(abspath $(O)) $(MODARCH) $(MODPASS) $(MODFLAGS) modules

modules_install:
	$(MAKE) -C $(KDIR) M=$(abspath $(O)) $(MODPASS) modules_install

# ------------------------------------------------------------------ tests

include tests/user/build.mk

tests: lib tools $(TESTS)

check:
	@tests/check $(STAGES)

demo:
	@tests/bench/demo/demo

bench: tests
	@tests/bench/launch/run

# ---------------------------------------------------------------- install

install: all
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(COMPDIR) $(DESTDIR)$(INCDIR)/linux
	cp -P $(LIBS) $(DESTDIR)$(LIBDIR)
	$(if $(HAVE_CLI),install -m 755 $(B)/bin/xschedctl $(DESTDIR)$(BINDIR))
	install -m 644 Documentation/man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 tools/xschedctl/xschedctl.bash-completion $(DESTDIR)$(COMPDIR)/xschedctl
	install -m 644 uapi/linux/*.h $(DESTDIR)$(INCDIR)/linux

clean:
	rm -rf $(B)

help:
	@printf '%s\n' \
	'make                    runtime, OpenCL shim and xschedctl, under build/' \
	'                          make EXTRA_CFLAGS=-fsanitize=address' \
	'make modules            the kernel module' \
	'                          make modules KDIR=/usr/src/linux-headers-6.12.0-amd64 O=build/kmod-6.12' \
	'make modules_install    put it under /lib/modules' \
	'                          make modules_install INSTALL_MOD_PATH=/tmp/root' \
	'make install            libraries, xschedctl, man pages, completion, headers' \
	'                          make install PREFIX=/usr DESTDIR=/tmp/root' \
	'make tests              build the user-space tests' \
	'                          make tests && build/tests/user/host/core_test' \
	'make check              run every test; installs Debian packages that it needs (as root)' \
	'                          make check STAGES="build host"' \
	'make demo               two programs share a device in a VM; build/demo.png (as root)' \
	'                          make demo' \
	'make bench              what a launch and a decision cost; build/bench/*.json' \
	'                          make bench' \
	'make clean              remove build/' \
	'                          make clean'
