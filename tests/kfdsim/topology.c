// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The topology below /sys/devices/virtual/kfd/kfd: a CPU and one GPU, as amdkfd writes it.
 */
#include "kfdsim.h"

#include <linux/slab.h>

#define CUS		60
#define SIMD_PER_CU	4
#define ARRAYS		4
#define VRAM_MIB	4096

/* Sizes of the save area, by the rules that amdkfd checks queues against. */
static u32 waves(void)
{
	return sim_params.gfx < 100100 ? min(CUS * 40, ARRAYS * 512) : CUS * 32;
}

u32 sim_ctl_stack_size(void)
{
	u32 size = waves() * (sim_params.gfx >= 100100 ? 12 : 8) + 8;

	size = ALIGN(40 + size, PAGE_SIZE);
	return sim_params.gfx / 10000 == 10 ? min(size, 0x7000U) : size;
}

u32 sim_cwsr_size(void)
{
	bool big = sim_params.gfx == 110000 || sim_params.gfx == 110001;
	u32 vgprs = big ? 0x60000 : sim_params.gfx == 90010 || sim_params.gfx == 90008 ? 0x80000 : 0x40000;

	return sim_ctl_stack_size() + ALIGN(CUS * (vgprs + 0x4000 + 0x10000 + 0x1000), PAGE_SIZE);
}

u64 sim_vram_size(void)
{
	return (u64)VRAM_MIB << 20;
}

/* A file and what is in it. */
struct leaf {
	struct kobj_attribute attr;
	char *text;
	struct list_head in_all;
};

struct dir {
	struct kobject *kobj;
	struct list_head in_all;
};

static LIST_HEAD(leaves);
static LIST_HEAD(dirs);

static ssize_t show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s", container_of(attr, struct leaf, attr)->text);
}

static struct kobject *add_dir(const char *name, struct kobject *parent)
{
	struct dir *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d || !parent)
		goto err;
	d->kobj = kobject_create_and_add(name, parent);
	if (!d->kobj)
		goto err;
	list_add(&d->in_all, &dirs);
	return d->kobj;

err:
	kfree(d);
	return NULL;
}

static int __printf(3, 4) add_file(struct kobject *dir, const char *name, const char *fmt, ...)
{
	struct leaf *l = kzalloc(sizeof(*l), GFP_KERNEL);
	va_list ap;

	if (!l || !dir)
		goto err;
	va_start(ap, fmt);
	l->text = kvasprintf(GFP_KERNEL, fmt, ap);
	va_end(ap);
	sysfs_attr_init(&l->attr.attr);
	l->attr.attr.name = name;
	l->attr.attr.mode = 0444;
	l->attr.show = show;
	if (!l->text || sysfs_create_file(dir, &l->attr.attr))
		goto err;
	list_add(&l->in_all, &leaves);
	return 0;

err:
	if (l)
		kfree(l->text);
	kfree(l);
	return -ENOMEM;
}

/* What every node has; its folder of caches, or NULL. */
static struct kobject *add_common(struct kobject *node, u32 from, u32 heap, u64 size)
{
	struct kobject *banks = add_dir("mem_banks", node), *links = add_dir("io_links", node);
	int ret;

	ret = add_file(add_dir("0", banks), "properties",
		       "heap_type %u\nsize_in_bytes %llu\nflags 0\nwidth 64\nmem_clk_max 1000\n",
		       heap, size) ?:
	      add_file(add_dir("0", links), "properties",
		       "type 2\nversion_major 0\nversion_minor 0\nnode_from %u\nnode_to %u\nweight 20\n"
		       "min_latency 0\nmax_latency 0\nmin_bandwidth 312\nmax_bandwidth 15754\n"
		       "recommended_transfer_size 0\nflags 1\n", from, 1 - from);
	return ret || !add_dir("p2p_links", node) ? NULL : add_dir("caches", node);
}

static int add_cpu(struct kobject *nodes)
{
	struct kobject *node = add_dir("0", nodes);
	int ret;

	ret = add_file(node, "gpu_id", "0\n") ?: add_file(node, "name", "\n") ?:
	      add_file(node, "properties",
		       "cpu_cores_count %u\nsimd_count 0\nmem_banks_count 1\ncaches_count 0\n"
		       "io_links_count 1\np2p_links_count 0\ncpu_core_id_base 0\nsimd_id_base 0\n"
		       "max_waves_per_simd 0\nlds_size_in_kb 0\ngds_size_in_kb 0\nnum_gws 0\n"
		       "wave_front_size 0\narray_count 0\nsimd_arrays_per_engine 0\n"
		       "cu_per_simd_array 0\nsimd_per_cu 0\nmax_slots_scratch_cu 0\n"
		       "gfx_target_version 0\nvendor_id 0\ndevice_id 0\nlocation_id 0\ndomain 0\n"
		       "drm_render_minor 0\nhive_id 0\nnum_sdma_engines 0\nnum_sdma_xgmi_engines 0\n"
		       "num_sdma_queues_per_engine 0\nnum_cp_queues 0\nmax_engine_clk_ccompute 3000\n",
		       num_online_cpus());
	if (ret)
		return ret;
	return add_common(node, 0, 0, (u64)totalram_pages() << PAGE_SHIFT) ? 0 : -ENOMEM;
}

static int add_cache(struct kobject *caches, const char *name, u32 level, u32 kib)
{
	return add_file(add_dir(name, caches), "properties",
			"processor_id_low 2147487744\nlevel %u\nsize %u\ncache_line_size 64\n"
			"cache_lines_per_tag 1\nassociation 0\nlatency 0\ntype 9\nsibling_map 1,0\n",
			level, kib);
}

static int add_gpu(struct kobject *nodes)
{
	struct kobject *node = add_dir("1", nodes), *caches;
	u32 gfx = sim_params.gfx;
	int ret;

	ret = add_file(node, "gpu_id", "%u\n", SIM_GPU_ID) ?:
	      add_file(node, "name", "simulated\n") ?:
	      add_file(node, "properties",
		       "cpu_cores_count 0\nsimd_count %u\nmem_banks_count 1\ncaches_count 2\n"
		       "io_links_count 1\np2p_links_count 0\ncpu_core_id_base 0\n"
		       "simd_id_base 2147487744\nmax_waves_per_simd 10\nlds_size_in_kb 64\n"
		       "gds_size_in_kb 0\nnum_gws 0\nwave_front_size %u\narray_count %u\n"
		       "simd_arrays_per_engine 1\ncu_per_simd_array 16\nsimd_per_cu %u\n"
		       "max_slots_scratch_cu 32\ngfx_target_version %u\nvendor_id 4098\n"
		       "device_id 26273\nlocation_id 2560\ndomain 0\ndrm_render_minor 128\n"
		       "hive_id 0\nnum_sdma_engines 2\nnum_sdma_xgmi_engines 0\n"
		       "num_sdma_queues_per_engine 8\nnum_cp_queues 24\n"
		       "max_engine_clk_fcompute 1700\nlocal_mem_size 0\nfw_version 432\n"
		       "capability 8332\ndebug_prop 0\nsdma_fw_version 145\nunique_id 1234\n"
		       "num_xcc 1\nmax_engine_clk_ccompute 3000\n",
		       CUS * SIMD_PER_CU, gfx >= 100100 ? 32 : 64, ARRAYS, SIMD_PER_CU, gfx);
	if (ret)
		return ret;
	caches = add_common(node, 1, 1, sim_vram_size());
	return add_cache(caches, "0", 1, 16) ?: add_cache(caches, "1", 2, 4096);
}

void sim_topology_exit(void)
{
	struct leaf *l, *nl;
	struct dir *d, *nd;

	list_for_each_entry_safe(d, nd, &dirs, in_all) {
		kobject_put(d->kobj);
		kfree(d);
	}
	INIT_LIST_HEAD(&dirs);
	list_for_each_entry_safe(l, nl, &leaves, in_all) {
		kfree(l->text);
		kfree(l);
	}
	INIT_LIST_HEAD(&leaves);
}

int sim_topology_init(void)
{
	struct kobject *top = add_dir("topology", &sim_kfd_device->kobj), *nodes = add_dir("nodes", top);
	int ret;

	ret = add_file(top, "generation_id", "1\n") ?:
	      add_file(top, "system_properties", "platform_oem 0\nplatform_id 0\nplatform_rev 0\n") ?:
	      add_cpu(nodes) ?: add_gpu(nodes);
	if (ret)
		sim_topology_exit();
	return ret;
}
