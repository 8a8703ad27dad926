// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Mail: news of an entity from other domains, which its own takes note of when it is
 * called next, and that is soon.
 *
 * A letter says only whose news it is. What is new is read when it is opened, so the
 * order of letters doesn't matter, and two are as good as one.
 */
#include "internal.h"

/**
 * xsched_mail - have an entity's domain look at what has changed for it
 * @e: entity; it can't leave its domain meanwhile
 * @here: domain whose lock is held, or NULL
 */
void xsched_mail(struct xsched_entity *e, const struct xsched_domain *here)
{
	struct xsched_domain *d = e->domain;
	xsched_leaf_flags_t flags;

	xsched_leaf_lock(&d->mail_lock, flags);
	if (!xsched_list_linked(&e->in_mail))
		xsched_list_add_tail(&d->mail, &e->in_mail);
	xsched_leaf_unlock(&d->mail_lock, flags);
	if (d != here && d->ops->poke)
		d->ops->poke(d);
}

static struct xsched_entity *take(struct xsched_domain *d)
{
	struct xsched_entity *e;
	xsched_leaf_flags_t flags;

	if (xsched_list_empty(&d->mail))
		return NULL;
	xsched_leaf_lock(&d->mail_lock, flags);
	e = xsched_list_first(&d->mail, struct xsched_entity, in_mail);
	if (e)
		xsched_list_del(&e->in_mail);
	xsched_leaf_unlock(&d->mail_lock, flags);
	return e;
}

/* Nobody mails it any more. */
void xsched_mail_drop(struct xsched_entity *e)
{
	xsched_leaf_flags_t flags;

	xsched_leaf_lock(&e->domain->mail_lock, flags);
	xsched_list_del(&e->in_mail);
	xsched_leaf_unlock(&e->domain->mail_lock, flags);
}

/* Opening a letter can cause others, in a circle only over other domains. */
void xsched_mail_read(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	while ((e = take(d))) {
		xsched_depend_review(e, now_ns);
		xsched_gang_review(e, now_ns);
	}
}
