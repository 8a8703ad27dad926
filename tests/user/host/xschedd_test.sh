#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The host scheduler: processes that speak its protocol (xschedd_peers.c), its command
# line, other users, and unmodified OpenCL programs while it is killed, stopped and
# started again.
. "$(dirname "$0")/../cli/cli.sh"
set -u
export LC_ALL=C NO_COLOR=1

xschedd=${XSCHEDD:-$cli_tree/build/bin/xschedd}
shim=$cli_tree/build/lib/libxsched-opencl.so
[ -x "$xschedd" ] || skip_all "needs build/bin/xschedd: make tools"
[ ! -e /dev/xsched ] || skip_all "programs would use the kernel module: rmmod xsched"

chmod 755 "$cli_tmp"
public=$cli_tmp/public	# where users may run them that may not enter the tree
mkdir "$public"
cp "$xschedd" $([ ! -x "$xschedctl" ] || echo "$xschedctl") "$public/"
export XSCHED_SOCKET=$cli_tmp/s/xschedd.sock
daemon=
unset NOTIFY_SOCKET LISTEN_FDS XDG_RUNTIME_DIR
trap 'end_daemon KILL; kill $(jobs -p) 2>/dev/null; rm -rf "$cli_tmp"' EXIT

# step NAME CMD...: as try, but in this shell, so that it may start and end the daemon.
step() {
	local name=$1 failed=0

	shift
	"$@" >"$cli_tmp/step" 2>&1 || failed=$?
	sed 's/^/# /' "$cli_tmp/step"
	report "$failed" "$name"
}

# start_daemon [ARG...]: until it is ready; $daemon is its process.
limit=
start_daemon() {
	: >"$cli_tmp/log"
	(ulimit -n ${limit:-$(ulimit -n)}; exec "$xschedd" -v "$@" 2>>"$cli_tmp/log") &
	daemon=$!
	soon grep -q 'ready on' "$cli_tmp/log" || { cat "$cli_tmp/log"; return 1; }
}
# end_daemon [SIGNAL]: its exit status.
end_daemon() {
	local status=0

	[ -n "$daemon" ] || return 0
	kill -CONT "$daemon" 2>/dev/null
	kill -"${1:-TERM}" "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null || status=$?
	daemon=
	return $status
}
ends_with() {	# STATUS SIGNAL: and no sanitizer has anything to say
	local got=0

	end_daemon "$2" || got=$?
	[ "$got" = "$1" ] && ! grep -E 'runtime error|ERROR: |Sanitizer' "$cli_tmp/log" && return
	echo "exit status $got, wanted $1"
	tail -n 20 "$cli_tmp/log"
	return 1
}

if ! ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror ${CFLAGS-} -I"$cli_tree/uapi" \
	-o "$cli_tmp/client" "$cli_tree/tests/user/host/xschedd_peers.c" -pthread; then
	begin
	echo "Bail out! xschedd_peers.c doesn't build"
	exit 1
fi

# c_tests GROUP STATUS SIGNAL [DAEMON-ARG...]: against a daemon of its own, which then ends so.
c_tests() {
	local group=$1 status=$2 sig=$3

	shift 3
	start_daemon "$@" || return
	export XSCHEDD_PID=$daemon
	suite "$group" "$cli_tmp/client" "$group"
	step "$group: the daemon has lived, and ends as it should" ends_with "$status" "$sig"
}

begin
c_tests serving 0 TERM
limit=128 c_tests few 0 TERM
c_tests term 0 TERM
c_tests kill 137 KILL

# ------------------------------------------------------------- command line

says() {	# STATUS REGEX CMD...: one line of error
	local wanted=$1 text=$2

	shift 2
	run "$@"
	failed_with "$wanted" "$text"
}
help_is_complete() {
	run "$xschedd" --help
	equals 0 "$status" && matches '^usage: xschedd' "$out" && matches '--socket PATH' "$out" &&
		matches '--policy NAME' "$out" && matches 'hpf, .*none' "$out"
}
# Every option of the help is in the manual, and the other way round.
manual_agrees() {
	local page=$cli_tree/Documentation/man/xschedd.8 o

	for o in $("$xschedd" --help | grep -oE -e '--[a-z]+' | sort -u); do
		grep -q -e "${o//-/\\\\-}" "$page" || { echo "$o is not in $page"; return 1; }
	done
	! command -v mandoc >/dev/null || mandoc -T lint -W warning "$page"
}
second_refused() {
	says 1 'xschedd.sock: another xschedd serves it; ' "$xschedd" || { cat "$cli_tmp/log"; return 1; }
}
takes_over() {	# after kill -9, whose socket is still there
	end_daemon KILL
	[ -S "$XSCHED_SOCKET" ] && start_daemon
}
leaves_nothing() {
	end_daemon TERM && [ ! -e "$XSCHED_SOCKET" ] && [ ! -e "${XSCHED_SOCKET%.sock}.ctl" ]
}
try "--help" help_is_complete
try "the manual has the same options" manual_agrees
try "no such policy" says 2 'xschedd: bad: no such policy; choose one of: hpf' "$xschedd" -p bad
try "an argument" says 2 'xschedd: x: takes no arguments; see "xschedd --help"' "$xschedd" x
try "a relative path" says 2 'xschedd: a/b: not an absolute path' "$xschedd" -s a/b
try "a path that is too long" says 2 'too long for a socket' "$xschedd" -s "/$(printf '%0200d' 0)"
try "a directory that can't be made" says 1 '/proc/x: can.t be made: .*; make it' "$xschedd" -s /proc/x/y.sock
try "nowhere to be" says 2 'XDG_RUNTIME_DIR: not set; name a socket' \
	env -u XSCHED_SOCKET setpriv --reuid 1000 --clear-groups "$public/xschedd"
step "start" start_daemon --policy fair
step "a second one is refused" second_refused
step "one that was killed is followed" takes_over
step "SIGTERM leaves nothing behind" leaves_nothing

# ------------------------------------------------------------ control plane

have_ctl() { [ -x "$xschedctl" ]; }
status_tells() {
	run "$xschedctl" status
	equals 0 "$status" && matches "^scheduler +xschedd on $XSCHED_SOCKET, ABI 1" "$out" &&
		matches '^cpu0 +cpu +fair' "$out"
}
status_in_json() {
	run "$xschedctl" -j status
	json_is '[.usable, .scheduler, .module] | @json' '[true,"host",false]' && json_is .socket "$XSCHED_SOCKET"
}
sets_policy() {
	run "$xschedctl" policy cpu0 hpf
	succeeded_silently && run "$xschedctl" -j list devices && json_is '.[0].policy' hpf
}
monitors() {
	timeout 10 "$xschedctl" -j monitor -n 1 >"$cli_tmp/events" &
	local pid=$!

	sleep 0.5
	"$xschedctl" policy cpu0 none
	wait $pid && out=$(cat "$cli_tmp/events") && json_is '[.event, .device, .policy] | @json' '["policy","cpu0","none"]'
}
other_user_may_not() {
	says 1 'policy of device cpu0: Operation not permitted .*; run it as root' \
		setpriv --reuid 1000 --clear-groups "$public/xschedctl" policy cpu0 hpf &&
		says 1 'shutdown: Operation not permitted' setpriv --reuid 1000 --clear-groups "$public/xschedctl" shutdown
}
shuts_down() {
	run "$xschedctl" shutdown
	succeeded_silently && soon eval "! kill -0 $daemon" && wait "$daemon" && daemon=
}
lists_policies() {
	run "$xschedctl" -j policy
	json_is '.[0].available | sort | @json' \
		'["awf","chpf","edf","fair","hhpf","hpf","kedf","laxity","mlfq","none","pup","srtf","up"]'
}
gone() {
	run "$xschedctl" list
	failed_with 1 'modprobe xsched", or start xschedd'
}
if have_ctl; then
	start_daemon --policy fair
	try "xschedctl status" status_tells
	try "xschedctl status in JSON" status_in_json
	try "xschedctl policy" sets_policy
	try "xschedctl policy: no such one" says 1 'xschedctl: bad: no such policy; choose one of: hpf' "$xschedctl" policy cpu0 bad
	try "xschedctl policy: those there are" lists_policies
	for args in tenant "tenant /x weight=3" "tenant import" "stat tenant 1" "list --wide"; do
		try "xschedctl $args: it has no tenants" says 1 \
			'tenants: the scheduler here is xschedd, which has none; load the kernel module' "$xschedctl" $args
	done
	try "xschedctl policy unload" says 1 'the scheduler here is xschedd, which can.t load policies' \
		"$xschedctl" policy unload lifo
	try "xschedctl monitor" monitors
	[ "$(id -u)" != 0 ] || try "another user changes nothing" other_user_may_not
	step "xschedctl shutdown" shuts_down
	try "and then there is none" gone
else
	report 4 "xschedctl"
fi

# ------------------------------------------------------------- one user's own

own_user() {
	local dir=$cli_tmp/run

	mkdir -m 700 "$dir" && chown 1000:1000 "$dir" || return
	unset XSCHED_SOCKET
	export XDG_RUNTIME_DIR=$dir
	setpriv --reuid 1000 --clear-groups "$public/xschedd" 2>"$cli_tmp/own.log" &
	daemon=$!
	soon grep -q 'ready on' "$cli_tmp/own.log" || return
	setpriv --reuid 1000 --clear-groups "$public/xschedctl" status >/dev/null || return
	"$xschedctl" status >/dev/null || { echo "not even root"; return 1; }
	# Past the directory, as if somebody had opened it to all, another user is refused all the same.
	chmod 711 "$dir" "$dir/xsched" && chmod 666 "$dir"/xsched/*.sock "$dir"/xsched/*.ctl
	says 1 'serves another user' setpriv --reuid 1001 --clear-groups "$public/xschedctl" list
}
if [ "$(id -u)" = 0 ] && have_ctl; then
	step "an xschedd of one user, without root" own_user
	step "it ends" end_daemon TERM
	unset XDG_RUNTIME_DIR
	export XSCHED_SOCKET=$cli_tmp/s/xschedd.sock
else
	report 4 "an xschedd of one user, without root"
fi

# ------------------------------------------------- unmodified OpenCL programs

opencl_there() {
	[ -e "$shim" ] && have_ctl &&
		${CC:-cc} -O2 -o "$cli_tmp/load" "$cli_tree/tests/user/host/xschedd_load.c" -lOpenCL 2>/dev/null &&
		POCL_MAX_PTHREAD_COUNT=1 timeout 60 "$cli_tmp/load" 0.1 1 >/dev/null 2>&1
}
export POCL_MAX_PTHREAD_COUNT=1 LD_LIBRARY_PATH=$cli_tree/build/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
now() { date +%s%N; }
lines() { wc -l <"$1"; }
# one_core CMD...: in the background only; all on the same CPU, as that is the device.
one_core() { exec taskset -c "$(taskset -pc $$ | sed 's/.*[ ,-]//')" "$@"; }

# start_loads LEVEL: high has work at all times, so low is held.
start_loads() {
	one_core "$xschedctl" run --level "$1" --priority 5 -- "$cli_tmp/load" 300 64 >"$cli_tmp/high" &
	high=$!
	one_core "$xschedctl" run --level "$1" --priority -3 -- "$cli_tmp/load" 300 4 >"$cli_tmp/low" &
	low=$!
	soon both_attached
	soon low_waits
}
both_attached() {
	[ "$("$xschedctl" -j list | jq '[.[] | select(.comm == "load") | .hints.priority] | sort | @json')" = '"[-3,5]"' ]
}
low_waits() { "$xschedctl" -j list | jq -e 'any(.[]; .hints.priority == -3 and .gate == "held")' >/dev/null; }
# While high does eight batches, about half a second on a core of its own, low gets next to
# nothing. By halves it would have 16 batches to one of high's, whose batches are 16 times
# as long; a busy machine makes gaps that low may use.
held() {
	local before high_before did

	before=$(lines "$cli_tmp/low") high_before=$(lines "$cli_tmp/high")
	soon more_than $((high_before + 7)) "$cli_tmp/high" || return
	did=$(($(lines "$cli_tmp/low") - before))
	echo "low $did, high $(($(lines "$cli_tmp/high") - high_before)) batches"
	[ $did -le $((4 * ($(lines "$cli_tmp/high") - high_before))) ]
}
more_than() { [ "$(lines "$2")" -gt "$1" ]; }
# Four kernels of low's are done in a few ms; high's share of the core makes it some more.
goes_on_within() {	# MS SINCE: the first batch of low after SINCE, less what it takes unscheduled
	local first batch

	soon eval "awk -v t=$2 '\$1 > t { found = 1 } END { exit !found }' $cli_tmp/low"
	first=$(awk -v t="$2" '$1 > t { print int(($1 - t) / 1000000); exit }' "$cli_tmp/low")
	echo "$first ms"
	[ "$first" -le "$1" ]
}
counts_agree() {	# nothing is in flight for ever: at some moment both are equal
	soon eval "'$xschedctl' -j list queues | jq -e 'all(.[]; .submitted == .completed) or length == 0'"
}
finish_loads() {
	kill $high $low
	wait $high && wait $low
}
killed() {	# SIGNAL MS
	killed_at=$(now)
	kill -"$1" "$daemon"
	goes_on_within "$2" "$killed_at"
}
again() {
	kill -9 "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null
	start_daemon
}
attached_within() {	# MS
	local begun=$(now)

	soon both_attached || return
	echo "$((($(now) - begun) / 1000000)) ms"
	[ $((($(now) - begun) / 1000000)) -le "$1" ]
}

# death LEVEL SIGNAL MS
death() {
	local name="level $1, SIG$2"

	start_daemon
	start_loads "$1"
	try "$name: low is held" held
	step "$name: it goes on within $3 ms" killed "$2" "$3"
	sleep 0.5
	step "$name: started again" again
	try "$name: both are back within 2 s, with their priorities" attached_within 2000
	sleep 0.3	# what low has begun meanwhile it ends
	try "$name: low is held again" held
	step "$name: both end as if nothing had been" finish_loads
	try "$name: nobody is left" soon eval "[ \"\$('$xschedctl' -j list clients)\" = '[]' ]"
	step "$name: the daemon ends" end_daemon TERM
}

# clfft [WRAPPER...]: the words of its own verification, and its exit status.
clfft() {
	"$@" clFFT-client -c -x 1024 -b 64 -i 2>/dev/null | grep -o '\*\*\*.*'
	echo "${PIPESTATUS[0]}"
}
same_results() {	# while the daemon is killed and started
	local want i one other

	want=$(clfft)
	start_daemon
	for i in 1 2 3; do
		clfft "$xschedctl" run --priority 1 -- >"$cli_tmp/clfft1" &
		one=$!
		clfft "$xschedctl" run -- >"$cli_tmp/clfft2" &
		other=$!
		sleep 0.$((i * 3))
		end_daemon KILL
		start_daemon || return
		wait $one $other
		status=0 err=
		equals "$want" "$(cat "$cli_tmp/clfft1")" && equals "$want" "$(cat "$cli_tmp/clfft2")" || return
	done
	echo "$want"
	end_daemon TERM
}
killed_clients() {	# kill -9 of OpenCL programs leaves nothing, and the other one goes on
	local i pid

	start_daemon
	one_core "$xschedctl" run --priority -3 -- "$cli_tmp/load" 3000 4 >"$cli_tmp/low" &
	low=$!
	soon test -s "$cli_tmp/low" || return
	for i in 1 2 3 4 5; do
		one_core "$xschedctl" run --priority 5 -- "$cli_tmp/load" 9 64 >/dev/null &
		pid=$!
		soon eval "[ \$('$xschedctl' -j list | jq length) = 2 ]" || return
		sleep 0.3
		kill -9 $pid
		wait $pid 2>/dev/null	# its own end is not what is measured
		killed_at=$(now)
		goes_on_within 200 "$killed_at" || return
	done
	kill -9 $low
	wait $low 2>/dev/null
	soon eval "[ \"\$('$xschedctl' -j list clients)\" = '[]' ]" && end_daemon TERM
}

if opencl_there; then
	death 2 KILL 100
	death 1 KILL 100
	death 2 TERM 100
	death 2 STOP 5000
	step "kill -9 of programs" killed_clients
	end_daemon KILL
	if command -v clFFT-client >/dev/null; then
		step "clFFT-client: same results while xschedd is killed" same_results
	else
		report 4 "clFFT-client"
	fi
else
	report 4 "OpenCL programs (needs build/lib/libxsched-opencl.so, xschedctl and PoCL)"
fi
end
