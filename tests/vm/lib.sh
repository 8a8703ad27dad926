# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Paths, messages and locks that the scripts of tests/vm share.

vm_tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
vm_cache=$(realpath -m "${XSCHED_CACHE:-${HOME:-/root}/.cache/xsched}")
vm_name=$(basename "$0")
umask 022

say() { printf '%s: %s\n' "$vm_name" "$*" >&2; }
die() { say "$@"; exit 1; }

# with_lock FILE CMD...: run CMD (a function too) while no other process holds
# FILE. The lock goes with the subshell, however that ends.
with_lock() {
	local lock=$1
	shift
	mkdir -p "$(dirname "$lock")"
	(
		exec 9>"$lock"
		flock -n 9 || { say "waiting for another process ($lock)"; flock 9; }
		"$@" 9>&-
	)
}

# logged LOG CMD...: run CMD with its output in LOG, shown only if CMD fails.
logged() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 && return
	tail -n 30 "$log" >&2
	die "failed: $* (whole log: $log)"
}

# Messages by which a kernel says that something is wrong with it.
vm_splat_re='WARNING:|BUG:|Oops|Kernel panic|Call Trace:|KASAN:|UBSAN:|ODEBUG:|INFO: (task .* blocked|possible |suspicious |trying to register)|(rcu|RCU).*(detected .*stall|self-detected)|scheduling while atomic|general protection fault|refcount_t:|list_(add|del) corruption|kmemleak: [0-9]+ new|kobject_add_internal failed|cannot create duplicate filename|unregister_netdevice: waiting|soft lockup|hung_task:|page allocation failure|Kernel mode fault|Bad page state'
# A machine that was paused for a minute isn't stuck; one that is, is found yet.
vm_patience='rcupdate.rcu_cpu_stall_timeout=300 workqueue.watchdog_thresh=300 watchdog_thresh=60'
# Written to the kernel log when the guest is up; what came before is not ours.
vm_boot_mark='xsched-vm: booted'

# splats FILE: print each complaint of the kernel log in FILE with what follows
# it; succeed if there is one.
splats() {
	awk -v re="$vm_splat_re" -v mark="$vm_boot_mark" '
		index($0, mark) { up = 1; next }
		!up { next }
		$0 ~ re { if (!left) hits++; if (hits <= 5) left = 25 }
		left > 0 { print "    " $0; left-- }
		END { exit !hits }' "$1"
}
