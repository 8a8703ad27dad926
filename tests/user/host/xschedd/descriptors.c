// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A scheduler that has few descriptors.
 * A part of xschedd_peers.c.
 */

static void few_descriptors(const void *arg)
{
	struct client c;
	int i, n = 0, refused = 0;
	char byte;
	pid_t pid;
	int up[2], down[2];

	(void)arg;
	need_root();
	MUST(pipe(up));
	MUST(pipe(down));
	pid = MUST(fork());
	if (!pid) {
		become_other();
		for (i = 0; i < 400; i++) {
			struct client x;

			client_connect(&x);
			if (client_try_attach(&x)) {
				refused++;
				close(x.sock);
			} else {
				n++;
			}
		}
		MUST(write(up[1], refused && n ? "y" : "n", 1));
		CHECK_EQ(read(down[0], &byte, 1), 1);
		_exit(0);
	}
	CHECK_EQ(read(up[0], &byte, 1), 1);
	CHECK_EQ(byte, 'y');
	/* The one took his share, and the other has his. */
	client_open(&c);
	check_serves();
	MUST(write(down[1], "x", 1));
	waitpid(pid, NULL, 0);
	SOON(daemon_fds() < 30, 2000);
}

static void out_of_descriptors(const void *arg)
{
	static struct client c[400];
	int i, refused = 0;

	(void)arg;
	for (i = 0; i < 400; i++) {
		client_connect(&c[i]);
		refused += client_try_attach(&c[i]) != 0;
	}
	CHECK(refused > 0);
	for (i = 0; i < 400; i++)
		close(c[i].sock);
	sleep_ms(100);
	check_serves();
}
