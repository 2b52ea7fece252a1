#include "runner/lua/ctype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64, SIZES = 1 << 30 };

void *
ctype_alloc(lua_State *L, size_t n, size_t size)
{
	void *p;

	if (n > SIZES / size)
		luaL_error(L, "not enough memory");
	p = lua_newuserdatauv(L, n * size + 1, 0);
	memset(p, 0, n * size);
	lua_rawsetp(L, LUA_REGISTRYINDEX, p);
	return p;
}

const char *
ctype_string(lua_State *L, const char *s, size_t len)
{
	char *to = ctype_alloc(L, len + 1, 1);

	memcpy(to, s, len);
	return to;
}

/* ---- the lines of an answer ---- */

struct line {
	const char *at, *end;
};

struct reading {
	lua_State *L;
	const char *text, *end;
	struct ctype **types;
	size_t ntypes;
	bool is_bad;
};

static bool
next_line(const char **text, const char *end, struct line *l)
{
	const char *newline;

	if (*text >= end)
		return false;
	newline = memchr(*text, '\n', (size_t)(end - *text));
	l->at = *text;
	l->end = newline ? newline : end;
	*text = newline ? newline + 1 : end;
	return true;
}

/* A field is a number with a blank, or the end, behind it. */
static uint64_t
number(struct reading *r, struct line *l)
{
	bool is_negative = l->at < l->end && *l->at == '-';
	const char *from = l->at += is_negative;
	uint64_t n = 0;

	for (; l->at < l->end && *l->at >= '0' && *l->at <= '9'; l->at++)
		n = n * 10 + (uint64_t)(*l->at - '0');
	r->is_bad |= l->at == from || l->at - from > 20 || (l->at < l->end && *l->at != ' ');
	if (l->at < l->end)
		l->at++;
	return is_negative ? 0 - n : n;
}

static size_t
small(struct reading *r, struct line *l)
{
	uint64_t n = number(r, l);

	r->is_bad |= n > SIZES;
	return n > SIZES ? 0 : (size_t)n;
}

static struct ctype *
type_of(struct reading *r, struct line *l)
{
	size_t n = small(r, l);

	if (n < r->ntypes)
		return r->types[n];
	r->is_bad = true;
	return r->types[0];
}

static const char *
word(struct reading *r, struct line *l)
{
	const char *from = l->at, *blank = memchr(from, ' ', (size_t)(l->end - from)), *to = blank ? blank : l->end;

	l->at = blank ? blank + 1 : l->end;
	return ctype_string(r->L, from, (size_t)(to - from));
}

static const char *
rest(struct reading *r, struct line *l)
{
	return ctype_string(r->L, l->at, (size_t)(l->end - l->at));
}

static bool
is_type_line(const struct line *l)
{
	return l->end - l->at >= 2 && *l->at >= 'A' && *l->at <= 'Z' && l->at[1] == ' ';
}

/* How many of its lines follow a type's own. */
static size_t
count_parts(const struct reading *r, const char *text)
{
	struct line l;
	size_t n = 0;

	while (next_line(&text, r->end, &l) && l.at < l.end && *l.at >= 'a' && *l.at <= 'z')
		n++;
	return n;
}

static void
read_parts(struct reading *r, struct ctype *t, const char **text, char letter)
{
	size_t n = count_parts(r, *text);
	struct line l;

	if (t->kind == C_ENUM)
		t->constants = ctype_alloc(r->L, n + 1, sizeof *t->constants);
	else
		t->fields = ctype_alloc(r->L, n + 1, sizeof *t->fields);
	for (size_t i = 0; i < n && next_line(text, r->end, &l); i++) {
		struct cfield *f = t->fields ? &t->fields[i] : NULL;

		r->is_bad |= *l.at != letter || l.end - l.at < 2;
		if (r->is_bad)
			return;
		l.at += 2;
		if (t->kind == C_ENUM) {
			t->constants[i].value = (int64_t)number(r, &l);
			t->constants[i].name = rest(r, &l);
			t->nconstants = i + 1;
			continue;
		}
		f->type = type_of(r, &l);
		if (letter == 'm') {
			f->at = small(r, &l);
			f->bits = (unsigned)small(r, &l);
			f->shift = (unsigned)small(r, &l);
			f->is_const = number(r, &l);
		}
		f->name = rest(r, &l);
		t->nfields = i + 1;
	}
}

static void
read_struct(struct reading *r, struct ctype *t, struct line *l, const char **text)
{
	size_t known;

	t->size = small(r, l);
	t->object = number(r, l);
	t->offset = number(r, l);
	known = small(r, l);
	t->is_known = known == 1;
	t->is_incomplete = known == 2;
	t->tag = word(r, l);
	if (strcmp(t->tag, "-") == 0)
		t->tag = NULL;
	t->name = rest(r, l);
	if (t->is_known)
		read_parts(r, t, text, 'm');
}

static void
read_pointer(struct reading *r, struct ctype *t, struct line *l)
{
	t->size = t->align = sizeof(void *);
	t->target = type_of(r, l);
	t->is_const = number(r, l);
	t->name = rest(r, l);
}

static void
read_function(struct reading *r, struct ctype *t, struct line *l, const char **text)
{
	t->target = type_of(r, l);
	t->has_others = number(r, l);
	t->name = rest(r, l);
	read_parts(r, t, text, 'p');
}

static void
read_scalar(struct reading *r, struct ctype *t, struct line *l)
{
	t->size = t->align = small(r, l);
	if (t->kind == C_CHAR || t->kind == C_ENUM)
		t->is_unsigned = number(r, l);
	t->name = rest(r, l);
	if (t->kind != C_OTHER)
		r->is_bad |= t->size == 0 || t->size > 32 || (t->size & (t->size - 1)) != 0;
	if (ctype_is_integer(t) && t->size > 8)
		t->kind = C_OTHER;	/* __int128 */
	if (t->kind == C_COMPLEX)
		t->align = t->size / 2;
	if (t->kind == C_FLOAT && t->size != 4 && t->size != 8 && t->size != sizeof(long double))
		t->kind = C_OTHER;
}

static void
read_type(struct reading *r, struct ctype *t, struct line *l, const char **text)
{
	static const struct { char letter; enum ckind kind; } scalars[] = {
		{ 'I', C_SIGNED }, { 'U', C_UNSIGNED }, { 'B', C_BOOL }, { 'F', C_FLOAT },
		{ 'Z', C_COMPLEX }, { 'C', C_CHAR }, { 'E', C_ENUM }, { 'O', C_OTHER } };
	char letter = *l->at;

	l->at += 2;
	t->align = 1;
	switch (letter) {
	case 'V':
		t->kind = C_VOID;
		t->name = rest(r, l);
		return;
	case 'P':
	case 'R':
		t->kind = C_POINTER;
		t->is_reference = letter == 'R';
		read_pointer(r, t, l);
		return;
	case 'A':
		t->kind = C_ARRAY;
		t->target = type_of(r, l);
		t->count = (int64_t)number(r, l);
		r->is_bad |= t->count < -1;
		return;
	case 'S':
	case 'N':
		t->kind = letter == 'S' ? C_STRUCT : C_UNION;
		read_struct(r, t, l, text);
		return;
	case 'Q':
		t->kind = C_FUNCTION;
		read_function(r, t, l, text);
		return;
	}
	t->kind = C_OTHER;
	for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
		if (scalars[i].letter == letter)
			t->kind = scalars[i].kind;
	read_scalar(r, t, l);
	if (letter == 'E')
		read_parts(r, t, text, 'k');
}

/* ---- what they are as a whole ---- */

/* "double[3]": dimensions of elements stand behind ours. */
static const char *
array_name(lua_State *L, const struct ctype *element, int64_t count)
{
	size_t head = strcspn(element->name, "[");
	char digits[24] = "";

	if (count >= 0)
		snprintf(digits, sizeof digits, "%lld", (long long)count);
	lua_pushlstring(L, element->name, head);
	lua_pushfstring(L, "%s[%s]%s", lua_tostring(L, -1), digits, element->name + head);
	lua_remove(L, -2);
	return lua_tostring(L, -1);
}

static void
set_array_name(lua_State *L, struct ctype *t)
{
	const char *name = array_name(L, t->target, t->count);

	t->name = ctype_string(L, name, strlen(name));
	lua_pop(L, 1);
}

/* "int (char *)": an anonymous function's name is made of its parts. */
static void
set_function_name(lua_State *L, struct ctype *t)
{
	luaL_Buffer b;

	luaL_checkstack(L, 8, NULL);
	luaL_buffinit(L, &b);
	luaL_addstring(&b, t->target->name);
	luaL_addstring(&b, " (");
	for (size_t i = 0; i < t->nfields; i++) {
		luaL_addstring(&b, i > 0 ? ", " : "");
		luaL_addstring(&b, t->fields[i].type->name);
	}
	luaL_addstring(&b, t->has_others ? t->nfields ? ", ..." : "" : t->nfields ? "" : "void");
	luaL_addstring(&b, ")");
	luaL_pushresult(&b);
	t->name = ctype_string(L, lua_tostring(L, -1), lua_rawlen(L, -1));
	lua_pop(L, 1);
}

static bool check(lua_State *L, struct ctype *t, int depth);

static bool
check_members(lua_State *L, struct ctype *t, int depth)
{
	size_t packed = 1;

	for (size_t i = 0; i < t->nfields; i++) {
		struct cfield *f = &t->fields[i];

		if (!check(L, f->type, depth + 1) || f->type->kind == C_FUNCTION || f->type->kind == C_VOID)
			return false;
		if (f->bits ? f->bits > 64 || f->shift > 7 || f->at > t->size ||
		    (f->shift + f->bits + 7) / 8 > t->size - f->at || !ctype_is_integer(f->type) :
		    f->at > t->size || f->type->size > t->size - f->at)
			return false;
		if (!f->bits && f->type->align > packed && f->at % f->type->align == 0)
			packed = f->type->align;
		if (f->bits && f->type->align > packed && t->size % f->type->align == 0)
			packed = f->type->align;
	}
	t->align = packed;
	return true;
}

static bool
check_array(lua_State *L, struct ctype *t, int depth)
{
	size_t n = t->count > 0 ? (size_t)t->count : 0;

	if (!check(L, t->target, depth + 1) || t->target->kind == C_FUNCTION || t->target->kind == C_VOID)
		return false;
	if (t->target->size > 0 && n > SIZES / t->target->size)
		return false;
	t->size = n * t->target->size;
	t->align = t->target->align;
	set_array_name(L, t);
	return true;
}

/* Types that contain one another end somewhere; what they say of sizes is true. */
static bool
check(lua_State *L, struct ctype *t, int depth)
{
	bool ok = true;

	if (t->state == 2)
		return true;
	if (t->state == 1 || depth > DEPTH)
		return false;
	t->state = 1;
	if (t->kind == C_ARRAY)
		ok = check_array(L, t, depth);
	else if (t->kind == C_STRUCT || t->kind == C_UNION)
		ok = check_members(L, t, depth);
	t->state = 2;
	return ok;
}

/* Parameters and results, once all else is known. */
static bool
check_function(lua_State *L, struct ctype *t)
{
	for (size_t i = 0; i < t->nfields; i++) {
		struct ctype *p = t->fields[i].type;

		if (p->kind == C_ARRAY)
			t->fields[i].type = ctype_pointer(L, p->target, false);
		else if (p->kind == C_FUNCTION)
			t->fields[i].type = ctype_pointer(L, p, false);
		else if (p->kind == C_VOID)
			return false;
	}
	if (t->target->kind == C_ARRAY || t->target->kind == C_FUNCTION)
		return false;
	if (!*t->name)
		set_function_name(L, t);
	return true;
}

static bool
read_types(struct reading *r)
{
	const char *text = r->text;
	struct line l;

	for (const char *at = text; next_line(&at, r->end, &l); )
		r->ntypes += is_type_line(&l);
	if (r->ntypes == 0)
		return false;
	r->types = ctype_alloc(r->L, r->ntypes, sizeof *r->types);
	for (size_t i = 0; i < r->ntypes; i++) {
		r->types[i] = ctype_alloc(r->L, 1, sizeof **r->types);
		r->types[i]->name = "";
	}
	for (size_t i = 0; next_line(&text, r->end, &l) && !r->is_bad; i++) {
		if (!is_type_line(&l) || i >= r->ntypes)
			return false;
		read_type(r, r->types[i], &l, &text);
	}
	for (size_t i = 0; i < r->ntypes && !r->is_bad; i++)
		r->is_bad = !check(r->L, r->types[i], 0);
	for (size_t i = 0; i < r->ntypes && !r->is_bad; i++)
		if (r->types[i]->kind == C_FUNCTION)
			r->is_bad = !check_function(r->L, r->types[i]);
	return !r->is_bad;
}

bool
ctype_read(lua_State *L, const char *text, size_t size, struct canswer *a)
{
	struct reading r = { .L = L, .text = text, .end = text + size };
	struct line l;
	char letter;

	*a = (struct canswer){0};
	luaL_checkstack(L, 20, NULL);
	if (!next_line(&r.text, r.end, &l) || l.end - l.at < 2)
		return false;
	letter = *l.at;
	l.at += 2;
	if (letter == '-') {
		a->name = rest(&r, &l);
		return true;
	}
	if (!read_types(&r))
		return false;
	if (letter == 't') {
		a->means = MEANS_TYPE;
		a->type = type_of(&r, &l);
		return !r.is_bad;
	}
	a->value = (int64_t)number(&r, &l);
	a->type = type_of(&r, &l);
	if (letter == 'v')
		a->is_const = number(&r, &l);
	a->name = rest(&r, &l);
	a->address = letter == 'k' ? NULL : (void *)(uintptr_t)a->value;
	a->means = letter == 'f' ? MEANS_FUNCTION : letter == 'v' ? MEANS_VARIABLE :
	    letter == 'k' ? MEANS_CONSTANT : MEANS_NOTHING;
	if ((a->means == MEANS_FUNCTION) != (a->type->kind == C_FUNCTION))
		return false;
	return !r.is_bad && a->means != MEANS_NOTHING;
}

/* ---- of one another ---- */

struct ctype *
ctype_basic(lua_State *L, enum ckind kind, size_t size, const char *name)
{
	struct ctype *t = ctype_alloc(L, 1, sizeof *t);

	*t = (struct ctype){ .kind = kind, .size = size, .align = size ? size : 1, .name = name, .state = 2 };
	if (kind == C_COMPLEX)
		t->align = size / 2;
	return t;
}

/* "int (*)[3]", "int (*)(char)", "int *": the star stands where a name would. */
static const char *
pointer_name(lua_State *L, const struct ctype *target, bool is_const)
{
	const char *name = target->name;
	size_t head = target->kind == C_ARRAY ? strcspn(name, "[") : target->kind == C_FUNCTION ?
	    strcspn(name, "(") : strlen(name);
	bool is_inside = name[head] != '\0', has_blank = head > 0 && name[head - 1] == ' ';
	bool has_star = head > 0 && name[head - 1] == '*';

	lua_pushlstring(L, name, head);
	lua_pushfstring(L, "%s%s%s%s%s", is_const && strncmp(name, "const ", 6) != 0 ? "const " : "",
	    lua_tostring(L, -1), has_star || has_blank ? "" : " ", is_inside ? "(*)" : "*", name + head);
	return lua_tostring(L, -1);
}

struct ctype *
ctype_pointer(lua_State *L, struct ctype *target, bool is_const)
{
	struct ctype *t = target->pointers[is_const];
	int top = lua_gettop(L);
	const char *name;

	if (t)
		return t;
	name = pointer_name(L, target, is_const);
	t = ctype_basic(L, C_POINTER, sizeof(void *), ctype_string(L, name, strlen(name)));
	t->target = target;
	t->is_const = is_const;
	lua_settop(L, top);
	return target->pointers[is_const] = t;
}

struct ctype *
ctype_array(lua_State *L, struct ctype *element, int64_t count)
{
	struct ctype *t = ctype_basic(L, C_ARRAY, 0, "");

	t->target = element;
	t->count = count;
	t->align = element->align;
	if (count > 0 && element->size > 0 && (uint64_t)count > SIZES / element->size)
		luaL_error(L, "%s[%I] is too large", element->name, (LUAI_UACINT)count);
	t->size = count > 0 ? (size_t)count * element->size : 0;
	set_array_name(L, t);
	return t;
}

static bool
same_struct(const struct ctype *a, const struct ctype *b)
{
	if (a->tag && b->tag ? strcmp(a->tag, b->tag) != 0 : strcmp(a->name, b->name) != 0)
		return false;
	return a->size == b->size || a->is_incomplete || b->is_incomplete;
}

bool
ctype_same(const struct ctype *a, const struct ctype *b)
{
	for (int hops = 0; a != b && hops < DEPTH; hops++) {
		if (a->kind == C_STRUCT || a->kind == C_UNION)
			return a->kind == b->kind && same_struct(a, b);
		if (ctype_is_integer(a) && ctype_is_integer(b))
			return a->size == b->size && (a->kind == C_BOOL) == (b->kind == C_BOOL);
		if (a->kind != b->kind || (a->kind == C_FUNCTION && a->nfields != b->nfields))
			return false;
		if (a->kind != C_POINTER && a->kind != C_ARRAY && a->kind != C_FUNCTION)
			return a->size == b->size;
		if (a->kind == C_ARRAY && a->count != b->count && a->count >= 0 && b->count >= 0)
			return false;
		a = a->target;
		b = b->target;
	}
	return true;
}
