#include "runner/cli/single.h"

#include "runner/cli/builds.h"
#include "runner/cli/load.h"
#include "runner/cli/targets.h"
#include "tangle/document/blocks.h"

/* What was found so far: one node, or several under one name. */
struct found {
	struct node *node;
	bool is_ambiguous;
};

static void
add(struct found *f, struct node *n)
{
	f->is_ambiguous = f->is_ambiguous || (f->node && n && f->node != n);
	f->node = n ? n : f->node;
}

static struct found
look_for(const struct load *l, struct str name)
{
	struct found f = {0};

	for (size_t k = 0; k < l->graph.ntargets; k++)
		if (name.len == 0 || str_eq(l->graph.targets[k]->file, name))
			add(&f, l->graph.targets[k]);
	if (f.node || name.len == 0)
		return f;
	for (size_t k = 0; k < l->n; k++)
		add(&f, graph_find(&l->graph, &l->blocks[k], name));
	return f;
}

static void
name_targets(const struct load *l, struct diag *d)
{
	for (size_t k = 0; k < l->graph.ntargets; k++)
		diag_note(d, node_file_at(l->graph.targets[k]), "there is '%.*s'",
		    STR_ARG(l->graph.targets[k]->file));
}

struct node *
single_find(const struct load *l, struct str name, struct diag *d)
{
	struct found f = look_for(l, name);

	if (f.node && !f.is_ambiguous)
		return f.node;
	if (name.len == 0)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage", f.node
		    ? "there is more than one target; --only says which" : "there is no target");
	else if (f.is_ambiguous)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "several documents have a block '%.*s'; --only doc::name says which",
		    STR_ARG(name));
	else
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage",
		    "neither a target nor a block is named '%.*s'", STR_ARG(name));
	name_targets(l, d);
	return NULL;
}

bool
single_write(struct load *l, struct node *n, struct str file, bool allow_missing,
    struct diag *d)
{
	struct str text;

	return targets_text(l, n, allow_missing, &text, d) && builds_put(file, text, n->mode, d);
}
