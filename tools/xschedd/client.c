// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Clients: processes that have connected, and how the scheduler lets go of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xschedd.h"

static struct xsched_list clients = { &clients, &clients };

/* One message per round, so that everybody gets a turn. */
static void on_message(struct xd_watch *w, uint32_t events)
{
	struct xd_client *c = container_of(w, struct xd_client, socket);

	if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR) || !xd_request_serve(c))
		xd_client_drop(c);
}

static void on_end(struct xd_watch *w, uint32_t events)
{
	(void)events;
	xd_client_drop(container_of(w, struct xd_client, process));
}

static int watch(struct xd_client *c, int sock)
{
	int err;

	c->socket = (struct xd_watch){ sock, on_message };
	c->process = (struct xd_watch){ c->peer.pidfd, on_end };
	err = xd_loop_add(&c->socket, EPOLLIN | EPOLLRDHUP);
	if (err || c->process.fd < 0)
		return err;
	err = xd_loop_add(&c->process, EPOLLIN);
	if (err)
		xd_loop_del(&c->socket);
	return err;
}

/**
 * xd_client_new - somebody has connected
 * @sock: its socket; the client's from here on, also on errors
 *
 * Return: 0 or -errno.
 */
int xd_client_new(int sock)
{
	struct xd_client *c = calloc(1, sizeof(*c));
	int err = -ENOMEM, one = 1;

	if (!c)
		goto err_close;
	err = xd_peer_init(&c->peer, sock);
	if (err)
		goto err_free;
	err = -EPERM;
	if (!xd_listen_serves(c->peer.uid))
		goto err_peer;
	err = -ENOMEM;
	c->user = xd_user_get(c->peer.uid);
	if (!c->user)
		goto err_peer;
	err = xd_user_charge(c->user, XD_QUOTA_CONNECTIONS);
	if (err)
		goto err_user;
	setsockopt(sock, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	c->event_fd = c->event_out = -1;
	xsched_list_init(&c->entities);
	err = watch(c, sock);
	if (err)
		goto err_uncharge;
	xsched_list_add_tail(&clients, &c->in_clients);
	return 0;

err_uncharge:
	xd_user_uncharge(c->user, XD_QUOTA_CONNECTIONS);
err_user:
	xd_user_put(c->user);
err_peer:
	if (c->peer.pidfd >= 0)
		close(c->peer.pidfd);
err_free:
	free(c);
err_close:
	/* A bare error is the answer to whatever it asks first. */
	send(sock, &err, sizeof(err), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(sock);
	return err;
}

/**
 * xd_client_check - may this client have entities?
 * @c: client
 *
 * Return: 0 or -ENOTCONN.
 */
int xd_client_check(const struct xd_client *c)
{
	return c->state == XD_CLIENT_ATTACHED ? 0 : -ENOTCONN;
}

static int prepare(struct xd_client *c)
{
	int err, pipe_fds[2];

	err = xd_region_init(&c->control, sizeof(struct xsched_control_slot));
	if (err)
		return err;
	err = xd_region_init(&c->status, sizeof(struct xsched_status_slot));
	if (err)
		goto err_control;
	if (pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC) < 0) {
		err = -errno;
		goto err_status;
	}
	c->event_out = pipe_fds[0];
	c->event_fd = pipe_fds[1];
	err = xd_ids_add(&xd_clients, c, &c->id);
	if (err)
		goto err_event;
	c->control_header = xd_region_header(&c->control);
	c->control_header->magic = XSCHED_CONTROL_MAGIC;
	c->control_header->abi = XSCHED_ABI_VERSION;
	return 0;

err_event:
	close(c->event_fd);
	close(c->event_out);
	c->event_fd = c->event_out = -1;
err_status:
	xd_region_fini(&c->status);
err_control:
	xd_region_fini(&c->control);
	return err;
}

/**
 * xd_client_attach - XSCHED_ATTACH
 * @c: client, which has just said so itself
 * @arg: the reply
 *
 * Return: 0, -EALREADY, -EPERM (its process has ended, or is another one),
 * -EDQUOT, -ENOMEM, -EMFILE, -EINVAL.
 */
int xd_client_attach(struct xd_client *c, struct xsched_attach *arg)
{
	int err;

	if (arg->flags || arg->__reserved)
		return -EINVAL;
	if (c->state == XD_CLIENT_ATTACHED)
		return -EALREADY;
	if (!xd_peer_is_itself(&c->peer))
		return -EPERM;
	err = xd_user_charge(c->user, XD_QUOTA_CLIENTS);
	if (err)
		return err;
	err = prepare(c);
	if (err) {
		xd_user_uncharge(c->user, XD_QUOTA_CLIENTS);
		return err;
	}
	c->state = XD_CLIENT_ATTACHED;
	xd_log(XD_INFO, "client %u: process %d (%s) of user %u attached", c->id, (int)c->peer.pid,
	       c->peer.comm, c->peer.uid);
	xd_notify_client(XSCHED_EVENT_CLIENT_NEW, c);
	arg->client_id = c->id;
	arg->control_offset = XD_CONTROL_OFFSET;
	arg->status_offset = XD_STATUS_OFFSET;
	return 0;
}

/* Every gate is open and every wait over when this returns. */
static void detach(struct xd_client *c)
{
	struct xd_entity *e, *next;

	xd_ids_remove(&xd_clients, c->id);
	/* Before any gate opens for good, so that who sees it open sees why. */
	smp_store_release(&c->control_header->flags, XSCHED_CONTROL_DETACHED);
	xsched_list_for_each_safe(e, next, &c->entities, in_client)
		xd_entity_drop(e);
	xd_ring_push(c, XSCHED_EV_DETACHED, 0, 0, xd_now_ns());
	xd_ring_wake();
	xd_user_uncharge(c->user, XD_QUOTA_CLIENTS);
	xd_log(XD_INFO, "client %u: process %d (%s) gone", c->id, (int)c->peer.pid, c->peer.comm);
	xd_notify_client(XSCHED_EVENT_CLIENT_GONE, c);
	xd_region_fini(&c->control);
	xd_region_fini(&c->status);
}

static void free_client(struct xd_garbage *g)
{
	free(container_of(g, struct xd_client, garbage));
}

/**
 * xd_client_drop - let go of a process
 * @c: client in any state; the second call does nothing
 */
void xd_client_drop(struct xd_client *c)
{
	bool attached = c->state == XD_CLIENT_ATTACHED;

	if (c->state == XD_CLIENT_DETACHED)
		return;
	c->state = XD_CLIENT_DETACHED;
	if (attached)
		detach(c);
	xd_ring_forget(c);
	xd_loop_del(&c->socket);
	xd_loop_del(&c->process);
	close(c->socket.fd);
	if (c->process.fd >= 0)
		close(c->process.fd);
	if (c->event_fd >= 0)
		close(c->event_fd);
	if (c->event_out >= 0)
		close(c->event_out);
	xsched_list_del(&c->in_clients);
	xd_user_uncharge(c->user, XD_QUOTA_CONNECTIONS);
	xd_user_put(c->user);
	xd_loop_discard(&c->garbage, free_client);
}

/* Lets go of everybody; who listens is told. */
void xd_clients_shutdown(void)
{
	struct xd_client *c, *next;

	xsched_list_for_each_safe(c, next, &clients, in_clients)
		xd_client_drop(c);
	xd_notify_shutdown();
}
