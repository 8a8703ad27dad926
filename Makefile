# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Everything a user or a developer builds, tests and installs. `make help` lists it.

CC	?= gcc
PREFIX	?= /usr/local
LIBDIR	?= $(PREFIX)/lib
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
UNITDIR	?= $(PREFIX)/lib/systemd/system
COMPDIR	?= $(PREFIX)/share/bash-completion/completions
INCDIR	?= $(PREFIX)/include
# Where python3 looks below PREFIX, if it looks there at all.
PYDIR	?= $(shell python3 tools/python-dir $(PREFIX) 2>/dev/null)
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

, := ,
HAVE	= $(shell echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo y)
PKG	= $(shell pkg-config --exists $(1) 2>/dev/null && echo y)

HAVE_OPENCL	:= $(call HAVE,CL/cl_layer.h)
HSA_TRACE	:= $(firstword $(wildcard /usr/include/hsa/hsa_api_trace.h /opt/rocm/include/hsa/hsa_api_trace.h))
HAVE_HSA	:= $(and $(HSA_TRACE),$(call HAVE,hsa/hsa_ext_amd.h),$(call HAVE,hip/hip_runtime_api.h))
HAVE_CLI	:= $(call PKG,libnl-3.0 libnl-genl-3.0 jansson)

# The loader of policies in BPF needs libbpf 1.5: the system's, or one that was
# built with `make libbpf`, or LIBBPF=DIR with include/bpf/ and libbpf.a.
ifeq ($(shell pkg-config --atleast-version=1.5 libbpf 2>/dev/null && echo y),y)
BPF_CFLAGS := $(shell pkg-config --cflags libbpf)
BPF_LIBS := $(shell pkg-config --libs libbpf)
HAVE_LIBBPF := y
else
LIBBPF	?= $(or $(XSCHED_CACHE),$(HOME)/.cache/xsched)/libbpf
BPF_CFLAGS := -I$(LIBBPF)/include
BPF_LIBS := $(LIBBPF)/libbpf.a -lelf -lz
HAVE_LIBBPF := $(if $(wildcard $(LIBBPF)/libbpf.a),y)
endif
CLANG	?= clang
HAVE_CLANG := $(shell $(CLANG) --print-targets 2>/dev/null | grep -q bpf && echo y)

.PHONY: all lib tools libbpf policies tests modules check demo bench bench-gpu bench-pair bench-xqueue man install uninstall modules_install docs clean help report

all: report lib tools policies

report:
	@$(if $(HAVE_OPENCL),,echo "OpenCL shim: not built, CL/cl_layer.h is missing (Debian: opencl-headers)")
	@$(if $(HAVE_CLI),,echo "xschedctl: not built, libnl-genl-3 or jansson is missing (Debian: libnl-genl-3-dev libjansson-dev)")
	@$(if $(HAVE_LIBBPF),,echo "xsched-bpf (xschedctl policy load): not built, libbpf 1.5 is missing (make libbpf fetches and builds it)")
	@$(if $(HAVE_CLANG),,echo "policies in BPF: not built, clang with the bpf target is missing (Debian: clang)")
	@$(if $(HAVE_HSA),,echo "HSA and HIP shim: not built, hsa/hsa_ext_amd.h or hip/hip_runtime_api.h is missing (Debian: libhsa-runtime-dev libamdhip64-dev)")
	@echo "platforms: CUDA, OpenCL$(if $(HAVE_OPENCL),, (no)), HSA and HIP$(if $(HAVE_HSA),, (no))"

# ---------------------------------------------------------------- runtime

# The core and its policies again, for a process that schedules its own queues.
RUNTIME_SRC	:= $(wildcard lib/xqueue/*.c lib/api/*.c kmod/core/*.c kmod/policy/*.c) \
	lib/link/kernel.c lib/link/host.c lib/link/host_conn.c lib/link/host_region.c lib/link/pick.c \
	lib/link/local.c lib/link/local_device.c lib/link/local_event.c lib/link/local_timer.c lib/link/region.c
OPENCL_SRC	:= $(wildcard lib/shim/opencl/*.c) hal/opencl/hal.c hal/opencl/kept.c hal/opencl/pocl.c
CUDA_SRC	:= $(wildcard lib/shim/cuda/*.c) $(filter-out hal/cuda/link.c,$(wildcard hal/cuda/*.c))
HIP_SRC		:= $(wildcard lib/shim/hip/*.c) $(filter-out hal/hip/link.c,$(wildcard hal/hip/*.c))
CTL_SRC		:= $(wildcard tools/xschedctl/*.c)
RUNTIME_OBJ	:= $(RUNTIME_SRC:%.c=$(B)/obj/%.o)
CUDA_OBJ	:= $(CUDA_SRC:%.c=$(B)/obj/%.o)
OPENCL_OBJ	:= $(OPENCL_SRC:%.c=$(B)/obj/%.o)
HIP_OBJ		:= $(HIP_SRC:%.c=$(B)/obj/%.o)
CTL_OBJ		:= $(CTL_SRC:%.c=$(B)/obj/%.o)

# libpreempt and libhal*: the names under which programs and scripts for XSched look.
LIBS	:= $(B)/lib/libxsched.so.0 $(B)/lib/libxsched.so $(B)/lib/libpreempt.so $(B)/lib/libhalmock.so \
	$(B)/lib/libxsched-cuda.so $(B)/lib/libhalcuda.so $(B)/lib/libshimcuda.so
ifeq ($(HAVE_OPENCL),y)
LIBS	+= $(B)/lib/libxsched-opencl.so $(B)/lib/libhalopencl.so $(B)/lib/libshimopencl.so
endif
ifeq ($(HAVE_HSA),y)
LIBS	+= $(B)/lib/libxsched-hip.so $(B)/lib/libhalhip.so $(B)/lib/libshimhip.so
endif
XSCHEDD_OBJ	:= $(patsubst %.c,$(B)/obj/%.o,$(wildcard tools/xschedd/*.c))
HAL_OBJ	:= $(B)/obj/hal/mock/mock.o $(B)/obj/hal/cuda/link.o $(B)/obj/hal/opencl/link.o $(B)/obj/hal/hip/link.o

PUBLIC	:= $(wildcard lib/include/xsched/*.h lib/include/xsched/*/*.h)

lib: $(LIBS)

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(OUR_CFLAGS) $(OBJ_CFLAGS) -MMD -MP -c $< -o $@

# nodelete: its threads may outlast a dlclose().
$(B)/lib/libxsched.so.0: $(RUNTIME_OBJ) lib/libxsched.map
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched.so.0 \
		-Wl,--version-script=lib/libxsched.map $(if $(findstring -fsanitize,$(EXTRA_CFLAGS)),,-Wl$(,)-z$(,)defs) \
		-Wl,-z,nodelete -o $@ $(RUNTIME_OBJ) -pthread

$(B)/lib/libxsched.so $(B)/lib/libpreempt.so: $(B)/lib/libxsched.so.0
	@ln -sf libxsched.so.0 $@

$(B)/lib/libhalmock.so: $(B)/obj/hal/mock/mock.o $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libhalmock.so \
		-Wl,-rpath,'$$ORIGIN' -o $@ $^ -pthread

$(B)/lib/libshimopencl.so: $(B)/lib/libxsched-opencl.so
	@ln -sf libxsched-opencl.so $@

$(B)/lib/libhalopencl.so: $(B)/obj/hal/opencl/link.o $(B)/lib/libxsched-opencl.so $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libhalopencl.so \
		-Wl,--no-as-needed,-rpath,'$$ORIGIN' -o $@ $^

# nodelete: wrappers may be reached from callbacks after a dlclose() of the loader.
$(B)/lib/libxsched-opencl.so: $(OPENCL_OBJ) $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched-opencl.so \
		-Wl,-z,defs,-z,nodelete,-rpath,'$$ORIGIN' -o $@ $^ -pthread -ldl

$(HIP_OBJ): OBJ_CFLAGS = -I$(B)/gen
$(HIP_OBJ): $(B)/gen/hsa_table.h $(B)/gen/drm/drm.h

# The driver's header takes from libdrm's no more than the names of integers.
$(B)/gen/drm/drm.h:
	@mkdir -p $(@D)
	@printf '#include <linux/types.h>\n#include <linux/ioctl.h>\n' >$@

$(B)/gen/hsa_table.h: lib/shim/hip/table.awk $(HSA_TRACE)
	@mkdir -p $(@D)
	@awk -f $< $(HSA_TRACE) >$@

# nodelete: its wrappers are in HSA's table.
$(B)/lib/libxsched-hip.so: $(HIP_OBJ) $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched-hip.so \
		-Wl,-z,defs,-z,nodelete,-rpath,'$$ORIGIN' -o $@ $^ -pthread -ldl

$(B)/lib/libhalhip.so: $(B)/obj/hal/hip/link.o $(B)/lib/libxsched-hip.so $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libhalhip.so \
		-Wl,--no-as-needed,-rpath,'$$ORIGIN' -o $@ $^

$(B)/lib/libshimhip.so: $(B)/lib/libxsched-hip.so
	@ln -sf libxsched-hip.so $@

$(B)/lib/libshimcuda.so: $(B)/lib/libxsched-cuda.so
	@ln -sf libxsched-cuda.so $@

# A filter: whoever is linked with it looks into libxsched-cuda.so first, as into a preload.
$(B)/lib/libhalcuda.so: $(B)/obj/hal/cuda/link.o $(B)/lib/libxsched-cuda.so $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libhalcuda.so \
		-Wl,--auxiliary=libxsched-cuda.so -Wl,--no-as-needed,-rpath,'$$ORIGIN' -o $@ $^

# Needs nothing of CUDA to build: hal/cuda/driver.h. Its wrappers are its own even where the
# driver comes first.
$(B)/lib/libxsched-cuda.so: $(CUDA_OBJ) $(B)/lib/libxsched.so.0
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,libxsched-cuda.so \
		-Wl,-z,defs,-z,nodelete,-Bsymbolic-functions,-rpath,'$$ORIGIN' -o $@ $^ -pthread -ldl

# ------------------------------------------------------------------ tools

tools: $(B)/bin/xschedd $(if $(HAVE_CLI),$(B)/bin/xschedctl $(if $(HAVE_LIBBPF),$(B)/bin/xsched-bpf))

# The core and its policies once more, behind a socket.
$(XSCHEDD_OBJ): OBJ_CFLAGS = -Ikmod

$(B)/bin/xschedd: $(XSCHEDD_OBJ) $(filter $(B)/obj/kmod/%,$(RUNTIME_OBJ))
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ -pthread

$(CTL_OBJ): OBJ_CFLAGS = -Itools/xschedctl -DLIBDIR='"$(LIBDIR)"' \
	$(shell pkg-config --cflags libnl-3.0 libnl-genl-3.0 jansson)

$(B)/bin/xschedctl: $(CTL_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ \
		$(shell pkg-config --libs libnl-3.0 libnl-genl-3.0 jansson)

$(B)/obj/tools/xsched-bpf/%.o: OBJ_CFLAGS = -D_GNU_SOURCE -Itools/xschedctl $(BPF_CFLAGS) \
	$(shell pkg-config --cflags jansson)

$(B)/bin/xsched-bpf: $(B)/obj/tools/xsched-bpf/main.o $(B)/obj/tools/xschedctl/out.o
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(EXTRA_CFLAGS) -o $@ $^ $(BPF_LIBS) \
		$(shell pkg-config --libs jansson)

libbpf:
	@tests/vm/setup libbpf

# ------------------------------------------------- policies loaded at run time

# Types come from the running kernel when a policy is loaded, so that none is
# needed here.
# libbpf's headers, for maps, want the kernel's, of which Debian keeps some with the machine's.
BPF_COMPILE = $(CLANG) -O2 -g -Wall -Wextra -Werror -target bpf -Itools/policies \
	      $(if $(HAVE_LIBBPF),-isystem $(LIBBPF)/include) -idirafter /usr/include/$(shell $(CC) -dumpmachine) -c $< -o $@
POLICIES := $(patsubst tools/policies/%.bpf.c,$(B)/policies/%.bpf.o,$(wildcard tools/policies/*.bpf.c))

policies: $(if $(HAVE_CLANG),$(POLICIES))

$(B)/policies/%.bpf.o: tools/policies/%.bpf.c tools/policies/xsched.bpf.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(BPF_COMPILE)

$(B)/tests/bpf/%.bpf.o: tests/bpf/%.bpf.c tools/policies/xsched.bpf.h
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(BPF_COMPILE)

-include $(B)/obj/tools/xsched-bpf/main.d
-include $(HAL_OBJ:.o=.d) $(XSCHEDD_OBJ:.o=.d) $(RUNTIME_OBJ:.o=.d) $(OPENCL_OBJ:.o=.d) $(HIP_OBJ:.o=.d) $(CUDA_OBJ:.o=.d) $(CTL_OBJ:.o=.d)

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
	@test -f $(KDIR)/Makefile || { \
		echo "make modules_install: $(KDIR): not a kernel build tree; install linux-headers for your kernel, or give KDIR=" >&2; exit 2; }
	$(MAKE) -C $(KDIR) M=$(abspath $(O)) $(MODPASS) modules_install

# ------------------------------------------------------------------ tests

include tests/user/build.mk
include tests/bench/launch/build.mk
include tests/fuzz/build.mk
include tests/bench/core/build.mk
include tests/bench/policies/build.mk
include tests/bench/pocl/build.mk
include tests/kfdsim/build.mk

tests: lib tools $(TESTS)

check:
	@tests/check $(STAGES)

demo:
	@tests/bench/demo/demo

# Of the runtime alone, on a device that does nothing.
bench-xqueue: $(B)/bench/xqueue.json
	@cat $<

.PHONY: $(B)/bench/xqueue.json
$(B)/bench/xqueue.json: $(B)/bench/xqueue-bench
	@$< >$@.new && mv $@.new $@

$(B)/bench/xqueue-bench: tests/bench/xqueue/bench.c $(B)/lib/libxsched.so $(PUBLIC)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) -std=gnu11 -Wall -Wextra -Werror $(EXTRA_CFLAGS) -Ilib/include -o $@ $< \
		-L$(B)/lib -lxsched -Wl,-rpath,'$$ORIGIN/../lib' -pthread

# What Debian's amdkfd says without a GPU, beside what the simulated one says.
.PHONY: conform-kfd
conform-kfd: tests
	@tests/kfdsim/conform

.PHONY: bench-kfdsim
bench-kfdsim: tests
	@tests/bench/kfdsim/run

# On a machine with an NVIDIA GPU: what tests/bench/gpu/run needs, then all its parts.
bench-gpu: lib tools $(B)/bin/spin
	@tests/bench/gpu/run

$(B)/bin/spin: tests/bench/gpu/spin.cu
	@mkdir -p $(@D)
	$(call say,NVCC,$<)nvcc -O2 -arch=native -o $@ $<

bench: tests
	@tests/bench/launch/run

bench-pair: all
	@tests/bench/pair/run

# ---------------------------------------------------------------- install

install: all
	install -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(COMPDIR) $(DESTDIR)$(INCDIR)/linux
	cp -P $(LIBS) $(DESTDIR)$(LIBDIR)
	$(if $(HAVE_CLI),install -m 755 $(B)/bin/xschedctl $(DESTDIR)$(BINDIR))
	$(if $(wildcard $(B)/bin/xsched-bpf),install -m 755 $(B)/bin/xsched-bpf $(DESTDIR)$(BINDIR))
	install -m 644 tools/policies/xsched.bpf.h $(DESTDIR)$(INCDIR)
	install -m 644 Documentation/man/*.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 tools/xschedctl/xschedctl.bash-completion $(DESTDIR)$(COMPDIR)/xschedctl
	install -m 644 uapi/linux/*.h $(DESTDIR)$(INCDIR)/linux
	for h in $(PUBLIC:lib/include/%=%); do \
		install -D -m 644 lib/include/$$h $(DESTDIR)$(INCDIR)/$$h || exit 1; done
	install -d $(DESTDIR)$(MANDIR)/man3 $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(UNITDIR)
	install -m 644 Documentation/man/*.3 $(DESTDIR)$(MANDIR)/man3
	install -m 755 $(B)/bin/xschedd $(DESTDIR)$(BINDIR)
	install -m 644 Documentation/man/*.8 $(DESTDIR)$(MANDIR)/man8
	$(if $(PYDIR),install -d $(DESTDIR)$(PYDIR)/xsched && \
		install -m 644 python/xsched/*.py $(DESTDIR)$(PYDIR)/xsched)
	for u in service socket; do sed 's|@BINDIR@|$(BINDIR)|' tools/xschedd/xschedd.$$u \
		>$(DESTDIR)$(UNITDIR)/xschedd.$$u || exit 1; done
	@$(if $(PYDIR),python3 -c 'import sys; sys.argv[1] in sys.path or print("make install: this python3 does not look for modules in " + sys.argv[1] + ": name another folder with PYDIR=")' '$(PYDIR)',echo "make install: no python3: its module isn't installed")

# What install would put there, by what it puts elsewhere.
uninstall:
	@rm -rf $(B)/installed && $(MAKE) -s install DESTDIR=$(abspath $(B)/installed) >/dev/null
	@cd $(B)/installed && find . ! -type d -printf '%P\n' | while read -r f; do rm -fv "$(DESTDIR)/$$f"; done
	@$(if $(PYDIR),rm -rf $(DESTDIR)$(PYDIR)/xsched/__pycache__)
	@cd $(B)/installed && find . -depth -type d -path '*/xsched*' -printf '%P\n' | \
		while read -r d; do rmdir --ignore-fail-on-non-empty "$(DESTDIR)/$$d" 2>/dev/null || :; done
	@rm -rf $(B)/installed

# The pages of functions are in the headers.
man:
	Documentation/man/from-headers Documentation/man $(PUBLIC)

clean:
	rm -rf $(B)

help:
	@printf '%s\n' \
	'make                    runtime, shims, xschedctl and xschedd, under build/' \
	'                          make EXTRA_CFLAGS=-fsanitize=address' \
	'make modules            the kernel module' \
	'                          make modules KDIR=/usr/src/linux-headers-6.12.0-amd64 O=build/kmod-6.12' \
	'make modules_install    put it under /lib/modules' \
	'                          make modules_install INSTALL_MOD_PATH=/tmp/root' \
	'make policies           policies in BPF, tools/policies/*.bpf.c to build/policies/' \
	'                          make policies && xschedctl policy load build/policies/rr.bpf.o' \
	'make libbpf             the library that loading them needs, into the cache' \
	'                          make libbpf tools' \
	'make install            libraries, xschedctl, man pages, completion, headers, Python module' \
	'                          make install PREFIX=/usr DESTDIR=/tmp/root' \
	'make uninstall          take away what "make install" with the same PREFIX put there' \
	'                          make uninstall PREFIX=/usr DESTDIR=/tmp/root' \
	'make tests              build the user-space tests' \
	'                          make tests && build/tests/user/host/core_test' \
	'make check              run every test; installs Debian packages that it needs (as root)' \
	'                          make check STAGES="build host"' \
	'make demo               two programs share a device in a VM; build/demo.png (as root)' \
	'                          make demo' \
	'make bench              what a launch and a decision cost; build/bench/*.json' \
	'                          make bench' \
	'make bench-core         what an event costs under each policy; build/bench/core.json' \
	'                          make bench-core' \
	'make fuzz-core          random runs of every policy, then libFuzzer (clang)' \
	'                          make fuzz-core FUZZ_EVENTS=1000000 FUZZ_SECONDS=30' \
	'make bench-pocl         what xsched costs on PoCL, how soon a device stands; build/bench/pocl-*.json' \
	'                          make bench-pocl' \
	'make bench-policies     policies with OpenCL programs in a VM; build/bench/policies.json' \
	'                          make bench-policies' \
	'make bench-pair         two priorities of hashcat and clFFT; build/bench/pair.json' \
	'                          make bench-pair' \
	'make bench-gpu          the experiments on an NVIDIA GPU; build/bench/gpu/*.json, report.html' \
	'                          make bench-gpu OUT=/tmp/gpu' \
	'make bench-xqueue       what a command costs in the runtime; build/bench/xqueue.json' \
	'                          make bench-xqueue' \
	'make bench-kfdsim       levels 1 to 3 on a simulated AMD GPU; build/bench/kfdsim.json (as root)' \
	'                          make bench-kfdsim' \
	'make conform-kfd        the stock AMD driver and the simulated one asked the same questions (3 minutes)' \
	'                          make conform-kfd' \
	'make kfdsim             the simulated GPU, a module for test machines' \
	'                          make kfdsim KDIR=$$(tests/vm/kdir uml) O=build/kmod-uml' \
	'make man                pages of the functions, from the headers' \
	'                          make man' \
	'make clean              remove build/' \
	'                          make clean'
