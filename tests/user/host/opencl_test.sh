#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Unmodified OpenCL programs on this machine under xschedd: the same results as without it, also
# beside somebody more important and while xschedd is killed; and what they take.
# opencl_test.sh [-a] [PROGRAM...]
#
#	-a	all of them at every level, with a table (about 15 minutes)
tree=$(cd "$(dirname "$0")/../../.." && pwd)
. "$tree/tests/lib/ktap.sh"
. "$tree/tests/lib/opencl-filters.sh"
bin=$tree/build/tests/user/opencl
xschedctl=$tree/build/bin/xschedctl
limit=${OATH_TIMEOUT:-300}
work=$(mktemp -d)
export XSCHED_SOCKET=$work/xschedd.sock XSCHED_LIBDIR=$tree/build/lib LC_ALL=C.UTF-8 HOME=${HOME:-/root}
scheduler= burst=

clean_up() {
	[ -z "$burst" ] || kill -9 "$burst" 2>/dev/null
	[ -z "$scheduler" ] || kill -9 "$scheduler" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT

# NAME	PART	FILTER	COMMAND. Part p is run by default, part a with -a only.
list() {
	cat <<-END
	clFFT-client	p text clFFT-client -x 64 -y 64 -p 20
	clFFT-large	a text clFFT-client -x 1024 -b 64 -o -p 50
	clpeak-latency	p text clpeak --kernel-latency
	clpeak-bandwidth a text clpeak --global-bandwidth
	clpeak-compute	a text clpeak --compute-integer
	clpeak-transfer	a text clpeak --transfer-bandwidth
	CLBlast-xdot	p all clblast_test_xdot
	CLBlast-xaxpy	a all clblast_test_xaxpy
	CLBlast-xger	a all clblast_test_xger
	CLBlast-xgemv	a all clblast_test_xgemv
	hashcat-bench	a text hashcat -b -m 0 --force --potfile-disable --logfile-disable
	hashcat-crack	a found hashcat -m 0 -a 3 --force --potfile-disable --logfile-disable --quiet $work/hash ?l?l?l?l?l?l
	pocl-tests	p all pocl_tests $part
	END
}

# What it found, and not how long that took.
found() { grep -E '^[0-9a-f]{32}:' | sort; }

# pocl_tests PART: all of PoCL's own, or a few.
pocl_tests() {
	local t

	for t in "$bin"/pocl/test_*; do
		case $1:${t##*/test_} in
		# The slow ones test the compiler, which never sees us.
		*:clBuildProgram|*:clGetKernelArgInfo|*:link_error|*:clGetDeviceInfo|*:kernel_cache_includes) continue ;;
		p:clFinish|p:event_cycle|p:read-copy-write-buffer|p:user_event|p:enqueue_kernel_from_binary|p:clSetEventCallback|p:clEnqueueNativeKernel) ;;
		p:*) continue ;;
		esac
		echo "${t##*/}"
		timeout -k 5 60 "$t" </dev/null
		echo "status $?"
	done
}

start_scheduler() {
	local i

	rm -f "$XSCHED_SOCKET"
	"$tree/build/bin/xschedd" 2>"$work/xschedd.log" &
	scheduler=$!
	for ((i = 0; i < 200; i++)); do
		[ -S "$XSCHED_SOCKET" ] && return
		sleep 0.05
	done
	return 1
}

end_scheduler() {
	kill -9 "$scheduler" 2>/dev/null
	wait "$scheduler" 2>/dev/null
	scheduler=
}

start_burst() {
	local i

	"$xschedctl" run --priority 10 -- "$bin/burst" 1500 6000 >"$work/burst" 2>&1 &
	burst=$!
	for ((i = 0; i < 200; i++)); do
		grep -q ready "$work/burst" && return
		sleep 0.05
	done
	return 1
}

end_burst() {
	kill -9 "$burst" 2>/dev/null
	wait "$burst" 2>/dev/null
	burst=
}

# under LEVEL CMD...: 0 is without xsched. A function of ours gets the environment, too.
under() {
	local level=$1

	shift
	if [ "$level" = 0 ]; then
		"$@"
	elif [ "$(type -t "$1")" = function ]; then
		# shellcheck disable=SC2046 # assignments without spaces
		(export $("$xschedctl" run --level "$level" --dry-run -- true); "$@")
	else
		"$xschedctl" run --level "$level" -- "$@"
	fi
}

# run LEVEL FILTER CMD...: its results go to $work/got, its seconds to $took.
run() {
	local level=$1 filter=$2 status begun=${EPOCHREALTIME/./}

	shift 2
	(cd "$work" && ulimit -c 0 && if [ "$(type -t "$1")" = function ]; then
		under "$level" "$@"
	else
		under "$level" timeout -k 5 "$limit" "$@"
	fi) >"$work/raw" 2>"$work/stderr" </dev/null
	status=$?
	took=$(((${EPOCHREALTIME/./} - begun) / 1000))
	{ $filter <"$work/raw"; echo "exit status $status"; } >"$work/got"
}

same() {	# NAME
	if cmp -s "$work/native" "$work/got"; then
		report 0 "$1"
		return
	fi
	diff "$work/native" "$work/got" | head -n 20 | sed 's/^/# /'
	head -n 5 "$work/stderr" | sed 's/^/# stderr: /'
	report 1 "$1"
}

# try_program NAME FILTER CMD...
try_program() {
	local name=$1 filter=$2 level row native_ms killer kill_after

	shift 2
	if [ "$(type -t "$1")" != function ] && ! command -v "$1" >/dev/null; then
		report 4 "$name ($1 isn't installed)"
		return
	fi
	run 0 "$filter" "$@"	# what it compiles it finds in its cache from then on
	run 0 "$filter" "$@"
	mv "$work/got" "$work/native"
	if ! grep -q 'exit status 0' "$work/native"; then
		tail -n 10 "$work/raw" "$work/stderr" | sed 's/^/# native: /'
		report 1 "$name, native"
		return
	fi
	native_ms=$took row=$(printf '%-18s %8d' "$name" "$took")
	for level in $levels; do
		run "$level" "$filter" "$@"
		same "$name, level $level"
		row+=$(printf ' %8d' "$took")
	done
	start_burst || report 1 "somebody more important"
	for level in $kill_levels; do
		kill_after=$((native_ms / 2 > 5000 ? 5000 : native_ms / 2))
		(sleep "$(printf '%d.%03d' $((kill_after / 1000)) $((kill_after % 1000)))"
		 kill -9 "$scheduler") &
		killer=$!
		run "$level" "$filter" "$@"
		wait "$killer"
		same "$name, level $level, xschedd killed after $kill_after ms"
		wait "$scheduler" 2>/dev/null
		start_scheduler
	done
	end_burst
	table+=$row$'\n'
}

part=p levels=2 kill_levels=3 table=
while getopts a opt; do
	case $opt in
	a) part=a levels="1 2 3" kill_levels="1 2 3" ;;
	*) echo "usage: $0 [-a] [PROGRAM...]" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
wanted=" $* "

begin
if [ ! -e "$tree/build/lib/libxsched-opencl.so" ] || [ ! -x "$xschedctl" ] || [ ! -x "$bin/burst" ] ||
	! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then
	report 4 "OpenCL programs under xschedd (no OpenCL, or not built)"
	end
	exit 4
fi
mkdir -p /tmp/xsched-pocl-tests/tests/runtime	# one of PoCL's tests writes a header there
printf %s xsched | md5sum | cut -d' ' -f1 >"$work/hash"
printf %s kernel | md5sum | cut -d' ' -f1 >>"$work/hash"
start_scheduler || report 1 "xschedd"
while read -r name p filter cmd <&4; do
	[ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || continue
	[ "$p" = p ] || [ "$part" = a ] || [ "$wanted" != "  " ] || continue
	# shellcheck disable=SC2086 # a command line
	try_program "$name" "$filter" $cmd
done 4< <(list)
end_scheduler
printf '# %-18s %8s%s (ms)\n' program native "$(printf '  level %d' $levels)"
sed 's/^/# /' <<<"${table%$'\n'}"
end
