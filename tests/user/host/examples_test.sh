#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds each example as its README says, in a folder of its own, and runs it.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lib/ktap.sh

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# An idle device is needed for times; here it's that they run and what they say.
has_opencl() {
	ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1 && [ -e build/lib/libhalopencl.so ]
}

# example NAME PATTERN [ARG...]: its last line matches.
example() {
	local name=$1 pattern=$2 out=$dir/$1

	shift 2
	mkdir -p "$out"
	make -s -C "examples/$name" OUT="$out" || return 1
	if [ "$name" != 5-own-hal ] && ! has_opencl; then
		echo "no OpenCL on this machine"
		return 4
	fi
	timeout 120 "$out/app" "$@" >"$out/log" 2>&1 || { cat "$out/log"; return 1; }
	tail -n 1 "$out/log"
	tail -n 1 "$out/log" | grep -qE "$pattern"
}

begin
unset XSCHED_SCHEDULER XSCHED_POLICY XSCHED_AUTO_XQUEUE
try "transparent run" example 1-transparent '^task 2 took [0-9.]+ ms$' 3
try "transparent run, without a scheduler" \
	env XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON LD_PRELOAD="$PWD/build/lib/libxsched-opencl.so" \
	"$dir/1-transparent/app" 2
try "giving hints" example 2-hints '^priority 2, task 2 took [0-9.]+ ms$' 2 3
try "in-process scheduling" example 3-in-process 'before it [0-9.]+ ms$'
try "manual suspend and resume" example 4-manual '^the background went through [1-9][0-9]* rounds$'
try "own HAL" example 5-own-hal '^resumed: 100 jobs done$'
try "own HAL in 100 lines" \
	awk '/toy_launch\(/ { n = 1 } n && /the program -/ { n = 0 } n { lines++ } END { exit lines > 100 }' \
	examples/5-own-hal/app.c
end
