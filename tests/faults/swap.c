/*
 * swap SKEIN SWAPS: a folder of the project and a link that leads out change
 * names SWAPS times at least, while `skein tangle` and `skein clean` are at work in
 * there; in the empty folder that we stand in, with ../out beside it.
 *
 * Every other run has no openat2 and walks.  Nothing may come to stand in
 * ../out, and what is there stays.
 */
#define _GNU_SOURCE
#include "tests/faults/drive.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { LEAST_RUNS = 20 };

struct count {
	volatile unsigned long done;
	volatile bool over;
};

/* For this process and what it starts, openat2 is a call of the future. */
static void
forget_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof code / sizeof code[0], code };

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "seccomp");
}

static void
swap_names(struct count *c)
{
	while (!c->over) {
		need(renameat2(AT_FDCWD, "dir", AT_FDCWD, "decoy", RENAME_EXCHANGE) == 0, "swap");
		c->done++;
	}
	_exit(0);
}

/* How many names there are in ../out, and whether what stands there is as it was. */
static unsigned
harm_done(void)
{
	char text[MOST];
	unsigned n = 0;
	DIR *dir = opendir("../out");
	const struct dirent *e;

	need(dir != NULL, "../out");
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.' && strcmp(e->d_name, "a") != 0 && strcmp(e->d_name, "sub") != 0;
	closedir(dir);
	return n + !(get_file("../out/a", text) && strcmp(text, "not ours\n") == 0) +
	    !(get_file("../out/sub/b", text) && strcmp(text, "not ours\n") == 0);
}

static void
write_document(unsigned long n)
{
	char text[MOST];

	snprintf(text, sizeof text, "```c {file=dir/a}\n%lu\n```\n\n```c {file=dir/sub/b}\n%lu\n```\n\n"
	    "```c {file=dir/new-%lu/c}\n%lu\n```\n", n, n, n % 16, n);
	put_file("doc.md", text);
}

int
main(int argc, char **argv)
{
	const char *const tangle[] = { argv[1], "tangle", "--force", "doc.md", NULL };
	const char *const clean[] = { argv[1], "clean", "doc.md", NULL };
	unsigned long swaps, runs = 0, ends[256] = {0};
	struct count *c;
	unsigned harm = 0;
	pid_t swapper;

	if (argc != 3)
		return 2;
	swaps = strtoul(argv[2], NULL, 10);
	need(mkdir("dir", 0755) == 0 && mkdir("../out", 0755) == 0 && mkdir("../out/sub", 0755) == 0 &&
	    symlink("../out", "decoy") == 0, "folders");
	put_file("../out/a", "not ours\n");
	put_file("../out/sub/b", "not ours\n");
	c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(c != MAP_FAILED, "mmap");
	swapper = fork();
	need(swapper != -1, "fork");
	if (swapper == 0)
		swap_names(c);
	/* Both ends must have been seen, or the swaps came at no time that matters. */
	while (c->done < swaps || runs < LEAST_RUNS || ends[0] == 0 || ends[6] == 0) {
		pid_t pid = fork();

		need(pid != -1, "fork");
		if (pid == 0) {
			if (runs % 2)
				forget_openat2();
			write_document(runs);
			_exit(end_of(start(runs % 7 == 6 ? clean : tangle)));
		}
		ends[end_of(pid) & 0xFF]++;
		runs++;
	}
	c->over = true;
	need(end_of(swapper) == 0, "the swapper");
	harm = harm_done();
	printf("%lu swaps, %lu runs:", c->done, runs);
	for (int i = 0; i < 256; i++)
		if (ends[i] > 0)
			printf(" %lu ended with %d,", ends[i], i);
	printf(" %u outside\n", harm);
	return harm > 0 || ends[0] + ends[6] + ends[8] + ends[9] != runs;
}
