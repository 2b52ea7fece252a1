/* isatty */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "runner/cli/builds.h"
#include "runner/cli/command.h"
#include "runner/cli/dump.h"
#include "runner/cli/load.h"
#include "runner/cli/pictures.h"
#include "runner/cli/single.h"
#include "runner/cli/targets.h"
#include "runner/cli/told.h"
#include "tangle/base/buf.h"
#include "tangle/base/lock.h"
#include "tangle/base/root.h"
#include "tangle/emit/emit.h"
#include "tangle/expand/annotate.h"
#include "tangle/expand/unused.h"

static void tangle(struct invocation *i);
static void clean(struct invocation *i);

const struct command cmd_tangle = {
	.name = "tangle",
	.args = "DOC...",
	.summary = "write the files that blocks with file= make",
	.flags = FLAGS_OF(FLAG_ROOT, FLAGS_LIMITS, FLAG_CHECK, FLAG_FORCE, FLAG_SHARED_NAMES,
	    FLAG_ALLOW_MISSING, FLAG_SET, FLAG_WAIT, FLAG_DEPFILE, FLAG_STAMP, FLAG_LIST,
	    FLAG_NUL, FLAG_ONE, FLAG_ONE_FILE, FLAG_DUMP, FLAG_DRY_RUN, FLAG_JSON,
	    FLAG_LINE_DIRECTIVES, FLAG_MAP, FLAG_TRUST_TARGETS, FLAG_EXCLUDE),
	.least = 1,
	.run = tangle,
};

const struct command cmd_clean = {
	.name = "clean",
	.args = "DOC...",
	.summary = "remove targets that only we made and no document names any more",
	.flags = FLAGS_OF(FLAG_ROOT, FLAG_SHARED_NAMES, FLAG_SET, FLAG_MAX_DOCUMENT, FLAG_WAIT,
	    FLAG_DRY_RUN, FLAG_JSON, FLAG_TRUST_TARGETS, FLAG_EXCLUDE),
	.least = 1,
	.run = clean,
};

/* Each of the first does something else than to write targets. */
static bool
flags_agree(const struct invocation *i)
{
	static const enum flag pairs[][2] = {
		{ FLAG_LIST, FLAG_DUMP }, { FLAG_LIST, FLAG_CHECK },
		{ FLAG_LIST, FLAG_DRY_RUN }, { FLAG_LIST, FLAG_JSON }, { FLAG_LIST, FLAG_DEPFILE },
		{ FLAG_LIST, FLAG_STAMP }, { FLAG_LIST, FLAG_MAP },
		{ FLAG_DUMP, FLAG_ONE_FILE }, { FLAG_DUMP, FLAG_CHECK }, { FLAG_DUMP, FLAG_DRY_RUN },
		{ FLAG_DUMP, FLAG_JSON }, { FLAG_DUMP, FLAG_DEPFILE }, { FLAG_DUMP, FLAG_STAMP },
		{ FLAG_DUMP, FLAG_MAP }, { FLAG_DUMP, FLAG_ONE },
		{ FLAG_ONE_FILE, FLAG_CHECK }, { FLAG_ONE_FILE, FLAG_DRY_RUN },
		{ FLAG_ONE_FILE, FLAG_JSON }, { FLAG_ONE_FILE, FLAG_MAP },
		{ FLAG_DRY_RUN, FLAG_CHECK }, { FLAG_DRY_RUN, FLAG_DEPFILE },
		{ FLAG_DRY_RUN, FLAG_STAMP }, { FLAG_DRY_RUN, FLAG_MAP },
	};

	for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
		if (!i->set[pairs[k][0]] || !i->set[pairs[k][1]])
			continue;
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "--%s and --%s do not go together", command_flag_name(pairs[k][0]),
		    command_flag_name(pairs[k][1]));
		return false;
	}
	return true;
}

static struct emit_options
options_of(const struct invocation *i, const struct targets *t)
{
	return (struct emit_options){
		.documents = t->documents, .ndocuments = t->ndocuments,
		.check = i->set[FLAG_CHECK], .force = i->set[FLAG_FORCE],
		.trusted = i->set[FLAG_TRUST_TARGETS], .dry = i->set[FLAG_DRY_RUN],
		.wait = i->set[FLAG_WAIT] ? LOCK_FOREVER : 0,
		.tell = told_fate,
	};
}

static void
say_counts(const struct invocation *i, const struct emit_counts *c)
{
	if (i->set[FLAG_VERBOSE])
		fprintf(stderr, "skein: %zu written, %zu unchanged, %zu removed\n",
		    c->written, c->unchanged, c->removed);
}

static void
each_root(struct invocation *i, const struct targets *groups, size_t n,
    bool (*fn)(const struct root *, const struct target *, size_t,
    const struct emit_options *, struct emit_counts *, struct diag *))
{
	for (size_t k = 0; k < n; k++) {
		struct emit_options o = options_of(i, &groups[k]);
		struct emit_counts counts = {0};
		struct root root;
		struct told told = { i, &root };

		o.whom = &told;
		if (!root_open(&root, groups[k].root, i->diag))
			continue;
		fn(&root, groups[k].list, groups[k].n, &o, &counts, i->diag);
		say_counts(i, &counts);
		root_close(&root);
	}
}

static void
print_paths(const struct invocation *i, const struct build_files *f)
{
	struct str to = f->output.len ? f->output : STR("-");
	struct buf out = {0};

	for (size_t k = 0; k < f->nmade; k++) {
		buf_add(&out, f->made[k]);
		buf_byte(&out, i->set[FLAG_NUL] ? '\0' : '\n');
	}
	(void)builds_put(to, buf_str(&out), -1, i->diag);
	buf_release(&out);
}

/* To who reads at a terminal: nothing was to be done, which looks as if it had been done. */
static void
say_nothing_to_do(const struct invocation *i, const struct targets *groups, size_t n)
{
	size_t targets = 0;

	for (size_t k = 0; k < n; k++)
		targets += groups[k].n;
	if (targets == 0 && !i->set[FLAG_QUIET] && diag_status(i->diag) == STATUS_DONE && isatty(STDERR_FILENO))
		fputs("skein: note: no targets: no block has file=\n", stderr);
}

/* What a build system wants to know is true only of a run in which all went well. */
static void
write_targets(struct invocation *i, struct load *l, const struct targets *groups, size_t n,
    const struct build_files *f)
{
	each_root(i, groups, n, emit_files);
	say_nothing_to_do(i, groups, n);
	unused_warn(&l->graph, i->diag);
	annotate_warn(&l->graph, i->diag);
	if (diag_status(i->diag) == STATUS_DONE)
		(void)builds_finish(l, f, i->diag);
}

/* What is made is the one file, whatever the target's path. */
static void
write_one(struct invocation *i, struct load *l, struct node *n, struct build_files *f)
{
	f->made = &f->output;
	f->nmade = str_eq(f->output, STR("-")) ? 0 : 1;
	if (builds_check(l, f, i->diag) &&
	    single_write(l, n, f->output, i->set[FLAG_ALLOW_MISSING], i->diag) &&
	    diag_status(i->diag) == STATUS_DONE)
		(void)builds_finish(l, f, i->diag);
}

/* What is asked for about the targets, of all or of `only`. */
static void
do_all(struct invocation *i, struct load *l, const struct node *only, struct build_files *f)
{
	struct targets *groups;
	size_t n;

	groups = targets_make(l, i->set[FLAG_ALLOW_MISSING], only, &n, i->diag);
	if (i->set[FLAG_DUMP]) {
		dump_print(l, groups, n, i->set[FLAG_TRUST_TARGETS], i->diag);
		return;
	}
	f->made = builds_paths(groups, n, only, i->set[FLAG_TRUST_TARGETS], &l->arena,
	    &f->nmade, i->diag);
	if (!builds_check(l, f, i->diag))
		return;
	if (i->set[FLAG_LIST])
		print_paths(i, f);
	else
		write_targets(i, l, groups, n, f);
}

static bool
is_target(const struct node *n, struct diag *d)
{
	if (n->file.len == 0)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "'%.*s' is written to no file; -o - prints it", STR_ARG(n->name));
	return n->file.len > 0;
}

static void
tangle(struct invocation *i)
{
	struct build_files f = { .depfile = i->value[FLAG_DEPFILE],
	    .stamp = i->value[FLAG_STAMP], .output = i->value[FLAG_ONE_FILE],
	    .map = i->value[FLAG_MAP] };
	bool apart = i->set[FLAG_ONE_FILE] && !i->set[FLAG_LIST];
	bool one = apart || i->set[FLAG_ONE];
	struct node *only = NULL;
	struct load l;

	if (!flags_agree(i))
		return;
	load_documents(&l, i);
	if (one)
		only = single_find(&l, i->value[FLAG_ONE], i->diag);
	if (only && apart)
		write_one(i, &l, only, &f);
	else if (!one || (only && is_target(only, i->diag)))
		do_all(i, &l, only, &f);
	load_release(&l);
}

/* Those that documents show no more, or of documents that are gone. */
static void
clean_pictures(struct invocation *i, const struct targets *groups, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct root root;
		struct told told = { i, &root };
		size_t removed;

		if (!root_open(&root, groups[k].root, i->diag))
			continue;
		removed = pictures_clean(&root, i->set[FLAG_DRY_RUN], told_fate, &told, i->diag);
		if (removed > 0 && i->set[FLAG_VERBOSE])
			fprintf(stderr, "skein: %zu picture%s removed\n", removed, removed == 1 ? "" : "s");
		root_close(&root);
	}
}

static void
clean(struct invocation *i)
{
	struct targets *groups;
	struct load l;
	size_t n;

	load_documents(&l, i);
	groups = targets_make(&l, false, NULL, &n, i->diag);
	each_root(i, groups, n, emit_clean);
	clean_pictures(i, groups, n);
	load_release(&l);
}
