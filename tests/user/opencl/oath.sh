#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Does a program get the same results under xsched as without it? Runs OpenCL
# programs that know nothing of xsched natively and by each way in, on a device
# that a competitor of higher priority takes away again and again, and compares
# what they say and their exit status. oath.sh [-a] [PROGRAM...]
#
#	-a	every program by every way at every level (about 15 minutes in UML)
#
# Without /dev/xsched it checks that every way in passes everything through.
tree=$(cd "$(dirname "$0")/../../.." && pwd)
. "$tree/tests/lib/ktap.sh"
bin=$tree/build/tests/user/opencl
lib=$tree/build/lib/libxsched-opencl.so
sys=/sys/class/xsched/cpu0
limit=${OATH_TIMEOUT:-100}
export LC_ALL=C.UTF-8

. "$tree/tests/lib/opencl-filters.sh"

# NAME	PART	FILTER	COMMAND. Part p is run by default, by one way; part q by
# two; part Q by four; part a with -a only.
list() {
	local p

	cat <<-END
	order		Q own $bin/order_test
	calls		q own $bin/calls_test
	errors		q own $bin/errors_test
	counts		q own $bin/counts_test
	lifetime	Q own $bin/lifetime_test
	process		q own $bin/process_test
	dlopen		Q own $bin/dlopen_test
	clFFT-client	q text clFFT-client -x 64 -y 64 -p 20
	clFFT-client-batch a text clFFT-client -x 1024 -b 64 -o -p 20
	clpeak		a text clpeak --kernel-latency
	clpeak-compute	a text clpeak --compute-integer
	clpeak-transfer	a text clpeak --transfer-bandwidth
	clblast-xdot	p all clblast_test_xdot
	clblast-xaxpy	a all clblast_test_xaxpy
	clblast-xger	a all clblast_test_xger
	clblast-xgemv	a all clblast_test_xgemv
	END
	for p in "$bin"/pocl/test_*; do
		[ -x "$p" ] || continue
		case ${p##*/test_} in
		# The slow ones test the compiler, which never sees us; event_cycle and clpeak
		# are in host/opencl_test.sh by default.
		clBuildProgram|clGetKernelArgInfo|link_error|clGetDeviceInfo|kernel_cache_includes|event_cycle) echo "pocl-${p##*/test_} a all $p" ;;
		*) echo "pocl-${p##*/test_} p all $p" ;;
		esac
	done
}

# by WAY LEVEL CMD...: the ways of getting in.
by() {
	local way=$1 level=$2 env=(XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON)

	shift 2
	case $way in
	native) env=() ;;
	layer) env+=("OPENCL_LAYERS=$lib") ;;
	preload) env+=("LD_PRELOAD=$lib") ;;
	both) env+=("OPENCL_LAYERS=$lib" "LD_PRELOAD=$lib") ;;
	off) env=("OPENCL_LAYERS=$lib" "LD_PRELOAD=$lib") ;;	# there, but nobody asked for it
	esac
	[ "$level" = 0 ] || env+=("XSCHED_AUTO_XQUEUE_LEVEL=$level")
	(cd "$work" && timeout -k 5 "$limit" env "${env[@]}" "$@" </dev/null)
}

# run WAY LEVEL FILTER CMD...: its filtered output, and its exit status as the last line.
run() {
	local way=$1 level=$2 filter=$3 status

	shift 3
	by "$way" "$level" "$@" >"$work/raw" 2>"$work/stderr"
	status=$?
	$filter <"$work/raw"
	echo "exit status $status"
}

# compare NAME FILTER WAY LEVEL CMD...
compare() {
	local name=$1 filter=$2 way=$3 level=$4 what="$1, $3"

	shift 4
	[ "$level" = 0 ] || what+=", level $level"
	run "$way" "$level" "$filter" "$@" >"$work/got"
	if cmp -s "$work/native.$name" "$work/got"; then
		report 0 "$what"
		return
	fi
	diff "$work/native.$name" "$work/got" | head -n 20 | sed 's/^/# /'
	grep -aE '^# (/|[a-z_]+[.][ch]:|ended)' "$work/raw" | head -n 5
	head -n 5 "$work/stderr" | sed 's/^/# stderr: /'
	report 1 "$what"
}

# ways PART: by which way and at which level a program runs.
ways() {
	if [ ! -c /dev/xsched ]; then
		printf '%s 0\n' layer preload both off
	elif [ -n "$every" ]; then
		printf '%s 1\n' layer preload both
		printf '%s 2\n' layer preload both
		printf '%s 3\n' layer preload both
	else
		echo "layer 2"
		[ "$1" = p ] || echo "preload 1"
		[ "$1" != Q ] || printf '%s\n' "both 2" "layer 3"
	fi
}

# native_program NAME PART FILTER CMD...: what there is to compare with.
native_program() {
	local name=$1 filter=$3

	shift 3
	command -v "$1" >/dev/null || return
	run native 0 "$filter" "$@" >"$work/native.$name"
}

# try_program NAME PART FILTER CMD...
try_program() {
	local name=$1 part=$2 filter=$3 way level cmd

	shift 3
	if ! [ -e "$work/native.$name" ]; then
		report 4 "$name"
		return
	fi
	cmd=("$@")
	if grep -qE '^(not ok|exit status 1[2-9][0-9])' "$work/native.$name"; then
		sed 's/^/# native: /' "$work/native.$name" | tail -n 20
		report 1 "$name, native"
		return
	fi
	while read -r way level <&3; do
		compare "$name" "$filter" "$way" "$level" "${cmd[@]}"
	done 3< <(ways "$part")
}

# each FUNCTION: of the programs that are wanted.
each() {
	local name part filter cmd

	while read -r name part filter cmd <&4; do
		[ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || continue
		[ "$part" != a ] || [ -n "$every" ] || [ "$wanted" != "  " ] || continue
		# shellcheck disable=SC2086 # a command line
		"$1" "$name" "$part" "$filter" $cmd
	done 4< <(list)
}

# Somebody of higher priority, so that gates close all the time.
compete() {
	OPENCL_LAYERS=$lib XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON XSCHED_AUTO_XQUEUE_PRIORITY=10 \
		"$bin/burst" 1500 3000 >"$work/burst" 2>&1 &
	burst=$!
	for _ in $(seq 100); do
		grep -q ready "$work/burst" && return
		sleep 0.1
	done
	sed 's/^/# burst: /' "$work/burst"
	report 1 "a competitor"
}

# The gates were closed often enough for all this to mean something.
competed() {
	local now

	now=$(<$sys/flips)
	echo "# gates changed $((now - flips)) times"
	kill -0 "$burst" 2>/dev/null
	report $? "the competitor lived"
	[ $((now - flips)) -ge $((2 * ktap_number)) ]
	report $? "the device was taken away and given back"
	kill $burst 2>/dev/null
	wait $burst 2>/dev/null
}

# ------------------------------------------------------------ among others

# Somebody else's layer and ours: both see every launch, in either order.
both_layers() {
	local order=$1 out=$work/other

	rm -f "$out"
	export OTHER_LAYER_OUT=$out
	OPENCL_LAYERS=$order XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON \
		clFFT-client -x 64 -p 50 >"$work/raw" 2>"$work/stderr" </dev/null || return 1
	unset OTHER_LAYER_OUT
	echo "launches seen by the other layer: $(cat "$out")"
	[ "$(cat "$out")" -ge 50 ]
}

# xschedctl run keeps a layer that is set already, and adds ours.
run_keeps() {
	local got

	got=$(OPENCL_LAYERS=$bin/other_layer.so "$tree/build/bin/xschedctl" run --dry-run -- true |
		sed -n 's/^\(export \)\?OPENCL_LAYERS=//p' | tr -d "\"'")
	echo "OPENCL_LAYERS=$got"
	[[ :$got: == *":$bin/other_layer.so:"* && :$got: == *libxsched-opencl.so:* ]]
}

# Somebody else's preload in front of ours, behind it, or alone.
other_preload() {
	local preload=$1 t

	for t in counts dlopen; do
		LD_PRELOAD=$preload XSCHED_SCHEDULER=GLB XSCHED_AUTO_XQUEUE=ON timeout -k 5 "$limit" \
			"$bin/${t}_test" >"$work/raw" 2>"$work/stderr" </dev/null || {
			grep -vE '^ok' "$work/raw"
			head -n 5 "$work/stderr"
			return 1
		}
	done
}

among_others() {
	local o=$bin/other_layer.so p=$bin/other_preload.so

	if command -v clFFT-client >/dev/null; then
		try "another layer before ours" both_layers "$o:$lib"
		try "another layer behind ours" both_layers "$lib:$o"
	else
		report 4 "another layer before ours"
		report 4 "another layer behind ours"
	fi
	if [ -x "$tree/build/bin/xschedctl" ]; then
		try "xschedctl run keeps another layer" run_keeps
	else
		report 4 "xschedctl run keeps another layer"
	fi
	try "another preload alone" other_preload "$p"
	try "another preload before ours" other_preload "$p:$lib"
	try "another preload behind ours" other_preload "$lib:$p"
}

every=
while getopts a opt; do
	case $opt in
	a) every=1 ;;
	*) echo "usage: $0 [-a] [PROGRAM...]" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
wanted=" $* "

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p /tmp/xsched-pocl-tests/tests/runtime	# one of PoCL's tests writes a header there

begin
if [ ! -e "$lib" ] || [ ! -x "$bin/burst" ]; then
	echo "# $lib or the test programs are missing: run \"make tests\""
	report 4 "OpenCL programs"
	end
	exit 4
fi
each native_program	# with the device to itself
if [ -c /dev/xsched ]; then
	flips=$(<$sys/flips)
	compete
else
	echo "# no /dev/xsched: everything has to pass through"
fi
each try_program
[ "$wanted" != "  " ] || among_others
[ ! -c /dev/xsched ] || competed
end
