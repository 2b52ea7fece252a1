#include "runner/cache/difference.h"

#include <stdint.h>

#include "runner/cache/key.h"
#include "runner/cache/ledger.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"

static const struct key_group *
group_named(const struct ledger_line *l, struct str name)
{
	for (size_t i = 0; i < l->ngroups; i++)
		if (str_eq(l->groups[i].name, name))
			return &l->groups[i];
	return NULL;
}

/* ---- who was who ------------------------------------------------------------------------- */

struct matching {
	const struct ledger *old;
	bool *is_taken;			/* of its lines */
	const struct ledger_line **was;
};

static bool
may_match(const struct matching *m, size_t old, const struct ledger_line *is)
{
	return !m->is_taken[old] && m->old->lines[old].kind == is->kind;
}

static void
match(struct matching *m, size_t old, size_t now)
{
	m->is_taken[old] = true;
	m->was[now] = &m->old->lines[old];
}

/* What a line is known by before its place counts: its name, or else its text. */
static struct str
mark_of(const struct ledger_line *l)
{
	const struct key_group *text = group_named(l, STR("text"));

	if (l->name.len > 0 || l->kind != LEDGER_CELL)
		return l->name;
	return text ? (struct str){ (const char *)text->digest.bytes, HASH_SIZE } : STR("");
}

/* Lines of one mark are taken in their order: `next` has the one behind each. */
static void
match_marks(struct matching *m, const struct ledger_line *now, size_t n, struct arena *a)
{
	struct map first = {0};			/* mark -> index of a line, from 1 */
	size_t *next = arena_alloc(a, m->old->n + 1, sizeof *next), *at;

	for (size_t i = m->old->n; i-- > 0;) {
		struct str mark = mark_of(&m->old->lines[i]);

		if (!(at = map_get(&first, mark))) {
			at = arena_alloc(a, 1, sizeof *at);
			map_put(&first, mark, at);
		}
		next[i] = *at;
		*at = i + 1;
	}
	for (size_t i = 0; i < n; i++) {
		at = map_get(&first, mark_of(&now[i]));
		while (at && *at > 0 && !m->was[i]) {
			if (may_match(m, *at - 1, &now[i]))
				match(m, *at - 1, i);
			*at = next[*at - 1];
		}
	}
	map_release(&first);
}

/* Those that are left: behind the same neighbour. */
static void
match_places(struct matching *m, const struct ledger_line *now, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t place = 0;

		if (m->was[i])
			continue;
		if (i > 0 && m->was[i - 1])
			place = (size_t)(m->was[i - 1] - m->old->lines) + 1;
		if (place < m->old->n && (i == 0 || m->was[i - 1]) && may_match(m, place, &now[i]))
			match(m, place, i);
	}
}

void
difference_match(const struct ledger *old, const struct ledger_line *now, size_t n,
    struct arena *a, const struct ledger_line **was)
{
	struct matching m = { .old = old, .was = was,
	    .is_taken = arena_alloc(a, old->n, sizeof *m.is_taken) };

	for (size_t i = 0; i < n; i++)
		was[i] = NULL;
	match_marks(&m, now, n, a);
	match_places(&m, now, n);
}

/* ---- what differs ------------------------------------------------------------------------ */

/* Parts of a key by their weight for who asks why; what is not named stands before `unit`. */
static const char *const order[] = {
	"text", "skein", "environment", "compiler", "language", "standard", "flags", "folders",
	"libraries", "machine"
};

struct finding {
	const struct ledger_line *was, *is;
	struct difference *list;
	size_t n;
};

static void
compare(struct finding *f, const struct key_group *was, const struct key_group *is)
{
	if ((was || is) && !(was && is && digest_eq(was->digest, is->digest)))
		f->list[f->n++] = (struct difference){ was, is };
}

static bool
is_ordered(struct str name)
{
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (str_eq(name, str_of(order[i])))
			return true;
	return str_eq(name, STR("unit"));
}

/* What came or went follows from the text where that changed. */
static void
compare_uses(struct finding *f, bool is_same_text)
{
	for (size_t i = 0; i < f->is->ngroups; i++) {
		const struct key_group *is = &f->is->groups[i], *was = group_named(f->was, is->name);

		if (!is_ordered(is->name) && (was || is_same_text))
			compare(f, was, is);
	}
	for (size_t i = 0; is_same_text && i < f->was->ngroups; i++) {
		const struct key_group *was = &f->was->groups[i];

		if (!is_ordered(was->name) && !group_named(f->is, was->name))
			compare(f, was, NULL);
	}
}

const struct difference *
difference_find(const struct ledger_line *was, const struct ledger_line *is, struct arena *a,
    size_t *n)
{
	struct finding f = { .was = was, .is = is,
	    .list = arena_alloc(a, was->ngroups + is->ngroups, sizeof *f.list) };
	bool is_same_text;

	compare(&f, group_named(was, STR("text")), group_named(is, STR("text")));
	is_same_text = f.n == 0;
	for (size_t i = 1; i < sizeof order / sizeof *order; i++)
		compare(&f, group_named(was, str_of(order[i])), group_named(is, str_of(order[i])));
	compare_uses(&f, is_same_text);
	if (f.n == 0)			/* all that is said of it is the same: around it, then */
		compare(&f, group_named(was, STR("unit")), group_named(is, STR("unit")));
	*n = f.n;
	return f.list;
}

/* ---- in words ---------------------------------------------------------------------------- */

/* How often the first words of the group are that word. */
static size_t
count(const struct key_group *g, size_t first, struct str word)
{
	size_t n = 0;

	for (size_t i = 0; g && i < g->nwords && i < first; i++)
		n += str_eq(g->words[i], word);
	return n;
}

/* The words that one has more often than the other. */
static size_t
add_words_of(const struct key_group *g, const struct key_group *other, struct buf *to)
{
	size_t n = 0;

	for (size_t i = 0; g && i < g->nwords; i++) {
		if (count(g, i + 1, g->words[i]) <= count(other, SIZE_MAX, g->words[i]))
			continue;
		if (n++ > 0)
			buf_byte(to, ' ');
		buf_visible(to, g->words[i]);
	}
	return n;
}

static void
say_words(const struct difference *d, struct str name, struct buf *to)
{
	struct buf was = {0}, is = {0};
	size_t nwas = add_words_of(d->was, d->is, &was), nis = add_words_of(d->is, d->was, &is);

	buf_add(to, name);
	buf_add(to, STR(": "));
	if (nis > 0) {
		buf_add(to, buf_str(&is));
		buf_add(to, nwas > 0 ? STR(" was ") : nis > 1 ? STR(" are new") : STR(" is new"));
	}
	buf_add(to, buf_str(&was));
	if (nis == 0 && nwas > 0)
		buf_add(to, nwas > 1 ? STR(" are gone") : STR(" is gone"));
	if (nis == 0 && nwas == 0 && d->is && d->is->nwords == 1)
		buf_printf(to, "%.*s, but other files", STR_ARG(d->is->words[0]));
	else if (nis == 0 && nwas == 0)
		buf_add(to, STR("in another order"));
	buf_release(&was);
	buf_release(&is);
}

/* "uses twice", "uses macro N" */
static void
say_use(const struct difference *d, struct str name, struct buf *to)
{
	bool is_bare = str_find_byte(name, ' ') == name.len;


	buf_add(to, STR("it uses "));
	buf_visible(to, name);
	if (!d->was)
		buf_add(to, STR(", as it did not before"));
	else if (!d->is)
		buf_add(to, STR(" no longer"));
	else
		buf_add(to, is_bare ? STR(", whose interface changed") : STR(", which changed"));
}

void
difference_say(const struct difference *d, struct buf *to)
{
	static const struct { const char *name, *words; } fixed[] = {
		{ "text", "its text changed" }, { "name", "its name changed" },
		{ "skein", "it was compiled by another version of skein" },
		{ "kind", "it became a program, or is none any more" },
		{ "standard prelude", "the standard prelude came or went" },
		{ "unit", "what stands around it in its unit changed" },
	};
	struct str name = d->is ? d->is->name : d->was->name;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		if (str_eq(name, str_of(fixed[i].name))) {
			buf_add(to, str_of(fixed[i].words));
			return;
		}
	}
	if (str_starts(name, STR("uses ")))
		say_use(d, str_slice(name, 5, name.len), to);
	else if (str_starts(name, STR("symbol "))) {
		buf_visible(to, str_slice(name, 7, name.len));
		buf_add(to, STR(" is defined by other cells than before"));
	} else if (str_starts(name, STR("part "))) {
		buf_visible(to, str_slice(name, 5, name.len));
		buf_add(to, STR(" was compiled anew"));
	} else {
		say_words(d, name, to);
	}
}
