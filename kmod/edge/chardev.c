// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The node /dev/xsched and what happens to its files.
 */
#include <linux/compat.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>

#include "edge.h"

static int open(struct inode *inode, struct file *file)
{
	struct xsched_client *c = xsched_client_open();

	if (IS_ERR(c))
		return PTR_ERR(c);
	file->private_data = c;
	file->f_mapping = xsched_pages_mapping();
	return nonseekable_open(inode, file);
}

/*
 * Some descriptor of the file is closed. If its process does that, also by
 * exiting, it is done with us, whatever copies other processes still have. Before
 * it has attached it may move the file to the descriptor it likes.
 */
static int flush(struct file *file, fl_owner_t owner)
{
	struct xsched_client *c = file->private_data;

	if (task_tgid(current) == c->tgid && smp_load_acquire(&c->state) != XSCHED_CLIENT_OPEN)
		xsched_client_detach(c);
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct xsched_client *c = file->private_data;

	xsched_client_detach(c);
	xsched_client_put(c);
	return 0;
}

static __poll_t poll(struct file *file, poll_table *table)
{
	struct xsched_client *c = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &c->poll, table);
	/* Pairs with attach_locked(). */
	switch (smp_load_acquire(&c->state)) {
	case XSCHED_CLIENT_OPEN:
		return EPOLLERR;
	case XSCHED_CLIENT_ATTACHED:
		break;
	case XSCHED_CLIENT_DETACHED:
		mask = EPOLLHUP | EPOLLERR;
		if (!c->control_header)
			return mask;
		break;
	}
	if (xsched_ring_unread(c))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static const struct file_operations fops = {
	.owner		= THIS_MODULE,
	.open		= open,
	.flush		= flush,
	.release	= release,
	.poll		= poll,
	.mmap		= xsched_mmap,
	.unlocked_ioctl	= xsched_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice node = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xsched",
	.fops	= &fops,
	.mode	= 0666,
};

int xsched_chardev_init(void)
{
	return misc_register(&node);
}

void xsched_chardev_exit(void)
{
	misc_deregister(&node);
}
