/*
 * A malloc that runs out, for a skein that is linked with it.  MISER=N in the
 * environment: the N-th call fails; N+: so do all behind it.  In the end the number
 * of calls is written to descriptor 9, if that is open.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static unsigned long calls;

static bool
is_out(void)
{
	static unsigned long chosen;
	static bool is_known, for_ever;

	if (!is_known) {
		const char *wish = getenv("MISER");
		char *end = NULL;

		chosen = wish ? strtoul(wish, &end, 10) : 0;
		for_ever = end && *end == '+';
		is_known = true;
	}
	calls++;
	if (chosen == 0 || calls < chosen || (calls > chosen && !for_ever))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_out() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return is_out() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return is_out() ? NULL : __libc_realloc(p, size);
}

void
free(void *p)
{
	__libc_free(p);
}

__attribute__((destructor)) static void
tell(void)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%lu\n", calls);

	if (write(9, text, (size_t)n) == -1)
		return;
}
