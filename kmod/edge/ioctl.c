// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The commands of /dev/xsched: one table says how long each struct is and who
 * answers, so that all of them treat size and copying alike.
 */
#include <linux/uaccess.h>

#include "edge.h"

union xsched_arg {
	__u32 size;
	struct xsched_query query;
	struct xsched_attach attach;
	struct xsched_entity_create entity_create;
	struct xsched_queue_create queue_create;
	struct xsched_destroy destroy;
	struct xsched_wait wait;
	struct xsched_hint hint;
	struct xsched_depend depend;
	struct xsched_gang_join gang;
};

static int run_query(struct xsched_client *c, union xsched_arg *arg)
{
	struct xsched_query *q = &arg->query;

	if (q->flags)
		return -EINVAL;
	q->features = XSCHED_FEAT_ALL;
	q->abi = XSCHED_ABI_VERSION;
	q->max_clients = READ_ONCE(xsched_quota_max[XSCHED_QUOTA_CLIENTS]);
	q->max_entities = READ_ONCE(xsched_quota_max[XSCHED_QUOTA_ENTITIES]);
	q->max_queues = READ_ONCE(xsched_quota_max[XSCHED_QUOTA_QUEUES]);
	return 0;
}

static int run_attach(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_client_attach(c, &arg->attach);
}

static int run_entity_create(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_entity_create(c, &arg->entity_create);
}

static int run_entity_destroy(struct xsched_client *c, union xsched_arg *arg)
{
	if (arg->destroy.flags || arg->destroy.__reserved)
		return -EINVAL;
	return xsched_entity_destroy(c, arg->destroy.id);
}

static int run_queue_create(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_queue_create(c, &arg->queue_create);
}

static int run_queue_destroy(struct xsched_client *c, union xsched_arg *arg)
{
	if (arg->destroy.flags || arg->destroy.__reserved)
		return -EINVAL;
	return xsched_queue_destroy(c, arg->destroy.id);
}

static int run_wait(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_client_wait(c, &arg->wait);
}

static int run_hint_set(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_entity_hint_set(c, &arg->hint);
}

static int run_hint_get(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_entity_hint_get(c, &arg->hint);
}

static int run_depend(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_client_depend(c, &arg->depend);
}

static int run_gang(struct xsched_client *c, union xsched_arg *arg)
{
	return xsched_client_join(c, &arg->gang);
}

/**
 * struct command - how a command is called
 * @size: of its struct here
 * @min_size: of its struct in the first version, which never changes
 * @lasting: its effect would outlive a reply that couldn't be delivered
 * @run: answers; the argument is in kernel memory and no lock is held
 */
struct command {
	u32 size;
	u32 min_size;
	bool lasting;
	int (*run)(struct xsched_client *c, union xsched_arg *arg);
};

/*
 * @last is the last member that the first version of the struct had. What the
 * rest of this file believes about every struct is checked here.
 */
#define COMMAND(_cmd, _struct, _last, _run, _lasting)				\
	[_IOC_NR(_cmd)] = {							\
		.size = sizeof(struct _struct) +				\
			BUILD_BUG_ON_ZERO(_IOC_TYPE(_cmd) != XSCHED_IOC_TYPE) +	\
			BUILD_BUG_ON_ZERO(_IOC_SIZE(_cmd) != 0) +		\
			BUILD_BUG_ON_ZERO(offsetof(struct _struct, size) != 0) + \
			BUILD_BUG_ON_ZERO(sizeof_field(struct _struct, size) != 4) + \
			BUILD_BUG_ON_ZERO(offsetof(struct _struct, flags) != 4) + \
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) % 8) +		\
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) > sizeof(union xsched_arg)), \
		.min_size = offsetofend(struct _struct, _last),			\
		.lasting = _lasting,						\
		.run = _run,							\
	}

static const struct command commands[] = {
	COMMAND(XSCHED_QUERY, xsched_query, max_queues, run_query, false),
	COMMAND(XSCHED_ATTACH, xsched_attach, status_offset, run_attach, true),
	COMMAND(XSCHED_ENTITY_CREATE, xsched_entity_create, control_offset, run_entity_create,
		true),
	COMMAND(XSCHED_ENTITY_DESTROY, xsched_destroy, __reserved, run_entity_destroy, true),
	COMMAND(XSCHED_QUEUE_CREATE, xsched_queue_create, status_offset, run_queue_create, true),
	COMMAND(XSCHED_QUEUE_DESTROY, xsched_destroy, __reserved, run_queue_destroy, true),
	COMMAND(XSCHED_WAIT, xsched_wait, __reserved, run_wait, false),
	COMMAND(XSCHED_HINT_SET, xsched_hint, value, run_hint_set, false),
	COMMAND(XSCHED_HINT_GET, xsched_hint, value, run_hint_get, false),
	COMMAND(XSCHED_DEPEND, xsched_depend, on_id, run_depend, true),
	COMMAND(XSCHED_GANG, xsched_gang_join, name, run_gang, true),
};

static const struct command *find_command(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (cmd != _IO(XSCHED_IOC_TYPE, nr) || nr >= ARRAY_SIZE(commands) || !commands[nr].run)
		return NULL;
	return &commands[nr];
}

static int fetch(const struct command *command, union xsched_arg *arg, void __user *user,
		 u32 *user_size)
{
	if (get_user(*user_size, (u32 __user *)user))
		return -EFAULT;
	if (*user_size < command->min_size)
		return -EINVAL;
	if (*user_size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, command->size, user, *user_size);
}

static int reply(const struct command *command, const union xsched_arg *arg, void __user *user,
		 u32 user_size)
{
	return copy_to_user(user, arg, min(user_size, command->size)) ? -EFAULT : 0;
}

/**
 * xsched_ioctl - run a command
 * @file: of /dev/xsched
 * @cmd: XSCHED_*
 * @ptr: address of the command's struct, or the id for XSCHED_KICK
 *
 * Return: 0 or what uapi/linux/xsched.h lists.
 */
long xsched_ioctl(struct file *file, unsigned int cmd, unsigned long ptr)
{
	struct xsched_client *c = file->private_data;
	void __user *user = (void __user *)ptr;
	const struct command *command;
	union xsched_arg arg;
	u32 user_size;
	int err;

	if (cmd == XSCHED_KICK)
		return xsched_entity_kick(c, ptr);
	command = find_command(cmd);
	if (!command)
		return -ENOTTY;
	if (task_tgid(current) != c->tgid)
		return -EPERM;
	err = fetch(command, &arg, user, &user_size);
	if (err)
		return err;
	arg.size = user_size;
	/* Find out now that the reply can't be delivered, while nothing has changed. */
	if (command->lasting && reply(command, &arg, user, user_size))
		return -EFAULT;
	err = command->run(c, &arg);
	return err ?: reply(command, &arg, user, user_size);
}
