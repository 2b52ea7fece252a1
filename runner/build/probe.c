#define _GNU_SOURCE	/* memmem */
#include "runner/build/probe.h"

#include <ctype.h>
#include <string.h>

static const struct word {
	struct str text;
	enum probe_kind kind;
} words[] = {
	{ { "__has_", 6 }, PROBE_HEADER }, { { ".incbin", 7 }, PROBE_BINARY },
	{ { ".include", 8 }, PROBE_BINARY }, { { "__DATE__", 8 }, PROBE_DATE },
	{ { "__TIME__", 8 }, PROBE_DATE }, { { "__TIMESTAMP__", 13 }, PROBE_TIMESTAMP }
};

enum { NWORDS = sizeof words / sizeof *words };

bool
probe_may_be_in(struct str text)
{
	for (size_t i = 0; text.len > 0 && i < NWORDS; i++)
		if (memmem(text.data, text.len, words[i].text.data, words[i].text.len))
			return true;
	return false;
}

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t
skip_blanks(struct str s, size_t at)
{
	while (at < s.len && (s.data[at] == ' ' || s.data[at] == '\t'))
		at++;
	return at;
}

/* `defined(__has_include)`, `#ifdef __has_include`: the compiler answers that, nobody else. */
static bool
is_only_named(struct str text, size_t at)
{
	static const char *const before[] = { "defined", "ifdef", "ifndef", "elifdef", "elifndef" };

	while (at > 0 && (text.data[at - 1] == ' ' || text.data[at - 1] == '\t'))
		at--;
	if (at > 0 && text.data[at - 1] == '(')
		at--;
	while (at > 0 && (text.data[at - 1] == ' ' || text.data[at - 1] == '\t'))
		at--;
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		struct str word = str_of(before[i]);

		if (str_ends(str_slice(text, 0, at), word) &&
		    (at == word.len || !is_name_byte(text.data[at - word.len - 1])))
			return true;
	}
	return false;
}

/* Of `(<name>)` and `("name")`; what else stands there may be a macro. */
static void
read_operand(struct str text, size_t at, struct probe *p)
{
	char end;
	size_t from;

	at = skip_blanks(text, at);
	if (at == text.len || text.data[at] != '(')
		return;
	at = skip_blanks(text, at + 1);
	if (at == text.len || (text.data[at] != '<' && text.data[at] != '"'))
		return;
	p->is_quoted = text.data[at] == '"';
	end = p->is_quoted ? '"' : '>';
	for (from = ++at; at < text.len && text.data[at] != end; at++)
		if (text.data[at] == '\n' || text.data[at] == '\\')
			return;
	if (at < text.len)
		p->name = str_slice(text, from, at);
}

/* False if it is a question about the compiler, such as __has_attribute. */
static bool
read_has(struct str text, size_t from, size_t *at, struct probe *p)
{
	struct str name;

	while (*at < text.len && is_name_byte(text.data[*at]))
		++*at;
	name = str_slice(text, from, *at);
	p->kind = str_eq(name, STR("__has_embed")) ? PROBE_EMBED : PROBE_HEADER;
	if (name.len > 6 && !str_starts(name, STR("__has_inc")) && !str_starts(name, STR("__has_emb")))
		return false;
	if (is_only_named(text, from))
		return false;
	read_operand(text, *at, p);
	return true;
}

/* `.incbin \"name\"` in a string of C; where a bare quote ends the string a macro may follow. */
static void
read_binary(struct str text, size_t at, struct probe *p)
{
	const struct str quote = STR("\\\"");
	size_t from;

	at = skip_blanks(text, at);
	if (!str_starts(str_slice(text, at, text.len), quote))
		return;
	for (from = at += quote.len; at < text.len && !strchr("\"\\\n%", text.data[at]); at++)
		;
	if (str_starts(str_slice(text, at, text.len), quote))
		p->name = str_slice(text, from, at);
}

static bool
read_probe(struct str text, size_t from, const struct word *w, size_t *at, struct probe *p)
{
	*p = (struct probe){ .kind = w->kind };
	*at = from + w->text.len;
	if (w->kind == PROBE_HEADER)
		return read_has(text, from, at, p);
	if (w->kind == PROBE_BINARY)
		read_binary(text, *at, p);
	else if (*at < text.len && is_name_byte(text.data[*at]))
		return false;
	return true;
}

bool
probe_next(struct str text, size_t *at, struct probe *p)
{
	while (*at < text.len) {
		size_t from = (*at)++;

		if (text.data[from] != '_' && text.data[from] != '.')
			continue;
		if (text.data[from] == '_' && from > 0 && is_name_byte(text.data[from - 1]))
			continue;
		for (size_t i = 0; i < NWORDS; i++)
			if (str_starts(str_slice(text, from, text.len), words[i].text) &&
			    read_probe(text, from, &words[i], at, p))
				return true;
	}
	return false;
}
