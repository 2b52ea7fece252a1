/* dup2 onto closed standard descriptors, sigaction */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "tangle/base/mem.h"

enum { DESCRIPTORS = 1024 };

static const struct command *const commands[] = {
	&cmd_run, &cmd_check, &cmd_watch, &cmd_tangle, &cmd_list, &cmd_why, &cmd_clean, NULL
};

static void
usage(FILE *to)
{
	fputs("usage: skein COMMAND [FLAG...] DOC...\n\n", to);
	for (size_t i = 0; commands[i]; i++)
		fprintf(to, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nskein COMMAND --help says what a command takes; skein --version, which one this is\n", to);
}

static const struct command *
find(struct str name)
{
	for (size_t i = 0; commands[i]; i++)
		if (str_eq(str_of(commands[i]->name), name))
			return commands[i];
	return NULL;
}

static void
unknown_command(struct diag *d, struct str name)
{
	const char *near = NULL;

	for (size_t i = 0; commands[i]; i++)
		if (str_distance(name, str_of(commands[i]->name), 2) <= 2)
			near = commands[i]->name;
	diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
	    "there is no command '%.*s'%s%s%s; see skein --help", STR_ARG(name),
	    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* The same as skein COMMAND --help. */
static void
help(struct invocation *i, char *name)
{
	char *argv[] = { name, (char[]){ "--help" }, NULL };

	i->command = find(str_of(name));
	if (i->command)
		command_parse(i, 2, argv);
	else
		unknown_command(i->diag, str_of(name));
}

/* A descriptor that is closed would be given to the next file that is opened. */
static bool
hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
			return false;
	return true;
}

/* Writing to a closed pipe or over a size limit is an error we report. */
static void
ignore_write_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

/* A session takes some forty descriptors; who has few may mostly have more. */
static void
take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Returns the signal that ended the command, or 0. */
static int
run(struct diag *d, int argc, char **argv)
{
	struct invocation i = { .diag = d };
	struct str name = argc > 1 ? str_of(argv[1]) : STR("");

	if (argc < 2) {
		usage(stderr);
		diag_status_add(d, STATUS_USAGE);
	} else if (str_eq(name, STR("help")) && argc > 2) {
		help(&i, argv[2]);
	} else if (str_eq(name, STR("--help")) || str_eq(name, STR("-h")) || str_eq(name, STR("help"))) {
		usage(stdout);
	} else if (str_eq(name, STR("--version"))) {
		puts("skein " SKEIN_VERSION);
	} else if (!(i.command = find(name))) {
		unknown_command(d, name);
	} else if (command_parse(&i, argc - 1, argv + 1)) {
		i.command->run(&i);
	}
	mem_free((void *)i.settings);
	return i.signal;
}

int
main(int argc, char **argv)
{
	struct diag d;
	enum status s;
	int stopped_by;

	if (!hold_standard_descriptors())
		return STATUS_ENVIRONMENT;
	ignore_write_signals();
	take_descriptors();
	diag_init(&d, stderr, DIAG_COLOR_AUTO);
	stopped_by = run(&d, argc, argv);
	/* exit 0 is a promise that all was written */
	if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
		diag_errno(&d, "write", STR("standard output"));
	diag_release(&d);
	s = diag_status(&d);
	if (fflush(stderr) != 0 && s == STATUS_DONE)
		s = STATUS_ENVIRONMENT;
	return stopped_by ? 128 + stopped_by : (int)s;
}
