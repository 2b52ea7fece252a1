#define _GNU_SOURCE	/* SI_KERNEL */
#include "runner/session/explain.h"

#include <signal.h>
#include <string.h>

#include "runner/cell/lex.h"
#include "runner/session/protocol.h"
#include "runner/session/scene.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { TOKENS = 256, NULL_PAGE = 4096 };

/* What an expression touches, and by way of what. */
struct access {
	struct str text;
	uint64_t at, size;
	struct str base;	/* of the pointer that led there; empty: none */
	uint64_t pointer;
	struct str index, array;	/* of an element; or empty */
	int64_t n;
	uint64_t count;		/* elements of the array, 0: not known */
	bool is_call, is_assigned, is_overwritten /* by a plain = */;
};

struct search {
	struct scene *scene;
	const struct report *crash;
	struct token tokens[TOKENS];
	size_t n;
	struct access best;
	size_t found;		/* expressions that differ */
};

static void
read_tokens(struct search *f, struct str line)
{
	struct lexer x;

	lexer_init(&x, line);
	while (f->n < TOKENS && lexer_next(&x, &f->tokens[f->n]))
		f->n++;
}

static const struct token *
token_at(const struct search *f, size_t i)
{
	static const struct token end = { .kind = TOKEN_END };

	return i < f->n ? &f->tokens[i] : &end;
}

static bool
says(const struct token *t, const char *text)
{
	return str_eq(t->text, str_of(text));
}

static bool
is_name(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && t->word == WORD_NONE;
}

/* The text from one token to before another. */
static struct str
text_of(const struct search *f, size_t from, size_t to)
{
	struct str first = f->tokens[from].text, last = f->tokens[to - 1].text;

	return (struct str){ first.data, (size_t)(last.data + last.len - first.data) };
}

/* ---- is it this one? ---- */

/* Processors do not say which address it was, if it is none. */
static bool
is_no_address(uint64_t at)
{
	return at >> 47 != 0 && at >> 47 != 0x1ffff;
}

static bool
matches(const struct search *f, const struct access *a)
{
	const struct report *r = f->crash;

#ifdef SI_KERNEL
	if (r->code == SI_KERNEL)
		return is_no_address(a->at);
#endif
	if (a->is_call != ((r->flags & REPORT_EXECUTE) != 0))
		return false;
	return r->address - a->at < (a->size ? a->size : 1);
}

/* What is written to stands before an assignment, and is not read for a plain one. */
static bool
fits(const struct search *f, const struct access *a)
{
	if (f->crash->flags & REPORT_WRITE)
		return a->is_assigned;
	return !(f->crash->flags & REPORT_READ) || !a->is_overwritten;
}

static void
consider(struct search *f, const struct access *a)
{
	struct access *best = &f->best;

	if (!matches(f, a))
		return;
	if (f->found == 1 && str_eq(best->text, a->text))
		return;
	/* n->at.x goes on where n->at ended. */
	if (f->found > 0 && best->text.data == a->text.data && a->text.len > best->text.len) {
		*best = *a;
		return;
	}
	if (f->found > 0 && fits(f, best) && !fits(f, a))
		return;
	if (f->found == 0 || (fits(f, a) && !fits(f, best)))
		f->found = 0;
	*best = *a;
	f->found++;
}

/* ---- expressions ---- */

static bool
is_assignment(const struct token *t)
{
	static const char *const operators[] = {
		"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"
	};

	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (says(t, operators[i]))
			return true;
	return false;
}

/* Does what stands before it take a value, so that * is no product? */
static bool
is_unary_place(const struct token *t)
{
	if (t->word == WORD_TYPE || t->word == WORD_SPECIFIER)
		return false;	/* int *p: a declaration */
	return t->kind != TOKEN_NUMBER && !is_name(t) && t->kind != TOKEN_STRING &&
	    !token_is(t, ')') && !token_is(t, ']');
}

/* 3, i, i + 1: what can be told without running anything. */
static bool
index_value(struct search *f, size_t from, size_t to, int64_t *n)
{
	int64_t sum = 0, one;
	int sign = 1;
	bool wants = true;

	for (size_t i = from; i < to; i++) {
		const struct token *t = &f->tokens[i];
		struct thing v;
		unsigned long number;

		if (token_is(t, '+') || token_is(t, '-')) {
			sign = (wants ? sign : 1) * (token_is(t, '-') ? -1 : 1);
			wants = true;
			continue;
		}
		if (!wants)
			return false;
		if (t->kind == TOKEN_NUMBER && str_number(t->text, INT32_MAX, &number))
			one = (int64_t)number;
		else if (!is_name(t) || !scene_find(f->scene, t->text, &v) ||
		    v.type.kind == TYPE_POINTER || !scene_number(f->scene, &v, &one))
			return false;
		sum = (int64_t)((uint64_t)sum + (uint64_t)one * (uint64_t)(int64_t)sign);
		wants = false;
		sign = 1;
	}
	*n = sum;
	return from < to && !wants;
}

static size_t
closing(const struct search *f, size_t open)
{
	size_t depth = 0;

	for (size_t i = open; i < f->n; i++) {
		if (token_is(&f->tokens[i], '['))
			depth++;
		else if (token_is(&f->tokens[i], ']') && --depth == 0)
			return i;
	}
	return 0;
}

/* From the pointer `t` on it is about what that leads to. */
static bool
take_base(const struct search *f, struct access *a, const struct thing *t, struct str text)
{
	int64_t pointer;

	if (!scene_number(f->scene, t, &pointer))
		return false;
	a->base = text;
	a->pointer = (uint64_t)pointer;
	a->index = (struct str){0};
	return true;
}

/* One step to the right: ->m, .m or [n].  False if it is none, or cannot be followed. */
static bool
step(struct search *f, size_t from, size_t *at, struct thing *t, struct access *a)
{
	const struct token *op = token_at(f, *at);
	struct str before = text_of(f, from, *at);

	if (says(op, "->") || token_is(op, '.')) {
		if (says(op, "->") && (t->type.kind != TYPE_POINTER || !take_base(f, a, t, before) ||
		    !scene_element(f->scene, t, 0)))
			return false;
		if (!scene_member(t, token_at(f, *at + 1)->text))
			return false;
		*at += 2;
	} else if (token_is(op, '[')) {
		size_t end = closing(f, *at);
		bool is_array = t->type.kind == TYPE_ARRAY;

		if (!end || !index_value(f, *at + 1, end, &a->n) ||
		    (!is_array && !take_base(f, a, t, before)))
			return false;
		a->index = text_of(f, *at + 1, end);
		a->array = before;
		a->count = is_array && t->type.has_count ? t->type.count : 0;
		if (!scene_element(f->scene, t, a->n))
			return false;
		*at = end + 1;
	} else {
		return false;
	}
	return true;
}

static void
look(struct search *f, struct access *a, size_t from, size_t to, const struct thing *t)
{
	a->text = text_of(f, from, to);
	a->at = t->at;
	a->size = t->type.size;
	a->is_overwritten = says(token_at(f, to), "=");
	a->is_assigned = is_assignment(token_at(f, to)) ||
	    (from > 0 && (says(&f->tokens[from - 1], "++") || says(&f->tokens[from - 1], "--")));
	if (t->in_memory)
		consider(f, a);
}

/* f(), p->f(): is it the pointer that was called? */
static void
look_at_call(struct search *f, size_t from, size_t to, const struct thing *t)
{
	struct access a = { .is_call = true, .text = text_of(f, from, to) };
	int64_t pointer;

	if (!token_is(token_at(f, to), '(') || t->type.kind != TYPE_POINTER ||
	    !scene_number(f->scene, t, &pointer))
		return;
	a.base = a.text;
	a.at = a.pointer = (uint64_t)pointer;
	consider(f, &a);
}

/* *p, **p, *p++: outwards from an expression that stands behind the stars. */
static void
look_at_stars(struct search *f, size_t from, size_t to, struct thing t)
{
	struct access a = {0};
	bool was_moved = says(token_at(f, to), "++") || says(token_at(f, to), "--");
	int64_t back = !was_moved ? 0 : says(token_at(f, to), "++") ? -1 : 1;

	while (from > 0 && token_is(&f->tokens[from - 1], '*') &&
	    (from == 1 || is_unary_place(&f->tokens[from - 2]))) {
		struct thing now = t;

		if (t.type.kind != TYPE_POINTER || !take_base(f, &a, &t, text_of(f, from, to)) ||
		    !scene_element(f->scene, &now, back))
			return;
		if (back)	/* it has a new value by now */
			a.pointer = now.at;
		from--;
		look(f, &a, from, to, &now);
		t = now;
		back = 0;
	}
}

static void
follow(struct search *f, size_t from)
{
	struct access a = {0};
	struct thing t;
	size_t at = from + 1;

	if (!scene_find(f->scene, f->tokens[from].text, &t))
		return;
	look_at_call(f, from, at, &t);
	while (step(f, from, &at, &t, &a)) {
		look(f, &a, from, at, &t);
		look_at_call(f, from, at, &t);
	}
	look_at_stars(f, from, at, t);
}

static void
follow_all(struct search *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct token *before = i > 0 ? &f->tokens[i - 1] : NULL;

		if (is_name(&f->tokens[i]) && !(before && (token_is(before, '.') || says(before, "->"))))
			follow(f, i);
	}
}

/* ---- in words ---- */

static void
add_pointer(struct buf *b, uint64_t pointer)
{
	if (pointer)
		buf_printf(b, "0x%llx", (unsigned long long)pointer);
	else
		buf_add(b, STR("NULL"));
}

static bool
is_outside(const struct access *x)
{
	return x->count > 0 && (x->n < 0 || (uint64_t)x->n >= x->count);
}

/* ", where i is 12 and a has 10 elements" */
static void
add_why(struct buf *b, const struct access *x)
{
	bool is_literal = x->index.len > 0 && (x->index.data[0] >= '0' && x->index.data[0] <= '9');

	if (x->base.len > 0 && x->pointer < NULL_PAGE) {
		buf_printf(b, ", where %.*s is ", STR_ARG(x->base));
		add_pointer(b, x->pointer);
		return;
	}
	if (x->index.len > 0 && !is_literal)
		buf_printf(b, ", where %.*s is %lld", STR_ARG(x->index), (long long)x->n);
	if (is_outside(x))
		buf_printf(b, "%s %.*s has %llu element%s", is_literal ? ", where" : " and",
		    STR_ARG(x->array), (unsigned long long)x->count, x->count == 1 ? "" : "s");
	else if (x->index.len == 0 && x->base.len > 0) {
		buf_printf(b, ", where %.*s is ", STR_ARG(x->base));
		add_pointer(b, x->pointer);
	}
}

static void
search(struct search *f, struct scene *s, const struct report *crash)
{
	*f = (struct search){ .scene = s, .crash = crash };
	read_tokens(f, s->line);
}

/* The one that did it; NULL if it cannot be told. */
static const struct access *
find_access(struct scene *s, const struct report *crash)
{
	static struct search f;

	search(&f, s, crash);
	follow_all(&f);
	return f.found == 1 && (f.best.base.len > 0 || f.best.index.len > 0) ? &f.best : NULL;
}

struct str
explain_target(struct scene *s, const struct report *crash, struct arena *a)
{
	const struct access *x = find_access(s, crash);

	return x ? arena_str(a, x->text) : (struct str){0};
}

struct str
explain_access(struct scene *s, const struct report *crash, struct arena *a)
{
	const struct access *x = find_access(s, crash);
	struct buf b = {0};

	if (!x)
		return (struct str){0};
	buf_printf(&b, "%s %.*s", crash->flags & REPORT_EXECUTE ? "call of" :
	    crash->flags & REPORT_WRITE ? "write to" : crash->flags & REPORT_READ ? "read of" :
	    "access to", STR_ARG(x->text));
	add_why(&b, x);
	return buf_take(&b, a);
}

/* Members are named without it. */
static bool
is_in_this(struct scene *s, uint64_t address, uint64_t *value)
{
	struct thing t;
	int64_t pointer;

	if (!scene_find(s, STR("this"), &t) || !scene_number(s, &t, &pointer) ||
	    !scene_element(s, &t, 0) || address - (uint64_t)pointer >= t.type.size)
		return false;
	*value = (uint64_t)pointer;
	return true;
}

struct str
explain_pointer(struct scene *s, const struct report *crash, struct arena *a, uint64_t *value)
{
	static struct search f;
	struct str found = {0};
	int64_t n;

	search(&f, s, crash);
	for (size_t i = 0; i < f.n; i++) {
		size_t at = i + 1;
		struct access x = {0};
		struct thing t;

		if (!is_name(&f.tokens[i]) || (i > 0 && (token_is(&f.tokens[i - 1], '.') ||
		    says(&f.tokens[i - 1], "->"))) || !scene_find(s, f.tokens[i].text, &t))
			continue;
		while (step(&f, i, &at, &t, &x))
			;
		if (t.type.kind != TYPE_POINTER || !scene_number(s, &t, &n) ||
		    (uint64_t)n != crash->address || str_eq(found, text_of(&f, i, at)))
			continue;
		if (found.len > 0)
			return (struct str){0};
		found = text_of(&f, i, at);
	}
	*value = crash->address;
	if (found.len == 0 && is_in_this(s, crash->address, value))
		found = STR("this");
	return arena_str(a, found);
}
