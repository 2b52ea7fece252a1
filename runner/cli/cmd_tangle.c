#include "runner/cli/builds.h"
#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/base/buf.h"
#include "tangle/base/lock.h"
#include "tangle/base/root.h"
#include "tangle/emit/emit.h"
#include "tangle/expand/unused.h"

static void tangle(struct invocation *i);
static void clean(struct invocation *i);

const struct command cmd_tangle = {
	.name = "tangle",
	.args = "DOC...",
	.summary = "write the files that blocks with file= make",
	.flags = FLAG_BIT(FLAG_ROOT) | FLAGS_LIMITS | FLAG_BIT(FLAG_CHECK) | FLAG_BIT(FLAG_FORCE) |
	    FLAG_BIT(FLAG_SHARED_NAMES) | FLAG_BIT(FLAG_ALLOW_MISSING) | FLAG_BIT(FLAG_SET) |
	    FLAG_BIT(FLAG_WAIT) | FLAG_BIT(FLAG_DEPFILE) | FLAG_BIT(FLAG_STAMP) |
	    FLAG_BIT(FLAG_LIST) | FLAG_BIT(FLAG_NUL) | FLAG_BIT(FLAG_LINE_DIRECTIVES) | FLAG_BIT(FLAG_MAP) |
	    FLAG_BIT(FLAG_TRUST_TARGETS),
	.least = 1,
	.run = tangle,
};

const struct command cmd_clean = {
	.name = "clean",
	.args = "DOC...",
	.summary = "remove targets that only we made and no document names any more",
	.flags = FLAG_BIT(FLAG_ROOT) | FLAG_BIT(FLAG_SHARED_NAMES) | FLAG_BIT(FLAG_SET) |
	    FLAG_BIT(FLAG_WAIT) | FLAG_BIT(FLAG_TRUST_TARGETS),
	.least = 1,
	.run = clean,
};

static struct emit_options
options_of(const struct invocation *i, const struct targets *t)
{
	return (struct emit_options){
		.documents = t->documents, .ndocuments = t->ndocuments,
		.check = i->set[FLAG_CHECK], .force = i->set[FLAG_FORCE],
		.trusted = i->set[FLAG_TRUST_TARGETS],
		.wait = i->set[FLAG_WAIT] ? LOCK_FOREVER : 0,
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
	struct buf out = {0};

	for (size_t k = 0; k < f->nmade; k++) {
		buf_add(&out, f->made[k]);
		buf_byte(&out, i->set[FLAG_NUL] ? '\0' : '\n');
	}
	command_print(buf_str(&out));
	buf_release(&out);
}

/* What a build system wants to know is true only of a run in which all went well. */
static void
write_targets(struct invocation *i, struct load *l, const struct targets *groups, size_t n,
    const struct build_files *f)
{
	if (!builds_check(l, f, i->diag))
		return;
	each_root(i, groups, n, emit_files);
	unused_warn(&l->graph, i->diag);
	if (diag_status(i->diag) == STATUS_DONE)
		(void)builds_finish(l, f, i->diag);
}

static void
tangle(struct invocation *i)
{
	struct build_files f = { .depfile = i->value[FLAG_DEPFILE], .stamp = i->value[FLAG_STAMP],
	    .map = i->value[FLAG_MAP] };
	struct targets *groups;
	struct load l;
	size_t n;

	load_documents(&l, i);
	groups = targets_make(&l, i->set[FLAG_ALLOW_MISSING], &n, i->diag);
	f.made = builds_paths(groups, n, i->set[FLAG_TRUST_TARGETS], &l.arena, &f.nmade, i->diag);
	if (i->set[FLAG_LIST])
		print_paths(i, &f);
	else
		write_targets(i, &l, groups, n, &f);
	load_release(&l);
}

static void
clean(struct invocation *i)
{
	struct targets *groups;
	struct load l;
	size_t n;

	load_documents(&l, i);
	groups = targets_make(&l, false, &n, i->diag);
	each_root(i, groups, n, emit_clean);
	load_release(&l);
}
