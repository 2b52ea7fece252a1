#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/base/lock.h"
#include "tangle/base/root.h"
#include "tangle/emit/emit.h"

static void tangle(struct invocation *i);
static void clean(struct invocation *i);

const struct command cmd_tangle = {
	.name = "tangle",
	.args = "DOC...",
	.summary = "write the files that blocks with file= make",
	.flags = FLAG_BIT(FLAG_ROOT) | FLAG_BIT(FLAG_CHECK) | FLAG_BIT(FLAG_FORCE) |
	    FLAG_BIT(FLAG_SHARED_NAMES) | FLAG_BIT(FLAG_ALLOW_MISSING) | FLAG_BIT(FLAG_SET) |
	    FLAG_BIT(FLAG_WAIT),
	.least = 1,
	.run = tangle,
};

const struct command cmd_clean = {
	.name = "clean",
	.args = "DOC...",
	.summary = "remove targets that only we made and no document names any more",
	.flags = FLAG_BIT(FLAG_ROOT) | FLAG_BIT(FLAG_SHARED_NAMES) | FLAG_BIT(FLAG_SET) |
	    FLAG_BIT(FLAG_WAIT),
	.least = 1,
	.run = clean,
};

static struct emit_options
options_of(const struct invocation *i, const struct targets *t)
{
	return (struct emit_options){
		.documents = t->documents, .ndocuments = t->ndocuments,
		.check = i->set[FLAG_CHECK], .force = i->set[FLAG_FORCE],
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
each_root(struct invocation *i, bool (*fn)(const struct root *, const struct target *, size_t,
    const struct emit_options *, struct emit_counts *, struct diag *))
{
	struct load l;
	struct targets *groups;
	size_t n;

	load_documents(&l, i);
	groups = targets_make(&l, i->set[FLAG_ALLOW_MISSING], &n, i->diag);
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
	if (fn == emit_files)
		graph_warn_unused(&l.graph, i->diag);
	load_release(&l);
}

static void
tangle(struct invocation *i)
{
	each_root(i, emit_files);
}

static void
clean(struct invocation *i)
{
	each_root(i, emit_clean);
}
