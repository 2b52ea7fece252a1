/*
 * The part for Lua cells, from the host's side.
 */
#define _GNU_SOURCE	/* dlfcn.h */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/host/host.h"
#include "runner/host/part.h"

static const struct part *part;		/* NULL: not loaded */
static struct lua_call calls[PROTOCOL_LUA_CALLS];

static const struct part_host services = {
	.report = host_report, .ask = host_ask, .flush = export_flush,
	.raise = rescue_raise, .stop = rescue_stop
};

/* Why it cannot be; NULL: it is there. */
static const char *
load(int fd)
{
	char path[64];
	part_entry *entry;
	void *handle;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return dlerror();
	entry = (part_entry *)dlsym(handle, PART_ENTRY);
	part = entry ? entry(&services) : NULL;
	if (part && part->abi != PART_ABI)
		part = NULL;
	host.has_signals = true;	/* what a chunk may load and call is not known */
	return part ? NULL : "its part for Lua was made for another version of skein";
}

const char *
part_run(const struct order *o, int text, int object, char *arguments)
{
	const char *why = part ? NULL : load(object);
	struct part_cell c = { .number = o->unit, .text = text, .arguments = arguments,
	    .narguments = o->nargs };

	close(object);
	room_close();
	if (why)
		close(text);
	else
		part->run(&c);
	return why;
}

void
part_tell_calls(void)
{
	struct report r = { .type = REPORT_LUA, .pid = host.self };

	if (!part)
		return;
	r.count = (uint32_t)part->calls(calls, PROTOCOL_LUA_CALLS);
	r.size = (uint32_t)(r.count * sizeof *calls);
	if (r.count > 0)
		(void)host_report(&r, calls);
}

bool
part_interrupt(void)
{
	return part && part->interrupt();
}
