// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A driver that pins a page of its caller for long, as one does that maps it for
 * its device, and then touches a word of it. For tests alone.
 */
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "pintest.h"

/**
 * struct pin - an open file
 * @lock: protects the rest
 * @page: pinned, or NULL
 * @offset: of the word in the page
 * @writable: was pinned to be written
 */
struct pin {
	struct mutex lock;
	struct page *page;
	unsigned int offset;
	bool writable;
};

static int pin(struct pin *p, unsigned long addr, bool writable)
{
	unsigned int flags = FOLL_LONGTERM | (writable ? FOLL_WRITE : 0);
	int n;

	if (p->page)
		return -EBUSY;
	if (!IS_ALIGNED(addr, sizeof(u32)))
		return -EINVAL;
	n = pin_user_pages_fast(addr & PAGE_MASK, 1, flags, &p->page);
	if (n == 1) {
		p->offset = offset_in_page(addr);
		p->writable = writable;
		return 0;
	}
	p->page = NULL;
	return n ?: -EFAULT;
}

static int load(struct pin *p)
{
	void *at;
	u32 value;

	if (!p->page)
		return -ENODATA;
	at = kmap_local_page(p->page);
	value = READ_ONCE(*(u32 *)(at + p->offset));
	kunmap_local(at);
	return value <= INT_MAX ? value : -ERANGE;
}

static int store(struct pin *p, u32 value)
{
	void *at;

	if (!p->page)
		return -ENODATA;
	if (!p->writable)
		return -EACCES;
	at = kmap_local_page(p->page);
	WRITE_ONCE(*(u32 *)(at + p->offset), value);
	kunmap_local(at);
	return 0;
}

static int run(struct pin *p, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case PINTEST_PIN_READ:
	case PINTEST_PIN_WRITE:
		return pin(p, arg, cmd == PINTEST_PIN_WRITE);
	case PINTEST_LOAD:
		return load(p);
	case PINTEST_STORE:
		return store(p, arg);
	default:
		return -ENOTTY;
	}
}

static long pintest_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pin *p = file->private_data;
	int ret;

	mutex_lock(&p->lock);
	ret = run(p, cmd, arg);
	mutex_unlock(&p->lock);
	return ret;
}

static int pintest_open(struct inode *inode, struct file *file)
{
	struct pin *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	mutex_init(&p->lock);
	file->private_data = p;
	return 0;
}

static int pintest_release(struct inode *inode, struct file *file)
{
	struct pin *p = file->private_data;

	if (p->page)
		unpin_user_pages_dirty_lock(&p->page, 1, p->writable);
	kfree(p);
	return 0;
}

static const struct file_operations pintest_fops = {
	.owner		= THIS_MODULE,
	.open		= pintest_open,
	.release	= pintest_release,
	.unlocked_ioctl	= pintest_ioctl,
};

static struct miscdevice pintest_node = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xsched-pintest",
	.fops	= &pintest_fops,
	.mode	= 0600,
};
module_misc_device(pintest_node);

MODULE_DESCRIPTION("Pins pages for the tests of xsched");
MODULE_LICENSE("Dual MIT/GPL");
