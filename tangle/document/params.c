#include "tangle/document/params.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/project/option.h"

enum { MOST_INSTANCES = 10000, MOST_NAMES = 100 };

/* ---- reading ------------------------------------------------------------------------- */

struct reader {
	const struct option *option;
	struct str rest;
	struct arena *arena;
	struct diag *diag;
	struct param list[MOST_NAMES];
	size_t n;
	bool ok;
};

static bool complain(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool
complain(struct reader *r, const char *fmt, ...)
{
	struct buf words = {0};
	va_list args;

	va_start(args, fmt);
	buf_vprintf(&words, fmt, args);
	va_end(args);
	diag_error(r->diag, STATUS_STRUCTURE, r->option->at, "bad-value", "%.*s", STR_ARG(buf_str(&words)));
	buf_release(&words);
	return r->ok = false;
}

static void
skip(struct reader *r)
{
	while (r->rest.len > 0 && memchr(" \t\r\n,", r->rest.data[0], 5))
		r->rest = str_slice(r->rest, 1, r->rest.len);
}

static bool
take(struct reader *r, char c)
{
	skip(r);
	if (r->rest.len == 0 || r->rest.data[0] != c)
		return false;
	r->rest = str_slice(r->rest, 1, r->rest.len);
	return true;
}

static bool
is_name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (!first && ((c >= '0' && c <= '9') || c == '-'));
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_byte(s.data[i], i == 0))
			return false;
	return s.len > 0;
}

/* In quotes a backslash keeps a quote or a backslash. */
static bool
take_quoted(struct reader *r, struct str *value)
{
	char quote = r->rest.data[0];
	struct buf b = {0};

	for (size_t i = 1; i < r->rest.len; i++) {
		char c = r->rest.data[i];

		if (c == quote) {
			*value = buf_take(&b, r->arena);
			r->rest = str_slice(r->rest, i + 1, r->rest.len);
			return true;
		}
		if (c == '\\' && i + 1 < r->rest.len &&
		    (r->rest.data[i + 1] == quote || r->rest.data[i + 1] == '\\'))
			c = r->rest.data[++i];
		buf_byte(&b, c);
	}
	buf_release(&b);
	return complain(r, "a quote is not closed in 'params': add one behind the value");
}

static bool
take_word(struct reader *r, const char *ends, struct str *word)
{
	size_t n = 0;

	skip(r);
	if (r->rest.len > 0 && (r->rest.data[0] == '"' || r->rest.data[0] == '\''))
		return take_quoted(r, word);
	while (n < r->rest.len && !strchr(ends, r->rest.data[n]))
		n++;
	*word = str_slice(r->rest, 0, n);
	r->rest = str_slice(r->rest, n, r->rest.len);
	if (n == 0)
		return complain(r, "'params' takes NAME={VALUE, ...}, and there is '%.*s'",
		    STR_ARG(str_slice(r->rest, 0, 20)));
	return true;
}

static bool
check_value(struct reader *r, const struct param *p, struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (strchr("\n\r", value.data[i]))	/* a NUL as well */
			return complain(r, "a value of the parameter '%.*s' has more than one line, and it can have no more",
			    STR_ARG(p->name));
	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->values[i], value))
			return complain(r, "a parameter has the value '%.*s' twice", STR_ARG(value));
	return true;
}

/* Behind "NAME=": one value, or several in {} or []. */
static bool
take_values(struct reader *r, struct param *p)
{
	char end = take(r, '{') ? '}' : take(r, '[') ? ']' : '\0';
	struct str *values = NULL, value;
	size_t cap = 0;
	bool ok = true;

	do {
		if (end && take(r, end))
			break;
		ok = take_word(r, end ? " \t\r\n,{}[]" : " \t\r\n,}", &value) && check_value(r, p, value);
		if (p->n == MOST_INSTANCES)
			ok = complain(r, "the parameter '%.*s' has more than 10000 values", STR_ARG(p->name));
		if (!ok)
			break;
		values = mem_grow(values, &cap, p->n + 1, sizeof *values);
		values[p->n++] = value;
		p->values = values;
		skip(r);
		if (end && r->rest.len == 0)
			ok = complain(r, "a list of values is not closed in 'params': end it with %c", end);
	} while (ok && end);
	p->values = arena_copy(r->arena, values, p->n, sizeof *values);
	mem_free(values);
	if (ok && p->n == 0)
		return complain(r, "the parameter '%.*s' has no values: its list is empty", STR_ARG(p->name));
	return ok;
}

static bool
take_name(struct reader *r)
{
	struct param *p = &r->list[r->n];

	*p = (struct param){0};
	if (!take_word(r, " \t\r\n,={}[]:", &p->name))
		return false;
	if (!is_name(p->name))
		return complain(r, "'%.*s' can be no parameter: a name has letters, digits, _ and -", STR_ARG(p->name));
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->list[i].name, p->name))
			return complain(r, "the parameter '%.*s' is given twice", STR_ARG(p->name));
	while (r->rest.len > 0 && (r->rest.data[0] == ' ' || r->rest.data[0] == '\t'))
		r->rest = str_slice(r->rest, 1, r->rest.len);
	if (r->rest.len > 0 && (r->rest.data[0] == '=' || r->rest.data[0] == ':')) {
		r->rest = str_slice(r->rest, 1, r->rest.len);
		if (!take_values(r, p))
			return false;
	}
	r->n++;
	return r->n < MOST_NAMES || complain(r, "there are more than 99 parameters");
}

static bool
read_text(struct reader *r, struct str text)
{
	bool braces;

	r->rest = text;
	braces = take(r, '{');
	for (skip(r); r->ok && r->rest.len > 0 && !(braces && r->rest.data[0] == '}'); skip(r))
		if (!take_name(r))
			return false;
	if (!braces)
		return r->ok;
	if (r->rest.len == 0)
		return complain(r, "the braces of 'params' are not closed");
	r->rest = str_slice(r->rest, 1, r->rest.len);
	skip(r);
	return r->rest.len == 0 || complain(r, "'params' goes on with '%.*s' behind its braces", STR_ARG(r->rest));
}

static bool
read_option(struct reader *r, const struct option *o)
{
	r->option = o;
	r->ok = true;
	for (size_t i = 0; i < o->nitems; i++)
		if (!read_text(r, o->items[i]))
			return false;
	return o->is_list || o->is_bare || read_text(r, o->value);
}

/* The document's values for those that are only named; all of them if there is no name. */
static bool
take_shared(struct reader *r, const struct option *shared)
{
	struct reader *theirs = mem_zalloc(1, sizeof *theirs);
	bool ok = true;

	theirs->arena = r->arena;
	theirs->diag = r->diag;
	if (shared)
		ok = read_option(theirs, shared);
	if (ok && r->option->is_bare)
		for (; r->n < theirs->n; r->n++)
			r->list[r->n] = theirs->list[r->n];
	for (size_t i = 0; ok && i < r->n; i++) {
		struct param *p = &r->list[i];

		for (size_t k = 0; p->n == 0 && k < theirs->n; k++)
			if (str_eq(theirs->list[k].name, p->name))
				*p = theirs->list[k];
		if (p->n == 0)
			ok = complain(r, "the parameter '%.*s' has no values, here or in the document: write NAME={VALUE, ...}",
			    STR_ARG(p->name));
	}
	mem_free(theirs);
	return ok;
}

static bool
count_instances(const struct reader *r, struct params *p)
{
	p->count = 1;
	for (size_t i = 0; i < r->n; i++) {
		p->count *= r->list[i].n;
		if (p->count <= MOST_INSTANCES)
			continue;
		diag_error(r->diag, STATUS_LIMIT, p->at, "too-many-instances",
		    "these parameters make more than %d instances of the block", MOST_INSTANCES);
		return false;
	}
	return true;
}

const struct params *
params_read(const struct option *own, const struct option *shared, struct arena *a, struct diag *d)
{
	struct reader *r = mem_zalloc(1, sizeof *r);
	struct params *p = NULL;

	r->arena = a;
	r->diag = d;
	if (read_option(r, own) && take_shared(r, shared)) {
		p = arena_alloc(a, 1, sizeof *p);
		*p = (struct params){ .list = arena_copy(a, r->list, r->n, sizeof *r->list), .n = r->n,
		    .at = own->at };
		if (r->n == 0)
			(void)complain(r, "there are no parameters: give their names and values");
		if (r->n == 0 || !count_instances(r, p))
			p = NULL;
	}
	mem_free(r);
	return p;
}

/* ---- writing ---------------------------------------------------------------------------- */

static void
add_quoted(struct buf *to, struct str value)
{
	buf_byte(to, '"');
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] == '"' || value.data[i] == '\\')
			buf_byte(to, '\\');
		buf_byte(to, value.data[i]);
	}
	buf_byte(to, '"');
}

void
params_write(struct buf *to, struct str name, const struct str *values, size_t n)
{
	buf_add(to, name);
	buf_add(to, STR("={"));
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add(to, STR(", "));
		add_quoted(to, values[i]);
	}
	buf_byte(to, '}');
}

/* A word as it is, all else in quotes. */
static void
add_value(struct buf *to, struct str value)
{
	bool is_word = value.len > 0;

	for (size_t i = 0; i < value.len; i++)
		if (strchr(" \t\"'\\,[]", value.data[i]))
			is_word = false;
	if (is_word)
		buf_add(to, value);
	else
		add_quoted(to, value);
}

const struct instance *
params_instance(const struct params *p, size_t k, struct arena *a)
{
	struct instance *i = arena_alloc(a, 1, sizeof *i);
	struct str *values = arena_alloc(a, p->n, sizeof *values);
	struct buf label = {0};

	for (size_t n = p->n; n-- > 0; k /= p->list[n].n)
		values[n] = p->list[n].values[k % p->list[n].n];
	for (size_t n = 0; n < p->n; n++) {
		if (p->list[n].n == 1)
			continue;
		buf_printf(&label, "%s%.*s=", label.len > 0 ? " " : "", STR_ARG(p->list[n].name));
		add_value(&label, values[n]);
	}
	*i = (struct instance){ .params = p, .values = values, .label = buf_take(&label, a) };
	return i;
}

/* ---- replacing -------------------------------------------------------------------------- */

const struct str *
instance_value(const struct instance *i, struct str name)
{
	for (size_t k = 0; k < i->params->n; k++)
		if (str_eq(i->params->list[k].name, name))
			return &i->values[k];
	return NULL;
}

/* Where the next ${name} begins, with backslashes before it; s.len: there is none. */
static size_t
find_name(struct str s, size_t from, struct str *name)
{
	for (size_t i = from; i + 3 < s.len; i++) {
		size_t end = i + 2;

		if (s.data[i] != '$' || s.data[i + 1] != '{')
			continue;
		while (end < s.len && is_name_byte(s.data[end], end == i + 2))
			end++;
		if (end == i + 2 || end == s.len || s.data[end] != '}')
			continue;
		*name = str_slice(s, i + 2, end);
		return i;
	}
	return s.len;
}

/* An odd number of backslashes: the last one says that it is text. */
static bool
is_escaped(struct str s, size_t at)
{
	size_t n = 0;

	while (n < at && s.data[at - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

bool
params_next(struct str *rest, struct str *name)
{
	for (size_t at = 0; (at = find_name(*rest, at, name)) < rest->len; at += 2) {
		if (is_escaped(*rest, at))
			continue;
		*rest = str_slice(*rest, at + name->len + 3, rest->len);
		return true;
	}
	return false;
}

/* One step of filling: the piece up to the next name, and what comes instead of that. */
struct step {
	struct str piece, instead;
	size_t next;		/* offset behind the name */
};

static bool
next_step(const struct instance *i, struct str text, size_t from, struct step *s)
{
	const struct str *value;
	struct str name;
	size_t at = find_name(text, from, &name);

	if (at == text.len)
		return false;
	s->next = at + name.len + 3;
	s->instead = str_slice(text, at, s->next);
	value = instance_value(i, name);
	if (is_escaped(text, at) && at > from)
		at--;
	else if (value)
		s->instead = *value;
	s->piece = str_slice(text, from, at);
	return true;
}

void
instance_fill(const struct instance *i, struct str text, struct buf *to)
{
	struct step s;
	size_t at = 0;

	for (; next_step(i, text, at, &s); at = s.next) {
		buf_add(to, s.piece);
		buf_add(to, s.instead);
	}
	buf_add(to, str_slice(text, at, text.len));
}

struct str
instance_text(const struct instance *i, struct str text, struct arena *a)
{
	struct buf b = {0};

	if (str_find(text, STR("${")) == text.len)
		return text;
	instance_fill(i, text, &b);
	return buf_take(&b, a);
}

size_t
instance_text_size(const struct instance *i, struct str text)
{
	struct step s;
	size_t at = 0, size = 0;

	for (; next_step(i, text, at, &s); at = s.next)
		size += s.piece.len + s.instead.len;
	return size + text.len - at;
}

size_t
instance_origin(const struct instance *i, struct str text, size_t at)
{
	struct step s;
	size_t from = 0;

	for (; next_step(i, text, from, &s); from = s.next) {
		if (at < s.piece.len)
			return from + at;
		at -= s.piece.len;
		if (at < s.instead.len)
			return from + s.piece.len;
		at -= s.instead.len;
	}
	return from + at < text.len ? from + at : text.len;
}

void
params_complain(const struct params *p, struct place at, struct str name, struct diag *d)
{
	struct map names = {0};
	struct buf all = {0};
	struct str near;

	for (size_t i = 0; i < p->n; i++) {
		map_put(&names, p->list[i].name, &all);
		buf_printf(&all, "%s%.*s", i > 0 ? ", " : "", STR_ARG(p->list[i].name));
	}
	near = map_nearest(&names, name);
	diag_error(d, STATUS_STRUCTURE, at, "unknown-parameter",
	    "there is no parameter '%.*s'%s%.*s%s This block has %.*s; as text it is written \\${%.*s}",
	    STR_ARG(name), near.len > 0 ? "; did you mean '" : "", STR_ARG(near), near.len > 0 ? "'?" : ".",
	    STR_ARG(buf_str(&all)), STR_ARG(name));
	map_release(&names);
	buf_release(&all);
}
