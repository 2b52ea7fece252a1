/*
 * Types as C writes them, and declarations of functions and variables.
 *
 * What structs consist of is for C cells to say.
 */
#include "runner/lua/ctype.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 40, PARAMETERS = 64, WORD = 128 };

struct parser {
	lua_State *L;
	const char *at, *text;
	char word[WORD];	/* the next token; empty at the end */
	const char *word_at;
	int depth;
};

static const struct named {
	const char *name;
	enum ckind kind;
	size_t size;
} named_types[] = {
	{ "size_t", C_UNSIGNED, sizeof(size_t) }, { "ssize_t", C_SIGNED, sizeof(size_t) },
	{ "ptrdiff_t", C_SIGNED, sizeof(ptrdiff_t) }, { "intptr_t", C_SIGNED, sizeof(intptr_t) },
	{ "uintptr_t", C_UNSIGNED, sizeof(uintptr_t) }, { "int8_t", C_SIGNED, 1 }, { "uint8_t", C_UNSIGNED, 1 },
	{ "int16_t", C_SIGNED, 2 }, { "uint16_t", C_UNSIGNED, 2 }, { "int32_t", C_SIGNED, 4 },
	{ "uint32_t", C_UNSIGNED, 4 }, { "int64_t", C_SIGNED, 8 }, { "uint64_t", C_UNSIGNED, 8 },
	{ "intmax_t", C_SIGNED, 8 }, { "uintmax_t", C_UNSIGNED, 8 }, { "bool", C_BOOL, 1 }, { "_Bool", C_BOOL, 1 },
	{ "time_t", C_SIGNED, 8 }, { "off_t", C_SIGNED, 8 }, { "wchar_t", C_SIGNED, sizeof(wchar_t) }
};

static int
fail(struct parser *p, const char *expected)
{
	return luaL_error(p->L, "'%s' is no C that is understood here: %s expected%s%s%s", p->text, expected,
	    *p->word ? " near '" : " at its end", p->word, *p->word ? "'" : "");
}

static void
next(struct parser *p)
{
	size_t n = 0;

	p->at += strspn(p->at, " \t\r\n");
	p->word_at = p->at;
	if (isalpha((unsigned char)*p->at) || *p->at == '_')
		while (isalnum((unsigned char)p->at[n]) || p->at[n] == '_')
			n++;
	else if (isdigit((unsigned char)*p->at))
		while (isalnum((unsigned char)p->at[n]))
			n++;
	else if (strncmp(p->at, "...", 3) == 0)
		n = 3;
	else if (*p->at)
		n = 1;
	if (n >= WORD)
		luaL_error(p->L, "a name in '%s' is too long", p->text);
	memcpy(p->word, p->at, n);
	p->word[n] = '\0';
	p->at += n;
}

static bool
is(const struct parser *p, const char *word)
{
	return strcmp(p->word, word) == 0;
}

static bool
take(struct parser *p, const char *word)
{
	if (!is(p, word))
		return false;
	next(p);
	return true;
}

static bool
is_name(const struct parser *p)
{
	return isalpha((unsigned char)*p->word) || *p->word == '_';
}

static bool
is_basic_word(const char *word)
{
	static const char *const words[] = { "const", "volatile", "restrict", "signed", "unsigned", "short",
		"long", "char", "int", "float", "double", "void", "_Complex", "struct", "union", "enum", "FILE",
		"extern", "static", "inline", "va_list" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof named_types / sizeof *named_types; i++)
		if (strcmp(word, named_types[i].name) == 0)
			return true;
	return false;
}

/* ---- what stands before a declarator ---- */

struct specifiers {
	bool is_const, is_signed, is_unsigned, is_short, is_char, is_int, is_float, is_double, is_void, is_complex;
	int longs;
	struct ctype *type;	/* by its name */
};

static struct ctype *
asked(struct parser *p, const char *words)
{
	struct canswer a;

	ctype_ask(p->L, 't', words, &a);
	if (a.means != MEANS_TYPE)
		luaL_error(p->L, "'%s': %s; define it in a C cell, and use it there", p->text,
		    a.name ? a.name : "it is no type");
	return a.type;
}

static struct ctype *
tagged(struct parser *p)
{
	const char *words;

	lua_pushstring(p->L, p->word);
	next(p);
	if (!is_name(p))
		(void)fail(p, "a name");
	words = lua_pushfstring(p->L, "%s %s", lua_tostring(p->L, -1), p->word);
	next(p);
	if (is(p, "{"))
		luaL_error(p->L, "define %s in a C cell, and use it there: its members are taken from there", words);
	return asked(p, words);
}

static struct ctype *
named(struct parser *p)
{
	struct ctype *t;

	for (size_t i = 0; i < sizeof named_types / sizeof *named_types; i++)
		if (is(p, named_types[i].name))
			return ctype_basic(p->L, named_types[i].kind, named_types[i].size, named_types[i].name);
	if (is(p, "FILE")) {
		t = ctype_basic(p->L, C_STRUCT, 0, "FILE");
		t->tag = "_IO_FILE";
		t->is_incomplete = true;
		return t;
	}
	return asked(p, p->word);
}

/* A word of those that may stand in any order; false if it is another one. */
static bool
take_specifier(struct parser *p, struct specifiers *s)
{
	bool any = s->type || s->is_char || s->is_int || s->is_float || s->is_double || s->is_void ||
	    s->is_signed || s->is_unsigned || s->is_short || s->longs;

	if (is(p, "const"))
		s->is_const = true;
	else if (is(p, "signed"))
		s->is_signed = true;
	else if (is(p, "unsigned"))
		s->is_unsigned = true;
	else if (is(p, "short"))
		s->is_short = true;
	else if (is(p, "long"))
		s->longs++;
	else if (is(p, "char"))
		s->is_char = true;
	else if (is(p, "int"))
		s->is_int = true;
	else if (is(p, "float"))
		s->is_float = true;
	else if (is(p, "double"))
		s->is_double = true;
	else if (is(p, "void"))
		s->is_void = true;
	else if (is(p, "_Complex"))
		s->is_complex = true;
	else if (!is(p, "volatile") && !is(p, "restrict") && !is(p, "extern") && !is(p, "static") && !is(p, "inline")) {
		if (any || !is_name(p))
			return false;
		if (is(p, "struct") || is(p, "union") || is(p, "enum")) {
			s->type = tagged(p);
			return true;
		}
		s->type = named(p);
	}
	next(p);
	return true;
}

static struct ctype *
integer(struct parser *p, const struct specifiers *s)
{
	static const char *const names[2][4] = { { "short", "int", "long", "long long" },
		{ "unsigned short", "unsigned int", "unsigned long", "unsigned long long" } };
	size_t sizes[4] = { sizeof(short), sizeof(int), sizeof(long), sizeof(long long) };
	int which = s->is_short ? 0 : s->longs == 0 ? 1 : s->longs == 1 ? 2 : 3;

	return ctype_basic(p->L, s->is_unsigned ? C_UNSIGNED : C_SIGNED, sizes[which], names[s->is_unsigned][which]);
}

static struct ctype *
floating(struct parser *p, const struct specifiers *s)
{
	size_t size = s->is_float ? sizeof(float) : s->longs ? sizeof(long double) : sizeof(double);
	const char *name = s->is_float ? "float" : s->longs ? "long double" : "double";

	if (!s->is_complex)
		return ctype_basic(p->L, C_FLOAT, size, name);
	return ctype_basic(p->L, C_COMPLEX, 2 * size, s->is_float ? "_Complex float" : s->longs ?
	    "_Complex long double" : "_Complex double");
}

static struct ctype *
take_base(struct parser *p, bool *is_const)
{
	struct specifiers s = {0};
	struct ctype *t;

	while (take_specifier(p, &s))
		;
	*is_const = s.is_const;
	if (s.type)
		return s.type;
	if (s.is_void)
		return ctype_basic(p->L, C_VOID, 0, "void");
	if (s.is_float || s.is_double || s.is_complex)
		return floating(p, &s);
	if (s.is_char) {
		t = ctype_basic(p->L, s.is_unsigned ? C_UNSIGNED : s.is_signed ? C_SIGNED : C_CHAR, 1,
		    s.is_unsigned ? "unsigned char" : s.is_signed ? "signed char" : "char");
		t->is_unsigned = (char)-1 > 0;
		return t;
	}
	if (!s.is_int && !s.is_short && !s.longs && !s.is_signed && !s.is_unsigned)
		(void)fail(p, "a type");
	return integer(p, &s);
}

/* ---- declarators ---- */

static struct ctype *take_declarator(struct parser *p, struct ctype *t, bool is_const, const char **name);

static struct ctype *
take_parameters(struct parser *p, struct ctype *result)
{
	struct ctype *t = ctype_basic(p->L, C_FUNCTION, 0, "");
	luaL_Buffer b;
	bool is_const;

	t->target = result;
	t->fields = ctype_alloc(p->L, PARAMETERS, sizeof *t->fields);
	while (!is(p, ")")) {
		struct cfield f = { .name = "" };

		if (take(p, "...")) {
			t->has_others = true;
			break;
		}
		f.type = take_base(p, &is_const);
		f.type = take_declarator(p, f.type, is_const, &f.name);
		if (f.type->kind == C_ARRAY)
			f.type = ctype_pointer(p->L, f.type->target, is_const);
		else if (f.type->kind == C_FUNCTION)
			f.type = ctype_pointer(p->L, f.type, false);
		if (f.type->kind == C_VOID && t->nfields == 0 && is(p, ")"))
			break;
		if (f.type->kind == C_VOID || t->nfields == PARAMETERS)
			(void)fail(p, "another parameter");
		t->fields[t->nfields++] = f;
		if (!take(p, ","))
			break;
	}
	if (!take(p, ")"))
		(void)fail(p, "')'");
	luaL_buffinit(p->L, &b);
	luaL_addstring(&b, result->name);
	luaL_addstring(&b, " (");
	for (size_t i = 0; i < t->nfields; i++) {
		luaL_addstring(&b, i > 0 ? ", " : "");
		luaL_addstring(&b, t->fields[i].type->name);
	}
	luaL_addstring(&b, t->has_others ? ", ..." : t->nfields ? "" : "void");
	luaL_addstring(&b, ")");
	luaL_pushresult(&b);
	t->name = ctype_string(p->L, lua_tostring(p->L, -1), lua_rawlen(p->L, -1));
	lua_pop(p->L, 1);
	return t;
}

/* Brackets: those further right belong to what those further left consist of. */
static struct ctype *
take_suffix(struct parser *p, struct ctype *t)
{
	long long counts[DEPTH];
	int n = 0;

	if (take(p, "("))
		return take_parameters(p, t);
	while (take(p, "[")) {
		char *end;

		if (n == DEPTH)
			(void)fail(p, "less brackets");
		counts[n] = -1;
		if (!is(p, "]")) {
			counts[n] = strtoll(p->word, &end, 0);
			if (end == p->word || *end || counts[n] < 0)
				(void)fail(p, "a number");
			next(p);
		}
		n++;
		if (!take(p, "]"))
			(void)fail(p, "']'");
	}
	while (n-- > 0) {
		if (t->kind == C_VOID || t->kind == C_FUNCTION)
			(void)fail(p, "another type");
		ctype_complete(p->L, t);
		t = ctype_array(p->L, t, counts[n]);
	}
	return t;
}

/* `(` of a declarator in parentheses, not of parameters. */
static bool
is_nested(const struct parser *p)
{
	struct parser ahead = *p;

	if (!take(&ahead, "("))
		return false;
	return is(&ahead, "*") || is(&ahead, "(") || is(&ahead, "[") || (is_name(&ahead) && !is_basic_word(ahead.word));
}

static void
skip_nested(struct parser *p)
{
	int open = 0;

	do {
		open += is(p, "(") - is(p, ")");
		if (!*p->word)
			(void)fail(p, "')'");
		next(p);
	} while (open > 0);
}

static struct ctype *
take_declarator(struct parser *p, struct ctype *t, bool is_const, const char **name)
{
	if (++p->depth > DEPTH)
		luaL_error(p->L, "'%s' is too deep", p->text);
	luaL_checkstack(p->L, 20, NULL);
	while (take(p, "*")) {
		t = ctype_pointer(p->L, t, is_const);
		is_const = false;
		while (is(p, "const") || is(p, "restrict") || is(p, "volatile")) {
			is_const = is_const || is(p, "const");
			next(p);
		}
	}
	if (is_nested(p)) {
		struct parser inner = *p;

		skip_nested(p);
		t = take_suffix(p, t);
		next(&inner);
		t = take_declarator(&inner, t, false, name);
	} else {
		if (is_name(p) && !is_basic_word(p->word)) {
			*name = ctype_string(p->L, p->word, strlen(p->word));
			next(p);
		}
		t = take_suffix(p, t);
	}
	p->depth--;
	return t;
}

/* ---- all of it ---- */

struct ctype *
ctype_parse(lua_State *L, const char *text)
{
	struct parser p = { .L = L, .at = text, .text = text };
	const char *name = NULL;
	int top = lua_gettop(L);
	struct ctype *t;
	bool is_const;

	luaL_checkstack(L, 20, NULL);
	next(&p);
	t = take_base(&p, &is_const);
	t = take_declarator(&p, t, is_const, &name);
	if (*p.word || name)
		(void)fail(&p, "the end of a type");
	lua_settop(L, top);
	return t;
}

bool
ctype_declaration(lua_State *L, const char **text, const char **name, struct ctype **type)
{
	struct parser p = { .L = L, .at = *text, .text = *text };
	int top = lua_gettop(L);
	bool is_const;

	*name = NULL;
	next(&p);
	while (take(&p, ";"))
		;
	if (!*p.word)
		return false;
	*type = take_base(&p, &is_const);
	*type = take_declarator(&p, *type, is_const, name);
	if (!*name)
		(void)fail(&p, "the name of a function or variable");
	if (!is(&p, ";") && *p.word)
		(void)fail(&p, "';'");
	*text = p.at;
	lua_settop(L, top);
	return true;
}
