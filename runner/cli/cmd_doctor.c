#define _GNU_SOURCE	/* TIOCGWINSZ */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "runner/build/ask.h"
#include "runner/build/launcher.h"
#include "runner/build/process.h"
#include "runner/cli/cache_doctor.h"
#include "runner/cli/command.h"
#include "runner/cli/compilers.h"
#include "runner/cli/finding.h"
#include "runner/cli/heard.h"
#include "runner/cli/load.h"
#include "runner/cli/machine.h"
#include "runner/cli/needs.h"
#include "runner/cli/parts.h"
#include "runner/cli/quantity.h"
#include "runner/cli/specimen.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/project/config.h"
#include "tangle/project/interpreter.h"
#include "tangle/project/project.h"

static void doctor(struct invocation *i);

const struct command cmd_doctor = {
	.name = "doctor",
	.args = "[DOC...]",
	.summary = "try what notebooks need of this machine, and say what to do",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_SET, FLAG_ROOT, FLAG_SHARED_NAMES, FLAG_MAX_DOCUMENT, FLAG_EXCLUDE),
	.starts = true,
	.run = doctor,
};

#ifndef SKEIN_LIBRARIES
#define SKEIN_LIBRARIES	""
#endif

/* Programs that skein itself starts for some options or commands. */
static const struct { const char *name, *package, *what_for; } programs[] = {
	{ "sh", "dash", "console blocks" },
	{ "pkg-config", "pkg-config", "pkg=" },
	{ "git", "git", "--changed" },
};

struct doctor {
	struct invocation *invocation;
	struct findings *findings;
	struct arena *arena;
	struct str chosen, by;		/* the compiler of cells that say none, and who says so */
};

/* ---- skein itself ------------------------------------------------------------------------ */

static void
tell_part(struct doctor *x, const char *name, const char *path, enum finding_level bad, const char *what_for)
{
	if (path)
		finding(x->findings, FINDING_OK, name, str_of(path), NULL);
	else
		finding(x->findings, bad, name, STR("is not there"),
		    arena_printf(x->arena, "%s: install skein again", what_for).data);
}

static void
tell_parts(struct doctor *x)
{
	struct str headers = parts_headers(x->arena), object;
	const char *host;
	struct heard h;

	heard_begin(&h);
	host = parts_host(x->arena, &h.diag);
	object = parts_host_object(x->arena, &h.diag);
	(void)heard_end(&h, x->arena);
	tell_part(x, "skein-host", host, FINDING_ERROR, "cells run in it");
	tell_part(x, "host.o", object.len > 0 ? "is beside it" : NULL, FINDING_WARNING, "sanitize= needs it");
	tell_part(x, "skein-lua.so", parts_lua(x->arena), FINDING_WARNING, "Lua cells need it");
	tell_part(x, "skein.h", headers.len > 0 ? headers.data : NULL, FINDING_WARNING, "cells that show values and pictures include it");
}

static void
examine_skein(struct doctor *x)
{
	findings_about(x->findings, "skein");
	finding(x->findings, FINDING_OK, "version", STR(SKEIN_VERSION), NULL);
	if (SKEIN_LIBRARIES[0] != '\0')
		finding(x->findings, FINDING_OK, "built with", STR(SKEIN_LIBRARIES), NULL);
	tell_parts(x);
}

/* ---- settings ------------------------------------------------------------------------------ */

static void
take_choice(struct doctor *x, const struct options *o, const char *key, struct str by)
{
	const struct option *cc = o ? options_own(o, key) : NULL;

	if (!cc || cc->value.len == 0)
		return;
	x->chosen = arena_str(x->arena, cc->value);
	x->by = by;
}

static void
tell_settings(struct doctor *x, const char *name, const struct config *c, struct str wrong, struct str path)
{
	if (wrong.len > 0)
		finding(x->findings, FINDING_ERROR, name, wrong, "no document is touched until it is mended");
	else if (c->passed.len > 0)
		finding(x->findings, FINDING_WARNING, name, arena_printf(x->arena, "%.*s does not count: %.*s",
		    STR_ARG(path), STR_ARG(c->passed)), "make it yours alone, or name its folder in trust of config.lua");
	else if (c->exists)
		finding(x->findings, FINDING_OK, name, arena_printf(x->arena, "%.*s counts", STR_ARG(path)), NULL);
	else
		finding(x->findings, FINDING_OK, name, path.len > 0 ?
		    arena_printf(x->arena, "there is no %.*s, and none is needed", STR_ARG(path)) :
		    STR("neither HOME nor XDG_CONFIG_HOME says where they would be"), NULL);
}

static void
examine_settings(struct doctor *x)
{
	struct str path = config_users_path(x->arena), root, wrong;
	struct config users, own;
	struct project_passed passed = {0};
	struct heard h;

	findings_about(x->findings, "settings");
	x->chosen = STR("gcc");
	x->by = STR("the default");
	heard_begin(&h);
	(void)config_read_users(&users, x->arena, &h.diag);
	wrong = heard_end(&h, x->arena);
	tell_settings(x, "the user's", &users, wrong, path);
	take_choice(x, &users.options, "cc", path);
	root = x->invocation->set[FLAG_ROOT] ? x->invocation->value[FLAG_ROOT] :
	    project_root(x->arena, STR("./x.md"), &users.trust, &passed);
	heard_begin(&h);
	(void)config_read(&own, root, &users, x->arena, &h.diag);
	wrong = heard_end(&h, x->arena);
	if (passed.path.len > 0 && !own.exists) {
		own.passed = passed.why;
		tell_settings(x, "the project's", &own, wrong, passed.path);
	} else {
		tell_settings(x, "the project's", &own, wrong, str_eq(root, STR(".")) ? STR("skein.lua") :
		    arena_printf(x->arena, "%.*s/skein.lua", STR_ARG(root)));
	}
	take_choice(x, &own.options, "cc", STR("skein.lua"));
	config_release(&own);
	config_release(&users);
}

/* Over all that files say. */
static void
take_word(struct doctor *x)
{
	for (size_t k = 0; k < x->invocation->nsettings; k++) {
		struct str value, key = str_cut(str_of(x->invocation->settings[k]), '=', &value);

		if (str_eq(str_trim(key), STR("cc")) && value.len > 0) {
			x->chosen = value;
			x->by = STR("--set");
		}
	}
}

/* ---- other programs --------------------------------------------------------------------------- */

static void
tell_engines(struct doctor *x)
{
	struct buf here = {0}, missing = {0}, packages = {0};
	const struct interpreter *e;

	for (size_t k = 0; (e = interpreter_nth(k)); k++) {
		bool is_here = process_find(e->command[0], ask_path(), x->arena) != NULL;

		buf_printf(is_here ? &here : &missing, " %s", e->language);
		if (!is_here && e->package)
			buf_printf(&packages, " %s", e->package);
	}
	if (here.len > 0)
		finding(x->findings, FINDING_OK, "languages", str_trim(buf_str(&here)), NULL);
	if (missing.len > 0)
		finding(x->findings, FINDING_NOTE, "languages not here", str_trim(buf_str(&missing)),
		    arena_printf(x->arena, "only for cells in them: apt install%.*s", STR_ARG(buf_str(&packages))).data);
	buf_release(&here);
	buf_release(&missing);
	buf_release(&packages);
}

static void
tell_launcher(struct doctor *x)
{
	const char *given = getenv("SKEIN_LAUNCHER");
	struct launcher l = {0};
	struct str wrong;
	struct heard h;

	heard_begin(&h);
	launcher_find(&l, x->arena, &h.diag);
	wrong = heard_end(&h, x->arena);
	if (wrong.len > 0)
		finding(x->findings, FINDING_WARNING, "SKEIN_LAUNCHER", wrong, "unset it, or apt install ccache");
	else
		finding(x->findings, FINDING_OK, "SKEIN_LAUNCHER", given && *given ? str_of(given) :
		    STR("is not set, and not needed: skein has a cache of its own"), NULL);
}

static void
examine_programs(struct doctor *x)
{
	findings_about(x->findings, "programs");
	for (size_t k = 0; k < sizeof programs / sizeof *programs; k++) {
		const char *path = process_find(programs[k].name, ask_path(), x->arena);

		if (path)
			finding(x->findings, FINDING_OK, programs[k].name, str_of(path), NULL);
		else
			finding(x->findings, FINDING_NOTE, programs[k].name, STR("is not on the search path"),
			    arena_printf(x->arena, "only %s %s it: apt install %s", programs[k].what_for,
			    k == 0 ? "need" : "needs", programs[k].package).data);
	}
	tell_engines(x);
	tell_launcher(x);
}

/* ---- folders and the terminal -------------------------------------------------------------------- */

static void
tell_temporary(struct doctor *x)
{
	const char *given = getenv("TMPDIR"), *path = given && *given == '/' ? given : "/tmp";
	struct buf text = {0};
	struct statvfs v;
	bool is_low;

	if (access(path, W_OK | X_OK) == -1) {
		finding(x->findings, FINDING_WARNING, "TMPDIR", arena_printf(x->arena, "%s: %s", path, strerror(errno)),
		    "compilers and cells work there: export TMPDIR=FOLDER");
		return;
	}
	is_low = statvfs(path, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < UINT64_C(100) << 20;
	buf_printf(&text, "%s", path);
	if (statvfs(path, &v) == 0) {
		buf_add(&text, STR(", "));
		quantity_bytes(&text, (uint64_t)v.f_bavail * v.f_frsize);
		buf_add(&text, STR(" free"));
	}
	finding(x->findings, is_low ? FINDING_WARNING : FINDING_OK, "TMPDIR", buf_str(&text),
	    is_low ? "compilers and cells work there: make room, or export TMPDIR=FOLDER" : NULL);
	buf_release(&text);
}

static void
examine_cache(struct doctor *x)
{
	struct str wrong;
	struct heard h;
	bool is_unsafe;

	findings_about(x->findings, "cache");
	heard_begin(&h);
	(void)cache_examine(x->findings, &h.diag);
	is_unsafe = h.diag.errors > 0;
	wrong = heard_end(&h, x->arena);
	if (wrong.len > 0)
		finding(x->findings, is_unsafe ? FINDING_ERROR : FINDING_WARNING, "cache", wrong, is_unsafe ? NULL :
		    "each run compiles all cells anew: set SKEIN_CACHE_DIR or HOME to a folder that can be written");
	tell_temporary(x);
}

static const char *
locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		const char *value = getenv(names[k]);

		if (value && *value)
			return value;
	}
	return "C";
}

static void
examine_terminal(struct doctor *x)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
	struct str locales = str_of(locale());
	bool is_utf8 = str_find(locales, STR("UTF-8")) < locales.len || str_find(locales, STR("utf8")) < locales.len;
	struct winsize size;

	findings_about(x->findings, "terminal");
	if (!isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO))
		finding(x->findings, FINDING_OK, "terminal", STR("there is none: no colours, no progress"), NULL);
	else if (ioctl(isatty(STDERR_FILENO) ? STDERR_FILENO : STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		finding(x->findings, FINDING_OK, "terminal", arena_printf(x->arena, "%s, %d columns", term ? term : "TERM is not set",
		    size.ws_col), NULL);
	else
		finding(x->findings, FINDING_OK, "terminal", str_of(term ? term : "TERM is not set"), NULL);
	if (none && *none)
		finding(x->findings, FINDING_OK, "colours", STR("off (NO_COLOR)"), NULL);
	else if (term && strcmp(term, "dumb") == 0 && isatty(STDERR_FILENO))
		finding(x->findings, FINDING_NOTE, "colours", STR("TERM=dumb knows none"), "say --color=never, or export NO_COLOR=1");
	finding(x->findings, is_utf8 ? FINDING_OK : FINDING_NOTE, "locale", locales, is_utf8 ? NULL :
	    "documents are UTF-8, and messages quote them: export LANG=C.UTF-8");
}

/* ---- all of it -------------------------------------------------------------------------------------- */

static void
examine_compilers(struct doctor *x, const struct specimens *s)
{
	findings_about(x->findings, "compilers");
	compilers_try(x->findings, s, x->chosen, x->by);
}

static void
examine_documents(struct doctor *x, const struct specimens *s)
{
	struct load l;

	if (x->invocation->narguments == 0)
		return;
	load_documents(&l, x->invocation);
	needs_try(x->findings, s, &l, x->chosen.data, x->invocation->diag);
	load_release(&l);
}

static void
examine_all(struct doctor *x)
{
	struct specimens s;
	struct heard h;
	struct str wrong;
	bool has_specimens;

	examine_skein(x);
	examine_settings(x);
	take_word(x);
	x->chosen = arena_str(x->arena, x->chosen);
	heard_begin(&h);
	has_specimens = specimens_open(&s, x->arena, &h.diag);
	wrong = heard_end(&h, x->arena);
	if (!has_specimens)
		finding(x->findings, FINDING_ERROR, "TMPDIR", wrong, "cells need a folder: export TMPDIR=FOLDER");
	else
		examine_compilers(x, &s);
	findings_about(x->findings, "kernel");
	machine_kernel(x->findings);
	findings_about(x->findings, "limits");
	machine_limits(x->findings);
	examine_programs(x);
	examine_cache(x);
	examine_terminal(x);
	if (has_specimens) {
		examine_documents(x, &s);
		specimens_close(&s);
	}
}

/* The last line, for people. */
static void
sum_up(const struct doctor *x)
{
	const struct findings *f = x->findings;
	size_t errors = f->count[FINDING_ERROR], warnings = f->count[FINDING_WARNING];
	struct str line;

	if (x->invocation->set[FLAG_JSON])
		return;
	line = arena_printf(x->arena, "\n%s: %zu error%s, %zu warning%s\n", errors > 0 ?
	    x->invocation->narguments > 0 ? "something that is needed is missing" : "notebooks cannot run here" :
	    "notebooks can run here", errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
	command_print(line);
}

static void
doctor(struct invocation *i)
{
	struct findings f;
	struct arena a;
	struct doctor x = { .invocation = i, .findings = &f, .arena = &a };
	bool is_asked = i->value[FLAG_COLOR].len > 0 && !str_eq(i->value[FLAG_COLOR], STR("auto"));

	arena_init(&a);
	findings_begin(&f, i->set[FLAG_JSON], i->diag->color && (is_asked || isatty(STDOUT_FILENO)), &a);
	examine_all(&x);
	sum_up(&x);
	findings_end(&f);
	if (f.count[FINDING_ERROR] > 0)
		diag_status_add(i->diag, STATUS_ENVIRONMENT);
	arena_release(&a);
}
