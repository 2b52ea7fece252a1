/*
 * Other programs than the host that cells run in.
 *
 * Whoever watched over the host watches over them: limits, filter and the warden
 * above stay.
 */
#define _GNU_SOURCE	/* memfd_create */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/host/host.h"

/* One more word than can come: what a session is told. */
static char *words[PROTOCOL_ARGS + 2];

/* errno in words, behind what could not be done. */
static const char *
failed(const char *what)
{
	static char text[4200];

	snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
	return text;
}

/* Sets so many words, and returns where the next one stands. */
static char *
take_words(char *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, at += strlen(at) + 1)
		words[i] = at;
	words[n] = NULL;
	return at;
}

const char *
engine_run(const struct order *o, int text, char *arguments)
{
	if (o->nargs == 0)
		return "no command";
	take_words(arguments, o->nargs);
	if (dup2(text, o->flags & RUN_FROM_STDIN ? 0 : PROTOCOL_TEXT) == -1)
		return failed("a descriptor for the text");
	execvp(words[0], words);
	return failed(words[0]);
}

/* The order, as it came, for the one who takes the next ones. */
static int
keep_order(const struct order *o, const char *arguments)
{
	int fd = memfd_create("order", MFD_CLOEXEC);

	if (fd != -1 && write(fd, o, sizeof *o) == (ssize_t)sizeof *o &&
	    write(fd, arguments, o->size) == (ssize_t)o->size)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

/* Descriptors, as numbers between commas. */
static void
list_descriptors(char *list, size_t size, int order, int text)
{
	const int first[] = { host.control, host.empty, order, text };
	size_t n = 0;

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		n += (size_t)snprintf(list + n, size - n, i ? ",%d" : "%d", first[i]);
	for (size_t i = 0; i < PROTOCOL_PIPES; i++)
		n += (size_t)snprintf(list + n, size - n, ",%d,%d", host.out[i], host.err[i]);
}

static void
set_inherited(int order, int text, int flags)
{
	const int fds[] = { host.control, host.empty, order, text };

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		(void)fcntl(fds[i], F_SETFD, flags);
	for (size_t i = 0; i < PROTOCOL_PIPES; i++) {
		(void)fcntl(host.out[i], F_SETFD, flags);
		(void)fcntl(host.err[i], F_SETFD, flags);
	}
}

const char *
engine_serve(const struct order *o, int text, char *arguments)
{
	unsigned long n = o->nargs > 0 ? strtoul(arguments, NULL, 10) : 0;
	char list[32 * PROTOCOL_FDS];
	const char *why;
	int order;

	if (n == 0 || n >= o->nargs)
		return "no command";
	order = keep_order(o, arguments);
	if (order == -1)
		return failed("a file in memory");
	take_words(arguments + strlen(arguments) + 1, (uint32_t)n);
	list_descriptors(list, sizeof list, order, text);
	words[n] = list;
	words[n + 1] = NULL;
	set_inherited(order, text, 0);
	execvp(words[0], words);
	why = failed(words[0]);
	set_inherited(order, text, FD_CLOEXEC);
	close(order);
	return why;
}
