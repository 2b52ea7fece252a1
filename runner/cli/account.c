#include "runner/cli/account.h"

#include "runner/cache/difference.h"
#include "runner/cache/store.h"
#include "runner/cell/names.h"
#include "runner/cli/hosts.h"
#include "runner/cli/objects.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"

enum { MOST_REASONS = 3 };

/* ---- what there is ----------------------------------------------------------------------- */

/* Cells, sources, what is linked of them, hosts: in this order. */
static size_t
count_parts(const struct objects *o)
{
	return o->parts ? o->files.n : 0;
}

static size_t
count_all(const struct account *c)
{
	const struct objects *o = c->objects;

	return o->cells->n + count_parts(o) + o->has_sources + (c->hosts ? c->hosts->n : 0);
}

/* NULL: it is a host. */
static const struct job *
job_at(const struct account *c, size_t i)
{
	const struct objects *o = c->objects;

	if (i < o->cells->n)
		return &o->jobs[i];
	i -= o->cells->n;
	if (i < count_parts(o))
		return &o->parts[i];
	return i == count_parts(o) && o->has_sources ? &o->sources : NULL;
}

static size_t
host_at(const struct account *c, size_t i)
{
	return i - c->objects->cells->n - count_parts(c->objects) - c->objects->has_sources;
}

static const struct built *
built_at(const struct account *c, size_t i, struct str *name)
{
	const struct job *j = job_at(c, i);

	if (j)
		*name = j->cell ? j->cell->title : j->file ? j->file->name : STR("");
	return j ? &j->built : hosts_built(c->hosts, host_at(c, i), name);
}

static enum ledger_end
end_of(const struct job *j, const struct built *b)
{
	bool is_over = !j || j->state == JOB_BUILT || j->state == JOB_FAILED;

	/* what was refused before a compiler saw it has no key */
	if (!is_over || (j && j->cell && j->unit.refusal.line > 0))
		return LEDGER_NOTHING;
	return b->end == COMPILE_FAILED ? LEDGER_FAILURE :
	    b->object.len > 0 ? LEDGER_OBJECT : LEDGER_NOTHING;
}

static struct ledger_line
line_at(const struct account *c, size_t i)
{
	const struct job *j = job_at(c, i);
	struct ledger_line l = { .kind = !j ? LEDGER_HOST : j->file ? LEDGER_SOURCE :
	    !j->cell ? LEDGER_WHOLE : j->cell->block ? LEDGER_CELL : LEDGER_PRELUDE };
	const struct built *b = built_at(c, i, &l.name);

	if (j && j->cell)
		l.ordinal = j->cell->ordinal;
	l.entry = (struct ledger_entry){ .request = b->request, .end = end_of(j, b),
	    .is_kept = b->is_kept, .result = b->result, .object = b->digest };
	l.unkept = b->is_kept ? STR("") : b->unkept;
	if (j) {
		l.before = j->before;
		l.nbefore = j->nbefore;
	}
	return l;
}

/* What this run asked for, in one digest: as long as it is that, nothing is written. */
static struct digest
digest_of_all(const struct account *c)
{
	struct key *k = key_start("skein asked");

	for (size_t i = 0; i < c->n; i++) {
		struct ledger_line l = line_at(c, i);
		const struct ledger_entry *e = &l.entry;
		const unsigned char flags[] = { (unsigned char)l.kind, (unsigned char)e->end, e->is_kept };

		key_add(k, 0, (struct str){ (const char *)flags, sizeof flags });
		key_add(k, 1, l.name);
		if (e->end != LEDGER_NOTHING)
			key_add(k, 2, (struct str){ (const char *)e->request.bytes, HASH_SIZE });
		if (e->is_kept)
			key_add(k, 3, (struct str){ (const char *)e->result.bytes, HASH_SIZE });
		if (e->end == LEDGER_OBJECT)
			key_add(k, 4, (struct str){ (const char *)e->object.bytes, HASH_SIZE });
		for (size_t b = 0; b < l.nbefore; b++)
			key_add(k, 5, (struct str){ (const char *)l.before[b].result.bytes, HASH_SIZE });
	}
	return key_end(k);
}

/* ---- groups ------------------------------------------------------------------------------ */

struct groups {
	struct arena *arena;
	struct key_group *list;
	size_t n, cap;
};

static void
add_group(struct groups *g, struct key_group one)
{
	g->list = mem_grow(g->list, &g->cap, g->n + 1, sizeof *g->list);
	g->list[g->n++] = one;
}

static void
add_text(struct groups *g, struct str name, struct str text)
{
	add_group(g, (struct key_group){ .name = name, .digest = hash_of(text) });
}

/* A name may have several entries, as overloads and # lines do: one group of all. */
static void
add_use(struct groups *g, struct str name, struct digest d)
{
	for (size_t i = g->n; i-- > 0 && str_starts(g->list[i].name, STR("uses "));) {
		struct key *k;

		if (!str_eq(g->list[i].name, name))
			continue;
		k = key_start("skein group");
		key_add(k, 0, (struct str){ (const char *)g->list[i].digest.bytes, HASH_SIZE });
		key_add(k, 0, (struct str){ (const char *)d.bytes, HASH_SIZE });
		g->list[i].digest = key_end(k);
		return;
	}
	add_group(g, (struct key_group){ .name = name, .digest = d });
}

/* "uses twice", "uses macro N", "uses header <stdio.h>" */
static struct str
name_of_use(const struct entry *e, struct arena *a)
{
	struct str name = e->name.len > 0 ? e->name
	    : e->ndefines > 0 ? e->defines[0].name->text : STR("");
	struct str text = e->text, line = STR("");

	(void)str_line(&text, &line);
	switch (e->kind) {
	case ENTRY_INCLUDE:
		if (e->line == 0)
			return STR("uses the standard prelude");
		(void)str_word(&line);
		return arena_printf(a, "uses header %.*s", STR_ARG(str_trim(line)));
	case ENTRY_FEATURE:
	case ENTRY_MACRO:
		return arena_printf(a, "uses macro %.*s", STR_ARG(name));
	case ENTRY_TYPE:
		return arena_printf(a, "uses type %.*s", STR_ARG(name));
	case ENTRY_OBJECT:
	case ENTRY_INLINE:
	case ENTRY_CXX:
		if (name.len > 0)
			return arena_printf(a, "uses %.*s", STR_ARG(name));
		break;
	case ENTRY_PRAGMA:
	case ENTRY_OPAQUE:
		break;
	}
	return arena_printf(a, "uses the line %.*s", STR_ARG(str_trim(line)));
}

/* All of an entry that may stand in a unit. */
static struct digest
digest_of_entry(const struct entry *e)
{
	struct key *k = key_start("skein entry");

	for (const struct branch *b = e->branch; b; b = b->outer)
		key_add(k, 0, b->text);
	key_add(k, 1, e->text);
	key_add(k, 2, e->scope);
	key_add(k, 3, e->inner);
	return key_end(k);
}

static void
add_uses(struct groups *g, const struct job *j)
{
	struct reach r;

	interface_reach(j->interface, j->cell->number, &r);
	for (size_t i = 0; i < r.nentries; i++)
		add_use(g, name_of_use(r.entries[i], g->arena), digest_of_entry(r.entries[i]));
	for (size_t i = 0; i < r.nrenamings; i++)
		add_text(g, arena_printf(g->arena, "symbol %.*s", STR_ARG(r.renamings[i].name)),
		    r.renamings[i].symbol);
}

static void
add_cell(struct groups *g, const struct job *j)
{
	const struct interface_cell *c = interface_cell(j->interface, j->cell->number);

	add_text(g, STR("name"), c->source.marker);
	add_text(g, STR("kind"), j->unit.is_program ? STR("program") : STR("cell"));
	add_text(g, STR("standard prelude"), c->has_standard_prelude ? STR("yes") : STR("no"));
	add_uses(g, j);
}

static void
add_parts(struct groups *g, const struct account *c)
{
	for (size_t i = 0; i < count_parts(c->objects); i++) {
		const struct job *part = &c->objects->parts[i];

		add_text(g, arena_printf(g->arena, "part %.*s", STR_ARG(part->file->name)),
		    (struct str){ (const char *)part->built.digest.bytes, HASH_SIZE });
	}
}

static bool
has_text(const struct job *j)
{
	return j && j->cell && j->interface;
}

/* What a line is matched by; groups come when they are wanted. */
static void
take_text(struct account *c, size_t i)
{
	const struct job *j = job_at(c, i);
	struct ledger_line *l = &c->lines[i];
	struct key_group *text;

	if (!has_text(j))
		return;
	text = arena_alloc(c->arena, 1, sizeof *text);
	*text = (struct key_group){ .name = STR("text"),
	    .digest = hash_of(interface_cell(j->interface, j->cell->number)->source.text) };
	l->groups = text;
	l->ngroups = 1;
}

static const struct compile_request *
request_at(const struct account *c, size_t i)
{
	const struct job *j = job_at(c, i);

	return j ? &j->request : hosts_request(c->hosts, host_at(c, i));
}

static void
take_groups(struct account *c, size_t i)
{
	const struct job *j = job_at(c, i);
	struct ledger_line *l = &c->lines[i];
	struct key_group known[KEY_GROUPS];
	struct groups g = { .arena = c->arena };
	size_t n;

	if (l->ngroups > 1)
		return;
	for (size_t k = 0; k < l->ngroups; k++)
		add_group(&g, l->groups[k]);
	n = key_groups(request_at(c, i), c->arena, known);
	for (size_t k = 0; k < n; k++)
		add_group(&g, known[k]);
	if (has_text(j))
		add_cell(&g, j);
	else if (l->kind == LEDGER_WHOLE)
		add_parts(&g, c);
	l->groups = arena_copy(c->arena, g.list, g.n, sizeof *g.list);
	l->ngroups = g.n;
	mem_free(g.list);
}

/* ---- beside the last run ------------------------------------------------------------------ */

void
account_open(struct account *c, const struct objects *o, const struct hosts *h,
    struct str document, struct arena *a)
{
	*c = (struct account){ .arena = a, .objects = o, .hosts = h, .document = document };
	c->n = count_all(c);
}

static void
read_old(struct account *c)
{
	if (c->is_read)
		return;
	c->is_read = true;
	c->state = ledger_read(store_files(c->objects->store), c->document, c->arena, &c->old);
	c->lines = arena_alloc(c->arena, c->n, sizeof *c->lines);
	c->was = arena_alloc(c->arena, c->n, sizeof *c->was);
	for (size_t i = 0; i < c->n; i++) {
		c->lines[i] = line_at(c, i);
		take_text(c, i);
	}
	difference_match(&c->old, c->lines, c->n, c->arena, c->was);
}

static struct str
say_all(const struct account_reason *r, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < r->n && i < MOST_REASONS; i++) {
		if (i > 0)
			buf_add(&b, STR("; "));
		difference_say(&r->list[i], &b);
	}
	if (r->n > MOST_REASONS)
		buf_printf(&b, "; and %zu more", r->n - MOST_REASONS);
	return buf_take(&b, a);
}

static void
find_differences(struct account *c, size_t i, struct account_reason *r)
{
	take_groups(c, i);
	r->list = difference_find(c->was[i], &c->lines[i], c->arena, &r->n);
	r->words = r->n > 0 ? say_all(r, c->arena) : STR("its flags are in another order");
}

static void
explain_hit(struct account *c, size_t i, struct account_reason *r)
{
	if (!c->was[i])
		r->words = STR("compiled before, elsewhere");
	else if (digest_eq(c->was[i]->entry.request, c->lines[i].entry.request))
		r->words = STR("nothing changed");
	else {
		find_differences(c, i, r);
		r->words = arena_printf(c->arena, "compiled before: %.*s", STR_ARG(r->words));
	}
}

/* The cache had none for the request: what is another one than last time? */
static void
explain_miss(struct account *c, size_t i, struct account_reason *r)
{
	const struct ledger_line *was = c->was[i];

	if (!was)
		r->words = STR("never compiled");
	else if (!digest_eq(was->entry.request, c->lines[i].entry.request))
		find_differences(c, i, r);
	else if (was->unkept.len > 0)
		r->words = arena_printf(c->arena, "it was not kept, as %.*s", STR_ARG(was->unkept));
	else
		r->words = STR("it is no longer in the cache");
}

struct account_reason
account_why(struct account *c, const struct job *j, bool is_hit)
{
	struct account_reason r = { .words = j->built.why };
	size_t i = (size_t)(j - c->objects->jobs);

	read_old(c);
	c->lines[i].entry.request = j->built.request;
	if (is_hit)
		explain_hit(c, i, &r);
	else if (str_eq(j->built.why, STR("not in the cache")))
		explain_miss(c, i, &r);
	return r;
}

static struct json *
words_json(const struct key_group *g)
{
	struct json *list = json_new_array();

	for (size_t i = 0; g && i < g->nwords; i++)
		json_push(list, json_new_string(g->words[i]));
	return list;
}

struct json *
account_json(const struct account_reason *r)
{
	struct json *list = json_new_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct difference *d = &r->list[i];
		struct json *one = json_new_object();
		struct buf says = {0};

		difference_say(d, &says);
		json_put_string(one, "group", d->is ? d->is->name : d->was->name);
		json_put_string(one, "says", buf_str(&says));
		json_put(one, "was", words_json(d->was));
		json_put(one, "is", words_json(d->is));
		json_push(list, one);
		buf_release(&says);
	}
	return list;
}

/* ---- at the end ---------------------------------------------------------------------------- */

/* What came to no result stays as it was; equal keys have equal groups. */
static void
settle_line(struct account *c, size_t i)
{
	struct ledger_line *l = &c->lines[i], now = line_at(c, i);
	const struct ledger_line *was = c->was[i];

	now.groups = l->groups;
	now.ngroups = l->ngroups;
	*l = now;
	if (now.entry.end == LEDGER_NOTHING) {
		if (was)
			*l = *was;
		l->ordinal = now.ordinal;
		l->name = now.name;
	} else if (was && digest_eq(was->entry.request, now.entry.request)) {
		l->groups = was->groups;
		l->ngroups = was->ngroups;
	} else {
		take_groups(c, i);
	}
}

void
account_close(struct account *c)
{
	struct folder *f = store_files(c->objects->store);
	struct digest asked = digest_of_all(c);
	struct ledger made = { .document = c->document };

	if (ledger_is(f, c->document, &asked))
		return;
	read_old(c);
	if (c->state == LEDGER_NEWER)
		return;
	for (size_t i = 0; i < c->n; i++)
		settle_line(c, i);
	made.lines = c->lines;
	made.n = c->n;
	ledger_write(f, &made, &asked);
}
