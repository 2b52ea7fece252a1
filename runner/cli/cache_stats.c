#include <inttypes.h>
#include <time.h>

#include "runner/cache/budget.h"
#include "runner/cache/stats.h"
#include "runner/cli/command.h"
#include "runner/cli/quantity.h"
#include "runner/cli/tally.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/project/settings.h"

static void stats(struct invocation *i);

const struct command cache_stats = {
	.name = "cache stats",
	.args = "[--json] [--reset]",
	.summary = "how much the cache holds, and how often it served",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_RESET),
	.run = stats,
};

static void
count_files(struct folder *f, struct tally *t)
{
	struct survey s;

	survey_walk(&s, f);
	for (size_t i = 0; i < s.nfiles; i++)
		tally_add(t, (enum kind)s.files[i].kind, s.files[i].size);
	survey_release(&s);
}

/* ---- for people ------------------------------------------------------------------------- */

static void
print_number(struct buf *out, const char *what, uint64_t n)
{
	struct buf number = {0};

	quantity_number(&number, n);
	buf_printf(out, "  %10s  %s", buf_cstr(&number), what);
	buf_release(&number);
}

static void
print_seconds(struct buf *out, uint64_t nanoseconds)
{
	buf_printf(out, "%" PRIu64 ".%" PRIu64 " s", nanoseconds / 1000000000,
	    nanoseconds / 100000000 % 10);
}

static void
print_hits(const struct stats *s, struct buf *out)
{
	uint64_t misses = s->n[STAT_NEW] + s->n[STAT_CHANGED] + s->n[STAT_BROKEN];
	uint64_t hits = s->n[STAT_HITS] + s->n[STAT_REPLAYED];

	print_number(out, "hits", hits);
	if (hits + misses > 0)
		buf_printf(out, " (%.1f %%)", 100.0 * (double)hits / (double)(hits + misses));
	if (s->n[STAT_REPLAYED] > 0)
		buf_printf(out, ", %" PRIu64 " of them failures", s->n[STAT_REPLAYED]);
	buf_add(out, STR(", which saved "));
	print_seconds(out, s->n[STAT_SAVED]);
	buf_add(out, STR(" of compiling\n"));
	print_number(out, "misses", misses);
	buf_printf(out, ": %" PRIu64 " new, %" PRIu64 " with changed inputs, %" PRIu64 " damaged\n",
	    s->n[STAT_NEW], s->n[STAT_CHANGED], s->n[STAT_BROKEN]);
	if (s->n[STAT_OFF] > 0) {
		print_number(out, "cells with cache=off", s->n[STAT_OFF]);
		buf_byte(out, '\n');
	}
}

static void
print_rest(const struct stats *s, struct buf *out)
{
	print_number(out, "compiled in ", s->n[STAT_COMPILED]);
	print_seconds(out, s->n[STAT_SPENT]);
	buf_byte(out, '\n');
	print_number(out, "kept, ", s->n[STAT_PUBLISHED]);
	quantity_bytes(out, s->n[STAT_WRITTEN]);
	buf_byte(out, '\n');
	print_number(out, "found damaged and removed\n", s->n[STAT_DAMAGED]);
	print_number(out, "collections: ", s->n[STAT_COLLECTIONS]);
	quantity_count(out, s->n[STAT_COLLECTED], "file", "files");
	buf_add(out, STR(", "));
	quantity_bytes(out, s->n[STAT_FREED]);
	buf_byte(out, '\n');
}

static void
print_since(const struct stats *s, struct buf *out)
{
	char date[32];
	time_t t = (time_t)s->since;
	struct tm tm;

	if (s->since == 0 || !gmtime_r(&t, &tm) ||
	    strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &tm) == 0) {
		buf_add(out, STR("no run was counted yet\n"));
		return;
	}
	buf_printf(out, "since %s, in ", date);
	quantity_count(out, s->n[STAT_RUNS], "run", "runs");
	buf_add(out, STR(":\n"));
	print_hits(s, out);
	print_rest(s, out);
}

static void
print(const struct folder *f, const struct tally *t, const struct budget *b,
    const struct stats *s, struct buf *out)
{
	buf_printf(out, "%.*s holds ", STR_ARG(f->path));
	tally_total(t, out);
	if (b->max_size != SETTING_NO_LIMIT) {
		buf_add(out, STR(" of at most "));
		quantity_bytes(out, b->max_size);
	}
	buf_byte(out, '\n');
	tally_print(t, out);
	print_since(s, out);
}

/* ---- for programs ----------------------------------------------------------------------- */

static void
print_json(const struct folder *f, const struct tally *t, const struct budget *b,
    const struct stats *s, struct buf *out)
{
	struct json *object = json_new_object(), *counts = json_new_object();

	json_put_string(object, "path", f->path);
	tally_json(t, object);
	if (b->max_size != SETTING_NO_LIMIT)
		json_put_integer(object, "max-size", (long long)b->max_size);
	json_put_integer(object, "since", (long long)s->since);
	for (int k = 0; k < STATS; k++)
		json_put_integer(counts, stats_name((enum stat_id)k), (long long)s->n[k]);
	json_put(object, "counts", counts);
	json_write(object, out);
	json_end(object);
	buf_byte(out, '\n');
}

static void
show(struct invocation *i, struct folder *f)
{
	struct tally t = {0};
	struct stats s;
	struct budget b;
	struct buf out = {0};

	budget_of_environment(&b, i->diag);
	count_files(f, &t);
	stats_read(f, &s);
	if (i->set[FLAG_JSON])
		print_json(f, &t, &b, &s, &out);
	else
		print(f, &t, &b, &s, &out);
	command_print(buf_str(&out));
	buf_release(&out);
}

static void
stats(struct invocation *i)
{
	struct arena a;
	struct folder f;

	arena_init(&a);
	if (folder_open(&f, NULL, &a, i->diag) && f.fd != -1) {
		show(i, &f);
		if (i->set[FLAG_RESET] && !stats_reset(&f))
			diag_error(i->diag, STATUS_CONFLICT, PLACE_NONE, "cache-busy",
			    "the counts stay, since a run adds to them just now; try again");
	}
	folder_close(&f);
	arena_release(&a);
}
