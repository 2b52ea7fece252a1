#include "runner/cli/counts.h"

#include "runner/cli/notebook.h"
#include "runner/cli/verdict.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

static enum count
count_of(const struct cell_result *r)
{
	if (r->end == CELL_LEFT_OUT)
		return COUNT_LEFT_OUT;
	if (r->as_expected)
		return r->end == CELL_COMPILED ? COUNT_COMPILED : COUNT_RAN;
	switch (r->end) {
	case CELL_UNBUILT: return COUNT_UNBUILT;
	case CELL_BROKEN: return COUNT_BROKEN;
	case CELL_BLOCKED: return COUNT_BLOCKED;
	case CELL_WAITS:
	case CELL_SKIPPED: return COUNT_NOT_RUN;
	case CELL_LEFT_OUT: return COUNT_LEFT_OUT;
	case CELL_COMPILED: return COUNT_OTHERWISE;
	case CELL_RAN:
		switch (r->outcome->kind) {
		case OUTCOME_CRASH: return COUNT_CRASHED;
		case OUTCOME_TIMEOUT: return COUNT_TIMEOUT;
		case OUTCOME_INTERRUPTED: return COUNT_INTERRUPTED;
		case OUTCOME_MEMORY:
		case OUTCOME_OUTPUT_LIMIT:
		case OUTCOME_FILE_SIZE:
		case OUTCOME_PROCESSES: return COUNT_LIMIT;
		case OUTCOME_EXIT: return COUNT_ENDED;
		default: return COUNT_OTHERWISE;
		}
	}
	return COUNT_OTHERWISE;
}

struct counts
counts_of(const struct notebook *n, const struct verdicts *v)
{
	const struct blocks *blocks = n->cells.blocks;
	struct counts c = { .documents = 1 };

	for (size_t i = 0; i < n->cells.n; i++) {
		c.compiled += n->results[i].was_compiled;
		if (!n->cells.list[i].block)
			continue;
		c.cells++;
		c.of[count_of(&n->results[i])]++;
		c.recorded += n->results[i].is_recorded;
	}
	for (size_t i = 0; i < blocks->n; i++)
		c.listings += block_is_c(&blocks->list[i]) && !blocks->list[i].is_cell &&
		    !blocks->list[i].is_fragment && !blocks->list[i].is_output;
	for (size_t i = 0; v && i < v->n; i++) {
		if (!n->results[v->list[i].cell->number].as_expected)
			continue;
		c.differ += v->list[i].comparison == COMPARISON_DIFFERS;
		c.by_pattern += v->list[i].comparison == COMPARISON_BY_PATTERN;
	}
	return c;
}

/* The keys in events. */
static const struct {
	const char *key;
	size_t offset;
} fields[] = {
	{ "documents", offsetof(struct counts, documents) },
	{ "cells", offsetof(struct counts, cells) },
	{ "ran", offsetof(struct counts, of[COUNT_RAN]) },
	{ "differ", offsetof(struct counts, differ) },
	{ "by_pattern", offsetof(struct counts, by_pattern) },
	{ "compile_only", offsetof(struct counts, of[COUNT_COMPILED]) },
	{ "unbuilt", offsetof(struct counts, of[COUNT_UNBUILT]) },
	{ "broken", offsetof(struct counts, of[COUNT_BROKEN]) },
	{ "blocked", offsetof(struct counts, of[COUNT_BLOCKED]) },
	{ "crashed", offsetof(struct counts, of[COUNT_CRASHED]) },
	{ "timeout", offsetof(struct counts, of[COUNT_TIMEOUT]) },
	{ "limit", offsetof(struct counts, of[COUNT_LIMIT]) },
	{ "interrupted", offsetof(struct counts, of[COUNT_INTERRUPTED]) },
	{ "ended", offsetof(struct counts, of[COUNT_ENDED]) },
	{ "failed", offsetof(struct counts, of[COUNT_OTHERWISE]) },
	{ "not_run", offsetof(struct counts, of[COUNT_NOT_RUN]) },
	{ "left_out", offsetof(struct counts, of[COUNT_LEFT_OUT]) },
	{ "compiled", offsetof(struct counts, compiled) },
	{ "recorded", offsetof(struct counts, recorded) },
	{ "listings", offsetof(struct counts, listings) },
};

enum { FIELDS = sizeof fields / sizeof *fields };
_Static_assert(FIELDS * sizeof(size_t) == sizeof(struct counts), "each count has a key");

struct json *
counts_json(const struct counts *c)
{
	struct json *j = json_new_object();

	for (size_t i = 0; i < FIELDS; i++)
		json_put_integer(j, fields[i].key,
		    (long long)*(const size_t *)((const char *)c + fields[i].offset));
	return j;
}

struct counts
counts_read(const struct json *j)
{
	struct counts c = {0};

	for (size_t i = 0; i < FIELDS; i++)
		*(size_t *)((char *)&c + fields[i].offset) = (size_t)json_get_integer(j, fields[i].key);
	return c;
}

void
counts_add(struct counts *to, const struct counts *more)
{
	to->documents += more->documents;
	to->cells += more->cells;
	for (size_t k = 0; k < COUNTS; k++)
		to->of[k] += more->of[k];
	to->compiled += more->compiled;
	to->recorded += more->recorded;
	to->listings += more->listings;
	to->differ += more->differ;
	to->by_pattern += more->by_pattern;
}

bool
counts_are_good(const struct counts *c)
{
	return c->of[COUNT_RAN] + c->of[COUNT_COMPILED] == c->cells;
}

void
counts_words(const struct counts *c, struct buf *to)
{
	static const char *const words[COUNTS][2] = {	/* of one, of several */
		[COUNT_COMPILED] = { "compiled", "compiled" },
		[COUNT_UNBUILT] = { "does not compile", "do not compile" },
		[COUNT_BROKEN] = { "cannot be used", "cannot be used" },
		[COUNT_BLOCKED] = { "blocked", "blocked" }, [COUNT_CRASHED] = { "crashed", "crashed" },
		[COUNT_TIMEOUT] = { "timed out", "timed out" },
		[COUNT_INTERRUPTED] = { "interrupted", "interrupted" },
		[COUNT_LIMIT] = { "hit a limit", "hit a limit" },
		[COUNT_ENDED] = { "ended with a status", "ended with a status" },
		[COUNT_OTHERWISE] = { "failed", "failed" }, [COUNT_NOT_RUN] = { "not run", "not run" },
		[COUNT_LEFT_OUT] = { "left out", "left out" }
	};

	if (c->cells == 0)
		buf_add(to, STR("no cells (blocks of C, and those that say run, are cells)"));
	else if (c->of[COUNT_RAN] < c->cells)
		buf_printf(to, "%zu of %zu cell%s ran", c->of[COUNT_RAN], c->cells, c->cells == 1 ? "" : "s");
	else
		buf_printf(to, "%zu cell%s ran", c->cells, c->cells == 1 ? "" : "s");
	if (c->differ > 0)
		buf_printf(to, ", %zu differ%s", c->differ, c->differ == 1 ? "s" : "");
	if (c->by_pattern > 0)
		buf_printf(to, ", %zu matched by pattern", c->by_pattern);
	for (size_t k = COUNT_RAN + 1; k < COUNTS; k++)
		if (c->of[k] > 0)
			buf_printf(to, ", %zu %s", c->of[k], words[k][c->of[k] > 1]);
	if (c->listings > 0)
		buf_printf(to, ", %zu listing%s", c->listings, c->listings == 1 ? "" : "s");
}
