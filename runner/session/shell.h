/*
 * Commands for sh, one after another in one process.
 *
 * After each command but the last the script writes a mark, which nobody can
 * guess, into the stream that stdout and stderr share; so what was printed can
 * be cut into what each command printed.  The last one's status is the shell's.
 */
#ifndef RUNNER_SESSION_SHELL_H
#define RUNNER_SESSION_SHELL_H

#include <stddef.h>

#include "runner/session/outcome.h"
#include "tangle/base/hash.h"
#include "tangle/base/str.h"

struct arena;

struct shell {
	char mark[HASH_HEX + 1];
};

/* What a command printed; and its status, if it came to its end. */
struct shell_part {
	struct captured out;
	int status;
};

/* Choose a mark. */
void shell_init(struct shell *s);

/* The text for `sh -c`, with its NUL. */
struct str shell_script(const struct shell *s, const struct str *commands, size_t n,
    struct arena *a);

/*
 * Cut what was printed.  Returns how many commands came to a mark; the part
 * behind those is of the command in which the shell ended.
 */
size_t shell_split(const struct shell *s, const struct captured *all,
    struct shell_part *parts, size_t n);

#endif
