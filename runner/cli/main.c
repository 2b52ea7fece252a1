/* dup2 onto closed standard descriptors, sigaction */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/reports.h"
#include "runner/cli/handbook.h"
#include "tangle/base/buf.h"
#include "tangle/base/confine.h"
#include "tangle/base/mem.h"

enum { DESCRIPTORS = 1024 };

const struct command *const command_table[] = {
	&cmd_run, &cmd_check, &cmd_accept, &cmd_adopt, &cmd_watch, &cmd_tangle, &cmd_list, &cmd_why, &cmd_clean, &cmd_cache,
	&cmd_config, &cmd_init, &cmd_doctor, &cmd_completion,
	NULL
};

static void
show(const struct command *const *list, FILE *to)
{
	for (; *list; list++)
		fprintf(to, "  %-14s %s\n", (*list)->name, (*list)->summary);
}

static void
usage(FILE *to)
{
	fputs("usage: skein COMMAND [FLAG...] DOC...\n\n", to);
	show(command_table, to);
	fputs("\nskein help WORD explains a command, an option, or the id of a message; skein help messages,\n"
	    "skein help options and skein help exit-codes list them; skein --version says which one this is\n", to);
}

static void
usage_of_group(const struct command *group, FILE *to)
{
	fprintf(to, "usage: skein %s %s\n%s\n\n", group->name, group->args, group->summary);
	show(group->verbs, to);
}

/* The name of a verb is its group's and its own: "cache list". */
static struct str
last_word(const struct command *c)
{
	const char *space = strchr(c->name, ' ');

	return str_of(space ? space + 1 : c->name);
}

static const struct command *
find(const struct command *const *list, struct str name)
{
	for (; *list; list++)
		if (str_eq(last_word(*list), name))
			return *list;
	return NULL;
}

/* Keeps the nearest name, if it is nearer than `limit`. */
static void
nearer(struct str word, const char *name, const char **best, unsigned *limit)
{
	unsigned far = str_distance(word, str_of(name), *limit);

	if (far < *limit) {
		*best = name;
		*limit = far;
	}
}

/* Within a group, or NULL: of all commands. */
static void
unknown_command(struct diag *d, const struct command *group, struct str name)
{
	const char *in = group ? group->name : "", *space = group ? " " : "";
	const struct command *near = NULL;

	for (const struct command *const *list = group ? group->verbs : command_table; *list; list++)
		if (str_distance(name, last_word(*list), 2) <= 2)
			near = *list;
	if (near)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no command '%s%s%.*s'; did you mean '%s'?", in, space, STR_ARG(name), near->name);
	else
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no command '%s%s%.*s'; see skein %s%s--help", in, space, STR_ARG(name), in, space);
}

static bool
is_help(struct str word)
{
	return str_eq(word, STR("--help")) || str_eq(word, STR("-h")) || str_eq(word, STR("help"));
}

static void
run_command(struct invocation *i, int argc, char **argv)
{
	if (!i->command->starts)
		confine();
	if (command_parse(i, argc, argv))
		i->command->run(i);
}

/* argv[0] is the group's name. */
static void
run_verb(struct invocation *i, int argc, char **argv)
{
	const struct command *group = i->command;
	struct str name = argc > 1 ? str_of(argv[1]) : STR("");

	if (argc < 2) {
		usage_of_group(group, stderr);
		diag_status_add(i->diag, STATUS_USAGE);
	} else if (is_help(name)) {
		usage_of_group(group, stdout);
	} else if (!(i->command = find(group->verbs, name))) {
		unknown_command(i->diag, group, name);
	} else {
		run_command(i, argc - 1, argv + 1);
	}
}

static void
run_named(struct invocation *i, int argc, char **argv)
{
	i->command = find(command_table, str_of(argv[0]));
	if (!i->command)
		unknown_command(i->diag, NULL, str_of(argv[0]));
	else if (i->command->verbs)
		run_verb(i, argc, argv);
	else
		run_command(i, argc, argv);
}

static void
unknown_topic(struct diag *d, struct str word)
{
	const char *near = NULL, *one;
	unsigned limit = 3;

	for (size_t k = 0; (one = handbook_word(k)); k++)
		nearer(word, one, &near, &limit);
	for (const struct command *const *list = command_table; *list; list++)
		nearer(word, (*list)->name, &near, &limit);
	if (near)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no help on '%.*s'; did you mean '%s'?", STR_ARG(word), near);
	else
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "there is no help on '%.*s'; see skein help", STR_ARG(word));
}

static void
help_on_word(struct diag *d, struct str word)
{
	struct buf text = {0};

	if (handbook_find(word, &text))
		command_print(buf_str(&text));
	else
		unknown_topic(d, word);
	buf_release(&text);
}

/* skein help run, skein help cache gc: the same as with --help behind. */
static void
help(struct invocation *i, int argc, char **argv)
{
	const struct command *c = find(command_table, str_of(argv[0]));
	char *words[] = { argv[0], (char[]){ "--help" }, NULL, NULL };
	int n = 2;

	if (!c) {
		help_on_word(i->diag, str_of(argv[0]));
		return;
	}
	if (c->verbs && argc > 1) {
		words[n++] = words[1];
		words[1] = argv[1];
	}
	run_named(i, n, words);
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

/* What runs cells and writes files for whoever calls must have no rights of its own. */
static bool
has_foreign_rights(struct diag *d)
{
	if (!getauxval(AT_SECURE) && getuid() == geteuid() && getgid() == getegid())
		return false;
	diag_error(d, STATUS_REFUSED, PLACE_NONE, "foreign-rights",
	    "skein has rights that its caller has not (set-id bits or capabilities): take them off the program");
	return true;
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
		help(&i, argc - 2, argv + 2);
	} else if (is_help(name)) {
		usage(stdout);
	} else if (str_eq(name, STR("--version"))) {
		puts("skein " SKEIN_VERSION);
	} else {
		run_named(&i, argc - 1, argv + 1);
	}
	reports_close(i.reports);
	mem_free((void *)i.settings);
	mem_free(i.only);
	mem_free(i.wishes);
	return i.signal;
}

/* One line, to who reads at a terminal; some messages say themselves where to look. */
static void
point_to_help(const struct diag *d)
{
	static const char *const plain[] = { "usage", "output-differs", "stale-target" };

	if (!d->first || d->quiet || !isatty(STDERR_FILENO))
		return;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcmp(d->first, plain[i]) == 0)
			return;
	fprintf(stderr, "skein: note: skein help %s explains [%s]\n", d->first, d->first);
}

int
main(int argc, char **argv)
{
	struct diag d;
	enum status s;
	int stopped_by;
	bool is_cut = false;

	if (!hold_standard_descriptors())
		return STATUS_ENVIRONMENT;
	ignore_write_signals();
	take_descriptors();
	diag_init(&d, stderr, DIAG_COLOR_AUTO);
	stopped_by = has_foreign_rights(&d) ? 0 : run(&d, argc, argv);
	/* exit 0 is a promise that all was written; who reads no more knows it, as in skein list | head */
	if (!command_finish()) {
		is_cut = errno == EPIPE;
		if (!is_cut)
			diag_errno(&d, "write", STR("standard output"));
	}
	diag_release(&d);
	point_to_help(&d);
	s = diag_status(&d);
	if (is_cut && s == STATUS_DONE)
		s = STATUS_ENVIRONMENT;
	if (fflush(stderr) != 0 && s == STATUS_DONE)
		s = STATUS_ENVIRONMENT;
	return stopped_by ? 128 + stopped_by : (int)s;
}
