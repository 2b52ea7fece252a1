/*
 * AddressSanitizer: its report, full of addresses and process ids, becomes one
 * phrase and the places of the memory's life.  Then it aborts, which is told like
 * any other crash.
 */
#include <stdio.h>
#include <string.h>

#include "runner/host/host.h"

enum { PHRASE = 256, CALLS = 64 };

/* Its own, if it is there at all; the names are gcc's and clang's. */
#pragma GCC visibility push(default)
extern void __asan_set_error_report_callback(void (*)(const char *)) __attribute__((weak));
extern const char *__asan_get_report_description(void) __attribute__((weak));
extern int __asan_get_report_access_type(void) __attribute__((weak));
extern size_t __asan_get_report_access_size(void) __attribute__((weak));
extern void *__asan_get_report_address(void) __attribute__((weak));
extern const char *__asan_locate_address(void *, char *, size_t, void **, size_t *)
    __attribute__((weak));
extern size_t __asan_get_alloc_stack(void *, void **, size_t, int *) __attribute__((weak));
extern size_t __asan_get_free_stack(void *, void **, size_t, int *) __attribute__((weak));
#pragma GCC visibility pop

/* "40 bytes", "1 byte" */
static const char *
bytes(size_t n, char to[32])
{
	snprintf(to, 32, "%zu byte%s", n, n == 1 ? "" : "s");
	return to;
}

/* "12 bytes into a block of 40 bytes", "right after 'table' of 12 bytes" */
static void
add_distance(char *to, size_t size, uintptr_t at, uintptr_t start, size_t length, const char *what)
{
	char far[32], whole[32];

	bytes(length, whole);
	if (at < start)
		snprintf(to, size, "%s before %s of %s", bytes(start - at, far), what, whole);
	else if (at == start)
		snprintf(to, size, "at the start of %s of %s", what, whole);
	else if (at < start + length)
		snprintf(to, size, "%s into %s of %s", bytes(at - start, far), what, whole);
	else if (at == start + length)
		snprintf(to, size, "right after %s of %s", what, whole);
	else
		snprintf(to, size, "%s after %s of %s", bytes(at - start - length, far), what, whole);
}

/*
 * Only the text tells which variable of a function is meant:
 * "'a' (line 3) <== Memory access at offset 40 overflows this variable".
 */
static void
add_local(char *to, size_t size, const char *report)
{
	static const struct { const char *said, *means; } words[] = {
		{ "underflows", "before" }, { "overflows", "beyond the end of" },
		{ "is inside", "inside of" }, { "partially", "across an end of" },
	};
	const char *arrow = strstr(report, " <== Memory access at offset"), *line = arrow, *end;
	const char *what = "beside";
	size_t i;

	if (!arrow)
		return;
	while (line > report && line[-1] != '\n')
		line--;
	line = memchr(line, '\'', (size_t)(arrow - line));
	end = line ? strchr(line + 1, '\'') : NULL;
	if (!end || end > arrow)
		return;
	for (i = sizeof words / sizeof *words; i-- > 0;) {
		const char *said = strstr(arrow, words[i].said);

		if (said && said < arrow + 60)
			what = words[i].means;
	}
	snprintf(to, size, "%s the variable '%.*s'", what, (int)(end - line - 1), line + 1);
}

static void
add_place(char *to, size_t size, const char *report, void *address)
{
	char name[PHRASE] = "", what[PHRASE + 16];
	void *start = NULL;
	size_t length = 0;
	const char *kind = __asan_locate_address(address, name, sizeof name, &start, &length);

	if (strcmp(kind, "stack") == 0) {
		add_local(to, size, report);
	} else if (strcmp(kind, "global") == 0) {
		snprintf(what, sizeof what, "'%s'", name);
		add_distance(to, size, (uintptr_t)address, (uintptr_t)start, length, what);
	} else if (strncmp(kind, "heap", 4) == 0 && start) {
		add_distance(to, size, (uintptr_t)address, (uintptr_t)start, length, "a block");
	}
}

static void
tell_of_block(void *address)
{
	void *calls[CALLS];
	size_t n;
	int thread;

	n = __asan_get_free_stack(address, calls, CALLS, &thread);
	if (n > 0)
		host_tell_aside("freed", (const void *const *)calls, n, 0);
	n = __asan_get_alloc_stack(address, calls, CALLS, &thread);
	if (n > 0)
		host_tell_aside("allocated", (const void *const *)calls, n, 0);
}

static void
on_report(const char *report)
{
	static char words[PROTOCOL_WORDS];
	void *address = __asan_get_report_address();
	size_t size = __asan_get_report_access_size(), n;
	char much[32], place[2 * PHRASE] = "";

	n = (size_t)snprintf(words, sizeof words, "%s", __asan_get_report_description());
	if (size > 0)
		n += (size_t)snprintf(words + n, sizeof words - n, ": %s of %s",
		    __asan_get_report_access_type() ? "write" : "read", bytes(size, much));
	if (address)
		add_place(place, sizeof place, report, address);
	if (*place)
		(void)snprintf(words + n, sizeof words - n, "%s%s", size > 0 ? ", " : ": ", place);
	host_tell(words, NULL);
	if (address)
		tell_of_block(address);
}

void
asan_prepare(void)
{
	if (__asan_set_error_report_callback)
		__asan_set_error_report_callback(on_report);
}
