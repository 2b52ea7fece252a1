#include "runner/cli/exhibit.h"

#include <stdlib.h>
#include <string.h>

#include "runner/cache/folder.h"
#include "runner/cache/ledger.h"
#include "runner/cache/walk.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/root.h"

enum {
	MAX_RECORD = 16 << 20,
	MAX_OBJECT = 256 << 20,
	LEAST_DIGITS = 4,
	MOST_LISTED = 20
};

/* ---- one ------------------------------------------------------------------------------- */

bool
exhibit_read(struct folder *f, const struct digest *name, bool is_failure, struct arena *a,
    struct exhibit *k)
{
	struct str text;

	*k = (struct exhibit){ .name = *name, .is_failure = is_failure,
	    .result.is_failure = is_failure };
	digest_hex(*name, k->key);
	if (!folder_read(f, is_failure ? KIND_FAILURE : KIND_RESULT, name, MAX_RECORD, false, a, &text) ||
	    !result_read(text, name, a, &k->result))
		return false;
	k->found = about_read(f, name, a, &k->about);
	k->label = k->about.label.len > 0 ? k->about.label :
	    arena_str(a, str_slice(str_of(k->key), 0, EXHIBIT_DIGITS));
	return true;
}

/* A result that is done, or one that failed. */
static bool
read_any(struct folder *f, const struct digest *name, struct arena *a, struct exhibit *k)
{
	return exhibit_read(f, name, false, a, k) || exhibit_read(f, name, true, a, k);
}

bool
exhibit_needs_about(struct folder *f, const struct exhibit *k, struct diag *d)
{
	if (k->found == ABOUT_FOUND)
		return true;
	if (k->found == ABOUT_DAMAGED) {
		diag_warning(d, PLACE_NONE, "damaged-entry",
		    "what the cache kept about '%.*s' was damaged, and is removed", EXHIBIT_DIGITS, k->key);
		folder_remove(f, KIND_ABOUT, &k->name);
	}
	diag_error(d, STATUS_USAGE, PLACE_NONE, "no-entry",
	    "the cache has the result '%.*s', but no longer how it was made: "
	    "skein cache clean and a new run bring it back", EXHIBIT_DIGITS, k->key);
	return false;
}

bool
exhibit_inputs(struct folder *f, const struct exhibit *k, struct arena *a, struct str *list)
{
	return k->found == ABOUT_FOUND &&
	    folder_read(f, KIND_INPUTS, &k->about.inputs, MAX_RECORD, false, a, list) &&
	    digest_eq(hash_of(*list), k->about.inputs) && inputs_start(list);
}

bool
exhibit_bytes(struct folder *f, const struct digest *object, struct arena *a, struct str *bytes)
{
	return folder_read(f, KIND_OBJECT, object, MAX_OBJECT, false, a, bytes) &&
	    digest_eq(hash_of(*bytes), *object);
}

bool
exhibit_object(struct folder *f, const struct exhibit *k, struct arena *a, struct str *bytes)
{
	return !k->is_failure && exhibit_bytes(f, &k->result.object, a, bytes);
}

struct str
exhibit_path(const struct exhibit *k, struct str portable, struct arena *a)
{
	const struct bases b = { k->about.bases, k->about.nbases };

	return base_absolute(&b, portable, a);
}

/* ---- many -------------------------------------------------------------------------------- */

struct gathering {
	struct folder *folder;
	struct arena *arena;
	struct str prefix;
	struct exhibit *list;
	size_t n, cap;
};

static void
add(struct gathering *g, const struct digest *name)
{
	struct exhibit k;

	for (size_t i = 0; i < g->n; i++)
		if (digest_eq(g->list[i].name, *name))
			return;
	if (!read_any(g->folder, name, g->arena, &k))
		return;
	g->list = mem_grow(g->list, &g->cap, g->n + 1, sizeof *g->list);
	g->list[g->n++] = k;
}

static int
compare(const void *a, const void *b)
{
	const struct exhibit *x = a, *y = b;
	int order = str_compare(x->label, y->label);

	if (order == 0)
		order = (x->about.made > y->about.made) - (x->about.made < y->about.made);
	return order != 0 ? order : memcmp(x->name.bytes, y->name.bytes, HASH_SIZE);
}

static void
take(struct gathering *g, struct exhibit_list *l)
{
	if (g->n > 0)
		qsort(g->list, g->n, sizeof *g->list, compare);
	l->list = arena_copy(g->arena, g->list, g->n, sizeof *g->list);
	l->n = g->n;
	mem_free(g->list);
}

/* There may be very many: of each only what puts them in order. */
static bool
on_result(void *arg, const struct entry *e)
{
	struct gathering *g = arg;
	struct arena scratch;
	struct exhibit k;

	arena_init(&scratch);
	if (exhibit_read(g->folder, &e->name, e->kind == KIND_FAILURE, &scratch, &k)) {
		k.label = arena_str(g->arena, k.label);
		k.result = (struct result){ .is_failure = k.is_failure };
		k.about = (struct about){ .made = k.about.made };
		g->list = mem_grow(g->list, &g->cap, g->n + 1, sizeof *g->list);
		g->list[g->n++] = k;
	}
	arena_release(&scratch);
	return true;
}

void
exhibit_all(struct folder *f, struct arena *a, struct exhibit_list *l)
{
	struct gathering g = { .folder = f, .arena = a };

	walk(f, KIND_RESULT, on_result, &g);
	walk(f, KIND_FAILURE, on_result, &g);
	take(&g, l);
}

/* ---- by a key ------------------------------------------------------------------------------ */

static bool
on_name(void *arg, const struct entry *e)
{
	add(arg, &e->name);
	return true;
}

/* A request stands for what it led to last. */
static bool
on_request(void *arg, const struct entry *e)
{
	struct gathering *g = arg;
	struct manifest m;
	struct str text;
	size_t before = g->n;

	if (folder_read(g->folder, KIND_MANIFEST, &e->name, MAX_RECORD, false, g->arena, &text) &&
	    record_read_manifest(text, &e->name, g->arena, &m))
		for (size_t i = 0; i < m.n && g->n == before; i++)
			add(g, &m.list[i].result);
	return true;
}

/* Several results may have the same object. */
static bool
on_user(void *arg, const struct entry *e)
{
	struct gathering *g = arg;
	char hex[HASH_HEX + 1];
	struct arena scratch;
	struct exhibit k;

	arena_init(&scratch);
	if (exhibit_read(g->folder, &e->name, false, &scratch, &k)) {
		digest_hex(k.result.object, hex);
		if (str_starts(str_of(hex), g->prefix))
			add(g, &e->name);
	}
	arena_release(&scratch);
	return true;
}

static void
gather_digits(struct gathering *g)
{
	struct digest object;

	walk_prefix(g->folder, KIND_RESULT, g->prefix, on_name, g);
	walk_prefix(g->folder, KIND_FAILURE, g->prefix, on_name, g);
	walk_prefix(g->folder, KIND_MANIFEST, g->prefix, on_request, g);
	if (walk_find(g->folder, KIND_OBJECT, g->prefix, &object) != WALK_NONE)
		walk(g->folder, KIND_RESULT, on_user, g);
}

/* ---- by a document's ledger ---------------------------------------------------------------- */

static bool
read_ledger(struct gathering *g, struct str document, struct ledger *l, struct diag *d)
{
	if (ledger_read(g->folder, path_real(document, g->arena), g->arena, l) == LEDGER_READ)
		return true;
	diag_error(d, STATUS_USAGE, PLACE_NONE, "unknown-document",
	    "the cache knows of no run of '%.*s'", STR_ARG(document));
	return false;
}

static bool
gather_cell(struct gathering *g, struct str document, struct str cell, struct diag *d)
{
	struct ledger l;

	if (!read_ledger(g, document, &l, d))
		return false;
	for (size_t i = 0; i < l.n; i++) {
		const struct ledger_line *line = &l.lines[i];

		if (!ledger_is_called(line, cell, g->arena))
			continue;
		if (line->entry.is_kept)
			add(g, &line->entry.result);
		if (g->n > 0)
			return true;
		diag_error(d, STATUS_USAGE, PLACE_NONE, "no-entry",
		    "the cache has nothing of '%.*s' in '%.*s'%s%.*s", STR_ARG(cell),
		    STR_ARG(document), line->unkept.len > 0 ? ": " : "", STR_ARG(line->unkept));
		return false;
	}
	diag_error(d, STATUS_USAGE, PLACE_NONE, "no-entry",
	    "the last run of '%.*s' had no cell '%.*s'", STR_ARG(document), STR_ARG(cell));
	return false;
}

static bool
gather_document(struct gathering *g, struct str document, struct diag *d)
{
	struct ledger l;

	if (!read_ledger(g, document, &l, d))
		return false;
	for (size_t i = 0; i < l.n; i++) {
		if (l.lines[i].entry.is_kept)
			add(g, &l.lines[i].entry.result);
		for (size_t k = 0; k < l.lines[i].nbefore; k++)
			if (l.lines[i].before[k].is_kept)
				add(g, &l.lines[i].before[k].result);
	}
	return true;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

static bool
is_digits(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (!strchr("0123456789abcdefABCDEF", key.data[i]))
			return false;
	return key.len >= LEAST_DIGITS && key.len <= HASH_HEX;
}

static struct str
lower(struct str key, struct arena *a)
{
	char *copy = arena_cstr(a, key);

	for (size_t i = 0; i < key.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'F')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct str){ copy, key.len };
}

/* The last '#' parts a document from its cell. */
static size_t
hash_mark(struct str key)
{
	size_t at = key.len;

	for (size_t i = 0; i < key.len; i++)
		if (key.data[i] == '#')
			at = i;
	return at;
}

static bool
gather(struct gathering *g, struct str key, struct diag *d)
{
	size_t mark = hash_mark(key);

	if (mark < key.len)
		return gather_cell(g, str_slice(key, 0, mark), str_slice(key, mark + 1, key.len), d);
	if (!is_digits(key)) {
		diag_error(d, STATUS_USAGE, PLACE_NONE, "no-entry",
		    "'%.*s' names no entry: at least %d digits of a key, or DOC#CELL, do",
		    STR_ARG(key), LEAST_DIGITS);
		return false;
	}
	g->prefix = lower(key, g->arena);
	gather_digits(g);
	if (g->n == 0)
		diag_error(d, STATUS_USAGE, PLACE_NONE, "no-entry",
		    "no entry of the cache begins with '%.*s'", STR_ARG(key));
	return g->n > 0;
}

static void
complain_many(const struct exhibit_list *l, struct str key, struct diag *d)
{
	diag_error(d, STATUS_USAGE, PLACE_NONE, "many-entries",
	    "%zu entries begin with '%.*s': say more digits", l->n, STR_ARG(key));
	for (size_t i = 0; i < l->n && i < MOST_LISTED; i++)
		diag_note(d, PLACE_NONE, "%.*s is %s '%.*s'", EXHIBIT_DIGITS, l->list[i].key,
		    l->list[i].is_failure ? "the failure of" : "the object of", STR_ARG(l->list[i].label));
}

bool
exhibit_find(struct folder *f, struct str key, struct arena *a, struct exhibit *k, struct diag *d)
{
	struct gathering g = { .folder = f, .arena = a };
	struct exhibit_list l;
	bool ok = gather(&g, key, d);

	take(&g, &l);
	if (ok && l.n > 1)
		complain_many(&l, key, d);
	if (ok && l.n == 1)
		*k = l.list[0];
	return ok && l.n == 1;
}

bool
exhibit_chosen(struct folder *f, struct str which, struct arena *a, struct exhibit_list *l,
    struct diag *d)
{
	struct gathering g = { .folder = f, .arena = a };
	bool is_key = hash_mark(which) < which.len || is_digits(which), ok;

	if (is_key) {
		l->list = arena_alloc(a, 1, sizeof *l->list);
		l->n = 1;
		return exhibit_find(f, which, a, l->list, d);
	}
	ok = gather_document(&g, which, d);
	take(&g, l);
	return ok;
}
