// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where policies in BPF come in: struct_ops "xsched_policy_ops".
 *
 * A policy holds this module from its loading until its programs are freed; so do
 * programs that only have been verified.
 */
#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/filter.h>
#include <linux/module.h>

#include "bpf.h"

#ifdef XSCHED_HAVE_BPF

/*
 * Helpers that neither sleep, loop nor call back. Those that aren't here may be
 * harmless as well, but nobody looked.
 */
static const struct bpf_func_proto *get_func_proto(enum bpf_func_id id,
						   const struct bpf_prog *prog)
{
	switch (id) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
	case BPF_FUNC_map_peek_elem:
	case BPF_FUNC_map_lookup_percpu_elem:
	case BPF_FUNC_get_prandom_u32:
	case BPF_FUNC_get_smp_processor_id:
	case BPF_FUNC_get_numa_node_id:
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_jiffies64:
	case BPF_FUNC_ringbuf_output:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_ringbuf_submit:
	case BPF_FUNC_ringbuf_discard:
	case BPF_FUNC_probe_read_kernel:
	case BPF_FUNC_trace_printk:
		return bpf_base_func_proto(id, prog);
	default:
		return NULL;
	}
}

static bool is_valid_access(int off, int size, enum bpf_access_type type,
			    const struct bpf_prog *prog, struct bpf_insn_access_aux *info)
{
	return bpf_tracing_btf_ctx_access(off, size, type, prog, info);
}

static const struct bpf_verifier_ops verifier_ops = {
	.get_func_proto		= get_func_proto,
	.is_valid_access	= is_valid_access,
};

/*
 * bpf_for() and may_goto go round many millions of times without the verifier
 * going along. The kernel's own kfuncs have offset 0; ours, like any module's, don't.
 */
static const char *endless(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	if (class != BPF_JMP && class != BPF_JMP32)
		return NULL;
	if (BPF_OP(insn->code) == BPF_CALL && insn->src_reg == BPF_PSEUDO_KFUNC_CALL && !insn->off)
		return "calls a kernel function that isn't xsched's (bpf_for() does)";
#ifdef BPF_JCOND
	if (BPF_OP(insn->code) == BPF_JCOND)
		return "has a loop by may_goto";
#endif
	return NULL;
}

/* Functions that are verified by themselves multiply what the verifier allows. */
static bool has_global_function(const struct bpf_prog *prog)
{
	const struct btf_type *t;
	u32 i;

	for (i = 1; i < prog->aux->func_info_cnt; i++) {
		t = btf_type_by_id(prog->aux->btf, prog->aux->func_info[i].type_id);
		if (t && btf_func_linkage(t) == BTF_FUNC_GLOBAL)
			return true;
	}
	return false;
}

static const char *objection(const struct bpf_prog *prog)
{
	const char *why = NULL;
	u32 i;

	if (prog->sleepable)
		return "is sleepable";
	if (has_global_function(prog))
		return "has a function that isn't static";
	for (i = 0; i < prog->len && !why; i++)
		why = endless(&prog->insnsi[i]);
	return why;
}

static int check_member(const struct btf_type *t, const struct btf_member *member,
			const struct bpf_prog *prog)
{
	const char *why = objection(prog);

	if (!why)
		return 0;
	pr_notice_ratelimited("xsched: BPF program %s refused: it %s, which may take for ever\n",
			      prog->aux->name, why);
	return -EOPNOTSUPP;
}

static int init(struct btf *btf)
{
	return 0;
}

static int init_member(const struct btf_type *t, const struct btf_member *member, void *kdata,
		       const void *udata)
{
	const struct xsched_policy_ops *from = udata;
	struct xsched_policy_ops *to = kdata;

	if (__btf_member_bit_offset(t, member) / 8 != offsetof(struct xsched_policy_ops, name))
		return 0;
	if (strscpy(to->name, from->name, sizeof(to->name)) <= 0)
		return -EINVAL;
	return 1;
}

static int validate(void *kdata)
{
	const struct xsched_policy_ops *ops = kdata;

	if (ops->decide)
		return 0;
	pr_notice_ratelimited("xsched: BPF policy %s refused: it has no decide\n", ops->name);
	return -EINVAL;
}

static int reg(void *kdata, struct bpf_link *link)
{
	const struct xsched_policy_ops *ops = kdata;
	int err = xsched_bpf_load(ops);

	if (err == -EEXIST)
		pr_notice_ratelimited("xsched: BPF policy %s refused: there is one of that name\n",
				      ops->name);
	else if (err)
		pr_notice_ratelimited("xsched: BPF policy %s refused: error %d\n", ops->name, err);
	else
		pr_info("xsched: policy %s was loaded\n", ops->name);
	return err;
}

static void unreg(void *kdata, struct bpf_link *link)
{
	const struct xsched_policy_ops *ops = kdata;

	xsched_bpf_unload(ops);
	pr_info("xsched: policy %s was unloaded\n", ops->name);
}

/* What the kernel takes types of arguments from; never called. */

static int stub_start(struct xsched_domain *d, u64 now_ns)
{
	return 0;
}

static void stub_stop(struct xsched_domain *d, u64 now_ns)
{
}

static void stub_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
}

static void stub_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
}

static void stub_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
		      u64 now_ns)
{
}

static int stub_decide(struct xsched_domain *d, u64 now_ns)
{
	return 0;
}

static struct xsched_policy_ops stubs = {
	.start	= stub_start,
	.stop	= stub_stop,
	.enter	= stub_enter,
	.leave	= stub_leave,
	.hint	= stub_hint,
	.decide	= stub_decide,
};

static struct bpf_struct_ops struct_ops = {
	.verifier_ops	= &verifier_ops,
	.check_member	= check_member,
	.init		= init,
	.init_member	= init_member,
	.validate	= validate,
	.reg		= reg,
	.unreg		= unreg,
	.cfi_stubs	= &stubs,
	.name		= "xsched_policy_ops",
	.owner		= THIS_MODULE,
};

/* There is nothing to undo: both go with the module's BTF. */
int xsched_bpf_init(void)
{
	int err = xsched_bpf_register_kfuncs();

	if (!err)
		err = register_bpf_struct_ops(&struct_ops, xsched_policy_ops);
	if (err)
		pr_warn("xsched: no policies in BPF: error %d\n", err);
	return 0;
}

#endif /* XSCHED_HAVE_BPF */
