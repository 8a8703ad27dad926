// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Buffers: allocated, mapped to the GPU, mapped by the process through the render
 * node, and as the GPU sees them.
 */
#include "kfdsim.h"

#include <linux/cdev.h>
#include <linux/highmem.h>
#include <linux/file.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define DRM_MAJOR	226
#define RENDER_MINOR	128
#define MAKE_HANDLE(id)	((u64)SIM_GPU_ID << 32 | (u32)(id))
#define BEHIND		(KFD_IOC_ALLOC_MEM_FLAGS_VRAM | KFD_IOC_ALLOC_MEM_FLAGS_GTT)

static struct cdev render_cdev;
static struct class render_class = { .name = "kfdsim-render" };
static LIST_HEAD(node_buffers);		/* what can be mapped through the render node */
static DEFINE_MUTEX(node_lock);
static u64 next_offset = 1 << 20;
static atomic64_t vram_used;

/* --------------------------------------------------------------- by address */

static struct sim_buffer *find_va(struct sim_process *p, u64 va)
{
	struct rb_node *n = p->by_va.rb_node;

	while (n) {
		struct sim_buffer *b = rb_entry(n, struct sim_buffer, by_va);

		if (va < b->va)
			n = n->rb_left;
		else if (va - b->va >= b->size)
			n = n->rb_right;
		else
			return b;
	}
	return NULL;
}

static int insert_va(struct sim_process *p, struct sim_buffer *b)
{
	struct rb_node **at = &p->by_va.rb_node, *parent = NULL;

	while (*at) {
		struct sim_buffer *o = rb_entry(*at, struct sim_buffer, by_va);

		parent = *at;
		if (b->va + b->size <= o->va)
			at = &parent->rb_left;
		else if (b->va >= o->va + o->size)
			at = &parent->rb_right;
		else
			return -EINVAL;
	}
	rb_link_node(&b->by_va, parent, at);
	rb_insert_color(&b->by_va, &p->by_va);
	b->mapped = true;
	return 0;
}

/* ------------------------------------------------------------------- ioctls */

int sim_memory_acquire_vm(struct sim_process *p, struct kfd_ioctl_acquire_vm_args *a)
{
	struct file *f = fget(a->drm_fd);
	int ret = 0;

	if (!f)
		return -EINVAL;
	mutex_lock(&p->mutex);
	if (a->gpu_id != SIM_GPU_ID)
		ret = -EINVAL;
	else if (p->drm)
		ret = p->drm == f ? 0 : -EBUSY;
	else if (file_inode(f)->i_rdev != MKDEV(DRM_MAJOR, RENDER_MINOR))
		ret = -EINVAL;
	if (!ret && !p->drm) {
		p->drm = f;
		f = NULL;
	}
	mutex_unlock(&p->mutex);
	if (f)
		fput(f);
	return ret;
}

static int check_alloc(struct sim_process *p, struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	if (!a->size || a->gpu_id != SIM_GPU_ID)
		return -EINVAL;
	if (!p->drm)
		return -ESRCH;
	if ((a->flags & KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL) && a->size != SIM_DOORBELL_SIZE)
		return -EINVAL;
	if ((a->flags & KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP) && a->size != PAGE_SIZE)
		return -EINVAL;
	if (!(a->flags & (BEHIND | KFD_IOC_ALLOC_MEM_FLAGS_USERPTR |
			  KFD_IOC_ALLOC_MEM_FLAGS_DOORBELL | KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)))
		return -EINVAL;
	if ((a->flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM) &&
	    atomic64_read(&vram_used) + a->size > sim_vram_size())
		return -ENOMEM;
	return 0;
}

static int back(struct sim_buffer *b)
{
	struct file *f = shmem_file_setup("kfdsim", b->size, VM_NORESERVE);

	if (IS_ERR(f))
		return PTR_ERR(f);
	b->file = f;
	mutex_lock(&node_lock);
	b->mmap_offset = next_offset;
	next_offset += ALIGN(b->size, 1 << 16);
	list_add_tail(&b->in_node, &node_buffers);
	mutex_unlock(&node_lock);
	if (b->flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM)
		atomic64_add(b->size, &vram_used);
	return 0;
}

static void free_buffer(struct sim_buffer *b)
{
	if (b->file) {
		mutex_lock(&node_lock);
		list_del(&b->in_node);
		mutex_unlock(&node_lock);
		fput(b->file);
		if (b->flags & KFD_IOC_ALLOC_MEM_FLAGS_VRAM)
			atomic64_sub(b->size, &vram_used);
	}
	kfree(b);
}

static int new_buffer(struct sim_process *p, struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	struct sim_buffer *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int id, ret = 0;

	if (!b)
		return -ENOMEM;
	b->owner = p;
	b->va = a->va_addr;
	b->size = PAGE_ALIGN(a->size);
	b->flags = a->flags;
	b->userptr = a->mmap_offset;
	if (a->flags & BEHIND)
		ret = back(b);
	if (ret)
		goto err;
	id = idr_alloc(&p->buffers, b, 1, 0, GFP_KERNEL);
	if (id < 0) {
		ret = -EFAULT;
		goto err;
	}
	b->handle = a->handle = MAKE_HANDLE(id);
	if (a->flags & BEHIND)
		a->mmap_offset = b->mmap_offset;
	else if (a->flags & KFD_IOC_ALLOC_MEM_FLAGS_MMIO_REMAP)
		a->mmap_offset = SIM_MMAP_MMIO | SIM_MMAP_GPU(SIM_GPU_ID);
	return 0;

err:
	free_buffer(b);
	return ret;
}

int sim_memory_alloc(struct sim_process *p, struct kfd_ioctl_alloc_memory_of_gpu_args *a)
{
	int ret;

	mutex_lock(&p->mutex);
	ret = check_alloc(p, a);
	if (!ret)
		ret = new_buffer(p, a);
	mutex_unlock(&p->mutex);
	return ret;
}

static struct sim_buffer *find_handle(struct sim_process *p, u64 handle)
{
	return handle >> 32 == SIM_GPU_ID ? idr_find(&p->buffers, (u32)handle) : NULL;
}

/* Called with p->mutex held. */
static void take_off(struct sim_process *p, struct sim_buffer *b)
{
	down_write(&p->vm);
	if (b->mapped)
		rb_erase(&b->by_va, &p->by_va);
	b->mapped = false;
	up_write(&p->vm);
}

int sim_memory_free(struct sim_process *p, struct kfd_ioctl_free_memory_of_gpu_args *a)
{
	struct sim_buffer *b;
	int ret = 0;

	mutex_lock(&p->mutex);
	b = find_handle(p, a->handle);
	if (p->event_page && p->event_page == a->handle)
		ret = -EPERM;
	else if (!b)
		ret = -EINVAL;
	else if (b->queues || b->mapped)
		ret = -EBUSY;
	if (!ret) {
		idr_remove(&p->buffers, (u32)a->handle);
		free_buffer(b);
	}
	mutex_unlock(&p->mutex);
	return ret;
}

/* The device ids that a mapping names must be ours. */
static int check_devices(u64 array, u32 n, u32 done)
{
	u32 i, id;

	if (!n || done > n)
		return -EINVAL;
	for (i = done; i < n; i++) {
		if (get_user(id, (u32 __user *)u64_to_user_ptr(array + 4ULL * i)))
			return -EFAULT;
		if (id != SIM_GPU_ID)
			return -EINVAL;
	}
	return 0;
}

int sim_memory_map(struct sim_process *p, struct kfd_ioctl_map_memory_to_gpu_args *a)
{
	int ret = check_devices(a->device_ids_array_ptr, a->n_devices, a->n_success);
	struct sim_buffer *b;

	if (ret)
		return ret;
	mutex_lock(&p->mutex);
	b = find_handle(p, a->handle);
	down_write(&p->vm);
	if (!b)
		ret = a->handle >> 32 == SIM_GPU_ID ? -ENOMEM : -EINVAL;
	else if (!b->mapped)
		ret = insert_va(p, b);
	up_write(&p->vm);
	if (!ret)
		a->n_success = a->n_devices;
	mutex_unlock(&p->mutex);
	return ret;
}

int sim_memory_unmap(struct sim_process *p, struct kfd_ioctl_unmap_memory_from_gpu_args *a)
{
	int ret = check_devices(a->device_ids_array_ptr, a->n_devices, a->n_success);
	struct sim_buffer *b;

	if (ret)
		return ret;
	mutex_lock(&p->mutex);
	b = find_handle(p, a->handle);
	if (!b)
		ret = a->handle >> 32 == SIM_GPU_ID ? -ENODEV : -EINVAL;
	else if (b->queues)
		ret = -EBUSY;
	else
		take_off(p, b);
	if (!ret)
		a->n_success = a->n_devices;
	mutex_unlock(&p->mutex);
	return ret;
}

int sim_memory_available(struct sim_process *p, struct kfd_ioctl_get_available_memory_args *a)
{
	if (a->gpu_id != SIM_GPU_ID)
		return -EINVAL;
	a->available = sim_vram_size() - atomic64_read(&vram_used);
	return 0;
}

int sim_memory_hold(struct sim_process *p, u64 va, u64 size)
{
	struct sim_buffer *b;
	int ret = -EINVAL;

	down_write(&p->vm);
	b = find_va(p, va & PAGE_MASK);
	if (b && (!size || (b->va == va && b->size == PAGE_ALIGN(size)))) {
		b->queues++;
		ret = 0;
	}
	up_write(&p->vm);
	return ret;
}

void sim_memory_unhold(struct sim_process *p, u64 va)
{
	struct sim_buffer *b;

	down_write(&p->vm);
	b = find_va(p, va & PAGE_MASK);
	if (b && b->queues)
		b->queues--;
	up_write(&p->vm);
}

void sim_memory_release(struct sim_process *p)
{
	struct sim_buffer *b;
	int id;

	idr_for_each_entry(&p->buffers, b, id) {
		take_off(p, b);
		free_buffer(b);
	}
}

/* ---------------------------------------------------------- the GPU's view */

/* The page behind an address of the program's own memory. */
static struct page *user_page(struct sim_process *p, u64 addr, bool write)
{
	struct page *page = NULL;
	long n = -EFAULT;

	/* Only for a moment: whoever holds users keeps the address space. */
	if (!mmget_not_zero(p->mm))
		return NULL;
	mmap_read_lock(p->mm);
	n = get_user_pages_remote(p->mm, addr & PAGE_MASK, 1, write ? FOLL_WRITE : 0, &page, NULL);
	mmap_read_unlock(p->mm);
	mmput_async(p->mm);
	return n == 1 ? page : NULL;
}

static struct page *get_page_at(struct sim_process *p, u64 va, bool write)
{
	struct sim_buffer *b;
	struct page *page = NULL;

	down_read(&p->vm);
	b = find_va(p, va);
	if (b && b->file) {
		page = shmem_read_mapping_page(b->file->f_mapping, (va - b->va) >> PAGE_SHIFT);
		if (IS_ERR(page))
			page = NULL;
		if (page && write)
			set_page_dirty(page);
	} else if (b && (b->flags & KFD_IOC_ALLOC_MEM_FLAGS_USERPTR)) {
		page = user_page(p, b->userptr + (va - b->va), write);
	}
	up_read(&p->vm);
	return page;
}

enum access { READ_MEM, WRITE_MEM, FILL_MEM };

static int access(struct sim_process *p, u64 va, void *buf, size_t n, enum access how)
{
	while (n) {
		size_t off = va & ~PAGE_MASK, part = min_t(size_t, n, PAGE_SIZE - off);
		struct page *page = get_page_at(p, va, how != READ_MEM);
		u8 *at;

		if (!page)
			return -EFAULT;
		at = (u8 *)kmap_local_page(page) + off;
		if (how == READ_MEM)
			memcpy(buf, at, part);
		else if (how == WRITE_MEM)
			memcpy(at, buf, part);
		else
			memset32((u32 *)at, *(u32 *)buf, part / 4);
		kunmap_local(at);
		put_page(page);
		va += part;
		n -= part;
		if (how != FILL_MEM)
			buf = (u8 *)buf + part;
	}
	return 0;
}

int sim_read(struct sim_process *p, u64 va, void *to, size_t n)
{
	return access(p, va, to, n, READ_MEM);
}

int sim_write(struct sim_process *p, u64 va, const void *from, size_t n)
{
	return access(p, va, (void *)from, n, WRITE_MEM);
}

int sim_fill(struct sim_process *p, u64 to, u32 value, u64 n)
{
	return access(p, to, &value, n, FILL_MEM);
}

int sim_copy(struct sim_process *p, u64 to, u64 from, u64 n)
{
	while (n) {
		size_t part = min_t(u64, n, PAGE_SIZE - (from & ~PAGE_MASK));
		struct page *page = get_page_at(p, from, false);
		u8 *at;
		int ret;

		if (!page)
			return -EFAULT;
		at = kmap_local_page(page);
		ret = sim_write(p, to, at + (from & ~PAGE_MASK), part);
		kunmap_local(at);
		put_page(page);
		if (ret)
			return ret;
		to += part;
		from += part;
		n -= part;
	}
	return 0;
}

/* Atomic for the program's threads too: it is the same memory. */
int sim_add64(struct sim_process *p, u64 va, s64 n)
{
	struct page *page;
	u8 *at;

	if (va & 7)
		return -EFAULT;
	page = get_page_at(p, va, true);
	if (!page)
		return -EFAULT;
	at = (u8 *)kmap_local_page(page) + (va & ~PAGE_MASK);
	atomic64_add(n, (atomic64_t *)at);
	kunmap_local(at);
	put_page(page);
	return 0;
}

/* -------------------------------------------------------------- render node */

static int render_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct sim_buffer *b;
	struct file *behind = NULL;

	mutex_lock(&node_lock);
	list_for_each_entry(b, &node_buffers, in_node)
		if (b->mmap_offset == offset && b->owner->mm == current->mm &&
		    vma->vm_end - vma->vm_start <= b->size) {
			behind = get_file(b->file);
			break;
		}
	mutex_unlock(&node_lock);
	if (!behind)
		return -EINVAL;
	vma_set_file(vma, behind);
	fput(behind);
	vma->vm_pgoff = 0;
	return call_mmap(vma->vm_file, vma);
}

static int render_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations render_fops = {
	.owner = THIS_MODULE,
	.open = render_open,
	.mmap = render_mmap,
};

static char *render_node(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return kasprintf(GFP_KERNEL, "dri/renderD%d", RENDER_MINOR);
}

int sim_memory_init(void)
{
	dev_t dev = MKDEV(DRM_MAJOR, RENDER_MINOR);
	struct device *d;
	int ret = register_chrdev_region(dev, 1, "kfdsim-render");

	if (ret)
		return ret;
	cdev_init(&render_cdev, &render_fops);
	ret = cdev_add(&render_cdev, dev, 1);
	if (ret)
		goto err_region;
	render_class.devnode = render_node;
	ret = class_register(&render_class);
	if (ret)
		goto err_cdev;
	d = device_create(&render_class, NULL, dev, NULL, "renderD%d", RENDER_MINOR);
	if (!IS_ERR(d))
		return 0;
	ret = PTR_ERR(d);
	class_unregister(&render_class);
err_cdev:
	cdev_del(&render_cdev);
err_region:
	unregister_chrdev_region(dev, 1);
	return ret;
}

void sim_memory_exit(void)
{
	dev_t dev = MKDEV(DRM_MAJOR, RENDER_MINOR);

	device_destroy(&render_class, dev);
	class_unregister(&render_class);
	cdev_del(&render_cdev);
	unregister_chrdev_region(dev, 1);
}
