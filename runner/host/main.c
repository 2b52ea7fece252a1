#define _GNU_SOURCE	/* close_range, environ */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/host/host.h"

struct host host;

int main(void) __attribute__((visibility("hidden")));

/* Whoever started the supervisor may have left signals ignored or blocked. */
static void
forget_signals(void)
{
	struct sigaction ignored = { .sa_handler = SIG_IGN }, normal = { .sa_handler = SIG_DFL };
	sigset_t none;
	int s;

	for (s = 1; s <= SIGRTMAX; s++) {
		/* one that waits is forgotten: a terminal meant the supervisor */
		(void)sigaction(s, &ignored, NULL);
		(void)sigaction(s, &normal, NULL);	/* KILL and STOP refuse */
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Started by the supervisor with its socket as descriptor PROTOCOL_FD and
 * nothing on 0 to 2.  All hosts are copies of the state made here.
 */
int
main(void)
{
	struct rlimit none = { 0, 0 };
	int type;
	socklen_t len = sizeof type;

	if (getsockopt(PROTOCOL_FD, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_SEQPACKET) {
		static const char words[] = "skein-host: error: this program is started by skein\n";

		return write(2, words, sizeof words - 1) == -1 ? 8 : 2;
	}
	host.supervisor = getppid();
	host.warden = getpid();
	(void)close_range(PROTOCOL_FD + 1, ~0U, 0);	/* else they stay open, no more */
	(void)fcntl(PROTOCOL_FD, F_SETFD, FD_CLOEXEC);
	(void)setsid();
	forget_signals();
	(void)prctl(PR_SET_NAME, "skein-host");	/* run from a descriptor, it has none */
	umask(022);
	(void)setrlimit(RLIMIT_CORE, &none);
	room_prepare();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_DUMPABLE, 0);
	/* Cells use sqrt(); a libc that holds libm has no such file. */
	(void)dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
	warden_serve();
}
