# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Counts the leaves of a KTAP stream: prints "passed failed skipped", then one
# line for each failure. A block short of its plan fails for what is missing.

function fail(text) { failed++; why[failed] = text }

function clear(d) { plan[d] = -1; count[d] = 0; nested[d] = 0; before[d] = failed }

# The block at depth d ends: by its plan there may be results missing.
function close_block(d,   i) {
	if (plan[d] > count[d])
		for (i = count[d] + 1; i <= plan[d]; i++)
			fail("test " i " of " plan[d] " in " name[d] " never reported")
	else if (plan[d] >= 0 && plan[d] < count[d])
		fail(count[d] " results in " name[d] ", " plan[d] " planned")
	clear(d)
}

# Make the block with this indentation the innermost one.
function enter(width) {
	while (depth > 1 && indent[depth] > width) {
		close_block(depth)
		depth--
		nested[depth] = 1
	}
	if (indent[depth] < width) {
		depth++
		indent[depth] = width
		name[depth] = subtest
		clear(depth)
		if (depth > 1 && !nested[depth - 1])
			before[depth - 1] = failed
	}
}

function snapshot() { p0 = passed; f0 = failed; s0 = skipped }
function restore() {
	passed = p0; failed = f0; skipped = s0
	while (depth > 1)
		clear(depth--)
	nested[1] = 0
}

function result(text, good,   leaf) {
	leaf = !nested[depth]
	count[depth]++
	nested[depth] = 0
	if (!good) {
		# a parent's failure counts only where no child explains it
		if (leaf || failed == before[depth])
			fail(depth > 1 ? name[depth] ": " text : text)
	} else if (leaf) {
		if (text ~ /# *[Ss][Kk][Ii][Pp]/)
			skipped++
		else
			passed++
	}
	before[depth] = failed
}

BEGIN {
	passed = failed = skipped = 0
	depth = 1
	name[1] = "the stream"
	clear(1)
	snapshot()
}

{ sub(/\r+$/, "") }

/^# check: begin / { enter(0); subtest = substr($0, 16); snapshot(); next }
/^ +# check: begin / { sub(/^ +# check: begin /, ""); subtest = $0; next }
/^ *# vm: restart/ { restore(); next }
/^ *# Subtest: / { sub(/^ *# Subtest: /, ""); subtest = $0; next }

{ match($0, /^ */); width = RLENGTH; line = substr($0, width + 1) }

line ~ /^(KTAP|TAP) version / {
	enter(width)
	if (plan[depth] >= 0 || count[depth])
		close_block(depth)
	next
}

line ~ /^1\.\.[0-9]+/ {
	enter(width)
	if (plan[depth] >= 0)
		close_block(depth)
	plan[depth] = substr(line, 4) + 0
	if (!plan[depth]) {
		if (line ~ /# *[Ss][Kk][Ii][Pp]/)
			skipped++
	}
	next
}

line ~ /^ok( |$)/ { enter(width); result(line, 1); next }
line ~ /^not ok( |$)/ { enter(width); result(line, 0); next }
line ~ /^Bail out!/ { fail(line); next }

END {
	while (depth)
		close_block(depth--)
	print passed, failed, skipped
	for (i = 1; i <= failed; i++)
		print why[i]
}
