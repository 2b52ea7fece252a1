/*
 * A console block: this process becomes sh.
 *
 * Whoever watched over the host watches over the shell: limits, filter and the
 * warden above it stay.
 */
#define _XOPEN_SOURCE 700	/* putenv */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/host/host.h"

static const char sh[] = "/bin/sh";

/* errno in words, behind what could not be done. */
static const char *
failed(const char *what)
{
	static char text[4200];

	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	return text;
}

/* The script, which ends with NUL; NULL with errno. */
static char *
map_script(int fd)
{
	struct stat st;
	char *script;

	if (fstat(fd, &st) == -1)
		return NULL;
	script = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (script == MAP_FAILED)
		return NULL;
	errno = EINVAL;
	return st.st_size > 0 && script[st.st_size - 1] == '\0' ? script : NULL;
}

const char *
shell_run(int script, char *arguments, uint32_t nargs)
{
	char *text = map_script(script), *at = arguments;
	uint32_t i;

	if (!text)
		return failed("its script");
	if (nargs == 0 || chdir(at) == -1)
		return failed(at);
	for (i = 1; i < nargs; i++) {
		at += strlen(at) + 1;
		if (putenv(at) != 0)
			return failed(at);
	}
	/* Not by number from the shell: a command may close or reuse what is small. */
	if (dup2(1, PROTOCOL_MARKS) == -1)
		return failed("a descriptor for the shell");
	(void)dup2(1, 2);
	execl(sh, "sh", "-c", text, "sh", (char *)NULL);
	return failed(sh);
}
