/*
 * Requests in, objects out: from the cache, or from the compiler.
 *
 * Requests are looked up, in order, as soon as they are added; those that miss
 * are compiled, in order: one always may be, others as long as there are tokens
 * (slots.h).  Equal requests are built once, in this process and among all that share the cache.
 */
#ifndef RUNNER_CACHE_BUILDER_H
#define RUNNER_CACHE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/build/compile.h"
#include "tangle/base/hash.h"

struct arena;
struct builder;
struct loop;
struct store;
struct slots;

struct built {
	enum compile_end end;
	struct str what;		/* of a limit, or what is broken */
	struct digest request;		/* its first-level key */
	struct digest result;		/* its second-level key; is_kept */
	bool is_kept;			/* the cache has it */
	struct str unkept;		/* why not: "it depends on a clock" */
	struct str object;		/* verified or just made; end is COMPILE_DONE */
	struct digest digest;		/* of the object */
	struct messages messages;
	bool is_reused;			/* from the cache */
	struct str why;			/* it was not: "'list.h' changed" */
	int64_t nanoseconds;		/* what compiling took, now or then */
};

typedef void builder_fn(void *arg, const struct built *b);

struct builder *builder_new(struct loop *l, struct store *s, struct slots *t);
/* Ends what still runs; nothing is called any more. */
void builder_free(struct builder *b);

/*
 * From now on the objects that the cache has are left there: the bytes of what is
 * asked for are empty then, and store_object reads them.
 */
void builder_leave_objects(struct builder *b, bool leave);

enum builder_use {
	BUILDER_BOTH,			/* cache and compiler */
	BUILDER_CACHE_ONLY,		/* a miss ends as COMPILE_BROKEN */
	BUILDER_COMPILER_ONLY
};

/*
 * Ask for an object.  done is called from the loop, once; it may add more.
 * The request and all it refers to must live until then; what is built lives
 * in the arena.  The name is for traces.
 */
void builder_add(struct builder *b, const struct compile_request *r, struct str name,
    enum builder_use use, struct arena *a, builder_fn *done, void *arg);

struct builder_counts {
	size_t reused;		/* objects from the cache */
	size_t replayed;	/* failures from the cache */
	size_t missed;		/* at the first look */
	size_t compiled;	/* compilers started */
};

const struct builder_counts *builder_counts(const struct builder *b);

#endif
