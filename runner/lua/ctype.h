/*
 * Types of C, as Lua cells know them.
 *
 * They are made from what the supervisor says of the cells' debug information
 * (runner/session/meaning.h has the lines), from declarations in C (declare.c), and
 * from one another.  They live as long as the Lua state; nobody frees one.
 */
#ifndef RUNNER_LUA_CTYPE_H
#define RUNNER_LUA_CTYPE_H

#include "runner/lua/bridge.h"

enum ckind {
	C_VOID, C_SIGNED, C_UNSIGNED, C_BOOL, C_CHAR, C_FLOAT, C_ENUM,
	C_POINTER, C_ARRAY, C_STRUCT, C_UNION, C_COMPLEX, C_FUNCTION,
	C_OTHER			/* what only C can handle */
};

/* A member, or a parameter. */
struct cfield {
	const char *name;	/* empty: it has none */
	struct ctype *type;
	size_t at;
	unsigned bits, shift;	/* of a bit-field, else 0 */
	bool is_const;
};

struct cconstant {
	int64_t value;
	const char *name;
};

struct ctype {
	enum ckind kind;
	const char *name;		/* as C writes it */
	const char *tag;		/* of a struct, union; NULL: none */
	size_t size, align;
	bool is_unsigned;		/* C_CHAR, C_ENUM */
	bool is_const;			/* C_POINTER: to what may not be written to */
	bool is_reference;		/* C_POINTER: of C++ */
	bool is_known;			/* C_STRUCT, C_UNION: its members are here */
	bool is_incomplete;		/* ... nobody knows them */
	bool has_others;		/* C_FUNCTION: it ends in `...` */
	uint8_t state;			/* while it is checked */
	struct ctype *target;		/* of a pointer, elements of an array, what a function returns */
	int64_t count;			/* C_ARRAY: of elements, -1: any */
	struct cfield *fields;		/* members, parameters */
	size_t nfields;
	struct cconstant *constants;	/* C_ENUM */
	size_t nconstants;
	uint64_t object, offset;	/* where its members can be asked for */
	ffi_type *ffi;			/* ffi.c's, once it is made */
	struct ctype *pointers[2];	/* to it; and to a const one */
};

/* What a name means. */
enum cmeaning { MEANS_NOTHING, MEANS_FUNCTION, MEANS_VARIABLE, MEANS_CONSTANT, MEANS_TYPE };

struct canswer {
	enum cmeaning means;
	struct ctype *type;
	void *address;		/* NULL: somewhere in a library */
	int64_t value;
	bool is_const;
	const char *name;	/* its symbol; MEANS_NOTHING: why */
};

/* Memory as long-lived as the state; all of it is zero. */
void *ctype_alloc(lua_State *L, size_t n, size_t size);
const char *ctype_string(lua_State *L, const char *s, size_t len);

/* Read an answer.  False: it is malformed, which a supervisor's never is. */
bool ctype_read(lua_State *L, const char *text, size_t size, struct canswer *a);

/* ask.c: what does the question's name mean?  ('s': a symbol, 't': a type.) */
void ctype_ask(lua_State *L, char sort, const char *name, struct canswer *a);

/* Members of a struct that came without; an error if there are none to be had. */
void ctype_complete(lua_State *L, struct ctype *t);

/* A type of no other parts. */
struct ctype *ctype_basic(lua_State *L, enum ckind kind, size_t size, const char *name);
struct ctype *ctype_pointer(lua_State *L, struct ctype *target, bool is_const);
struct ctype *ctype_array(lua_State *L, struct ctype *element, int64_t count);

/* Is it the same, but for names, signs and qualifiers?  void is not the same as others. */
bool ctype_same(const struct ctype *a, const struct ctype *b);

static inline bool
ctype_is_aggregate(const struct ctype *t)
{
	return t->kind == C_STRUCT || t->kind == C_UNION || t->kind == C_ARRAY || t->kind == C_COMPLEX;
}

static inline bool
ctype_is_integer(const struct ctype *t)
{
	return t->kind == C_SIGNED || t->kind == C_UNSIGNED || t->kind == C_CHAR || t->kind == C_ENUM ||
	    t->kind == C_BOOL;
}

static inline bool
ctype_is_signed(const struct ctype *t)
{
	return t->kind == C_SIGNED || ((t->kind == C_CHAR || t->kind == C_ENUM) && !t->is_unsigned);
}

/* Of one byte each, or anything: a string's bytes can stand there. */
static inline bool
ctype_is_bytes(const struct ctype *t)
{
	return t->kind == C_VOID || (t->size == 1 && ctype_is_integer(t) && t->kind != C_BOOL);
}

/* declare.c: the type that a text names; an error if there is none. */
struct ctype *ctype_parse(lua_State *L, const char *text);
/* ... declarations, each ending in a `;`, one after another: its name and type, until false. */
bool ctype_declaration(lua_State *L, const char **text, const char **name, struct ctype **type);

/* ffi.c: how libffi has it; an error if it cannot be passed. */
ffi_type *ctype_ffi(lua_State *L, struct ctype *t);

#endif
