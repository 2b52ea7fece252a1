/*
 * skein/jit.h: C text in, functions out, through the cache of compiled cells.
 *
 *	struct skein_jit *j = skein_jit_open(NULL);
 *	struct skein_jit_request r = { .size = sizeof r,
 *	    .source = "int twice(int x) { return 2 * x; }" };
 *	struct skein_jit_object *o = skein_jit_compile(j, &r);
 *	int (*twice)(int) = o ? (int (*)(int))skein_jit_symbol(o, "twice") : NULL;
 *	if (!twice)
 *		fputs(skein_jit_error(j), stderr);
 *
 * A text that was compiled before, by this program or any other of the user,
 * with the same options and the same headers, comes from the cache, and no
 * compiler is started.  Of several programs and threads that ask for the same
 * at one time one compiles, and the others wait for it.  The bytes that are
 * loaded are those whose digest was verified.
 *
 * What is returned belongs to the handle: skein_jit_close takes everything
 * with it, the functions, too.  A handle and its objects are used by one thread
 * at a time; different handles by any number.  Nothing here touches signal
 * handlers, prints, or changes the environment.  Not for use after fork in the
 * child, nor where SIGCHLD is ignored (the end of the compiler would be
 * lost).  Out of memory ends the program, with a message and status 8.
 *
 * Link with -lskein (pkg-config skein).
 */
#ifndef SKEIN_JIT_H
#define SKEIN_JIT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SKEIN_JIT_API	__attribute__((visibility("default")))

struct skein_jit;
struct skein_jit_object;

enum skein_jit_status {
	SKEIN_JIT_DONE = 0,
	SKEIN_JIT_USAGE = 2,		/* a request that makes no sense */
	SKEIN_JIT_COMPILE = 4,		/* the text does not compile or link */
	SKEIN_JIT_LOAD = 5,		/* it cannot be loaded: an undefined name, say */
	SKEIN_JIT_LIMIT = 7,		/* the compiler took too much time, memory or disk */
	SKEIN_JIT_ENVIRONMENT = 8	/* no compiler, an unsafe cache, no descriptors */
};

/* Zero is a good value for each but size. */
struct skein_jit_options {
	size_t size;			/* sizeof (struct skein_jit_options) */
	const char *cache;		/* its folder; NULL: the user's, as skein itself finds it */
	const char *compiler;		/* a name or an absolute path; NULL: $CC, gcc, clang, cc */
	unsigned jobs;			/* compilers at once; 0: as many as processors */
	int no_compile;			/* only what is cached */
};

struct skein_jit_request {
	size_t size;			/* sizeof (struct skein_jit_request) */
	const char *name;		/* of the text, in messages and debuggers; NULL: "jit.c" */
	const char *source;		/* C, or NULL: see generate */
	size_t source_size;		/* in bytes; 0: up to its NUL */

	/*
	 * Instead of a source: the signature, any bytes that say all that the
	 * text depends on (its generator's version, too), and a function that
	 * makes the text, in memory of malloc, which is freed here.  It is called
	 * only if no text is cached for the signature, and by one of all who
	 * ask at the same time.  NULL from it is a failure.
	 */
	const void *signature;
	size_t signature_size;
	char *(*generate)(void *arg);
	void *generate_arg;

	int is_cxx;			/* C++ */
	const char *standard;		/* "c11"; NULL: gnu17, gnu++17 */
	const char *const *flags;	/* one word each, ended by NULL: "-O2", "-DN=3" */
	const char *const *libs;	/* "-lm", "-L/opt/lib", in order, ended by NULL */
	const char *const *include_folders;	/* absolute, ended by NULL */
	int is_global;			/* objects loaded later may use its names */
};

/*
 * A handle, never NULL.  Where the cache cannot be used, everything is compiled
 * anew; what makes the handle useless (an unsafe cache, no compiler) is the
 * error of each request.  The texts of the options are copied.
 */
SKEIN_JIT_API struct skein_jit *skein_jit_open(const struct skein_jit_options *o);
/* Unloads all objects, and ends compilers that still run. NULL is fine. */
SKEIN_JIT_API void skein_jit_close(struct skein_jit *j);

/*
 * Ask, and go on: compilers run while you add more, and the results are
 * fetched by skein_jit_wait.  NULL after an error.  The request and its texts
 * need not outlive the call.
 */
SKEIN_JIT_API struct skein_jit_object *skein_jit_add(struct skein_jit *j,
    const struct skein_jit_request *r);

/* Until it is compiled and loaded.  Its status; again, if it is asked again. */
SKEIN_JIT_API enum skein_jit_status skein_jit_wait(struct skein_jit_object *o);

/* Both.  NULL after an error: the object is released. */
SKEIN_JIT_API struct skein_jit_object *skein_jit_compile(struct skein_jit *j,
    const struct skein_jit_request *r);

/* The address of what it defines for others, waiting for it; NULL (an error) if it does not. */
SKEIN_JIT_API void *skein_jit_symbol(struct skein_jit_object *o, const char *name);

/* What the compiler said ("jit.c:3:5: warning: ..."), now or when it compiled; may be "". */
SKEIN_JIT_API const char *skein_jit_messages(struct skein_jit_object *o);

/* Did it come from the cache? */
SKEIN_JIT_API int skein_jit_is_reused(struct skein_jit_object *o);

/* 64 hex digits: what the object is, by its bytes, and what it was asked by; for skein cache. */
SKEIN_JIT_API const char *skein_jit_digest(struct skein_jit_object *o);
SKEIN_JIT_API const char *skein_jit_key(struct skein_jit_object *o);

/*
 * No longer wanted.  Equal objects of a handle are loaded once, and unloaded
 * with the last of them; pointers into it are dead then.  NULL is fine.
 */
SKEIN_JIT_API void skein_jit_release(struct skein_jit_object *o);

/* What went wrong last, whole lines with places; "" if nothing did. Good until the next call. */
SKEIN_JIT_API const char *skein_jit_error(const struct skein_jit *j);
SKEIN_JIT_API enum skein_jit_status skein_jit_status(const struct skein_jit *j);

#ifdef __cplusplus
}
#endif

#endif
