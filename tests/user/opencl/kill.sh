#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# kill -9 of an unmodified program of high priority, of one of low priority, and of both
# at once, in turn and at any moment: the one that is left goes on, and nothing of the
# others remains. KILL_ROUNDS=200 kill.sh; needs root and the module.
. "$(dirname "$0")/../cli/cli.sh"
rounds=${KILL_ROUNDS:-9}
export LC_ALL=C POCL_MAX_PTHREAD_COUNT=1

[ -e /dev/xsched ] || skip_all "needs the xsched module: modprobe xsched"
command -v clFFT-client >/dev/null || skip_all "needs clFFT-client: apt-get install clfft-client"

declare -A pid=([high]= [low]=) priority=([high]=5 [low]=0)
trap 'kill -9 ${pid[@]} 2>/dev/null; rm -rf "$cli_tmp"' EXIT

# begin_program ROLE: more work than it will live to do.
begin_program() {
	"$xschedctl" run --priority "${priority[$1]}" -- clFFT-client -x 65536 -b 8 -p 20000 \
		>"$cli_tmp/$1" 2>&1 </dev/null &
	pid[$1]=$!
}

# gate_of ROLE: nothing while it isn't attached.
gate_of() {
	"$xschedctl" -j list | jq -r --argjson pid "${pid[$1]}" '.[] | select(.pid == $pid) | .gate'
}
attached() { [ -n "$(gate_of "$1")" ]; }
within() {	# SECONDS CMD...
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return
	done
}
let_in() { [ "$(gate_of "$1")" = open ]; }
ticks() { awk '{ print $14 + $15 }' "/proc/${pid[$1]}/stat"; }
more_than() { [ "$(ticks "$1")" -gt "$2" ]; }
# It is let in, and its kernels take time again (a held program has none to run).
goes_on() {
	within 20 let_in "$1" && within 60 more_than "$1" $(($(ticks "$1") + 5)) && return
	echo "$1 doesn't go on:"
	"$xschedctl" list
	cat "/proc/${pid[$1]}/stat" "$cli_tmp/$1"
	return 1
}
ended() {	# ROLE...
	for role; do
		wait "${pid[$role]}" 2>/dev/null
		[ $? = 137 ] || { echo "$role ended by itself:"; cat "$cli_tmp/$role"; return 1; }
		pid[$role]=
	done
}
strike() {	# ROLE...
	local role targets=()

	for role; do
		targets+=("${pid[$role]}")
	done
	kill -9 "${targets[@]}"
	ended "$@"
}
round() {	# NUMBER
	local role

	for role in high low; do
		[ -n "${pid[$role]}" ] || begin_program $role
	done
	for role in high low; do
		within 120 attached $role || { echo "$role never came"; cat "$cli_tmp/$role"; return 1; }
	done
	sleep 0.$((RANDOM % 5))
	case $(($1 % 3)) in
	0) strike high && goes_on low ;;
	1) strike low && goes_on high ;;
	2) strike low high ;;
	esac
}
all_rounds() {
	local n

	for ((n = 0; n < rounds; n++)); do
		round $n || { echo "in round $n"; return 1; }
	done
}
no_program() { [ "$("$xschedctl" -j list)" = '[]' ]; }

begin
all_rounds >"$cli_tmp/rounds" 2>&1
status=$?
sed 's/^/# /' "$cli_tmp/rounds"
report $status "$rounds rounds of kill -9: of one, of the other, of both"
kill -9 ${pid[@]} 2>/dev/null
wait
try "nobody is left" soon no_program
try "the policy is in force" grep -q . /sys/class/xsched/cpu0/policy
try "no policy was replaced" test -z "$(cat /sys/class/xsched/*/fallback)"
end
