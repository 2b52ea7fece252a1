/*
 * Damaged debug information is no danger: a value has a text, or it has none.
 *
 * An object is compiled, loaded here, and shown from copies of its bytes in which
 * some were changed; and a host's reports are taken from random bytes.
 */
#define _GNU_SOURCE	/* dladdr */
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/session/library.h"
#include "runner/session/protocol.h"
#include "runner/session/value.h"
#include "runner/session/warden.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { ROUNDS = 1500, REPORTS = 3000 };

static const char source[] =
    "enum e { RED, GREEN = 4 }; union u { int i; float f; };\n"
    "struct s { int a : 3; enum e e; union u u; struct s *next; char name[8]; double d[3][2];\n"
    " int (*f)(const char *, ...); long double l; struct { short x; }; _Complex float c; };\n"
    "int printf(const char *, ...);\n"
    "struct s one = { 1, GREEN, { 5 }, 0, \"one\", { { 1 } }, printf, 1, { 2 }, 1 };\n"
    "struct s two = { 2, RED, { 6 }, &one, \"two\" };\n"
    "struct s *p = &two; int many[300] = { 1 }; const char *text = \"text\";\n"
    "struct s *m_two; struct s **m_p; int (*m_many)[300]; const char **m_text; int (**m_f)(const char *, ...);\n";

/* Which variable points to values of the type of which other. */
static const struct {
	const char *marker, *value;
	size_t size;
	const char *shown;
} cases[] = {
	{ "m_two", "two", 152, NULL },
	{ "m_p", "p", 8, "&two" },
	{ "m_many", "many", 1200, "{1, [1 ... 299] = 0}" },
	{ "m_text", "text", 8, "\"text\"" },
};

enum { CASES = sizeof cases / sizeof *cases };

static char folder[] = "/tmp/skein-value.XXXXXX";
static uint64_t seed = 20261127;

static uint64_t
next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static struct str
compile(char path[64])
{
	char command[256], name[64];
	struct buf bytes = {0};
	FILE *f;
	int fd;
	ssize_t n;

	snprintf(name, sizeof name, "%s/a.c", folder);
	snprintf(path, 64, "%s/a.so", folder);
	f = fopen(name, "w");
	assert(f && fputs(source, f) >= 0 && fclose(f) == 0);
	snprintf(command, sizeof command, "gcc -g -shared -fPIC -o %s %s", path, name);
	assert(system(command) == 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((n = read(fd, buf_room(&bytes, 65536), 65536)) > 0)
		bytes.len += (size_t)n;
	close(fd);
	unlink(path);
	unlink(name);
	return buf_str(&bytes);
}

static void
show(struct str object, void *handle, size_t which, struct buf *text)
{
	Dl_info info;
	struct loaded loaded = { .object.bytes = object };
	struct value v = {0};
	struct library l;
	void *marker = dlsym(handle, cases[which].marker);

	assert(marker && dladdr(marker, &info));
	loaded.base = (uint64_t)(uintptr_t)info.dli_fbase;
	v.marker = (uint64_t)(uintptr_t)marker;
	v.at = (uint64_t)(uintptr_t)dlsym(handle, cases[which].value);
	v.size = cases[which].size;
	library_open(&l, &loaded, 1);
	l.pid = getpid();
	buf_clear(text);
	(void)value_text(&l, &v, text);
	library_close(&l);
}

static void
check_damage(struct str object, void *handle)
{
	char *bytes = mem_alloc(object.len, 1);
	struct buf text = {0};
	size_t i, n, k, from;

	for (i = 0; i < ROUNDS; i++) {
		memcpy(bytes, object.data, object.len);
		/* anywhere, or close together, as in one entry */
		from = next_random() % object.len;
		for (n = 1 + next_random() % 12; n > 0; n--) {
			k = i % 2 ? next_random() % object.len : (from + next_random() % 64) % object.len;
			bytes[k] = (char)next_random();
		}
		k = i % 50 == 0 ? next_random() % object.len : object.len;
		show((struct str){ bytes, k }, handle, i % CASES, &text);
		assert(text.len < 128 << 10);
	}
	buf_release(&text);
	mem_free(bytes);
}

static size_t
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Random bytes, some with descriptors: none is kept but the one of a SHOW. */
static void
check_reports(void)
{
	size_t before = count_descriptors(), i, k;
	int ends[2], answer;
	struct str payload;

	assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
	for (i = 0; i < REPORTS; i++) {
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(3 * sizeof(int))];
		} control = {0};
		union {
			struct report r;
			unsigned char bytes[sizeof(struct report) + 64];
		} sent, got;
		struct iovec part = { &sent, 1 + next_random() % sizeof sent };
		struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
		size_t nfds = next_random() % 4;
		int fds[3] = { ends[0], ends[1], 0 };
		enum receipt r;

		for (k = 0; k < sizeof sent; k++)
			sent.bytes[k] = (unsigned char)next_random();
		if (i % 4) {
			sent.r.type = (uint32_t)(next_random() % 16);
			sent.r.size = (uint32_t)(part.iov_len - sizeof sent.r) & 127;
		}
		if (nfds > 0) {
			m.msg_control = &control;
			m.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
			control.header.cmsg_level = SOL_SOCKET;
			control.header.cmsg_type = SCM_RIGHTS;
			control.header.cmsg_len = CMSG_LEN(nfds * sizeof(int));
			memcpy(CMSG_DATA(&control.header), fds, nfds * sizeof(int));
		}
		assert(sendmsg(ends[1], &m, 0) == (ssize_t)part.iov_len);
		r = report_receive(ends[0], &got.r, &payload, &answer);
		assert(r == RECEIPT_REPORT || r == RECEIPT_BAD);
		assert(answer == -1 || (r == RECEIPT_REPORT && got.r.type == REPORT_SHOW));
		if (answer != -1) {
			assert(answer_process(answer) >= 0);
			close(answer);
		}
	}
	close(ends[0]);
	close(ends[1]);
	assert(count_descriptors() == before);
}

int
main(void)
{
	struct buf text = {0};
	struct str object;
	char path[64];
	void *handle;
	size_t i;

	assert(mkdtemp(folder));
	object = compile(path);
	snprintf(path, sizeof path, "%s/b.so", folder);
	{
		FILE *f = fopen(path, "w");

		assert(f && fwrite(object.data, 1, object.len, f) == object.len && fclose(f) == 0);
	}
	handle = dlopen(path, RTLD_NOW);
	assert(handle);
	unlink(path);
	rmdir(folder);
	for (i = 0; i < CASES; i++) {
		show(object, handle, i, &text);
		assert(cases[i].shown ? str_eq(buf_str(&text), str_of(cases[i].shown)) : text.len > 100);
	}
	check_damage(object, handle);
	check_reports();
	buf_release(&text);
	dlclose(handle);
	mem_free((char *)object.data);
	return 0;
}
