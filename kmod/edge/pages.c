// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The two regions of pages that a client maps: slots in them, and mmap().
 *
 * They must be ordinary, pinnable memory, since drivers map gates for their
 * hardware: allocated pages in a mapping that is neither VM_IO nor VM_PFNMAP. The
 * kernel refuses long-term write pins of shared file mappings whose filesystem
 * writes back, and the node's own may (a /dev on disk); so the file's mapping is
 * replaced by that of an anonymous inode of a filesystem that nobody can mount.
 *
 * mmap() refuses: a private mapping (EINVAL), a control mapping with PROT_WRITE
 * and any mapping with PROT_EXEC (EPERM), a range that leaves its region
 * (EINVAL), a page that no object needed yet (ENXIO), a caller that is not the
 * opener (EPERM), a client that is not attached (ENOTCONN) or no longer
 * (ENODEV).
 */
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/mm.h>
#include <linux/version.h>

#include "edge.h"

#define REGION_PAGES	(XSCHED_STATUS_OFFSET >> PAGE_SHIFT)
#define FS_MAGIC	0x78736368	/* "xsch" */

static int init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, FS_MAGIC) ? 0 : -ENOMEM;
}

/*
 * No owner: the mount lives from init to exit and must not hold the module.
 * Who uses its inode has a file open, and that does.
 */
static struct file_system_type pages_fs = {
	.name			= "xsched",
	.init_fs_context	= init_fs_context,
	.kill_sb		= kill_anon_super,
};

static struct vfsmount *pages_mount;
static int pages_mount_count;
static struct inode *pages_inode;

int xsched_pages_init(void)
{
	int err = simple_pin_fs(&pages_fs, &pages_mount, &pages_mount_count);

	if (err)
		return err;
	pages_inode = alloc_anon_inode(pages_mount->mnt_sb);
	if (IS_ERR(pages_inode)) {
		simple_release_fs(&pages_mount, &pages_mount_count);
		return PTR_ERR(pages_inode);
	}
	return 0;
}

void xsched_pages_exit(void)
{
	iput(pages_inode);
	simple_release_fs(&pages_mount, &pages_mount_count);
}

/**
 * xsched_pages_mapping - what to replace the mapping of a file of ours with
 */
struct address_space *xsched_pages_mapping(void)
{
	return pages_inode->i_mapping;
}

/**
 * xsched_region_init - prepare an empty region
 * @r: region
 * @slot_size: bytes, a power of two
 */
void xsched_region_init(struct xsched_region *r, u32 slot_size)
{
	xa_init(&r->pages);
	ida_init(&r->slots);
	r->slot_size = slot_size;
}

/**
 * xsched_region_fini - give the pages back
 * @r: region that nobody maps any more; what is pinned stays until it is not
 */
void xsched_region_fini(struct xsched_region *r)
{
	struct page *page;
	unsigned long i;

	xa_for_each(&r->pages, i, page)
		put_page(page);
	xa_destroy(&r->pages);
	ida_destroy(&r->slots);
}

/* The address of page @i, which is allocated on first use. */
static void *get_page_address(struct xsched_region *r, unsigned long i)
{
	struct page *page = xa_load(&r->pages, i);

	if (page)
		return page_address(page);
	page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!page)
		return NULL;
	if (xa_err(xa_store(&r->pages, i, page, GFP_KERNEL_ACCOUNT))) {
		put_page(page);
		return NULL;
	}
	return page_address(page);
}

/**
 * xsched_region_header - page 0
 * @r: region, under client->lock
 *
 * Return: its address, or NULL if out of memory.
 */
void *xsched_region_header(struct xsched_region *r)
{
	return get_page_address(r, 0);
}

/**
 * xsched_region_offset - where a slot is, counted from the start of the region
 * @r: region
 * @index: of the slot
 */
u64 xsched_region_offset(const struct xsched_region *r, int index)
{
	return PAGE_SIZE + (u64)index * r->slot_size;
}

/**
 * xsched_region_get - take a slot
 * @r: region, under client->lock
 * @slot: set to its address; zeroed
 *
 * Return: its index, -ENOMEM, or -ENOSPC if the region is full.
 */
int xsched_region_get(struct xsched_region *r, void **slot)
{
	unsigned int max = (REGION_PAGES - 1) * (PAGE_SIZE / r->slot_size) - 1;
	int index = ida_alloc_max(&r->slots, max, GFP_KERNEL_ACCOUNT);
	void *page;
	u64 offset;

	if (index < 0)
		return index;
	offset = xsched_region_offset(r, index);
	page = get_page_address(r, offset >> PAGE_SHIFT);
	if (!page) {
		ida_free(&r->slots, index);
		return -ENOMEM;
	}
	*slot = page + offset_in_page(offset);
	memset(*slot, 0, r->slot_size);
	return index;
}

/**
 * xsched_region_put - give a slot back
 * @r: region, under client->lock
 * @index: of a slot that its owner left open
 */
void xsched_region_put(struct xsched_region *r, int index)
{
	ida_free(&r->slots, index);
}

/* Pages are mapped ahead of use; this is for one that the process dropped. */
static vm_fault_t fault(struct vm_fault *vmf)
{
	struct xsched_client *c = vmf->vma->vm_file->private_data;
	bool status = vmf->pgoff >= REGION_PAGES;
	struct page *page = xa_load(status ? &c->status.pages : &c->control.pages,
				    vmf->pgoff - (status ? REGION_PAGES : 0));

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

/*
 * The process unmapped, or its memory went: the latter is how an end is noticed
 * that leaves the descriptor open in a clone that shares the files.
 */
static void close_vma(struct vm_area_struct *vma)
{
	struct xsched_client *c = vma->vm_file->private_data;

	if (vma->vm_mm == READ_ONCE(c->mm) && !atomic_read(&vma->vm_mm->mm_users))
		xsched_client_end(c);
}

static const struct vm_operations_struct vm_ops = {
	.fault	= fault,
	.close	= close_vma,
};

static void change_vm_flags(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

static int insert_pages(struct vm_area_struct *vma, struct xsched_region *r, unsigned long first)
{
	unsigned long i;

	for (i = 0; i < vma_pages(vma); i++) {
		struct page *page = xa_load(&r->pages, first + i);
		int err = page ? vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, page) : -ENXIO;

		if (err)
			return err;
	}
	return 0;
}

int xsched_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct xsched_client *c = file->private_data;
	bool status = vma->vm_pgoff >= REGION_PAGES;
	unsigned long first = vma->vm_pgoff - (status ? REGION_PAGES : 0);
	unsigned long denied = VM_EXEC | (status ? 0 : VM_WRITE);
	int err = xsched_client_check(c);

	if (err)
		return err;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & denied)
		return -EPERM;
	if (first >= REGION_PAGES || vma_pages(vma) > REGION_PAGES - first)
		return -EINVAL;

	change_vm_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
			VM_MAYEXEC | (status ? 0 : VM_MAYWRITE));
	err = insert_pages(vma, status ? &c->status : &c->control, first);
	if (err)
		return err;
	WRITE_ONCE(c->mm, vma->vm_mm);
	vma->vm_ops = &vm_ops;
	return 0;
}
