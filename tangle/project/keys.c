#include "tangle/project/keys.h"

#include "tangle/base/arena.h"

enum { DEPTH = 16 };	/* tables within tables that are looked into */

struct key {
	size_t number;		/* from 1; 0 is the table itself */
	struct place at;
};

/* ---- tokens -------------------------------------------------------------------------- */

enum kind { END, WORD, STRING, OTHER };

struct token {
	enum kind kind;
	struct str text;	/* of a string what is between its quotes */
	struct str whole;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
}

/* `[==[ ... ]==]` at the front: its length and what is in it; 0 if it is none. */
static size_t
long_bracket(struct str s, struct str *inside)
{
	size_t level = 1, end;

	while (level < s.len && s.data[level] == '=')
		level++;
	if (s.len < 2 || s.data[0] != '[' || level >= s.len || s.data[level] != '[')
		return 0;
	for (end = level + 1; end + level < s.len; end++) {
		size_t n = 1;

		if (s.data[end] != ']')
			continue;
		while (n < level && s.data[end + n] == '=')
			n++;
		if (n == level && s.data[end + n] == ']') {
			*inside = str_slice(s, level + 1, end);
			return end + level + 1;
		}
	}
	*inside = str_slice(s, level + 1, s.len);
	return s.len;
}

static size_t
quoted(struct str s)
{
	size_t n = 1;

	while (n < s.len && s.data[n] != s.data[0] && s.data[n] != '\n')
		n += s.data[n] == '\\' ? 2 : 1;
	return n < s.len ? n + 1 : s.len;
}

static struct str
skip_blanks(struct str rest)
{
	struct str unused;

	for (;;) {
		size_t n = 0;

		if (str_starts(rest, STR("--"))) {
			n = long_bracket(str_slice(rest, 2, rest.len), &unused);
			n = n > 0 ? n + 2 : str_line_size(rest);
		} else if (rest.len > 0 && (unsigned char)rest.data[0] <= ' ') {
			n = 1;
		}
		if (n == 0)
			return rest;
		rest = str_slice(rest, n, rest.len);
	}
}

static struct token
next(struct str *rest)
{
	struct str s = skip_blanks(*rest);
	struct token t = { .kind = END };
	size_t n = 1;

	if (s.len == 0) {
		*rest = s;
		return t;
	}
	t.kind = OTHER;
	if (is_letter(s.data[0])) {
		t.kind = WORD;
		while (n < s.len && is_letter(s.data[n]))
			n++;
	} else if (s.data[0] == '"' || s.data[0] == '\'') {
		t.kind = STRING;
		n = quoted(s);
		t.text = str_slice(s, 1, n - 1);
	} else if ((n = long_bracket(s, &t.text)) > 0) {
		t.kind = STRING;
	} else {
		n = s.len > 1 && s.data[1] == '=' && str_find_byte(STR("=~<>"), s.data[0]) < 4 ? 2 : 1;
	}
	t.whole = str_slice(s, 0, n);
	if (t.kind != STRING)
		t.text = t.whole;
	*rest = str_slice(s, n, s.len);
	return t;
}

static bool
is(struct token t, const char *text)
{
	return t.kind != STRING && str_eq(t.text, str_of(text));
}

static bool
is_one_of(struct token t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is(t, words[i]))
			return true;
	return false;
}

/* How a token changes the depth of brackets, functions and statements. */
static int
nesting(struct token t)
{
	static const char *const openers[] = { "{", "(", "[", "function", "if", "do", "repeat" };
	static const char *const closers[] = { "}", ")", "]", "end", "until" };

	return is_one_of(t, openers, sizeof openers / sizeof *openers) -
	    is_one_of(t, closers, sizeof closers / sizeof *closers);
}

/* ---- tables ---------------------------------------------------------------------------- */

struct reading {
	struct keys *to;
	struct str rest;
	struct str returned;	/* the name that is returned; or empty */
	size_t inside[DEPTH];	/* the numbers of the open tables' keys */
	int nesting[DEPTH + 1];	/* of what else is open in each, and outside of them */
	int depth;
	bool is_start;		/* of a field of the innermost table */
};

static struct str
name_within(const struct keys *k, size_t parent, struct str name)
{
	return arena_printf(k->arena, "%zu %.*s", parent, STR_ARG(name));
}

static size_t
number_of(const struct keys *k, size_t parent, struct str name)
{
	const struct key *known = map_get(&k->all, name_within(k, parent, name));

	return known ? known->number : 0;
}

/* What is said last holds. */
static size_t
add(struct reading *r, size_t parent, struct token name)
{
	struct keys *k = r->to;
	struct key *new = arena_alloc(k->arena, 1, sizeof *new);

	*new = (struct key){ ++k->n, place_of(k->source, name.whole) };
	map_put(&k->all, name_within(k, parent, name.text), new);
	return new->number;
}

static void
open_table(struct reading *r, size_t key)
{
	r->inside[r->depth++] = key;
	r->nesting[r->depth] = 0;
	r->is_start = true;
}

/* `.name` or `["name"]` at the front of *rest. */
static bool
take_step(struct str *rest, struct token *name)
{
	struct str s = *rest;
	struct token t = next(&s);

	*name = next(&s);
	if (is(t, ".") && name->kind == WORD) {
		*rest = s;
		return true;
	}
	if (!is(t, "[") || name->kind != STRING || !is(next(&s), "]"))
		return false;
	*rest = s;
	return true;
}

/* Behind `t`, or `t.a.b`: is it `= {`, or another value? */
static void
take_value(struct reading *r, struct str rest, size_t key)
{
	r->rest = rest;
	if (r->depth < DEPTH && is(next(&rest), "{")) {
		r->rest = rest;
		open_table(r, key);
	}
}

/* What may set a field of the returned table, outside of tables. */
static void
take_assignment(struct reading *r)
{
	struct token path[DEPTH];
	struct str rest = r->rest;
	size_t parent = 0;
	int n = 0;

	while (n < DEPTH && take_step(&rest, &path[n]))
		n++;
	if (!is(next(&rest), "="))
		return;
	for (int i = 0; i < n; i++) {
		size_t known = i + 1 < n ? number_of(r->to, parent, path[i].text) : 0;

		parent = known ? known : add(r, parent, path[i]);
	}
	take_value(r, rest, parent);
}

static void
take_outside(struct reading *r, struct token t)
{
	r->nesting[0] += nesting(t);
	if (is(t, "return") && r->nesting[0] == 0 && r->returned.len == 0)
		take_value(r, r->rest, 0);
	else if (t.kind == WORD && r->returned.len > 0 && str_eq(t.text, r->returned))
		take_assignment(r);
}

/* `name =` or `["name"] =`, the first token of which was read. */
static bool
take_key(struct reading *r, struct token t)
{
	struct str rest = r->rest;
	bool is_computed = is(t, "[");

	if (is_computed)
		t = next(&rest);
	if (t.kind != (is_computed ? STRING : WORD) || (is_computed && !is(next(&rest), "]")) ||
	    !is(next(&rest), "="))
		return false;
	take_value(r, rest, add(r, r->inside[r->depth - 1], t));
	return true;
}

static void
take_inside(struct reading *r, struct token t)
{
	bool was_start = r->is_start;

	r->is_start = false;
	if (was_start && take_key(r, t))
		return;
	if (r->nesting[r->depth] == 0 && is(t, "}")) {
		r->depth--;
		return;
	}
	r->nesting[r->depth] += nesting(t);
	r->is_start = r->nesting[r->depth] == 0 && (is(t, ",") || is(t, ";"));
}

/* The name behind the last `return` of the text itself. */
static struct str
returned_name(struct str rest)
{
	struct str name = {0};
	int depth = 0;

	for (struct token t = next(&rest); t.kind != END; t = next(&rest)) {
		depth += nesting(t);
		if (depth != 0 || !is(t, "return"))
			continue;
		t = next(&rest);
		name = t.kind == WORD ? t.text : STR("");
		depth += nesting(t);
	}
	return name;
}

void
keys_read(struct keys *k, const struct source *s, struct str text, struct arena *a)
{
	struct reading r = { .to = k, .rest = text };

	*k = (struct keys){ .source = s, .arena = a, .is_empty = skip_blanks(text).len == 0 };
	r.returned = returned_name(text);
	for (struct token t = next(&r.rest); t.kind != END; t = next(&r.rest)) {
		if (r.depth > 0)
			take_inside(&r, t);
		else
			take_outside(&r, t);
	}
}

void
keys_release(struct keys *k)
{
	map_release(&k->all);
}

/* How far the path is known, and where that is. */
static size_t
follow(const struct keys *k, const struct str *path, size_t n, struct place *at)
{
	size_t parent = 0, i;

	*at = place_file(k->source);
	for (i = 0; i < n; i++) {
		const struct key *known = map_get(&k->all, name_within(k, parent, path[i]));

		if (!known)
			break;
		*at = known->at;
		parent = known->number;
	}
	return i;
}

bool
keys_has(const struct keys *k, const struct str *path, size_t n)
{
	struct place at;

	return k->source && follow(k, path, n, &at) == n;
}

struct place
keys_find(const struct keys *k, const struct str *path, size_t n)
{
	struct place at = PLACE_NONE;

	if (k->source)
		follow(k, path, n, &at);
	return at;
}
