// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Finds a program the way execvp() does and reads from its file whether the
 * dynamic linker will honour LD_PRELOAD. Whatever can't be read is taken for
 * an ordinary program.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "ctl.h"
#include "target.h"

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static bool find_program(char *path, const char *app)
{
	const char *dirs = getenv("PATH"), *end;

	if (strchr(app, '/'))
		return snprintf(path, PATH_MAX, "%s", app) < PATH_MAX && is_program(path);
	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;; dirs = end + 1) {
		int len = strcspn(dirs, ":");

		end = dirs + len;
		if (snprintf(path, PATH_MAX, "%.*s%s%s", len, dirs, len ? "/" : "", app) < PATH_MAX &&
		    is_program(path))
			return true;
		if (!*end)
			return false;
	}
}

static bool gains_privilege(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return true;
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getgid())
		return true;
	return getuid() && getxattr(path, "security.capability", NULL, 0) > 0;
}

/* The program named by a "#!" in the first line, into @path. */
static bool read_shebang(const char *file, char *path)
{
	char line[256] = "", *start, *end;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n < 3 || strncmp(line, "#!", 2))
		return false;
	start = line + 2 + strspn(line + 2, " \t");
	end = start + strcspn(start, " \t\n");
	*end = 0;
	snprintf(path, PATH_MAX, "%s", start);
	return *path;
}

/* The path in the PT_INTERP among @n program headers, "" without one. */
static void read_interp(int fd, const ElfW(Ehdr) *e, char *interp)
{
	ElfW(Phdr) ph;
	ssize_t n;
	int i;

	*interp = 0;
	for (i = 0; i < e->e_phnum; i++) {
		if (pread(fd, &ph, sizeof(ph), e->e_phoff + i * sizeof(ph)) != sizeof(ph))
			return;
		if (ph.p_type != PT_INTERP)
			continue;
		n = pread(fd, interp, ph.p_filesz < PATH_MAX ? ph.p_filesz : PATH_MAX - 1, ph.p_offset);
		interp[n > 0 ? n : 0] = 0;
		return;
	}
}

enum elf_kind { NOT_ELF, FOREIGN_ELF, NATIVE_ELF };

static enum elf_kind read_elf(const char *path, char *interp)
{
	ElfW(Ehdr) e;
	enum elf_kind kind = NOT_ELF;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*interp = 0;
	if (fd < 0)
		return NOT_ELF;
	if (pread(fd, &e, sizeof(e), 0) == sizeof(e) && !memcmp(e.e_ident, ELFMAG, SELFMAG)) {
		kind = NATIVE_ELF;
		if (e.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
		    e.e_phentsize != sizeof(ElfW(Phdr)))
			kind = FOREIGN_ELF;
		else
			read_interp(fd, &e, interp);
	}
	close(fd);
	return kind;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A dynamic linker that is run as a program preloads, although it has none itself. */
static bool is_linker(const char *path)
{
	return !strncmp(base(path), "ld-", 3) || !strncmp(base(path), "ld.so", 5);
}

void target_look(struct target *t, const char *app)
{
	char program[PATH_MAX], own[PATH_MAX];
	enum elf_kind kind;

	memset(t, 0, sizeof(*t));
	if (!find_program(t->path, app)) {
		t->path[0] = 0;
		return;
	}
	/* A script's own set-user-id bit means nothing, its interpreter's does. */
	if (!read_shebang(t->path, program))
		memcpy(program, t->path, sizeof(program));
	t->secure = gains_privilege(program);
	kind = read_elf(program, t->interp);
	if (kind == FOREIGN_ELF)
		t->other_libc = true;
	if (kind != NATIVE_ELF || is_linker(program))
		return;
	t->statically_linked = !*t->interp;
	read_elf("/proc/self/exe", own);
	t->other_libc = *t->interp && *own && strcmp(base(t->interp), base(own));
}
