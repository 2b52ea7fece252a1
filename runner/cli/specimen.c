#define _GNU_SOURCE	/* getopt.h's optind = 0 */
#include "runner/cli/specimen.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/heard.h"
#include "runner/cli/reports.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

enum { SECONDS = 10, MOST_SET = 8 };

#define FENCE	"```"
#define ANSWER	"It is 42."

static const struct { const char *name, *text; } texts[SPECIMEN_KINDS] = {
	[SPECIMEN_C] = { "c.md",
	    FENCE "c\nprintf(\"It is %d.\\n\", 6 * 7);\n" FENCE "\n" },
	[SPECIMEN_CXX] = { "cxx.md",
	    FENCE "cpp\n#include <vector>\n"
	    "extern \"C\" int twice(int x) { return std::vector<int>(2, x).size() * x; }\n" FENCE "\n\n"
	    FENCE "c\n#include <stdio.h>\nprintf(\"It is %d.\\n\", twice(21));\n" FENCE "\n" },
	[SPECIMEN_CRASH] = { "crash.md",
	    FENCE "c\nint x = 42;\n" FENCE "\n\n"
	    FENCE "c {fails=crash}\nx = 0;\n*(volatile int *)0 = 1;\n" FENCE "\n\n"
	    FENCE "c\nprintf(\"It is %d.\\n\", x);\n" FENCE "\n" },
	[SPECIMEN_LUA] = { "lua.md",
	    FENCE "lua {run}\nprint(\"It is \" .. 6 * 7 .. \".\")\n" FENCE "\n" },
};

/* ---- where they stand ------------------------------------------------------------------- */

static bool
write_one(const struct specimens *s, enum specimen_kind kind)
{
	int fd = openat(s->home.fd, texts[kind].name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t size = strlen(texts[kind].text);
	bool done;

	if (fd == -1)
		return false;
	done = write(fd, texts[kind].text, size) == (ssize_t)size;
	return close(fd) == 0 && done;
}

bool
specimens_open(struct specimens *s, struct arena *a, struct diag *d)
{
	s->arena = a;
	if (!home_open(&s->home, STR("skein doctor"), a, d))
		return false;
	for (int k = 0; k < SPECIMEN_KINDS; k++) {
		if (write_one(s, (enum specimen_kind)k))
			continue;
		diag_errno(d, "write a document into", s->home.path);
		home_close(&s->home);
		return false;
	}
	return true;
}

void
specimens_close(struct specimens *s)
{
	home_close(&s->home);
}

/* ---- running ------------------------------------------------------------------------------ */

struct order {
	int argc;
	char **argv;
};

/* In the child: as main does it. */
static int
run_command(void *arg)
{
	const struct order *o = arg;
	struct diag d;
	struct invocation i = { .command = &cmd_run, .diag = &d };

	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	optind = 0;			/* getopt has read the doctor's own words before */
	if (command_parse(&i, o->argc, o->argv))
		cmd_run.run(&i);
	reports_close(i.reports);
	diag_release(&d);
	return i.signal ? 128 + i.signal : (int)diag_status(&d);
}

void
specimen_run(const struct specimens *s, enum specimen_kind kind, const char *const *set,
    struct venture *v)
{
	struct arena *a = s->arena;
	const char *words[8 + 2 * (MOST_SET + 1)] = { "run", "--color=never", "-q", "-o", "-", "-C",
		s->home.path.data };
	struct order o = { .argc = 7 };

	words[o.argc++] = arena_printf(a, "%.*s/%s", STR_ARG(s->home.path), texts[kind].name).data;
	words[o.argc++] = "--set";
	words[o.argc++] = "cache=off";
	for (int k = 0; set && set[k] && k < MOST_SET; k++) {
		words[o.argc++] = "--set";
		words[o.argc++] = set[k];
	}
	o.argv = arena_alloc(a, (size_t)o.argc + 1, sizeof *o.argv);
	for (int k = 0; k < o.argc; k++)
		o.argv[k] = arena_cstr(a, str_of(words[k]));
	venture(v, run_command, &o, SECONDS, a);
}

bool
specimen_is_well(const struct venture *v)
{
	return venture_is_well(v) && str_find(v->out, STR("\n" ANSWER "\n")) < v->out.len;
}

/* ---- why not -------------------------------------------------------------------------------- */

struct str
specimen_reason(const struct venture *v, struct arena *a)
{
	struct str words, id;

	if (v->end == VENTURE_DONE && heard_first(v->err, &words, &id))
		return words;
	if (venture_is_well(v))
		return STR("it did not print what it should");
	return venture_how(v, a);
}

struct str
specimen_id(const struct venture *v)
{
	struct str words, id;

	return heard_first(v->err, &words, &id) ? id : STR("");
}
