#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# stat, explain and trace against the module: two clients (client.c) of which the more
# important one stops the other a known number of times. Needs root and the module.
. "$(dirname "$0")/cli.sh"
set -u
export LC_ALL=C NO_COLOR=1

[ -e /dev/xsched ] || skip_all "needs the xsched module: modprobe xsched"
[ "$(id -u)" = 0 ] || skip_all "needs root"
client=$cli_tree/build/tests/user/cli/client
for f in "$xschedctl" "$client"; do
	[ -x "$f" ] || skip_all "needs $f: make tools tests"
done

# start NAME [ARG...]: leaves pid_NAME, entity_NAME and queue_NAME.
start() {
	local name=$1 entity queue x y

	shift
	"$client" "$@" >"$cli_tmp/$name.out" 2>&1 &
	eval "pid_$name=$!"
	soon grep -q '^entity' "$cli_tmp/$name.out" || { cat "$cli_tmp/$name.out"; return 1; }
	read -r x entity y queue <"$cli_tmp/$name.out"
	eval "entity_$name=$entity queue_$name=$queue"
}
state() {	# ENTITY STATE
	"$xschedctl" -j list | jq -e ".[] | select(.entity_id == $1) | .state == \"$2\"" >/dev/null
}
high() {	# USR1|USR2 STATE: has work, or has done it, which is seen
	kill -"$1" "$pid_high" && soon state "$entity_high" "$2"
}
says() {	# REGEX ARG...
	local wanted=$1

	shift
	run "$xschedctl" "$@"
	equals 0 "$status" && equals "" "$err" && matches "$wanted" "$out"
}

begin
start low 1 || { echo "Bail out! the client can't start"; exit 1; }
start high 9 || { echo "Bail out! the second client can't start"; exit 1; }
device=$("$xschedctl" -j list | jq -r '.[0].device')
# From here on both ask before they give the device anything.
high USR2 idle && kill -USR2 "$pid_low" && soon state "$entity_low" idle ||
	{ echo "Bail out! the clients don't come to rest"; exit 1; }
kill -USR1 "$pid_low"
soon state "$entity_low" running

# --- trace: what it records happens while it does ----------------------------

turns() {	# N: the high one stops the low one so often
	local i

	for ((i = 0; i < $1; i++)); do
		high USR1 running && soon state "$entity_low" held &&
			high USR2 idle && soon state "$entity_low" running || return
	done
}
# trace FILE [ARG...]: of three turns; the program under it is this shell's own.
trace() {
	local file=$1

	shift
	rm -f "$cli_tmp/go" "$cli_tmp/done"
	"$xschedctl" trace -o "$file" "$@" -- sh -c \
		"touch $cli_tmp/go; until [ -e $cli_tmp/done ]; do sleep 0.05; done; exit 5" 2>"$cli_tmp/trace.err" &
	soon test -e "$cli_tmp/go" && turns 3
	touch "$cli_tmp/done"
	wait $!
	status=$? out=$(cat "$file") err=$(cat "$cli_tmp/trace.err")
	equals 5 "$status" || return
}
slices() {	# ENTITY STATE: how many the trace has
	jq "[.traceEvents[] | select(.ph == \"X\" and .tid == $1 and .name == \"$2\")] | length" <<<"$out"
}
traced() {
	trace "$cli_tmp/t.json" && json_is .otherData.source tracepoints && json_is .otherData.lost_events 0 &&
		equals 3 "$(slices "$entity_high" running)" &&
		equals 3 "$(jq "[.traceEvents[] | select(.name == \"preempted\" and .tid == $entity_low)] | length" <<<"$out")" &&
		json_is '[.traceEvents[] | select(.name == "decide")] | length > 3' true &&
		json_is "[.traceEvents[] | select(.name == \"process_name\") | .args.name] |
			index(\"$device, policy hpf\") != null" true
}
imports() { python3 "$cli_tree/tests/lib/trace-event" "$1"; }
no_instance_left() { equals "" "$(ls /sys/kernel/tracing/instances 2>/dev/null)"; }
# A mount of nothing over tracefs, for this one program.
hidden() {
	unshare -m sh -c 'mount -t tmpfs none /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/debug &&
		exec "$@"' sh "$@"
}
sampled() {
	xschedctl="hidden_ctl" && trace "$cli_tmp/s.json"
	local result=$?
	xschedctl=$plain
	[ $result = 0 ] && json_is .otherData.source 'sampled every 1 ms' &&
		matches '^xschedctl: warning: /sys/kernel/tracing: .*, so states are sampled every 1 ms; ' "$err" &&
		equals 3 "$(slices "$entity_high" running)"
}
plain=$xschedctl
hidden_ctl() { hidden "$plain" "$@"; }

if [ -e /sys/kernel/tracing/events/xsched ]; then
	try "trace: three turns, from tracepoints" traced
	try "trace: importers take it" imports "$cli_tmp/t.json"
	try "trace: leaves no instance of tracefs" no_instance_left
else
	report 4 "trace: three turns, from tracepoints"
fi
try "trace: three turns, sampled where there is no tracefs" sampled
try "trace: importers take that too" imports "$cli_tmp/s.json"

# --- stat ----------------------------------------------------------------------

# Six turns, or three: each stopped the low one, once.
stops=$("$xschedctl" -j list | jq ".[] | select(.entity_id == $entity_low) | .preemptions")
try "stat: counted the stops" test "$stops" -ge 3
try "stat: as many quiet as stops" value ".quiet_latency.count" "$stops" stat "$queue_low"
try "stat: waits before first turns" value '.wait_latency.count' "$stops" stat "$queue_high"
try "stat: buckets add up" value '.quiet_latency | [.buckets[].count] | add' "$stops" stat "$queue_low"
try "stat: of the device" value "[.kind, .entities, .preemptions] | @json" "[\"device\",2,$stops]" stat "$device"
try "stat: of a process" value "[.kind, .preemptions] | @json" "[\"process\",$stops]" stat process "$pid_low"
try "stat: in words" says "^from stopped to quiet: $stops times" stat "$queue_low"
try "stat: all" says '^all devices: 2 entities$' stat

# --- explain -------------------------------------------------------------------

try "explain: runs" says "^entity $entity_low \(client, process $pid_low, priority 1\) .*run" explain "$queue_low"
high USR1 running
soon state "$entity_low" draining || soon state "$entity_low" held
try "explain: who is in the way" says "on the device: entity $entity_high \(client" explain "$queue_low"
try "explain: the policy's reason" says "policy hpf doesn't choose it: its level is 1, the highest with work is 9" \
	explain "$queue_low"
try "explain: JSON" value ".[0] | [.entity_id, .priority_in_force, (.explanation | length > 1)] | @json" \
	"[$entity_low,1,true]" explain "$queue_low"
"$xschedctl" policy "$device" none
try "explain: nothing to decide" says 'nothing to decide|policy none' explain "$queue_low"
"$xschedctl" policy "$device" hpf

kill -TERM "$pid_low" "$pid_high"
wait "$pid_low" "$pid_high"
end
