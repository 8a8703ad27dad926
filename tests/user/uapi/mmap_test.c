// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The mapped pages: who may map what, how, and that slots stay where they are.
 */
#include "client.h"

static void *map(int fd, uint64_t offset, size_t size, int prot, int flags)
{
	return mmap(NULL, size, prot, flags, fd, (off_t)offset);
}

static void control_is_read_only(const void *data)
{
	size_t page = page_size();
	struct player p;
	void *at;

	(void)data;
	player_open(&p, 0);
	MUST_FAIL(map(p.c.fd, p.c.control_offset, page, PROT_WRITE, MAP_SHARED), EPERM);
	MUST_FAIL(map(p.c.fd, p.c.control_offset, page, PROT_READ | PROT_WRITE, MAP_SHARED), EPERM);
	at = MUST(map(p.c.fd, p.c.control_offset, page, PROT_READ, MAP_SHARED));
	MUST_FAIL(mprotect(at, page, PROT_READ | PROT_WRITE), EACCES);
	MUST_FAIL(mprotect(at, page, PROT_WRITE), EACCES);
}

static void nothing_is_executable(const void *data)
{
	size_t page = page_size();
	struct player p;

	(void)data;
	player_open(&p, 0);
	MUST_FAIL(map(p.c.fd, p.c.control_offset, page, PROT_READ | PROT_EXEC, MAP_SHARED), EPERM);
	MUST_FAIL(map(p.c.fd, p.c.status_offset, page, PROT_READ | PROT_EXEC, MAP_SHARED), EPERM);
	MUST_FAIL(mprotect((void *)p.c.control, page, PROT_READ | PROT_EXEC), EACCES);
	MUST_FAIL(mprotect(p.c.status, page, PROT_READ | PROT_EXEC), EACCES);
}

static void nothing_is_private(const void *data)
{
	size_t page = page_size();
	struct player p;

	(void)data;
	player_open(&p, 0);
	MUST_FAIL(map(p.c.fd, p.c.control_offset, page, PROT_READ, MAP_PRIVATE), EINVAL);
	MUST_FAIL(map(p.c.fd, p.c.status_offset, page, PROT_READ | PROT_WRITE, MAP_PRIVATE), EINVAL);
	/* It would become a writable copy. */
	MUST_FAIL(map(p.c.fd, p.c.control_offset, page, PROT_READ | PROT_WRITE, MAP_PRIVATE), EINVAL);
}

static void read_only_descriptor(const void *data)
{
	struct xsched_attach a = { .size = sizeof(a) };
	int fd;

	(void)data;
	close(node_open());
	fd = MUST(open(NODE, O_RDONLY | O_CLOEXEC));
	CHECK_EQ(call(fd, XSCHED_ATTACH, &a), 0);
	MUST_FAIL(map(fd, a.status_offset, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED), EACCES);
	MUST_FAIL(map(fd, a.control_offset, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED), EACCES);
}

/* The page that the program can't write can't be written for it either. */
static void control_through_the_kernel(const void *data)
{
	struct player p;
	uint32_t was;
	int mem, zero;

	(void)data;
	player_open(&p, 0);
	was = p.c.control->magic;
	zero = MUST(open("/dev/zero", O_RDONLY));
	MUST_FAIL(read(zero, (void *)p.c.control, 64), EFAULT);
	mem = MUST(open("/proc/self/mem", O_RDWR));
	CHECK_LT(pwrite(mem, "hacked", 6, (off_t)(uintptr_t)p.c.control), 0);
	CHECK_EQ(LOAD(p.c.control->magic), was);
	CHECK_NE(was, 0);
}

static void nothing_there(const void *data)
{
	size_t page = page_size();
	struct client c;

	(void)data;
	client_open(&c);
	/* Only the headers, as long as there are no objects. */
	MUST_FAIL(map(c.fd, c.control_offset + page, page, PROT_READ, MAP_SHARED), ENXIO);
	MUST_FAIL(map(c.fd, c.status_offset + page, page, PROT_READ, MAP_SHARED), ENXIO);
	MUST_FAIL(map(c.fd, c.control_offset, 2 * page, PROT_READ, MAP_SHARED), ENXIO);
	MUST_FAIL(map(c.fd, c.control_offset + 1000 * page, page, PROT_READ, MAP_SHARED), ENXIO);
	MUST_FAIL(map(c.fd, c.control_offset + 1, page, PROT_READ, MAP_SHARED), EINVAL);
	CHECK(map(c.fd, c.status_offset + (1ULL << 40), page, PROT_READ, MAP_SHARED) == MAP_FAILED);
	/* From the last page of one region into the other. */
	CHECK(map(c.fd, c.status_offset - page, 2 * page, PROT_READ, MAP_SHARED) == MAP_FAILED);
}

static void mappings_dont_grow(const void *data)
{
	size_t page = page_size();
	struct player p;

	(void)data;
	player_open(&p, 0);
	MUST_FAIL(mremap((void *)p.c.control, page, 2 * page, MREMAP_MAYMOVE), EFAULT);
	MUST_FAIL(mremap(p.c.status, page, 2 * page, MREMAP_MAYMOVE), EFAULT);
}

static void several_mappings(const void *data)
{
	struct player p;
	struct xsched_status_slot *again;

	(void)data;
	player_open(&p, 0);
	again = map_at(p.c.fd, p.q.offset, PROT_READ | PROT_WRITE);
	CHECK(again != p.q.st);
	STORE(p.q.st->submitted, 12345);
	CHECK_EQ(LOAD(again->submitted), 12345);
	MUST(munmap((void *)((uintptr_t)again & ~(page_size() - 1)), page_size()));
	again = map_at(p.c.fd, p.q.offset, PROT_READ | PROT_WRITE);
	CHECK_EQ(LOAD(again->submitted), 12345);
}

static void dropped_pages_come_back(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	STORE(p.q.st->submitted, 777);
	MUST(madvise((void *)((uintptr_t)p.q.st & ~(page_size() - 1)), page_size(), MADV_DONTNEED));
	CHECK_EQ(LOAD(p.q.st->submitted), 777);
	MUST(madvise((void *)p.c.control, page_size(), MADV_DONTNEED));
	CHECK_EQ(LOAD(p.c.control->magic), XSCHED_CONTROL_MAGIC);
	/* And it's still read-only. */
	MUST_FAIL(mprotect((void *)p.c.control, page_size(), PROT_READ | PROT_WRITE), EACCES);
}

#define MANY 100

/* Marks an entity by the level of a queue, which shows in its slot. */
static void mark(struct queue *q, struct entity *e, uint32_t n)
{
	struct xsched_queue_create a = queue_args(e->id);

	a.level = 1 + n % 3;
	queue_create_with(q, e, a);
	STORE(q->st->submitted, n);
	STORE(q->st->completed, n);
}

static void check_mark(const struct queue *q, uint32_t n)
{
	CHECK_EQ(LOAD(q->entity->ctl->level), 1 + n % 3);
	CHECK_EQ(LOAD(q->st->submitted), n);
	CHECK_EQ(LOAD(q->st->completed), n);
	CHECK_GE(LOAD(q->entity->ctl->budget_us), 1);
}

static void slots_stay(const void *data)
{
	static struct entity e[MANY];
	static struct queue q[MANY];
	struct client c;
	int i, k;

	(void)data;
	client_open(&c);
	for (i = 0; i < MANY; i++) {
		entity_create(&e[i], &c, 0);
		mark(&q[i], &e[i], i);
	}
	for (i = 0; i < MANY; i++)
		check_mark(&q[i], i);
	/* Every other one goes, and others come. */
	for (i = 0; i < MANY; i += 2) {
		CHECK_EQ(destroy(c.fd, XSCHED_ENTITY_DESTROY, e[i].id), 0);
		for (k = 1; k < MANY; k += 2)
			check_mark(&q[k], k);
	}
	for (i = 0; i < MANY; i += 2) {
		entity_create(&e[i], &c, 0);
		mark(&q[i], &e[i], 1000 + i);
	}
	for (i = 0; i < MANY; i++)
		check_mark(&q[i], i % 2 ? i : 1000 + i);
}

static void slots_are_apart(const void *data)
{
	static struct entity e[MANY];
	static struct queue q[MANY];
	struct client c;
	int i, k;

	(void)data;
	client_open(&c);
	for (i = 0; i < MANY; i++) {
		entity_create(&e[i], &c, 0);
		queue_create(&q[i], &e[i]);
		/* The gate begins a cache line, and no slot lies across pages. */
		CHECK_EQ(e[i].offset % 64, 0);
		CHECK_LE(e[i].offset % page_size() + sizeof(*e[i].ctl), page_size());
		CHECK_LE(q[i].offset % page_size() + sizeof(*q[i].st), page_size());
		CHECK_EQ(q[i].offset % 8, 0);
		CHECK_GE(e[i].offset - c.control_offset, page_size());
		CHECK_GE(q[i].offset - c.status_offset, page_size());
	}
	for (i = 0; i < MANY; i++)
		for (k = 0; k < i; k++) {
			CHECK_GE(llabs((long long)(e[i].offset - e[k].offset)), sizeof(*e[i].ctl));
			CHECK_GE(llabs((long long)(q[i].offset - q[k].offset)), sizeof(*q[i].st));
		}
}

/* What a dead queue's process wrote there is nobody's counter. */
static void new_slots_are_clean(const void *data)
{
	struct player p;
	struct queue q[40];
	size_t i;

	(void)data;
	player_open(&p, 0);
	memset((void *)((uintptr_t)p.q.st & ~(page_size() - 1)), 0xff, page_size());
	CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, p.q.id), 0);
	for (i = 0; i < ARRAY_SIZE(q); i++) {
		queue_create(&q[i], &p.e);
		CHECK_EQ(LOAD(q[i].st->submitted), 0);
		CHECK_EQ(LOAD(q[i].st->completed), 0);
		CHECK_EQ(LOAD(q[i].st->pending), 0);
		CHECK_EQ(LOAD(q[i].st->arrive), 0);
		CHECK_EQ(LOAD(q[i].st->pass), 0);
		CHECK_EQ(LOAD(q[i].st->flags), 0);
		CHECK_EQ(LOAD(q[i].st->track_ack), LOAD(p.e.ctl->track_seq));
	}
}

/* A late launcher of a dead entity, or of a closed file, finds an open gate. */
static void dead_slots_are_open(const void *data)
{
	struct player p, rival;

	(void)data;
	player_open(&rival, 10);
	player_open(&p, 0);
	go_idle(&rival);
	go_idle(&p);
	launch(&rival, 1);
	want(&p);
	CHECK_EQ(gate(&p), XSCHED_GATE_HELD);
	CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, p.e.id), 0);
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(p.e.ctl->notify), 0);
}

static void pages_outlive_the_descriptor(const void *data)
{
	struct player p, rival;

	(void)data;
	player_open(&rival, 10);
	player_open(&p, 0);
	go_idle(&rival);
	go_idle(&p);
	launch(&rival, 1);
	want(&p);
	CHECK_EQ(gate(&p), XSCHED_GATE_HELD);
	MUST(close(p.c.fd));
	CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
	CHECK_EQ(LOAD(p.e.ctl->notify), 0);
	CHECK_EQ(LOAD(p.c.control->flags), XSCHED_CONTROL_DETACHED);
	STORE(p.q.st->submitted, 5);
	CHECK_EQ(LOAD(p.q.st->submitted), 5);
}

static const struct ktap_test tests[] = {
	{ "the control region is read-only", control_is_read_only, NULL },
	{ "nothing is executable", nothing_is_executable, NULL },
	{ "nothing is mapped privately", nothing_is_private, NULL },
	{ "a read-only descriptor maps nothing writable", read_only_descriptor, NULL },
	{ "control pages through system calls", control_through_the_kernel, NULL },
	{ "offsets without a page", nothing_there, NULL },
	{ "mappings don't grow", mappings_dont_grow, NULL },
	{ "several mappings of a page", several_mappings, NULL },
	{ "dropped pages come back", dropped_pages_come_back, NULL },
	{ "100 entities keep their slots", slots_stay, NULL },
	{ "slots are apart and aligned", slots_are_apart, NULL },
	{ "new slots are clean", new_slots_are_clean, NULL },
	{ "gates of the dead are open", dead_slots_are_open, NULL },
	{ "pages outlive the descriptor", pages_outlive_the_descriptor, NULL },
};

KTAP_MAIN(tests)
