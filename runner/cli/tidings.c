/* localtime_r */
#define _POSIX_C_SOURCE 200809L
#include "runner/cli/tidings.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "runner/cli/command.h"
#include "runner/cli/counts.h"
#include "runner/cli/events.h"
#include "runner/cli/notebook.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

void
tidings_say(const struct invocation *i, const char *fmt, ...)
{
	time_t now = time(NULL);
	struct buf words = {0}, line = {0};
	struct tm tm;
	char clock[16] = "";
	va_list args;

	if (i->set[FLAG_QUIET] || i->set[FLAG_JSON])
		return;
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof clock, "%H:%M:%S ", &tm);
	va_start(args, fmt);
	buf_vprintf(&words, fmt, args);
	va_end(args);
	buf_visible(&line, buf_str(&words));	/* paths, as named */
	fprintf(stderr, "%s%.*s\n", clock, (int)line.len, line.data);
	buf_release(&words);
	buf_release(&line);
}

/* Ends the object. */
static void
print(struct json *j)
{
	struct buf out = {0};

	json_write(j, &out);
	buf_byte(&out, '\n');
	command_print(buf_str(&out));
	buf_release(&out);
	json_end(j);
}

void
tidings_event(const struct invocation *i, struct str document, const char *what)
{
	struct json *j;

	if (!i->set[FLAG_JSON])
		return;
	j = json_new_object();
	if (document.len > 0)
		json_put_string(j, "document", document);
	json_put_boolean(j, what, true);
	print(j);
	command_flush();
}

struct round_counts {
	size_t cells, ran, stand, compiled, failed;
};

static struct round_counts
count(const struct notebook *n)
{
	struct round_counts c = {0};
	size_t refused = 0;	/* expectedly, or only compiled; and as before */

	for (size_t k = 0; k < n->cells.n; k++) {
		const struct cell_result *r = &n->results[k];

		c.compiled += r->was_compiled;
		if (!n->cells.list[k].block)
			continue;
		c.cells++;
		c.ran += r->end == CELL_RAN && !r->stands && !r->is_recorded;
		c.stand += r->end == CELL_RAN && (r->stands || r->is_recorded);
		c.failed += !r->as_expected;
		if (r->as_expected && (r->end == CELL_UNBUILT || r->end == CELL_COMPILED)) {
			c.ran += r->was_compiled;
			refused += !r->was_compiled;
		}
	}
	*(c.stand > 0 ? &c.stand : &c.ran) += refused;
	return c;
}

static void
print_round(const struct notebook *n, const struct round_counts *c, const struct tidings_round *r)
{
	struct json *j = json_new_object();

	json_put_string(j, "document", n->cells.path);
	json_put_integer(j, "round", r->number);
	json_put_integer(j, "cells", (long long)c->cells);
	json_put_integer(j, "ran", (long long)c->ran);
	json_put_integer(j, "stand", (long long)c->stand);
	json_put_integer(j, "compiled", (long long)c->compiled);
	json_put_integer(j, "failed", (long long)c->failed);
	json_put_boolean(j, "written", r->is_written);
	json_put_integer(j, "nanoseconds", (long long)r->took);
	print(j);
}

static void
say_round(const struct invocation *i, const struct notebook *n, const struct round_counts *c,
    int64_t took)
{
	struct counts all = counts_of(n, NULL);
	struct buf name = {0}, words = {0};
	double seconds = (double)took / 1e9;

	buf_visible(&name, n->cells.path);
	counts_words(&all, &words);
	if (!counts_are_good(&all) && !i->set[FLAG_QUIET])
		fprintf(stderr, "%.*s: %.*s\n", (int)name.len, name.data, (int)words.len, words.data);
	if (c->stand == 0)
		tidings_say(i, "%.*s: %zu of %zu cell%s ran (%.2f s)", (int)name.len, name.data, c->ran,
		    c->cells, c->cells == 1 ? "" : "s", seconds);
	else
		tidings_say(i, "%.*s: %zu of %zu cell%s ran again, %zu stand%s (%.2f s)", (int)name.len,
		    name.data, c->ran, c->cells, c->cells == 1 ? "" : "s", c->stand,
		    c->stand == 1 ? "s" : "", seconds);
	buf_release(&name);
	buf_release(&words);
}

void
tidings_of_round(const struct invocation *i, const struct notebook *n,
    const struct tidings_round *r)
{
	struct round_counts c = count(n);

	if (i->set[FLAG_JSON]) {
		events_print(n);
		print_round(n, &c, r);
		command_flush();
	}
	say_round(i, n, &c, r->took);
}
