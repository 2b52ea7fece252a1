/*
 * AddressSanitizer, if a cell of the session was compiled with it: its library
 * was loaded with us.  Its report, full of addresses and process ids, becomes
 * one phrase (the supervisor takes the rest off stderr); then it aborts, which is
 * told like any other crash.
 */
#define _GNU_SOURCE	/* RTLD_DEFAULT */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "runner/host/host.h"

enum { PHRASE = 256 };

static char words[PROTOCOL_WORDS];

static int
call_int(const char *name)
{
	int (*f)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, name);

	return f ? f() : 0;
}

/* Copy what stands between two marks of the report; false if they are not there. */
static bool
between(const char *report, const char *from, const char *until, char to[PHRASE])
{
	const char *at = strstr(report, from), *end;
	size_t n;

	if (!at)
		return false;
	at += strlen(from);
	end = strpbrk(at, until);
	n = end ? (size_t)(end - at) : strlen(at);
	if (n >= PHRASE)
		n = PHRASE - 1;
	memcpy(to, at, n);
	to[n] = '\0';
	return n > 0;
}

static void
cut(char *text, const char *from)
{
	char *at = strstr(text, from);

	if (at)
		*at = '\0';
}

/* gcc and clang say the same; `to` is the shorter. */
static void
reword(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	if (!at)
		return;
	memcpy(at, to, strlen(to));
	memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
}

/*
 * Where the bytes lie.  Heap and globals: "... is located 0 bytes to the right
 * of 16-byte region [0x..."; the stack: "'a' (line 3) <== Memory access at ...
 * overflows this variable".
 */
static void
place_of(const char *report, char to[PHRASE])
{
	const char *arrow = strstr(report, " <== Memory access at offset"), *line = arrow;
	char name[PHRASE];

	to[0] = '\0';
	if (arrow) {
		while (line > report && line[-1] != '\n')
			line--;
		line = memchr(line, '\'', (size_t)(arrow - line));
		if (line && between(line, "'", "'\n", name))
			snprintf(to, PHRASE, "beside the variable '%.200s'", name);
		return;
	}
	if (between(report, " is located ", "[(\n", to)) {
		cut(to, " defined in ");
		reword(to, "to the right of", "after");
		reword(to, "to the left of", "before");
	}
}

static void
on_report(const char *report)
{
	const char *(*describe)(void) =
	    (const char *(*)(void))dlsym(RTLD_DEFAULT, "__asan_get_report_description");
	size_t (*size_of)(void) = (size_t (*)(void))dlsym(RTLD_DEFAULT, "__asan_get_report_access_size");
	char place[PHRASE];
	size_t size = size_of ? size_of() : 0, n;

	place_of(report, place);
	for (n = strlen(place); n > 0 && place[n - 1] == ' '; n--)
		place[n - 1] = '\0';
	n = (size_t)snprintf(words, sizeof words, "%s", describe ? describe() : "memory error");
	if (size > 0)
		n += (size_t)snprintf(words + n, sizeof words - n, ": %s of %zu byte%s",
		    call_int("__asan_get_report_access_type") ? "write" : "read", size,
		    size == 1 ? "" : "s");
	if (*place)
		(void)snprintf(words + n, sizeof words - n, "%s%s", size > 0 ? ", " : ": ", place);
	host_tell(words);
}

void
sanitizer_prepare(void)
{
	void (*on)(void (*)(const char *)) =
	    (void (*)(void (*)(const char *)))dlsym(RTLD_DEFAULT, "__asan_set_error_report_callback");

	if (on)
		on(on_report);
}
