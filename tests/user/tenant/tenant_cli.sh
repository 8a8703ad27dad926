#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# xschedctl tenant against the module: cgroups with processes in them, limits by path and by
# id, weights taken from the cpu controller, refusals. Needs root, cgroup v2 and the module.
# XSCHEDCTL and CLI_CLIENT name other binaries.
. "$(dirname "$0")/../cli/cli.sh"
set -u
export LC_ALL=C NO_COLOR=1

[ -e /dev/xsched ] || skip_all "needs the xsched module: modprobe xsched"
[ "$(id -u)" = 0 ] || skip_all "needs root"
[ -x "$xschedctl" ] || skip_all "needs $xschedctl: make tools"
root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$root" ] || skip_all "needs cgroup v2: mount -t cgroup2 none /sys/fs/cgroup"
client=${CLI_CLIENT:-$cli_tree/build/tests/user/cli/client}
[ -x "$client" ] || skip_all "needs $client: make tests"

group=xsched-cli-$$
mkdir -p "$root/$group/in" || skip_all "needs a writable $root"
pids=()
tidy() {
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	rmdir "$root/$group/in" "$root/$group"
	rm -rf "$cli_tmp"
}
trap tidy EXIT

start() {	# PATH [ARG...]: a client in a cgroup; its pid is the last of $pids
	local path=$1
	shift
	(echo 0 >"$root/$path/cgroup.procs" && exec "$client" "$@") >"$cli_tmp/client" 2>&1 &
	pids+=($!)
	soon grep -q . "$cli_tmp/client"
}
nobody_refused() {
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$xschedctl" tenant "/$group" weight=5
	failed_with 1 "tenant /$group: .*CAP_SYS_ADMIN|tenant /$group: Operation not permitted"
}
quota() {
	run "$xschedctl" tenant "/$group" entities=1 && (
		echo 0 >"$root/$group/in/cgroup.procs" && exec timeout 5 "$client"
	) >"$cli_tmp/second" 2>&1
	matches 'quota|Quota' "$(cat "$cli_tmp/second")"
}

begin
id=$(stat -c %i "$root/$group")
start "$group/in" 7
try "a tenant and its parent" value ".[] | select(.path == \"/$group\") | [.tenant_id, .clients, .entities] | @json" "[$id,0,1]" tenant
try "by path" value .path "/$group/in" tenant "/$group/in"
try "by id" value .path "/$group" tenant "$id"
try "by the directory itself" value .tenant_id "$id" tenant "$root/$group"
try "in a table" row "$id +/$group +0 +1 +- +100 +- +- .*" tenant
try "list --wide" row "[0-9]+ +${pids[0]} .* /$group/in" list --wide
try "list --wide clients" row "[0-9]+ +${pids[0]} .* /$group/in" list -w clients
try "limits are set" silently tenant "/$group" weight=300 cap=12.5% ceiling=3 entities=9
try "and read back" value '[.weight, .cap_permille, .ceiling, .max_entities] | @json' '[300,125,3,9]' tenant "$id"
try "in a table again" row "$id +/$group +0 +1 +9 +300 +12.5% +3 .*" tenant "/$group"
try "one more, the others stay" silently tenant "$id" cap=none
try "and read back again" value '[.weight, .cap_permille, .ceiling, .max_entities] | @json' '[300,0,3,9]' tenant "$id"
try "an entity limit" quota
try "not by everybody" nobody_refused
try "no such path" refused "/no/such: no such cgroup.*" tenant /no/such weight=5
try "no such id" refused "999999999: no such cgroup.*" tenant 999999999 weight=5
if [ -e "$root/$group/cpu.weight" ] || echo +cpu >"$root/cgroup.subtree_control" 2>/dev/null; then
	echo 250 >"$root/$group/cpu.weight"
	try "import one" silently tenant import "/$group"
	try "its weight" value .weight 250 tenant "/$group"
	echo 40 >"$root/$group/cpu.weight"
	try "import all" silently tenant import
	try "its new weight" value .weight 40 tenant "/$group"
else
	report 4 "import: no cpu controller"
fi
try "import what has no weight" refused "/$group/in: its cpu.weight can't be read.*" tenant import "/$group/in"
try "status" value .tenants cgroups status
try "back to nothing" silently tenant "$id" weight=100 cap=none ceiling=none entities=none
kill "${pids[0]}"
gone() { run "$xschedctl" tenant "$id"; equals 1 "$status"; }
try "gone with its last client" soon gone
try "and said to be" refused "$id: not a tenant: .*" tenant "$id"
end
