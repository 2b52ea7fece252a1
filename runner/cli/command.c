/* getopt_long */
#define _GNU_SOURCE
#include "runner/cli/command.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "tangle/base/buf.h"
#include "tangle/base/defuse.h"
#include "tangle/base/mem.h"
#include "tangle/project/settings.h"

static const struct {
	const char *name;
	char letter;
	const char *argument;
	const char *help;
} table[FLAGS] = {
	[FLAG_HELP] = { "help", 'h', NULL, "show what the command takes" },
	[FLAG_QUIET] = { "quiet", 'q', NULL, "errors only" },
	[FLAG_VERBOSE] = { "verbose", 'v', NULL, "say more" },
	[FLAG_COLOR] = { "color", 0, "WHEN", "auto, always or never (NO_COLOR is heeded)" },
	[FLAG_JSON] = { "json", 0, NULL, "print for programs" },
	[FLAG_SET] = { "set", 0, "KEY=VALUE", "set an option, over document and blocks" },
	[FLAG_ROOT] = { "root", 'C', "DIR", "the project's root" },
	[FLAG_SHARED_NAMES] = { "shared-names", 0, NULL, "one name space for all documents" },
	[FLAG_MAX_DOCUMENT] = { "max-document", 0, "SIZE", "read documents up to this size (64M)" },
	[FLAG_ALLOW_MISSING] = { "allow-missing", 0, NULL, "undefined references stay as text" },
	[FLAG_MAX_TARGET] = { "max-target", 0, "SIZE", "a file made of blocks may be that long (64M)" },
	[FLAG_MAX_OUTPUT] = { "max-output", 0, "SIZE", "all of them together may be that long (256M)" },
	[FLAG_FORCE] = { "force", 0, NULL, "replace edited targets; a copy is kept" },
	[FLAG_TRUST_TARGETS] = { "trust-targets", 0, NULL, "allow targets that CI and shells obey" },
	[FLAG_CHECK] = { "check", 0, NULL, "write nothing; exit 1 when a target is stale" },
	[FLAG_OUTPUT] = { "output", 'o', "FILE", "write the document there; - prints it" },
	[FLAG_JOBS] = { "jobs", 'j', "N", "do so much at once: documents and compilers (one a processor)" },
	[FLAG_ONLY] = { "only", 0, "CELL", "this cell only: a name, a number, :LINE or DOC:LINE" },
	[FLAG_FROM] = { "from", 0, "CELL", "from this cell on" },
	[FLAG_STOP] = { "stop", 0, NULL, "end at the first failure" },
	[FLAG_KEEP_GOING] = { "keep-going", 0, NULL, "go on behind failures, as is usual; undoes --stop" },
	[FLAG_EXPLAIN] = { "explain", 0, NULL, "say for each cell what was done and why" },
	[FLAG_NO_COMPILE] = { "no-compile", 0, NULL, "use cached objects only" },
	[FLAG_TWICE] = { "twice", 0, NULL, "run all again, and name the cells that print something else" },
	[FLAG_INTERACTIVE] = { "interactive", 'i', NULL, "ask about each difference, on a terminal" },
	[FLAG_CARRIER] = { "carrier", 0, "WHERE", "where options go: comment, braces, lines, front" },
	[FLAG_REPORT] = { "report", 0, "WHAT", "junit=FILE (- prints it) or github; several may be given" },
	[FLAG_POLL] = { "poll", 0, NULL, "look at files twice a second, where changes are not told" },
	[FLAG_EXCLUDE] = { "exclude", 0, "GLOB", "leave that out, as a line of .skeinignore would" },
	[FLAG_CHANGED] = { "changed", 0, "REV", "only documents that rest on what changed since that revision" },
	[FLAG_SHARD] = { "shard", 0, "K/N", "only the K-th of N parts of the documents" },
	[FLAG_MAX_SIZE] = { "max-size", 0, "SIZE", "no more than that, like 300M" },
	[FLAG_MAX_AGE] = { "max-age", 0, "TIME", "nothing that was not used for that long, like 7d" },
	[FLAG_MIN_FREE] = { "min-free", 0, "SIZE", "until the disk has that much left" },
	[FLAG_KEEP] = { "keep", 0, "DOC", "leave what this document's last run used" },
	[FLAG_DRY_RUN] = { "dry-run", 'n', NULL, "change nothing, only say what would be done" },
	[FLAG_CATEGORY] = { "what", 0, "WORDS", "lib, fail, run, src, ... or all; with commas" },
	[FLAG_OLDER] = { "older", 0, "TIME", "not used for that long, like 7d" },
	[FLAG_DOC] = { "doc", 0, "DOC", "of this document's last run" },
	[FLAG_CELL] = { "cell", 0, "CELL", "of this cell of it: a name or a number" },
	[FLAG_ALL] = { "all", 0, NULL, "all of it" },
	[FLAG_RESET] = { "reset", 0, NULL, "begin to count anew" },
	[FLAG_SORT] = { "sort", 0, "BY", "age, size, time or name" },
	[FLAG_LIMIT] = { "limit", 0, "N", "no more than N lines" },
	[FLAG_KEYS] = { "keys", 0, NULL, "the keys only" },
	[FLAG_FIX] = { "fix", 0, NULL, "remove what is damaged" },
	[FLAG_DEEP] = { "deep", 0, NULL, "also look for the libraries of objects" },
	[FLAG_ASPECTS] = { "what", 0, "WORDS", "src, unit, inc, cmd, env, log, messages, lib; or all" },
	[FLAG_LINE_NUMBER] = { "line-number", 'n', NULL, "with the number of each line" },
	[FLAG_COUNT] = { "count", 'c', NULL, "only how many lines of each entry match" },
	[FLAG_FILES] = { "files", 'l', NULL, "only which entries match" },
	[FLAG_IGNORE_CASE] = { "ignore-case", 'i', NULL, "capital letters are as small ones" },
	[FLAG_CONTEXT] = { "context", 'C', "N", "with N lines around" },
	[FLAG_FIXED] = { "fixed", 'F', NULL, "the pattern is plain text" },
	[FLAG_NO_BODY] = { "no-body", 0, NULL, "only the head of the function" },
	[FLAG_ARCHIVE] = { "output", 'o', "FILE", "write the archive there; - prints it" },
	[FLAG_TARGETS] = { "targets", 0, NULL, "the files that are written, and what they are made of" },
	[FLAG_ROOTS] = { "roots", 0, NULL, "the names that no block refers to" },
	[FLAG_UNUSED] = { "unused", 0, NULL, "the names that no target and no cell needs" },
	[FLAG_NAMES] = { "names", 0, NULL, "all names: pieces, uses, targets" },
	[FLAG_NAME] = { "name", 0, "NAME", "all about one name; with --graph, what it reaches" },
	[FLAG_GRAPH] = { "graph", 0, NULL, "who refers to whom, for dot" },
	[FLAG_DEPFILE] = { "depfile", 0, "FILE", "write what targets depend on, for make and ninja" },
	[FLAG_STAMP] = { "stamp", 0, "FILE", "touch the file after success" },
	[FLAG_LIST] = { "list", 0, NULL, "only print the targets' paths, a line each" },
	[FLAG_LINE_DIRECTIVES] = { "line-directives", 0, NULL, "say in targets which line comes from where" },
	[FLAG_MAP] = { "map", 0, "FILE", "write which line of a target comes from where, as JSON" },
	[FLAG_NUL] = { "null", '0', NULL, "end each path with a NUL, not a line end" },
	[FLAG_ONE] = { "only", 0, "NAME", "this target only: its path, or a block's name" },
	[FLAG_ONE_FILE] = { "output", 'o', "FILE", "write one target there, or --list; - prints it" },
	[FLAG_DUMP] = { "dump", 0, NULL, "only print all that is known, as JSON" },
	[FLAG_SCHEMA] = { "schema", 0, NULL, "what can be set: types, places, defaults, help, as JSON" },
	[FLAG_CI] = { "ci", 0, "WHERE", "also what checks it there: github, gitlab" },
	[FLAG_WAIT] = { "wait", 0, NULL, "wait for another run of the same document" },
};

/* Where the argument is one of a few words. */
static const char *const words[FLAGS] = {
	[FLAG_COLOR] = "auto|always|never",
	[FLAG_CARRIER] = "comment|braces|lines|front",
	[FLAG_REPORT] = "github|junit=",
	[FLAG_CI] = "github|gitlab",
	[FLAG_CATEGORY] = "lib|fail|run|src|log|inc|text|doc|memo|stats|tree|all",
	[FLAG_SORT] = "age|size|time|name",
	[FLAG_ASPECTS] = "src|unit|inc|cmd|env|log|messages|lib|all",
};

const char *
command_flag_name(enum flag f)
{
	return table[f].name;
}

static bool
takes(const struct command *c, int flag)
{
	const enum flag *f = c->flags;

	if (flag == FLAG_HELP || flag == FLAG_QUIET || flag == FLAG_VERBOSE || flag == FLAG_COLOR)
		return true;
	while (f && *f != FLAGS && (int)*f != flag)
		f++;
	return f && *f != FLAGS;
}

bool
command_flag_at(const struct command *c, size_t k, struct flag_help *f)
{
	int n = 0;

	while (n < FLAGS && (!takes(c, n) || k-- > 0))
		n++;
	if (n == FLAGS)
		return false;
	*f = (struct flag_help){ table[n].name, table[n].letter, table[n].argument, table[n].help, words[n] };
	return true;
}

/* "cache gc" has the page skein-cache-gc. */
static void
tell_page(const struct command *c, FILE *to)
{
	struct str rest = str_of(c->name), word;

	fputs("man skein", to);
	while ((word = str_word(&rest)).len > 0)
		fprintf(to, "-%.*s", STR_ARG(word));
	fputs(" tells more\n", to);
}

static void
command_usage(const struct command *c, FILE *to)
{
	fprintf(to, "usage: skein %s %s\n%s\n", c->name, c->args, c->summary);
	for (int f = 0; f < FLAGS; f++) {
		struct buf left = {0};

		if (!takes(c, f))
			continue;
		if (table[f].letter)
			buf_printf(&left, "-%c, ", table[f].letter);
		buf_printf(&left, "--%s", table[f].name);
		if (table[f].argument)
			buf_printf(&left, " %s", table[f].argument);
		fprintf(to, "  %-24s %s\n", buf_cstr(&left), table[f].help);
		buf_release(&left);
	}
	tell_page(c, to);
}

static void
make_options(const struct command *c, struct option *longs, char *shorts)
{
	*shorts++ = ':';	/* tell a missing argument from an unknown flag */
	for (int f = 0; f < FLAGS; f++) {
		if (!takes(c, f))
			continue;
		*longs++ = (struct option){ table[f].name,
		    table[f].argument ? required_argument : no_argument, NULL, 256 + f };
		if (table[f].letter) {
			*shorts++ = table[f].letter;
			if (table[f].argument)
				*shorts++ = ':';
		}
	}
	*longs = (struct option){0};
	*shorts = '\0';
}

/* A letter may be of several flags, of different commands. */
static int
flag_of(const struct command *c, int got)
{
	if (got >= 256)
		return got - 256;
	for (int f = 0; f < FLAGS; f++)
		if (takes(c, f) && table[f].letter == got)
			return f;
	return FLAGS;
}

/* The nearest flag that the command takes, for "did you mean". */
static const char *
nearest(const struct command *c, struct str wrong)
{
	const char *best = NULL;
	unsigned limit = 2;

	for (int f = 0; f < FLAGS; f++) {
		unsigned far = takes(c, f) ? str_distance(wrong, str_of(table[f].name), limit) : limit + 1;

		if (far <= limit) {
			best = table[f].name;
			limit = far;
		}
	}
	return best;
}

static void
complain(struct invocation *i, int got, char **argv)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	/* getopt stays at a word of several letters until the last was read */
	bool is_letter = optopt > 0 && optopt < 256;
	const char *word = is_letter ? letter : optind > 0 ? argv[optind - 1] : "";
	struct str name = str_of(word);
	bool is_setting;
	const char *near;

	if (got == ':') {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "'%s' needs a value; see skein %s --help", word, i->command->name);
		return;
	}
	while (str_starts(name, STR("-")))
		name = str_slice(name, 1, name.len);
	name = str_slice(name, 0, str_find_byte(name, '='));
	near = nearest(i->command, name);
	is_setting = !is_letter && takes(i->command, FLAG_SET) && setting_find(name);
	if (is_setting)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein %s has no flag '%s', but '%.*s' can be set: --set %.*s=VALUE", i->command->name,
		    word, STR_ARG(name), STR_ARG(name));
	else if (near)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein %s has no flag '%s'; did you mean '--%s'?", i->command->name, word, near);
	else
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein %s has no flag '%s'; see skein %s --help", i->command->name, word,
		    i->command->name);
}

static bool
take_color(struct invocation *i)
{
	struct str when = i->value[FLAG_COLOR];

	if (!i->set[FLAG_COLOR] || str_eq(when, STR("auto")))
		return true;
	if (str_eq(when, STR("always")) || str_eq(when, STR("never"))) {
		i->diag->color = str_eq(when, STR("always"));
		return true;
	}
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "--color is auto, always or never");
	return false;
}

bool
command_parse(struct invocation *i, int argc, char **argv)
{
	struct option longs[FLAGS + 1];
	char shorts[2 * FLAGS + 2];
	char **settings = mem_zalloc(2 * ((size_t)argc + 1), sizeof *settings);
	char **excludes = settings + argc + 1;	/* given back with them */
	int got;

	make_options(i->command, longs, shorts);
	opterr = 0;
	i->settings = settings;
	i->only = mem_zalloc((size_t)argc + 1, sizeof *i->only);
	i->excludes = excludes;
	i->wishes = mem_zalloc((size_t)argc + 1, sizeof *i->wishes);
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int f = flag_of(i->command, got);

		if (got == '?' || got == ':' || f == FLAGS) {
			complain(i, got, argv);
			return false;
		}
		if (f == FLAG_HELP) {
			command_usage(i->command, stdout);
			return false;
		}
		if (f == FLAG_SET || f == FLAG_KEEP)
			settings[i->nsettings++] = optarg;
		if (f == FLAG_ONLY)
			i->only[i->nonly++] = str_of(optarg);
		if (f == FLAG_EXCLUDE)
			excludes[i->nexcludes++] = optarg;
		if (f == FLAG_REPORT)
			i->wishes[i->nwishes++] = str_of(optarg);
		if (f == FLAG_STOP || f == FLAG_KEEP_GOING)
			i->set[FLAG_STOP] = i->set[FLAG_KEEP_GOING] = false;
		i->set[f] = true;
		if (optarg)
			i->value[f] = str_of(optarg);
	}
	i->arguments = argv + optind;
	i->narguments = (size_t)(argc - optind);
	i->diag->quiet = i->set[FLAG_QUIET];
	i->diag->all = i->set[FLAG_VERBOSE];
	if (!take_color(i))
		return false;
	if (i->narguments < i->command->least) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein %s needs %s; see skein %s --help", i->command->name,
		    i->command->args, i->command->name);
		return false;
	}
	return true;
}

static int print_error;		/* the first errno that standard output had */

static void
note_print(bool good)
{
	if (!good && print_error == 0)
		print_error = errno;
}

void
command_print(struct str text)
{
	note_print(fwrite(text.data ? text.data : "", 1, text.len, stdout) == text.len);
}

void
command_flush(void)
{
	note_print(fflush(stdout) == 0);
}

bool
command_finish(void)
{
	command_flush();
	errno = EIO;			/* of one that nobody noted the reason is not known */
	note_print(!ferror(stdout));
	note_print(fclose(stdout) == 0);
	errno = print_error;
	return print_error == 0;
}

void
command_show(struct str lines)
{
	struct buf safe = {0};

	defuse(&safe, lines);
	command_print(buf_str(&safe));
	buf_release(&safe);
}
