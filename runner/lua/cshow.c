/*
 * Values of C as text, as Lua would write them.
 */
#include "runner/lua/cdata.h"

#include <stdio.h>
#include <string.h>

enum { ITEMS = 100, DEPTH = 6 };

static void show(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p, int depth);

static void
show_elements(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p, int depth)
{
	int64_t i;

	luaL_addchar(b, '{');
	for (i = 0; i < t->count && i < ITEMS; i++) {
		luaL_addstring(b, i > 0 ? ", " : "");
		show(L, b, t->target, p + (size_t)i * t->target->size, depth - 1);
	}
	if (i < t->count) {
		lua_pushfstring(L, ", ... (%I more)", (LUAI_UACINT)(t->count - i));
		luaL_addvalue(b);
	}
	luaL_addstring(b, t->count < 0 ? "...}" : "}");
}

static void
show_members(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p, int depth)
{
	bool any = false;

	luaL_addchar(b, '{');
	for (size_t i = 0; t->is_known && i < t->nfields; i++) {
		struct cfield *f = &t->fields[i];
		struct cplace place = { f->type, p + f->at, f->bits, f->shift, false, f->name };

		luaL_addstring(b, any ? ", " : "");
		any = true;
		if (*f->name) {
			luaL_addstring(b, f->name);
			luaL_addstring(b, " = ");
		}
		if (f->bits) {
			convert_load_bits(L, &place);
			(void)luaL_tolstring(L, -1, NULL);
			lua_remove(L, -2);
			luaL_addvalue(b);
		} else {
			show(L, b, f->type, place.p, depth - 1);
		}
	}
	luaL_addstring(b, t->is_known ? "}" : "...}");
}

/* Of a pointer only where it leads, since nothing says that it leads anywhere. */
static void
show_scalar(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p)
{
	void *to;

	if (t->kind == C_POINTER) {
		memcpy(&to, p, sizeof to);
		if (to)
			lua_pushfstring(L, "(%s) %p", t->name, to);
		else
			lua_pushliteral(L, "nil");
	} else if (t->kind == C_OTHER || t->kind == C_VOID || t->kind == C_FUNCTION) {
		lua_pushliteral(L, "...");
	} else {
		convert_load(L, t, p, 0, false);
		(void)luaL_tolstring(L, -1, NULL);
		lua_remove(L, -2);
	}
	luaL_addvalue(b);
}

static void
show_complex(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p)
{
	struct ctype part = { .kind = C_FLOAT, .size = t->size / 2, .name = t->name };

	luaL_addstring(b, "{re = ");
	show_scalar(L, b, &part, p);
	luaL_addstring(b, ", im = ");
	show_scalar(L, b, &part, p + part.size);
	luaL_addchar(b, '}');
}

static void
show_text(luaL_Buffer *b, const char *p, size_t most)
{
	luaL_addchar(b, '"');
	for (size_t i = 0; i < most && p[i]; i++) {
		unsigned char c = (unsigned char)p[i];
		char escaped[8];

		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f) {
			luaL_addchar(b, p[i]);
			continue;
		}
		snprintf(escaped, sizeof escaped, c == '\n' ? "\\n" : c == '"' || c == '\\' ? "\\%c" : "\\%03d", c);
		luaL_addstring(b, escaped);
	}
	luaL_addchar(b, '"');
}

/* The depth bounds the recursion. */
static void
show(lua_State *L, luaL_Buffer *b, struct ctype *t, char *p, int depth)
{
	luaL_checkstack(L, 12, NULL);
	if (depth == 0 && ctype_is_aggregate(t))
		luaL_addstring(b, "{...}");
	else if (t->kind == C_ARRAY && t->target->kind == C_CHAR && t->target->size == 1 && t->count >= 0)
		show_text(b, p, t->size);
	else if (t->kind == C_ARRAY)
		show_elements(L, b, t, p, depth);
	else if (t->kind == C_STRUCT || t->kind == C_UNION)
		show_members(L, b, t, p, depth);
	else if (t->kind == C_COMPLEX)
		show_complex(L, b, t, p);
	else
		show_scalar(L, b, t, p);
}

void
cdata_show(lua_State *L, const struct cdata *d)
{
	luaL_Buffer b;

	luaL_checkstack(L, 40, NULL);
	if (d->type->kind == C_POINTER) {
		lua_pushfstring(L, "(%s) %p", d->type->name, (void *)d->p);
		return;
	}
	ctype_complete(L, d->type);
	luaL_buffinit(L, &b);
	show(L, &b, d->type, d->p, DEPTH);
	luaL_pushresult(&b);
}
