/*
 * Values of C in Lua: structs, unions, arrays and pointers.
 *
 * An object is bytes that it owns, or bytes elsewhere: in another object, which it
 * keeps alive, or in C's own memory.  A pointer knows how far it may go where it came
 * from an object whose end is known.  Numbers, and text that `char *` leads to, are
 * Lua's own values.
 */
#ifndef RUNNER_LUA_CDATA_H
#define RUNNER_LUA_CDATA_H

#include "runner/lua/ctype.h"

struct cdata {
	const void *magic;
	struct ctype *type;
	char *p;		/* where it is; of a pointer: what it points to */
	char *low, *high;	/* (pointers, arrays without a length) within these; both NULL: nobody knows */
	bool is_const;		/* not to be written to */
};

/* For whom a value is converted, as messages have it. */
struct ccontext {
	const char *subject;	/* "c.axpy", "struct point" */
	int argument;		/* from 1; 0: it is none */
	const char *name;	/* of the argument or member; NULL or empty: none */
	bool is_callback;	/* the subject is the type of one, whose result it is */
};

/* NULL if there is another kind of value. */
struct cdata *cdata_at(lua_State *L, int at);
/* An error that names the argument of a function of `c`, if there is another kind. */
struct cdata *cdata_check(lua_State *L, int at);

/* Push a new object: zeroes of its own; */
struct cdata *cdata_new(lua_State *L, struct ctype *t);
/* bytes in the object at `owner` (0: C's own), which stays alive with it; */
struct cdata *cdata_view(lua_State *L, struct ctype *t, char *p, int owner, bool is_const);
/* a pointer. */
struct cdata *cdata_pointer(lua_State *L, struct ctype *t, char *p, int owner);

/* cindex.c: where the element or member is; an error if there is none. */
struct cplace {
	struct ctype *type;
	char *p;
	unsigned bits, shift;
	bool is_const;
	const char *name;	/* of a member */
};
void cdata_find(lua_State *L, const struct cdata *d, int key, struct cplace *place);

/* convert.c: C's value there -> Lua's, pushed.  `owner` as above. */
void convert_load(lua_State *L, struct ctype *t, char *from, int owner, bool is_const);
/*
 * Lua's value -> C's.  `to` is in the object at `owner`, 0: in C's memory, which
 * keeps alive what it is made to point to; -1: it is an argument, and what is pushed
 * and left has to live for as long.
 */
void convert_store(lua_State *L, int value, struct ctype *t, char *to, int owner, const struct ccontext *x);
void convert_load_bits(lua_State *L, const struct cplace *place);
void convert_store_bits(lua_State *L, int value, const struct cplace *place, const struct ccontext *x);
/* "argument 2 ('x', double) of ...: expected %s, got ...". */
int convert_refuse(lua_State *L, int value, const struct ctype *t, const struct ccontext *x, const char *expected);
/* The error of a value that is of the right kind. */
int convert_error(lua_State *L, const struct ctype *t, const struct ccontext *x, const char *words);

/* cshow.c: push it as text. */
void cdata_show(lua_State *L, const struct cdata *d);

/* call.c: functions of C. */
struct cfunction;
/* Push one. */
void cfunction_push(lua_State *L, struct ctype *t, void *address, const char *name);
/* NULL if there is another kind of value. */
struct ctype *cfunction_at(lua_State *L, int at, void **address);
/* Call what a pointer points to, with the arguments above it on the stack. */
int cfunction_call_pointer(lua_State *L);
/* errno as C left it last, or as it will find it. */
extern int cfunction_errno;

/* callback.c: C's address of a Lua function, for as long as the state is. */
void *callback_of(lua_State *L, int function, struct ctype *t);
/* A new one for c.callback, which cdata_free_callback ends; pushes the pointer. */
void callback_push(lua_State *L, int function, struct ctype *t);
bool callback_free(lua_State *L, void *code);
/* An error of one, that came while C was called, is raised. */
extern bool callback_failed;
void callback_raise(lua_State *L) __attribute__((noreturn));
/* Which thread Lua is in. */
void callback_begin(lua_State *L);

/* cdata.c: make the metatable. */
void cdata_open(lua_State *L);

#endif
