#include "runner/session/footprint.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool
read_about(pid_t pid, const char *what, char *to, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	do
		n = read(fd, to, size - 1);
	while (n == -1 && errno == EINTR);
	close(fd);
	to[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool
footprint_look(pid_t pid, struct footprint *f)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[1024];
	const char *after;

	if (!read_about(pid, "stat", text, sizeof text))
		return false;
	after = strrchr(text, ')');	/* the name before it may hold anything */
	if (!after || sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %" SCNu64 "%*u %*u %*u %*u %*u"
	    "%*d %*d %*d %*d %*d %*d %*u %*u %" SCNu64, &f->faulted, &f->resident) != 2)
		return false;
	f->faulted *= page;
	f->resident *= page;
	return true;
}

static bool
find_kilobytes(const char *text, const char *name, uint64_t *bytes)
{
	const char *at = strstr(text, name);

	if (!at || sscanf(at + strlen(name), "%" SCNu64, bytes) != 1)
		return false;
	*bytes *= 1024;
	return true;
}

bool
footprint_walk(pid_t pid, struct memory *m)
{
	char text[4096];

	return read_about(pid, "smaps_rollup", text, sizeof text) &&
	    find_kilobytes(text, "\nAnonymous:", &m->all) &&
	    find_kilobytes(text, "\nPss_Anon:", &m->share) &&
	    find_kilobytes(text, "\nPrivate_Dirty:", &m->alone);
}
