/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * All suites, for both runners.
 */
#ifndef XSCHED_TEST_SUITES_H
#define XSCHED_TEST_SUITES_H

#define XT_SUITES(X)	\
	X(tree_suite)	\
	X(entity_suite)	\
	X(words_suite)	\
	X(hint_suite)	\
	X(tenant_suite)	\
	X(depend_suite)	\
	X(gang_suite)	\
	X(domain_suite)	\
	X(turn_suite)	\
	X(latency_suite)	\
	X(use_suite)	\
	X(why_suite)	\
	X(decide_suite)	\
	X(due_suite)	\
	X(calm_suite)	\
	X(handoff_suite)	\
	X(regime_suite)	\
	X(random_suite)	\
	X(policy_suite)	\
	X(none_suite)	\
	X(hpf_suite)	\
	X(share_suite)	\
	X(fair_suite)	\
	X(up_suite)	\
	X(pup_suite)	\
	X(mlfq_suite)	\
	X(edf_suite)	\
	X(kedf_suite)	\
	X(laxity_suite)	\
	X(srtf_suite)	\
	X(awf_suite)	\
	X(chpf_suite)	\
	X(hhpf_suite)	\
	X(switch_suite)	\
	X(clock_suite)

#endif /* XSCHED_TEST_SUITES_H */
