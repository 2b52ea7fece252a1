/*
 * What a process in the cage cannot do, and what frames do with an end that lies.
 */
#define _GNU_SOURCE	/* MAP_ANONYMOUS, syscall */
#undef NDEBUG
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/script/cage.h"
#include "runner/script/frame.h"
#include "tangle/base/buf.h"

static bool opens_a_file(void) { return open("/etc/passwd", O_RDONLY) >= 0; }
static bool makes_a_file(void) { return open("caged", O_WRONLY | O_CREAT, 0600) >= 0; }
static bool makes_a_process(void) { return fork() >= 0; }
static bool makes_a_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static bool starts_a_program(void) { return execl("/bin/true", "true", (char *)NULL) == 0; }
static bool ends_its_parent(void) { return kill(getppid(), 0) == 0; }
static bool looks_at_its_parent(void) { return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) >= 0; }
static bool frees_itself(void) { return prctl(PR_SET_PDEATHSIG, 0) == 0; }

static bool
makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
has_an_environment(void)
{
	return getenv("SKEIN_CANARY") != NULL;
}

static bool
has_another_descriptor(void)
{
	return read(5, &(char){ 0 }, 1) >= 0;
}

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED	1
#endif
#endif

/* Address space is not bounded where a sanitizer needs it. */
#ifndef IS_SANITIZED
static bool
takes_all_memory(void)
{
	return mmap(NULL, (size_t)4 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}
#endif

static bool
has_an_answer(void)
{
	return send(STDIN_FILENO, "x", 1, 0) == 1;
}

/* Status 0: it could not; 1: it could; or the signal that ended it. */
static int
caged(bool (*deed)(void))
{
	int ends[2], status;
	pid_t parent = getpid(), pid;

	assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	assert(dup2(ends[0], 5) == 5);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		if (!cage_enter(parent, ends[1], (size_t)64 << 20))
			_exit(2);
		_exit(deed() ? 1 : 0);
	}
	assert(waitpid(pid, &status, 0) == pid);
	close(ends[0]);
	close(ends[1]);
	close(5);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void
nothing_gets_out(void)
{
	static bool (*const deeds[])(void) = {
		opens_a_file, makes_a_file, makes_a_process, makes_a_socket, starts_a_program, ends_its_parent,
		looks_at_its_parent, frees_itself, makes_code, has_an_environment, has_another_descriptor,
	};

	setenv("SKEIN_CANARY", "canary-value", 1);
	assert(caged(has_an_answer) == 1);
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		int status = caged(deeds[i]);

		if (status != 0 && status != SIGSYS) {
			fprintf(stderr, "deed %zu: %d\n", i, status);
			abort();
		}
	}
#ifndef IS_SANITIZED
	assert(caged(takes_all_memory) == 0);
#endif
	assert(access("caged", F_OK) == -1);
}

static void
frames_are_bounded(void)
{
	static const uint32_t huge = UINT32_MAX;
	struct buf b = {0};
	size_t done = 0;
	int ends[2];

	assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	assert(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	assert(frame_receive(ends[0], &b, loop_now() + 1) == FRAME_LATE);
	frame_begin(&b);
	buf_add(&b, STR("some words"));
	assert(frame_send(ends[1], &b, &done, 0) == FRAME_DONE);
	buf_clear(&b);
	assert(frame_receive(ends[0], &b, 0) == FRAME_DONE && str_eq(frame_bytes(&b), STR("some words")));
	/* a part of one, and the rest later */
	buf_clear(&b);
	assert(write(ends[1], "\3\0", 2) == 2);
	assert(frame_receive(ends[0], &b, loop_now() + 1) == FRAME_LATE);
	assert(write(ends[1], "\0\0abc", 5) == 5);
	assert(frame_receive(ends[0], &b, 0) == FRAME_DONE && str_eq(frame_bytes(&b), STR("abc")));
	/* nobody reads */
	buf_clear(&b);
	frame_begin(&b);
	buf_fill(&b, 'x', 8 << 20);
	done = 0;
	assert(frame_send(ends[0], &b, &done, loop_now() + 1) == FRAME_LATE && done < b.len);
	buf_clear(&b);
	assert(write(ends[1], &huge, sizeof huge) == sizeof huge);
	assert(frame_receive(ends[0], &b, 0) == FRAME_GONE);
	close(ends[1]);
	buf_clear(&b);
	assert(frame_receive(ends[0], &b, 0) == FRAME_GONE);
	close(ends[0]);
	buf_release(&b);
}

int
main(void)
{
	nothing_gets_out();
	frames_are_bounded();
	return 0;
}
