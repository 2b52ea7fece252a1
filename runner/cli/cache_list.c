#define _POSIX_C_SOURCE 200809L	/* clock_gettime */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/cache/about.h"
#include "runner/cache/ledger.h"
#include "runner/cache/survey.h"
#include "runner/cli/category.h"
#include "runner/cli/command.h"
#include "runner/cli/quantity.h"
#include "runner/cli/lastrun.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

static void list(struct invocation *i);

const struct command cache_list = {
	.name = "cache list",
	.args = "[FLAG...]",
	.summary = "the entries of the cache: key, kind, size, age, and for which cell",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_DOC, FLAG_CELL, FLAG_CATEGORY, FLAG_SORT, FLAG_LIMIT,
	    FLAG_KEYS),
	.run = list,
};

enum { KEY_SHOWN = 12 };

/* An entry: a result, a run or a text. */
struct row {
	const struct survey_file *file;
	const struct survey_file *object;	/* NULL: none */
	struct str document, label;		/* of a document that uses it, or made it; or empty */
	uint64_t size;				/* of both */
};

struct listing {
	struct invocation *invocation;
	struct arena arena;
	struct folder folder;
	struct survey survey;
	struct map labels;			/* a result's name -> struct row with its label */
	unsigned categories;
	struct lastrun lastrun;		/* --doc */
	size_t limit;
	int (*order)(const void *, const void *);
	struct row *rows;
	size_t n;
	int64_t now;
};

/* ---- for which cell --------------------------------------------------------------------- */

static void
put_label(struct listing *l, const struct ledger *from, const struct ledger_line *line,
    const struct ledger_entry *e)
{
	struct digest *name;
	struct row *r;

	if (!e->is_kept)
		return;
	name = arena_copy(&l->arena, &e->result, 1, sizeof *name);
	r = arena_alloc(&l->arena, 1, sizeof *r);
	r->document = from->document;
	r->label = ledger_label(line, &l->arena);
	map_put(&l->labels, (struct str){ (const char *)name->bytes, HASH_SIZE }, r);
}

static void
read_labels(struct listing *l)
{
	for (size_t i = 0; i < l->survey.nfiles; i++) {
		const struct survey_file *f = &l->survey.files[i];
		struct ledger from;

		if (f->kind != KIND_LEDGER ||
		    ledger_read_named(&l->folder, &f->name, &l->arena, &from) != LEDGER_READ)
			continue;
		for (size_t k = 0; k < from.n; k++) {
			put_label(l, &from, &from.lines[k], &from.lines[k].entry);
			for (size_t m = 0; m < from.lines[k].nbefore; m++)
				put_label(l, &from, &from.lines[k], &from.lines[k].before[m]);
		}
	}
}

/* ---- which, and in which order ---------------------------------------------------------- */

static int
by_age(const void *a, const void *b)
{
	const struct survey_file *x = ((const struct row *)a)->file, *y = ((const struct row *)b)->file;

	return x->used != y->used ? (x->used < y->used) - (x->used > y->used) :
	    memcmp(x->name.bytes, y->name.bytes, HASH_SIZE);
}

static int
by_size(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : by_age(a, b);
}

static int
by_time(const void *a, const void *b)
{
	int64_t x = ((const struct row *)a)->file->took, y = ((const struct row *)b)->file->took;

	return x != y ? (x < y) - (x > y) : by_age(a, b);
}

static int
by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = (x->document.len == 0) - (y->document.len == 0);

	if (order == 0)
		order = str_compare(x->document, y->document);
	if (order == 0)
		order = str_compare(x->label, y->label);
	return order != 0 ? order : by_age(a, b);
}

static const struct {
	const char *word;
	int (*order)(const void *, const void *);
} orders[] = { { "age", by_age }, { "size", by_size }, { "time", by_time }, { "name", by_name } };

static bool
read_order(struct listing *l)
{
	const struct invocation *i = l->invocation;

	l->order = by_age;
	if (!i->set[FLAG_SORT])
		return true;
	for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
		if (str_eq(i->value[FLAG_SORT], str_of(orders[k].word))) {
			l->order = orders[k].order;
			return true;
		}
	}
	diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
	    "--sort takes age, size, time or name, not '%.*s'", STR_ARG(i->value[FLAG_SORT]));
	return false;
}

static bool
read_choice(struct listing *l)
{
	const struct invocation *i = l->invocation;
	unsigned long limit = ~0UL;

	l->categories = CATEGORY_ALL;
	if (i->set[FLAG_CATEGORY] && !category_read(i->value[FLAG_CATEGORY], &l->categories, i->diag))
		return false;
	if (i->set[FLAG_LIMIT] && !str_number(i->value[FLAG_LIMIT], 1000000000, &limit)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", "--limit takes a number");
		return false;
	}
	l->limit = limit;
	if (i->set[FLAG_CELL] && !i->set[FLAG_DOC]) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage", "--cell needs --doc");
		return false;
	}
	return read_order(l) && (!i->set[FLAG_DOC] || lastrun_find(&l->lastrun, &l->folder,
	    i->value[FLAG_DOC], i->value[FLAG_CELL], &l->arena, i->diag));
}

/* What is there for another is no line of its own. */
static bool
is_listed(const struct listing *l, const struct survey_file *f)
{
	if (f->kind == KIND_MANIFEST || f->kind == KIND_INPUTS || f->kind == KIND_OBJECT ||
	    f->kind == KIND_LEDGER || f->kind == KIND_ABOUT ||
	    !(l->categories & category_of((enum kind)f->kind)))
		return false;
	return !l->invocation->set[FLAG_DOC] || lastrun_has(&l->lastrun, &f->name);
}

static struct row
row_of(const struct listing *l, const struct survey_file *f)
{
	const struct row *known = map_get(&l->labels, (struct str){ (const char *)f->name.bytes, HASH_SIZE });
	struct row r = { .file = f, .size = f->size };

	if (f->object != SURVEY_NONE)
		r.object = &l->survey.files[f->object];
	if (r.object)
		r.size += r.object->size;
	if (known) {
		r.document = known->document;
		r.label = known->label;
	}
	return r;
}

/* Who made it, where no document of today uses it. */
static void
ask_about(struct listing *l, struct row *r)
{
	struct about x;

	if (r->document.len > 0 || !survey_is_result(r->file) ||
	    about_read(&l->folder, &r->file->name, &l->arena, &x) != ABOUT_FOUND)
		return;
	r->document = x.document;
	r->label = x.document.len == 0 ? x.label :
	    str_slice(x.label, str_find_byte(x.label, '#') + 1, x.label.len);
}

static void
collect(struct listing *l)
{
	const struct survey *s = &l->survey;

	l->rows = mem_alloc(s->nfiles + 1, sizeof *l->rows);
	for (size_t i = 0; i < s->nfiles; i++)
		if (is_listed(l, &s->files[i]))
			l->rows[l->n++] = row_of(l, &s->files[i]);
	if (l->n > 0)
		qsort(l->rows, l->n, sizeof *l->rows, l->order);
	if (l->n > l->limit)
		l->n = l->limit;
	for (size_t i = 0; i < l->n; i++)
		ask_about(l, &l->rows[i]);
}

/* ---- saying it -------------------------------------------------------------------------- */

static void
print_row(const struct listing *l, const struct row *r, const char *hex, struct buf *out)
{
	struct buf size = {0}, age = {0}, took = {0};

	quantity_bytes(&size, r->size);
	quantity_age(&age, l->now - r->file->used);
	if (r->file->took > 0)
		buf_printf(&took, "%lld ms", (long long)(r->file->took / 1000000));
	buf_printf(out, "%.*s  %-7s  %10s  %7s  %9s  ", KEY_SHOWN, hex,
	    survey_kind_name((enum kind)r->file->kind, false), buf_cstr(&size), buf_cstr(&age),
	    buf_cstr(&took));
	if (r->document.len > 0) {
		buf_visible(out, path_name(r->document));
		buf_byte(out, '#');
	}
	buf_visible(out, r->document.len + r->label.len > 0 ? r->label : STR("-"));
	buf_byte(out, '\n');
	buf_release(&size);
	buf_release(&age);
	buf_release(&took);
}

static struct json *
json_row(const struct row *r, const char *hex)
{
	struct json *one = json_new_object();
	char object[HASH_HEX + 1];

	json_put_string(one, "key", str_of(hex));
	json_put_string(one, "kind", str_of(survey_kind_name((enum kind)r->file->kind, false)));
	json_put_integer(one, "size", (long long)r->size);
	json_put_integer(one, "used", (long long)(r->file->used / 1000000000));
	if (survey_is_result(r->file))
		json_put_integer(one, "nanoseconds", (long long)r->file->took);
	if (r->object) {
		digest_hex(r->object->name, object);
		json_put_string(one, "object", str_of(object));
	}
	if (r->document.len > 0)
		json_put_string(one, "document", r->document);
	if (r->document.len + r->label.len > 0)
		json_put_string(one, "label", r->label);
	return one;
}

static void
print(const struct listing *l, struct buf *out)
{
	const struct invocation *i = l->invocation;
	struct json *all = i->set[FLAG_JSON] ? json_new_array() : NULL;
	char hex[HASH_HEX + 1];

	for (size_t k = 0; k < l->n; k++) {
		digest_hex(l->rows[k].file->name, hex);
		if (all)
			json_push(all, i->set[FLAG_KEYS] ? json_new_string(str_of(hex)) : json_row(&l->rows[k], hex));
		else if (i->set[FLAG_KEYS])
			buf_printf(out, "%s\n", hex);
		else
			print_row(l, &l->rows[k], hex, out);
	}
	if (all) {
		json_write(all, out);
		json_end(all);
		buf_byte(out, '\n');
	}
}

static void
list(struct invocation *i)
{
	struct listing l = { .invocation = i };
	struct buf out = {0};
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	l.now = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
	arena_init(&l.arena);
	if (folder_open(&l.folder, NULL, &l.arena, i->diag) && read_choice(&l)) {
		survey_read(&l.survey, &l.folder);
		read_labels(&l);
		collect(&l);
		print(&l, &out);
		command_print(buf_str(&out));
	}
	buf_release(&out);
	mem_free(l.rows);
	map_release(&l.labels);
	survey_release(&l.survey);
	folder_close(&l.folder);
	arena_release(&l.arena);
}
