#include "runner/cell/luachunk.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"
#include "tangle/project/script.h"

enum {
	TRIES = 24		/* places at which an expression might begin */
};

enum kind {
	LUA_NAME, LUA_KEYWORD, LUA_STRING, LUA_NUMBER, LUA_SIGN
};

struct token {
	enum kind kind;
	struct str text;
	size_t at;
	unsigned depth;		/* of blocks and brackets that are open before it */
};

struct tokens {
	struct token *list;
	size_t n, cap;
};

/* ---- tokens ---- */

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_keyword(struct str s)
{
	static const char *const words[] = { "and", "break", "do", "else", "elseif", "end", "false",
		"for", "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return",
		"then", "true", "until", "while" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq(s, str_of(words[i])))
			return true;
	return false;
}

static char
byte_at(struct str s, size_t at)
{
	return at < s.len ? s.data[at] : '\0';
}

/* Behind [[...]] or [=[...]=] if it begins there; else where it was. */
static size_t
skip_long(struct str s, size_t at)
{
	size_t level = 0, from = at + 1;
	char close[64];

	if (byte_at(s, at) != '[')
		return at;
	while (byte_at(s, from) == '=' && level < sizeof close - 2) {
		from++;
		level++;
	}
	if (byte_at(s, from) != '[')
		return at;
	close[0] = close[level + 1] = ']';
	memset(close + 1, '=', level);
	from += str_find(str_slice(s, from, s.len), (struct str){ close, level + 2 }) + level + 2;
	return from < s.len ? from : s.len;
}

static size_t
skip_quoted(struct str s, size_t at)
{
	char quote = s.data[at++];

	for (; at < s.len && s.data[at] != quote && s.data[at] != '\n'; at++)
		if (s.data[at] == '\\' && at + 1 < s.len)
			at++;
	return at < s.len ? at + 1 : at;
}

static size_t
skip_blank(struct str s, size_t at)
{
	for (;;) {
		if (at < s.len && strchr(" \t\r\n\f\v", s.data[at])) {
			at++;
		} else if (byte_at(s, at) == '-' && byte_at(s, at + 1) == '-') {
			size_t end = skip_long(s, at + 2);

			if (end == at + 2)
				end += str_find_byte(str_slice(s, end, s.len), '\n');
			at = end;
		} else {
			return at;
		}
	}
}

static size_t
skip_number(struct str s, size_t at)
{
	for (; at < s.len && (is_letter(s.data[at]) || is_digit(s.data[at]) || s.data[at] == '.'); at++)
		if (strchr("eEpP", s.data[at]) && at + 1 < s.len && strchr("+-", s.data[at + 1]))
			at++;
	return at;
}

/* The token there, and where it ends. */
static size_t
take_token(struct str s, size_t at, enum kind *kind)
{
	static const char *const signs[] = { "...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>" };
	size_t end = at;
	char c = s.data[at];

	if (is_letter(c)) {
		while (end < s.len && (is_letter(s.data[end]) || is_digit(s.data[end])))
			end++;
		*kind = is_keyword(str_slice(s, at, end)) ? LUA_KEYWORD : LUA_NAME;
		return end;
	}
	*kind = LUA_STRING;
	if (c == '"' || c == '\'')
		return skip_quoted(s, at);
	if ((end = skip_long(s, at)) > at)
		return end;
	*kind = LUA_NUMBER;
	if (is_digit(c) || (c == '.' && is_digit(byte_at(s, at + 1))))
		return skip_number(s, at);
	*kind = LUA_SIGN;
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (str_starts(str_slice(s, at, s.len), str_of(signs[i])))
			return at + strlen(signs[i]);
	return at + 1;
}

static bool
is(const struct token *t, const char *text)
{
	return t->kind != LUA_STRING && str_eq(t->text, str_of(text));
}

/* `while` and `for` have a `do`, `elseif` has the `end` of its `if`. */
static bool
opens(const struct token *t)
{
	return is(t, "do") || is(t, "if") || is(t, "function") || is(t, "repeat") || is(t, "(") ||
	    is(t, "{") || is(t, "[");
}

static bool
closes(const struct token *t)
{
	return is(t, "end") || is(t, "until") || is(t, ")") || is(t, "}") || is(t, "]");
}

static void
read_tokens(struct tokens *all, struct str text)
{
	unsigned depth = 0;

	for (size_t at = skip_blank(text, 0), end; at < text.len; at = skip_blank(text, end)) {
		struct token t = { .at = at };

		end = take_token(text, at, &t.kind);
		t.text = str_slice(text, at, end);
		if (closes(&t) && depth > 0)
			depth--;
		t.depth = depth;
		if (opens(&t))
			depth++;
		all->list = mem_grow(all->list, &all->cap, all->n + 1, sizeof *all->list);
		all->list[all->n++] = t;
	}
}

/* ---- the expression at the end ---- */

static bool
may_begin(const struct token *t)
{
	return t->kind == LUA_NAME || t->kind == LUA_STRING || t->kind == LUA_NUMBER || is(t, "(") ||
	    is(t, "{") || is(t, "-") || is(t, "#") || is(t, "~") || is(t, "not") || is(t, "nil") ||
	    is(t, "true") || is(t, "false") || is(t, "...") || is(t, "function");
}

/* May a statement end with it? */
static bool
may_end(const struct token *t)
{
	return t->kind == LUA_NAME || t->kind == LUA_STRING || t->kind == LUA_NUMBER || is(t, ")") ||
	    is(t, "}") || is(t, "]") || is(t, "end") || is(t, "nil") || is(t, "true") ||
	    is(t, "false") || is(t, "...") || is(t, ";") || is(t, "::") || is(t, "break") || is(t, ">");
}

/* As well as to begin, it could go on with what stands before it. */
static bool
may_go_on(const struct token *t)
{
	return t->kind == LUA_STRING || is(t, "(") || is(t, "{") || is(t, "-") || is(t, "~");
}

/* It does: Lua takes it as what is given to a function. */
static bool
is_given(const struct token *before, const struct token *t)
{
	return (t->kind == LUA_STRING || is(t, "(") || is(t, "{")) &&
	    (before->kind == LUA_NAME || before->kind == LUA_STRING || is(before, ")") ||
	    is(before, "]") || is(before, "}"));
}

/* Is it Lua with a `return` there? */
static bool
returns(struct str text, size_t at, struct arena *a)
{
	struct script_error e;
	struct buf b = {0};
	bool ok;

	buf_add(&b, str_slice(text, 0, at));
	buf_add(&b, STR(" return "));
	buf_add(&b, str_slice(text, at, text.len));
	ok = script_syntax(buf_str(&b), a, &e);
	buf_release(&b);
	return ok;
}

/*
 * The text is tried with a `return` before what may be its last expression: the
 * shortest, or a longer one that takes what might be its beginning along.
 */
static bool
find_expression(const struct tokens *all, struct str text, struct arena *a, size_t *at)
{
	bool found = false;
	int tries = 0;

	for (size_t i = all->n; i-- > 0 && tries < TRIES; ) {
		const struct token *t = &all->list[i];

		if (t->depth > 0 || !may_begin(t) ||
		    (i > 0 && (!may_end(&all->list[i - 1]) || is_given(&all->list[i - 1], t))))
			continue;
		tries++;
		if (!returns(text, t->at, a))
			continue;
		found = true;
		*at = t->at;
		if (!may_go_on(t))
			break;
	}
	return found;
}

/* May the last statement be a call, with no `;` behind it? */
static bool
ends_in_call(const struct tokens *all)
{
	const struct token *last = all->n > 0 ? &all->list[all->n - 1] : NULL;

	return last && (last->kind == LUA_STRING || is(last, ")") || is(last, "}"));
}

static size_t
own_return(const struct tokens *all, struct str text)
{
	for (size_t i = all->n; i-- > 0; )
		if (all->list[i].depth == 0 && is(&all->list[i], "return"))
			return all->list[i].at;
	return text.len;
}

/* ---- what it leaves ---- */

static void
add_local(struct buf *to, struct str name)
{
	struct str rest = buf_str(to), word;

	while ((word = str_word(&rest)).len > 0)
		if (str_eq(word, name))
			return;
	buf_add(to, to->len > 0 ? STR(" ") : STR(""));
	buf_add(to, name);
}

/* The names behind a `local`; one that is to be closed is no more once its cell has ended. */
static void
add_locals(struct buf *to, const struct tokens *all, size_t i)
{
	if (i < all->n && is(&all->list[i], "function"))
		i++;
	while (i < all->n && all->list[i].kind == LUA_NAME) {
		struct str name = all->list[i++].text;
		bool is_closed = false;

		if (i + 2 < all->n && is(&all->list[i], "<")) {
			is_closed = is(&all->list[i + 1], "close");
			i += 3;
		}
		if (!is_closed)
			add_local(to, name);
		if (i >= all->n || !is(&all->list[i], ","))
			break;
		i++;
	}
}

static struct str
locals_of(const struct tokens *all, size_t end, struct arena *a)
{
	struct buf names = {0};

	for (size_t i = 0; i < all->n && all->list[i].at < end; i++)
		if (all->list[i].depth == 0 && is(&all->list[i], "local"))
			add_locals(&names, all, i + 1);
	return buf_take(&names, a);
}

/* ---- statements ---- */

/* A `do` that goes with a `while` or `for` is theirs. */
static bool
begins_statement(const struct tokens *all, size_t i)
{
	static const char *const words[] = { "while", "for", "repeat", "if", "local", "function",
		"return", "goto", "break" };
	const struct token *t = &all->list[i];

	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (is(t, words[k]))
			return !is(t, "function") || i == 0 || !is(&all->list[i - 1], "local");
	return (t->kind == LUA_NAME || is(t, "(")) && (i == 0 || may_end(&all->list[i - 1])) &&
	    !(is(t, "(") && i > 0);
}

size_t
luachunk_statement(struct str text, size_t line)
{
	struct tokens all = {0};
	size_t at = 1, found = line, from = 0;
	bool any = false;

	read_tokens(&all, text);
	for (size_t i = 0; i < all.n; i++) {
		for (; from < all.list[i].at; from++)
			at += text.data[from] == '\n';
		if (at > line)
			break;
		if (all.list[i].depth == 0 && (!any || begins_statement(&all, i))) {
			found = at;
			any = true;
		}
	}
	mem_free(all.list);
	return found;
}

void
luachunk_read(struct luachunk *c, struct str text, struct arena *a)
{
	struct script_error e = {0};
	struct tokens all = {0};
	bool is_lua = script_syntax(text, a, &e);

	*c = (struct luachunk){ .end = text.len };
	read_tokens(&all, text);
	c->is_call = is_lua && ends_in_call(&all);
	c->has_value = (!is_lua || c->is_call) && find_expression(&all, text, a, &c->end);
	if (is_lua && !c->has_value)
		c->end = own_return(&all, text);
	if (!is_lua && !c->has_value) {
		c->is_bad = true;
		c->line = e.line;
		c->words = e.words;
	}
	c->locals = locals_of(&all, c->end, a);
	mem_free(all.list);
}
