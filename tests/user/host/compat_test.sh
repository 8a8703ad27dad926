#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Programs and scripts as they are written for XSched compile, link and run unchanged, in
# whatever order they name the libraries; and what is installed is complete.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lib/ktap.sh

lib=$PWD/build/lib
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
headers=$(ls lib/include/xsched/*.h lib/include/xsched/*/*.h)

needs_opencl() {
	if ! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1 || [ ! -e "$lib/libhalopencl.so" ]; then
		echo "no OpenCL on this machine"
		return 1
	fi
}

# program LIBRARY...: in this order.
program() {
	needs_opencl || return 4
	g++ -std=c++17 -O2 -Wno-deprecated-declarations -Ilib/include -o "$dir/intra" \
		tests/user/compat/intra.cc -L"$lib" "$@" -Wl,-rpath,"$lib" -pthread || return 1
	timeout 120 "$dir/intra"
}

script() {
	needs_opencl || return 4
	LD_LIBRARY_PATH=$lib timeout 120 python3 tests/user/compat/script.py
}

# Each header by itself, as C and as C++, also before and after the vendor's.
headers_alone() {
	local h n

	for h in $headers; do
		n=${h#lib/include/}
		echo "#include \"$n\"" >"$dir/h.c"
		gcc -std=c99 -pedantic -Wall -Wextra -Werror -Ilib/include -fsyntax-only "$dir/h.c" || return 1
		g++ -std=c++11 -Wall -Wextra -Werror -Ilib/include -fsyntax-only -x c++ "$dir/h.c" || return 1
	done
}

# What the headers declare is exported, and the other way round.
symbols() {
	local declared exported

	declared=$(grep -hoE '^(XResult|const char \*)[ ]*[A-Z][A-Za-z]+\(' lib/include/xsched/*.h |
		grep -oE '[A-Za-z]+\($' | tr -d '(' | sort)
	exported=$(nm -D --defined-only "$lib/libxsched.so.0" | grep '@@XSCHED_0' |
		sed 's/.* //; s/@@.*//' | grep '^[XH][A-Zw]' | grep -v '^XSCHED_' | sort)
	diff <(echo "$declared") <(echo "$exported")
}

# The pages are those that the headers give.
pages() {
	# shellcheck disable=SC2086 # a list
	Documentation/man/from-headers "$dir/man" $headers || return 1
	diff -r -x '*.1' -x '*.8' -x from-headers Documentation/man "$dir/man" && return
	echo "out of date: run make man"
	return 1
}

begin
unset XSCHED_SCHEDULER XSCHED_POLICY XSCHED_AUTO_XQUEUE OPENCL_LAYERS
try "C++ program, vendor's library first" program -lOpenCL -lpreempt -lhalopencl
try "C++ program, vendor's library last" program -lpreempt -lhalopencl -lOpenCL
try "ctypes script" script
try "headers stand alone" headers_alone
try "exported symbols are those of the headers" symbols
try "man pages are those of the headers" pages
end
