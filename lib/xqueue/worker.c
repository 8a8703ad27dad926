// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3, a worker's side: a thread of this process that runs commands, and the signal by
 * which it is asked to stand. park.c asks.
 *
 * What runs a command holds no lock of the platform's or the C library's, or else it
 * isn't in the command's own code; so the handler may do whatever the command might.
 */
#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define STACK_SIZE	(64 * 1024)

struct xworker xworkers[XWORKERS_MAX];
_Atomic uint32_t n_xworkers;
pthread_mutex_t xworkers_lock = PTHREAD_MUTEX_INITIALIZER;
_Atomic uint32_t xworkers_expected;
_Atomic uint32_t xworker_resumes;

static int signal_number;	/* 0: none yet, -1: there is none to be had */
static _Atomic bool no_states;	/* what threads do can't be read */
static pthread_key_t gone_key;
static _Thread_local struct xworker *mine;

char xworker_state(uint32_t tid)
{
	char path[64], line[256];
	const char *name_end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	name_end = strrchr(line, ')');
	return name_end && name_end[1] == ' ' ? name_end[2] : 0;
}

void xworkers_tell(struct xentity *e, void (*fn)(struct xqueue *q))
{
	struct xqueue **qs;
	unsigned int n, i;

	n = xqueue_grab_all(&qs);
	for (i = 0; i < n; i++) {
		if (qs[i]->entity == e)
			fn(qs[i]);
		xqueue_put(qs[i]);
	}
	free(qs);
}

/* ------------------------------------------------------------- in the handler */

static uintptr_t pc_of(const ucontext_t *uc)
{
#if defined(__x86_64__)
	return (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (uintptr_t)uc->uc_mcontext.pc;
#else
	(void)uc;
	return 0;
#endif
}

static void park(struct xworker *w)
{
	struct xqueue *q = w->q;

	do {
		xs_store_release(&w->parked, 1);
		xs_fence();
		xqueue_stopped_somewhere();
		xqueue_wait_gates(q);
		xs_store_relaxed(&w->parked, 0);
		/*
		 * Full fence. Pairs with that of stand(): it sees this, or we see what it
		 * marked. And with that of whoever closes the gate before he looks at parked:
		 * what he has seen parked sees the gate closed, and stays.
		 */
		__atomic_fetch_add(&xworker_resumes, 1, __ATOMIC_SEQ_CST);
		xs_fence();
		if (xs_load(&q->entity->stands))
			xworkers_tell(q->entity, xqueue_moves);
	} while (xqueue_closed(q) && xsched_anchor->generation == q->generation);
}

/* As if we weren't there. */
static void not_for_us(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}

static __attribute__((noinline)) void answer(int sig, siginfo_t *info, void *context)
{
	struct xworker *w = info->si_value.sival_ptr;
	uintptr_t pc = pc_of(context);
	int saved = errno;

	if (info->si_code != SI_QUEUE || info->si_pid != getpid() || w < xworkers ||
	    w >= xworkers + XWORKERS_MAX) {
		not_for_us(sig);
		return;
	}
	if (xs_load(&w->tid) != (uint32_t)syscall(SYS_gettid))
		return;		/* late: for a thread that was here before */
	if (w->inside(pc) && xqueue_closed(w->q))
		park(w);
	xs_store_release(&w->answered, xs_load_relaxed(&w->asked));
	xs_fence();
	xqueue_stopped_somewhere();
	errno = saved;
}

#if defined(__x86_64__)
#define FXSAVE_SW	464		/* where the kernel says what else is behind */
#define FXSAVE_MAGIC	0x46505853u
#define XSAVE_HEADER	512
#define XSAVE_ALIGN	64

/* Of all registers that there are; 0: the processor can't save more than the kernel does. */
__attribute__((target("general-regs-only")))
static size_t xsave_size(void)
{
	static _Atomic uint32_t known;
	uint32_t size = xs_load_relaxed(&known), a, b = 0, c, d;

	if (size)
		return size - 1;
	if (__get_cpuid(1, &a, &b, &c, &d) && c & bit_OSXSAVE &&
	    __get_cpuid_count(0xd, 0, &a, &b, &c, &d))
		size = b;
	else
		size = 0;
	xs_store_relaxed(&known, size + 1);
	return size;
}

__attribute__((target("general-regs-only")))
static bool frame_has_all(const ucontext_t *uc)
{
	const char *fp = (const char *)uc->uc_mcontext.fpregs;
	uint32_t magic = 0;

	if (fp)
		__builtin_memcpy(&magic, fp + FXSAVE_SW, sizeof(magic));
	return magic == FXSAVE_MAGIC;
}

/*
 * A command was interrupted anywhere, with any register in use. User Mode Linux keeps AVX's
 * in a signal's frame, but not AVX-512's, which memset() may use: so they are kept here.
 */
__attribute__((target("general-regs-only")))
static void on_signal(int sig, siginfo_t *info, void *context)
{
	size_t size = frame_has_all(context) ? 0 : xsave_size();
	char *area;
	size_t i;

	if (likely(!size)) {
		answer(sig, info, context);
		return;
	}
	area = __builtin_alloca_with_align(size, XSAVE_ALIGN * 8);
	for (i = XSAVE_HEADER; i < XSAVE_HEADER + 64; i++)
		((volatile char *)area)[i] = 0;
	__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
	answer(sig, info, context);
	__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
}
#else
static void on_signal(int sig, siginfo_t *info, void *context)
{
	answer(sig, info, context);
}
#endif

/* --------------------------------------------------------------- who is there */

static bool is_ours(const struct sigaction *sa)
{
	return sa->sa_flags & SA_SIGINFO && sa->sa_sigaction == on_signal;
}

/* One that the program has no use for so far; from the top, as programs begin below. */
static int take_signal(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK }, old;
	int s;

	sa.sa_sigaction = on_signal;
	sigemptyset(&sa.sa_mask);
	for (s = SIGRTMAX - 1; s > SIGRTMIN; s--) {
		if (sigaction(s, NULL, &old) || old.sa_flags & SA_SIGINFO ||
		    old.sa_handler != SIG_DFL)
			continue;
		if (!sigaction(s, &sa, NULL))
			return s;
	}
	return -1;
}

bool xworkers_can_stop(void)
{
	static unsigned int said;
	struct sigaction sa;

	if (signal_number <= 0)
		return false;
	if (!sigaction(signal_number, NULL, &sa) && is_ours(&sa))
		return true;
	xsched_say_once(&said, "xsched: the program handles signal %d itself: running commands are no longer stopped (level 2)",
			signal_number);
	return false;
}

static void worker_gone(void *arg)
{
	struct xworker *w = arg;
	struct xqueue *q;
	stack_t none = { .ss_flags = SS_DISABLE };

	pthread_mutex_lock(&xworkers_lock);
	xs_store_release(&w->tid, 0);
	q = w->q;
	w->q = NULL;
	pthread_mutex_unlock(&xworkers_lock);
	if (w->stack) {
		sigaltstack(&none, NULL);
		munmap(w->stack, STACK_SIZE);
		w->stack = NULL;
	}
	if (q)
		xqueue_put(q);
}

/* A command may have used up its stack. One that somebody has set stays. */
static void take_stack(struct xworker *w)
{
	stack_t ss, old;

	w->stack = NULL;
	if (sigaltstack(NULL, &old) || !(old.ss_flags & SS_DISABLE))
		return;
	ss = (stack_t){ .ss_size = STACK_SIZE };
	ss.ss_sp = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (ss.ss_sp == MAP_FAILED)
		return;
	if (sigaltstack(&ss, NULL))
		munmap(ss.ss_sp, STACK_SIZE);
	else
		w->stack = ss.ss_sp;
}

/* Called with the lock held. */
static struct xworker *free_slot(void)
{
	uint32_t i, n = xs_load_relaxed(&n_xworkers);

	for (i = 0; i < n; i++)
		if (!xs_load_relaxed(&xworkers[i].tid))
			return &xworkers[i];
	if (n == XWORKERS_MAX)
		return NULL;
	xs_store_release(&n_xworkers, n + 1);
	return &xworkers[n];
}

static void enter(struct xworker *w, bool (*inside)(uintptr_t pc))
{
	sigset_t set;

	w->inside = inside;
	w->q = NULL;
	w->asked = w->answered = w->parked = w->at_gate = 0;
	w->slept_at_ns = XWORKER_NEVER;
	pthread_getcpuclockid(pthread_self(), &w->clock);
	if (xworker_state((uint32_t)syscall(SYS_gettid)) != 'R')
		xs_store_release(&no_states, true);
	take_stack(w);
	pthread_setspecific(gone_key, w);
	mine = w;
	xs_store_release(&w->tid, (uint32_t)syscall(SYS_gettid));
	/* It may have its creator's mask, which was not meant for us. */
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void xqueue_worker_here(bool (*inside)(uintptr_t pc))
{
	struct xworker *w;

	if (likely(mine && xs_load_relaxed(&mine->tid)))
		return;
	pthread_mutex_lock(&xworkers_lock);
	if (!signal_number)
		signal_number = pthread_key_create(&gone_key, worker_gone) ? -1 : take_signal();
	w = signal_number > 0 ? free_slot() : NULL;
	if (w)
		enter(w, inside);
	pthread_mutex_unlock(&xworkers_lock);
}

unsigned int xqueue_workers(void)
{
	uint32_t i, n = xs_load(&n_xworkers), known = 0;

	for (i = 0; i < n; i++)
		known += !!xs_load(&xworkers[i].tid);
	return known;
}

void xqueue_worker_at_gate(bool at)
{
	if (mine)
		xs_store_release(&mine->at_gate, at);
}

bool xqueue_expect_workers(unsigned int n)
{
	if (n > xs_load(&xworkers_expected))
		xs_store_release(&xworkers_expected, n);
	return signal_number >= 0 && n <= XWORKERS_MAX && !xs_load(&no_states);
}

bool xworker_ask(struct xworker *w)
{
	union sigval v = { .sival_ptr = w };
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal_number;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value = v;
	return !syscall(SYS_rt_tgsigqueueinfo, getpid(), xs_load(&w->tid), signal_number, &info);
}

/* In a forked child: nobody else is there. */
void xqueue_park_forget(void)
{
	pthread_mutex_init(&xworkers_lock, NULL);
	memset(xworkers, 0, sizeof(xworkers[0]) * xs_load(&n_xworkers));
	n_xworkers = xworkers_expected = 0;
	mine = NULL;
}
