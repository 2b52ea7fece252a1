#include "runner/cache/budget.h"
#include "runner/cache/ledger.h"
#include "runner/cli/collection.h"
#include "runner/cli/command.h"
#include "runner/cli/lastrun.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/project/settings.h"

static void gc(struct invocation *i);

const struct command cache_gc = {
	.name = "cache gc",
	.args = "[FLAG...]",
	.summary = "take out what was not used for long, or is too much",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_MAX_SIZE, FLAG_MAX_AGE, FLAG_MIN_FREE, FLAG_KEEP,
	    FLAG_DRY_RUN),
	.run = gc,
};

static bool
complain(struct invocation *i, enum flag f, const char *name, const char *form)
{
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", "--%s takes %s, not '%.*s'",
	    name, form, STR_ARG(i->value[f]));
	return false;
}

/* Flags over the environment. */
static bool
read_budget(struct invocation *i, struct budget *b)
{
	budget_of_environment(b, i->diag);
	if (i->set[FLAG_MAX_SIZE] && !setting_size(i->value[FLAG_MAX_SIZE], &b->max_size))
		return complain(i, FLAG_MAX_SIZE, "max-size", "a size like 300M");
	if (i->set[FLAG_MAX_AGE] && !setting_duration(i->value[FLAG_MAX_AGE], &b->max_age))
		return complain(i, FLAG_MAX_AGE, "max-age", "a time like 7d");
	if (i->set[FLAG_MIN_FREE] && !setting_size(i->value[FLAG_MIN_FREE], &b->min_free))
		return complain(i, FLAG_MIN_FREE, "min-free", "a size like 1G");
	return true;
}

/* What the documents that were named used last; nothing goes if one of them is not known. */
static bool
keep_documents(struct collection *c)
{
	const struct invocation *i = c->invocation;
	struct gc *g = &c->gc;
	struct digest ledger;
	struct lastrun r;

	for (size_t k = 0; k < i->nsettings; k++) {
		if (!lastrun_find(&r, &c->folder, str_of(i->settings[k]), STR(""), &c->arena, i->diag))
			return false;
		for (size_t n = 0; n < r.n; n++)
			gc_pin(g, survey_find_result(&g->survey, &r.results[n]));
		ledger = ledger_name(path_real(str_of(i->settings[k]), &c->arena));
		gc_pin(g, survey_find(&g->survey, KIND_LEDGER, &ledger));
	}
	return true;
}

/* Only then may it be less than what was asked for. */
static void
tell_if_over(const struct collection *c, const struct budget *b)
{
	if (c->gc.others_run && c->gc.total - c->gc.freed > b->max_size)
		diag_warning(c->invocation->diag, PLACE_NONE, "cache-busy",
		    "the cache is larger than it should be: what was used within the hour stays "
		    "while others run");
}

static void
gc(struct invocation *i)
{
	struct collection c;
	struct budget b;

	if (!read_budget(i, &b))
		return;
	if (collection_open(&c, i) && keep_documents(&c)) {
		gc_plan(&c.gc, &b);
		collection_take_trees(&c, gc_tree_age(&b));
		collection_finish(&c);
		tell_if_over(&c, &b);
	}
	collection_close(&c);
}
