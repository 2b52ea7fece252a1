/*
 * A compiler: where it is, what it is, where it looks.
 *
 * Its identity is a digest over the bytes of every program that takes part
 * (driver, compiler proper, assembler, linker) and of the libraries that they
 * load, so that an update of any of them gives new objects.  All that is asked
 * of the programs is remembered in the memo: a warm run starts none.
 */
#ifndef RUNNER_BUILD_TOOLCHAIN_H
#define RUNNER_BUILD_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/hash.h"
#include "tangle/base/source.h"

struct arena;
struct diag;
struct memo;

enum toolchain_kind { TOOLCHAIN_GCC, TOOLCHAIN_CLANG, TOOLCHAIN_OTHER };

struct toolchain {
	const char *path;		/* of the driver, absolute */
	enum toolchain_kind kind;
	bool is_tcc;			/* (of kind OTHER) */
	unsigned long major;		/* of its version; 0: unknown */
	struct str version;		/* its own line about itself, for people */
	struct digest identity;
	bool has_embed;			/* it knows #embed, and --embed-dir= */
	struct str linker;		/* its path; empty: unknown */
	bool linker_lists;		/* the linker has --dependency-file, */
	bool linker_joins;		/* and -z noseparate-code */
	const struct str *include_folders;	/* the system's, in order */
	size_t ninclude;
	const struct str *named_folders;	/* those of them that CPATH and its like name */
	size_t nnamed;
	const struct str *link_folders;
	size_t nlink;
	const char *const *environment;	/* for every program of it */
};

/*
 * What the compiler of that name is called for C++, or for C: g++-12 for gcc-12.
 * A name that is none of those that a document may give stays as it is; empty:
 * there is none (tcc and C++).
 */
struct str toolchain_name(struct str name, bool is_cxx, struct arena *a);

/*
 * The compiler of that name, from the search path of our environment.  In a
 * document a name is gcc, clang, tcc, cc, g++, clang++ or c++ with an optional version ("gcc-12");
 * a name that the user gives (is_trusted) may be any, or an absolute path.
 * NULL after an error: `forbidden-compiler` (6), `no-compiler` (8); or if the memo
 * is frozen and does not know it.
 */
const struct toolchain *toolchain_find(struct memo *m, struct str name,
    bool is_trusted, struct arena *a, struct place at, struct diag *d);

/*
 * Does the path lie below one of the system's include folders?  Those that a variable
 * names are somebody's own.
 */
bool toolchain_is_system(const struct toolchain *t, struct str path);

#endif
