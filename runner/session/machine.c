#include "runner/session/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tangle/base/str.h"

enum { LONGEST_PATH = 4096, LONGEST_FILE = 16384 };

/* The front of a file of the kernel's; empty if there is none. */
static struct str
read_front(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 1;

	if (fd == -1)
		return (struct str){ to, 0 };
	while (got > 0 && n < size) {
		got = read(fd, to + n, size - n);
		if (got == -1 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	close(fd);
	return (struct str){ to, n };
}

/* The number behind `name` at the front of a line; 0 if it is not there. */
static uint64_t
number_of(struct str text, struct str name)
{
	struct str line;
	unsigned long number;

	while (str_line(&text, &line)) {
		if (!str_starts(line, name))
			continue;
		line = str_slice(line, name.len, line.len);
		return str_number(str_word(&line), INT64_MAX, &number) ? number : 0;
	}
	return 0;
}

/* A group without a limit says "max", or a number that no machine has. */
static uint64_t
least(uint64_t bytes, const char *path)
{
	char text[64];
	struct str rest = read_front(path, text, sizeof text);
	unsigned long limit;

	if (str_number(str_word(&rest), INT64_MAX, &limit) && limit > 0 && limit < bytes)
		return limit;
	return bytes;
}

/*
 * Each group counts for those below it.  In a container the path may be the
 * one outside, of which only the root can be seen.
 */
static uint64_t
least_of_groups(uint64_t bytes, const char *root, const char *mount, struct str group,
    const char *file)
{
	char path[LONGEST_PATH];

	for (;;) {
		while (group.len > 0 && group.data[group.len - 1] == '/')
			group.len--;
		if (snprintf(path, sizeof path, "%s%s%.*s/%s", root, mount, STR_ARG(group),
		    file) < (int)sizeof path)
			bytes = least(bytes, path);
		if (group.len == 0)
			return bytes;
		while (group.len > 0 && group.data[group.len - 1] != '/')
			group.len--;
	}
}

static bool
holds_memory(struct str controllers)
{
	while (controllers.len > 0)
		if (str_eq(str_cut(controllers, ',', &controllers), STR("memory")))
			return true;
	return false;
}

/* A line is "4:memory:/a/b" (version 1), or "0::/a/b" (version 2). */
static uint64_t
least_of_line(uint64_t bytes, const char *root, struct str line)
{
	struct str number = str_cut(line, ':', &line), controllers = str_cut(line, ':', &line);

	if (holds_memory(controllers))
		return least_of_groups(bytes, root, "/sys/fs/cgroup/memory", line,
		    "memory.limit_in_bytes");
	if (!str_eq(number, STR("0")) || controllers.len > 0)
		return bytes;
	bytes = least_of_groups(bytes, root, "/sys/fs/cgroup/unified", line, "memory.max");
	return least_of_groups(bytes, root, "/sys/fs/cgroup", line, "memory.max");
}

uint64_t
machine_memory_below(const char *root)
{
	char path[LONGEST_PATH], text[LONGEST_FILE];
	struct str rest, line;
	uint64_t bytes;

	snprintf(path, sizeof path, "%s/proc/meminfo", root);
	bytes = number_of(read_front(path, text, sizeof text), STR("MemAvailable:"));
	if (bytes == 0 || bytes > INT64_MAX / 1024)
		return 0;
	bytes *= 1024;
	snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	rest = read_front(path, text, sizeof text);
	while (str_line(&rest, &line))
		bytes = least_of_line(bytes, root, line);
	return bytes;
}

uint64_t
machine_memory(void)
{
	return machine_memory_below("");
}

uint64_t
machine_oom_kills(void)
{
	char text[LONGEST_FILE];

	return number_of(read_front("/proc/vmstat", text, sizeof text), STR("oom_kill "));
}
