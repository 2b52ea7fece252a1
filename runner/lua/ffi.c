/*
 * Types as libffi has them.
 */
#include "runner/lua/ctype.h"

#include <string.h>

enum { LARGE = 64, WORD = 8, WORDS = LARGE / WORD, DEPTH = 32 };

static int
refuse(lua_State *L, const struct ctype *t, const char *why)
{
	return luaL_error(L, "a %s cannot be passed by value from here (%s): pass a pointer, by a function of a C cell",
	    t->name, why);
}

static ffi_type *
of_integer(const struct ctype *t)
{
	bool is_signed = ctype_is_signed(t);

	switch (t->size) {
	case 1:
		return is_signed ? &ffi_type_sint8 : &ffi_type_uint8;
	case 2:
		return is_signed ? &ffi_type_sint16 : &ffi_type_uint16;
	case 4:
		return is_signed ? &ffi_type_sint32 : &ffi_type_uint32;
	}
	return is_signed ? &ffi_type_sint64 : &ffi_type_uint64;
}

static ffi_type *
of_float(lua_State *L, const struct ctype *t)
{
	if (t->size == sizeof(float))
		return &ffi_type_float;
	if (t->size == sizeof(double))
		return &ffi_type_double;
	if (strstr(t->name, "128"))
		(void)refuse(L, t, "libffi has no such type");
	return &ffi_type_longdouble;
}

static ffi_type *
of_complex(lua_State *L, const struct ctype *t)
{
#ifdef FFI_TARGET_HAS_COMPLEX_TYPE
	if (t->size == 2 * sizeof(float))
		return &ffi_type_complex_float;
	if (t->size == 2 * sizeof(double))
		return &ffi_type_complex_double;
	if (t->size == 2 * sizeof(long double))
		return &ffi_type_complex_longdouble;
#endif
	(void)refuse(L, t, "libffi has no such type");
	return NULL;
}

/* ---- structs ---- */

static bool
needs_words(const struct ctype *t, int depth)
{
	if (t->kind == C_UNION)
		return true;
	if (t->kind == C_ARRAY)
		return depth > 0 && needs_words(t->target, depth - 1);
	if (t->kind != C_STRUCT)
		return false;
	for (size_t i = 0; i < t->nfields; i++)
		if (t->fields[i].bits || (depth > 0 && needs_words(t->fields[i].type, depth - 1)))
			return true;
	return false;
}

/* What a word of eight bytes holds. */
enum content { NOTHING, FLOATS, DOUBLE, INTEGERS };

struct words {
	enum content list[WORDS];
	bool has_others;
};

static void look(struct words *w, const struct ctype *t, size_t at, int depth);

static void
put(struct words *w, enum content c, size_t at, size_t size)
{
	for (size_t i = at / WORD; size > 0 && i <= (at + size - 1) / WORD && i < WORDS; i++)
		if (c > w->list[i])
			w->list[i] = c;
}

static void
look_members(struct words *w, const struct ctype *t, size_t at, int depth)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct cfield *f = &t->fields[i];

		if (f->bits)
			put(w, INTEGERS, at + f->at, (f->shift + f->bits + 7) / 8);
		else
			look(w, f->type, at + f->at, depth);
	}
}

static void
look(struct words *w, const struct ctype *t, size_t at, int depth)
{
	size_t n = t->kind == C_ARRAY && t->count > 0 ? (size_t)t->count : 0;

	if (depth == 0 || at >= LARGE) {
		w->has_others = true;
	} else if (t->kind == C_ARRAY) {
		for (size_t i = 0; i < n && i < LARGE; i++)
			look(w, t->target, at + i * t->target->size, depth - 1);
	} else if (t->kind == C_STRUCT || t->kind == C_UNION) {
		look_members(w, t, at, depth - 1);
	} else if (ctype_is_integer(t) || t->kind == C_POINTER) {
		put(w, INTEGERS, at, t->size);
	} else if ((t->kind == C_FLOAT && t->size <= WORD) || (t->kind == C_COMPLEX && t->size <= 2 * WORD)) {
		put(w, t->size == (t->kind == C_FLOAT ? WORD : 2 * WORD) ? DOUBLE : FLOATS, at, t->size);
	} else {
		w->has_others = true;
	}
}

static size_t
add_word(ffi_type **to, size_t n, enum content c, size_t size)
{
	if (c == DOUBLE && size == WORD) {
		to[n++] = &ffi_type_double;
		return n;
	}
	if (c == FLOATS && size % 4 == 0) {
		for (; size > 0; size -= 4)
			to[n++] = &ffi_type_float;
		return n;
	}
	if (size == WORD)
		to[n++] = &ffi_type_uint64;
	if (size & 4)
		to[n++] = &ffi_type_uint32;
	if (size & 2)
		to[n++] = &ffi_type_uint16;
	if (size & 1)
		to[n++] = &ffi_type_uint8;
	return n;
}

/* A union, or one with bit-fields: as the registers that its words go into. */
static ffi_type **
elements_of_words(lua_State *L, const struct ctype *t)
{
	struct words w = {0};
	ffi_type **to = ctype_alloc(L, 3 * WORDS + 1, sizeof *to);
	size_t n = 0;

	look(&w, t, 0, DEPTH);
	if (w.has_others && t->size <= 2 * WORD)
		(void)refuse(L, t, "libffi has no unions");
	for (size_t at = 0; at < t->size; at += WORD)
		n = add_word(to, n, w.list[at / WORD], t->size - at < WORD ? t->size - at : WORD);
	return to;
}

static ffi_type **
elements_of_members(lua_State *L, struct ctype *t)
{
	ffi_type **to = ctype_alloc(L, LARGE + 1, sizeof *to);
	size_t at = 0, n = 0;

	for (size_t i = 0; i < t->nfields; i++) {
		struct ctype *m = t->fields[i].type;
		size_t count = 1;

		for (; m->kind == C_ARRAY; m = m->target)
			count *= m->count > 0 ? (size_t)m->count : 0;
		for (size_t k = 0; k < count && n < LARGE; k++) {
			ffi_type *one = ctype_ffi(L, m);

			at = (at + one->alignment - 1) / one->alignment * one->alignment;
			if (k == 0 && at != t->fields[i].at)
				(void)refuse(L, t, "its members are packed or aligned in a way that libffi does not know");
			to[n++] = one;
			at += one->size;
		}
	}
	if ((at + t->align - 1) / t->align * t->align != t->size)
		(void)refuse(L, t, "it is packed or aligned in a way that libffi does not know");
	return to;
}

static ffi_type **
elements_of(lua_State *L, struct ctype *t)
{
	ffi_type **to;

	if (t->size <= LARGE)
		return needs_words(t, DEPTH) ? elements_of_words(L, t) : elements_of_members(L, t);
	/* In memory, whatever it holds. */
	to = ctype_alloc(L, 2, sizeof *to);
	to[0] = t->align >= 8 ? &ffi_type_uint64 : &ffi_type_uint8;
	return to;
}

static ffi_type *
of_struct(lua_State *L, struct ctype *t)
{
	ffi_type *f;

	ctype_complete(L, t);
	if (t->size == 0)
		(void)refuse(L, t, "it is empty");
	f = ctype_alloc(L, 1, sizeof *f);
	*f = (ffi_type){ .size = t->size, .alignment = (unsigned short)t->align, .type = FFI_TYPE_STRUCT };
	f->elements = elements_of(L, t);
	return f;
}

ffi_type *
ctype_ffi(lua_State *L, struct ctype *t)
{
	if (t->ffi)
		return t->ffi;
	switch (t->kind) {
	case C_VOID:
		t->ffi = &ffi_type_void;
		break;
	case C_SIGNED:
	case C_UNSIGNED:
	case C_BOOL:
	case C_CHAR:
	case C_ENUM:
		t->ffi = of_integer(t);
		break;
	case C_FLOAT:
		t->ffi = of_float(L, t);
		break;
	case C_POINTER:
		t->ffi = &ffi_type_pointer;
		break;
	case C_COMPLEX:
		t->ffi = of_complex(L, t);
		break;
	case C_STRUCT:
	case C_UNION:
		t->ffi = of_struct(L, t);
		break;
	case C_ARRAY:
	case C_FUNCTION:
	case C_OTHER:
		(void)refuse(L, t, "libffi has no such type");
	}
	return t->ffi;
}
