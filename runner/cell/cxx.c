#include "runner/cell/cxx.h"

#include "runner/cell/cxxdeclaration.h"
#include "runner/cell/cxxreader.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

static struct str
text_between(const struct cxx_reader *r, size_t from, size_t end)
{
	const char *start = token(r, from)->text.data;
	struct str last = token(r, end > from ? end - 1 : from)->text;

	return (struct str){ start, (size_t)(last.data + last.len - start) };
}

static size_t
end_line(struct str text, size_t line)
{
	for (size_t i = 0; i < text.len; i++)
		line += text.data[i] == '\n';
	return line;
}

static struct cxx_item *
add_item(struct cxx_reader *r, enum cxx_kind kind, size_t end)
{
	struct cxx_item *it;

	r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
	it = &r->items[r->n++];
	*it = (struct cxx_item){ .kind = kind, .text = text_between(r, r->at, end),
	    .line = token(r, r->at)->line };
	it->end_line = end_line(it->text, it->line);
	it->names = arena_copy(r->arena, r->names, r->nnames, sizeof *r->names);
	it->nnames = r->nnames;
	it->statics = arena_copy(r->arena, r->statics, r->nstatics, sizeof *r->statics);
	it->nstatics = r->nstatics;
	r->at = end;
	return it;
}

/* namespace a::b {, inline namespace c {, namespace {, namespace x = y; */
static void
read_namespace(struct cxx_reader *r)
{
	size_t i = r->at + (says(r, r->at, "inline") ? 2 : 1), last = 0, from = r->at, name;

	i = cxx_behind_attributes(r, i);
	name = i;
	i = cxx_behind_name(r, i, &last);
	if (is(r, i, '{')) {
		struct cxx_item *it = add_item(r, CXX_OPEN, i + 1);

		it->head = text_between(r, from, i);
		it->is_unnamed = i == name;
		r->open++;
		return;
	}
	if (i > name)
		cxx_add_name(r, token(r, last)->text);
	while (i < r->ts.n && !is(r, i, ';'))
		i = next(r, i);
	add_item(r, CXX_USING, i + 1 < r->ts.n ? i + 1 : r->ts.n);
}

static void
read_using(struct cxx_reader *r)
{
	bool is_alias = cxx_is_name(token(r, r->at + 1)) &&
	    is(r, cxx_behind_attributes(r, r->at + 2), '=');
	size_t body;

	if (is_alias)
		cxx_add_name(r, token(r, r->at + 1)->text);
	add_item(r, is_alias ? CXX_TYPE : CXX_USING, cxx_item_end(r, r->at, false, &body));
}

static bool
is_extern_c(const struct cxx_reader *r, size_t i)
{
	return says(r, i, "extern") && says(r, i + 1, "\"C\"");
}

/* One declaration, or a block of them: where C ends is found the same way. */
static void
read_extern_c(struct cxx_reader *r)
{
	size_t first = r->at + 2, body, i = first, from = r->at;
	struct cxx_specifiers s = {0};
	struct cxx_declarator d;
	struct cxx_item *it;

	if (is(r, first, '{')) {
		size_t end = token(r, first)->after;
		struct str open = token(r, first)->text;

		it = add_item(r, CXX_C, end);
		it->head = text_between(r, from, first + 1);
		it->body = (struct str){ open.data + open.len,
		    (size_t)(it->text.data + it->text.len - open.data) - open.len
		    - str_ends(it->text, STR("}")) };
		return;
	}
	i = cxx_read_declarator(r, cxx_read_specifiers(r, i, &s), &d);
	r->nnames = r->nstatics = 0;
	it = add_item(r, CXX_C, cxx_item_end(r, d.is_there ? d.behind : i, d.is_function, &body));
	it->body = str_slice(it->text, (size_t)(token(r, first)->text.data - it->text.data),
	    it->text.len);
}

/* Names of all declarators of a definition. */
static void
add_declarators(struct cxx_reader *r, size_t i, size_t end)
{
	struct cxx_declarator d;

	while (i < end) {
		size_t behind = cxx_read_declarator(r, i, &d);

		if (d.is_there && d.name.len > 0 && !d.is_qualified)
			cxx_add_name(r, d.name);
		for (i = behind; i < end && !is(r, i, ',') && !is(r, i, ';'); ) {
			size_t over = cxx_behind_angles(r, i);

			i = over > i ? over : next(r, i);
		}
		i++;
	}
}

/* What is no declaration: a call that a macro may stand behind, or a statement. */
static void
read_other(struct cxx_reader *r, size_t behind, size_t last)
{
	struct str word = token(r, last)->text;
	bool is_call = behind > r->at && is(r, behind, '('), is_capital = true;
	size_t body, end = cxx_item_end(r, is_call ? next(r, behind) : r->at, is_call, &body);

	for (size_t k = 0; k < word.len; k++)
		is_capital &= !(word.data[k] >= 'a' && word.data[k] <= 'z');
	if (is_call && says(r, next(r, behind), "->"))	/* Box(T) -> Box<T>; */
		add_item(r, CXX_INLINE, end);
	else if (is_call && (body || is_capital))
		add_item(r, CXX_LOCAL, end);
	else
		add_item(r, CXX_STATEMENT, end > r->at ? end : r->at + 1);
}

static enum cxx_kind
kind_of_function(const struct cxx_specifiers *s, const struct cxx_declarator *d, size_t body,
    bool template)
{
	if (body == 0)
		return CXX_DECLARATION;
	if (template || s->is_inline || (s->has_auto))
		return CXX_INLINE;
	return d->is_qualified ? CXX_LOCAL : CXX_FUNCTION;
}

/* `auto f() -> int` says its type. */
static bool
says_result(const struct cxx_reader *r, const struct cxx_declarator *d, size_t body)
{
	for (size_t i = d->behind; i < body; i = next(r, i))
		if (says(r, i, "->"))
			return true;
	return false;
}

static void
finish_function(struct cxx_reader *r, struct cxx_specifiers *s, const struct cxx_declarator *d,
    bool template)
{
	size_t from = r->at, body, end = cxx_item_end(r, d->behind, true, &body);
	struct cxx_item *it;

	s->has_auto &= !says_result(r, d, body);
	r->nnames = 0;
	if (!d->is_operator && !d->is_qualified)
		cxx_add_name(r, d->name);
	it = add_item(r, kind_of_function(s, d, body, template), end);
	it->is_function = true;
	it->signature = cxx_signature_of(r, d->parameters);
	if (template)
		it->signature = arena_printf(r->arena, "<> %.*s", STR_ARG(it->signature));
	if (body)
		it->head = text_between(r, from, body);
}

static void
finish_variables(struct cxx_reader *r, const struct cxx_specifiers *s, size_t i,
    const struct cxx_declarator *d, bool template)
{
	size_t body, end = cxx_item_end(r, d->is_there ? d->behind : i, false, &body);
	bool is_binding = s->has_auto && is(r, cxx_behind_pointers(r, i), '[');
	bool has_value = false;
	size_t from = r->at, behind = cxx_behind_attributes(r, from);
	struct cxx_item *it;

	for (size_t k = i; k < end; k = next(r, k))
		has_value |= is(r, k, '=') || is(r, k, '{');
	add_declarators(r, i, end);
	it = add_item(r, s->is_typedef ? CXX_TYPE : template ? CXX_INLINE
	    : s->is_extern && !has_value ? CXX_DECLARATION
	    : is_binding || d->is_qualified ? CXX_LOCAL : CXX_VARIABLE, end);
	it->tag = s->has_body ? s->tag : (struct str){0};
	it->is_nameless_type = s->has_body && s->tag.len == 0;
	it->attributes = (size_t)(token(r, behind)->text.data - token(r, from)->text.data);
}

/* From the specifiers on; `i` is behind "template <...>" if there is one. */
static void
read_declaration(struct cxx_reader *r, size_t i, bool template)
{
	struct cxx_specifiers s = {0};
	struct cxx_declarator d = {0};
	size_t first = i, last = i, body;

	i = cxx_read_specifiers(r, i, &s);
	if (s.is_class && is(r, i, ';')) {
		if (s.tag.len > 0)
			cxx_add_name(r, s.tag);
		add_item(r, template && s.tag.len == 0 ? CXX_INLINE :
		    s.has_body || template ? CXX_TYPE : CXX_DECLARATION, i + 1);
		return;
	}
	if (!s.is_sure && !s.has_type) {
		size_t behind = cxx_behind_name(r, first, &last);

		if (behind > first && (is(r, behind, '(') || says(r, behind, "operator"))) {
			cxx_read_declarator(r, first, &d);	/* P::P(int), P::operator int() */
			cxx_item_end(r, d.behind, true, &body);
			if ((d.is_qualified && body) || template) {
				d.is_function = true;
				finish_function(r, &s, &d, template);
				return;
			}
		}
		read_other(r, behind, last);
		return;
	}
	cxx_read_declarator(r, i, &d);
	if (d.parameters && !d.is_function) {
		cxx_item_end(r, d.behind, true, &body);	/* with a body it is one, whatever it looks like */
		d.is_function = body && !is(r, d.behind, '=') && !is(r, d.behind, ',');
	}
	if (d.is_function)
		finish_function(r, &s, &d, template);
	else
		finish_variables(r, &s, i, &d, template);
}

static void
read_template(struct cxx_reader *r)
{
	size_t i = r->at, body;

	if (!is(r, i + 1, '<')) {	/* an explicit instantiation */
		add_item(r, CXX_LOCAL, cxx_item_end(r, i, false, &body));
		return;
	}
	while (says(r, i, "template") && cxx_behind_angles(r, i + 1) > i + 1)
		i = cxx_behind_angles(r, i + 1);
	if (says(r, i, "requires")) {
		for (i++; i < r->ts.n && (cxx_is_name(token(r, i)) || is(r, i, '(') || says(r, i, "::")
		    || says(r, i, "&&") || says(r, i, "||") || is(r, i, '<')); ) {
			size_t over = cxx_behind_angles(r, i), last;

			if (cxx_is_name(token(r, i)) && cxx_goes_on_as_declaration(r, cxx_behind_name(r, i, &last))) {
				i = cxx_behind_name(r, i, &last);
				break;
			}
			i = over > i ? over : next(r, i);
		}
	}
	if (says(r, i, "using") || says(r, i, "concept")) {
		cxx_add_name(r, token(r, i + 1)->text);
		add_item(r, CXX_TYPE, cxx_item_end(r, i, false, &body));
	} else if (i > r->at) {
		read_declaration(r, i, true);
	} else {
		add_item(r, CXX_LOCAL, cxx_item_end(r, i, false, &body));
	}
}

static void
read_close(struct cxx_reader *r)
{
	add_item(r, r->open > 0 ? CXX_CLOSE : CXX_LOCAL, r->at + 1);
	r->open -= r->open > 0;
}

static void
read_item(struct cxx_reader *r)
{
	size_t i = r->at, body;
	const struct token *t = token(r, i);

	if (is(r, i, '}'))
		read_close(r);
	else if (is(r, i, ';'))
		add_item(r, CXX_LOCAL, i + 1);
	else if (cxx_is_one_of(t, " static_assert _Static_assert asm __asm__ __asm "))
		add_item(r, CXX_LOCAL, cxx_item_end(r, i, false, &body));
	else if (is_extern_c(r, i))
		read_extern_c(r);
	else if (says(r, i, "extern") && says(r, i + 1, "template"))
		add_item(r, CXX_USING, cxx_item_end(r, i, false, &body));
	else if (says(r, i, "namespace") || (says(r, i, "inline") && says(r, i + 1, "namespace")))
		read_namespace(r);
	else if (says(r, i, "using"))
		read_using(r);
	else if (says(r, i, "template"))
		read_template(r);
	else if (is(r, i, '{') || cxx_is_statement_word(t))
		read_other(r, i, i);
	else
		read_declaration(r, i, false);
}

/* A block or a control statement goes to where its parts end. */
static void
join_statements(struct cxx_reader *r)
{
	struct cxx_item *before = r->n > 1 ? &r->items[r->n - 2] : NULL;
	struct cxx_item *it = &r->items[r->n - 1];

	if (!before || it->kind != CXX_STATEMENT || before->kind != CXX_STATEMENT)
		return;
	before->text.len = (size_t)(it->text.data + it->text.len - before->text.data);
	before->end_line = it->end_line;
	r->n--;
}

static void
add_lines(struct cxx_reader *r, size_t until)
{
	for (; r->line < until; r->line++) {
		const struct line *l = &r->ts.line[r->line];

		r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
		r->items[r->n++] = (struct cxx_item){ .kind = CXX_DIRECTIVE, .text = l->text,
		    .line = l->line, .end_line = l->end_line };
	}
}

/* # lines within an item are part of it. */
static void
pass_lines(struct cxx_reader *r)
{
	const struct cxx_item *it = &r->items[r->n - 1];
	const char *last = it->text.data + it->text.len;

	while (r->line < r->ts.nlines && r->ts.line[r->line].text.data < last)
		r->line++;
}

const struct cxx_item *
cxx_split(struct str text, struct arena *a, size_t *n)
{
	struct cxx_reader r = { .arena = a, .ts.is_cxx = true };
	const struct cxx_item *items;

	tokens_read(&r.ts, text);
	while (r.at < r.ts.n) {
		size_t from = r.at;

		add_lines(&r, token(&r, r.at)->lines);
		r.nnames = r.nstatics = 0;
		read_item(&r);
		if (r.at <= from)
			r.at = from + 1;
		pass_lines(&r);
		join_statements(&r);
	}
	add_lines(&r, r.ts.nlines);
	items = arena_copy(a, r.items, r.n, sizeof *r.items);
	*n = r.n;
	mem_free(r.items);
	mem_free(r.names);
	mem_free(r.statics);
	tokens_release(&r.ts);
	return items;
}
