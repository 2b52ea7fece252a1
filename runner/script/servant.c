#include "runner/script/servant.h"

#include <unistd.h>

#include "runner/script/frame.h"
#include "runner/script/re.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/project/script.h"

enum { BLOCK = 32 << 20, SECOND = 1000000000, DEPTH = 100 };

static const struct script_limits limits = { 100000000, (size_t)64 << 20 };

struct servant {
	int fd;
	struct str settings;
	volatile int *line;
	struct script *script;		/* NULL: it was not loaded */
	struct arena arena;		/* of one call */
};

static bool
load(struct servant *s, struct script_error *e)
{
	if (s->script)
		return true;
	s->script = script_new(&limits);
	script_bounds(s->script, BLOCK, SECOND);
	script_show(s->script, s->line);
	script_add(s->script, "re", re_open);
	if (script_load(s->script, s->settings, &s->arena, e))
		return true;
	script_free(s->script);
	s->script = NULL;
	return false;
}

static bool
call(struct servant *s, struct str request, struct json **result, struct script_error *e)
{
	struct str rest, path = str_cut(request, '\n', &rest);
	const char *why;
	struct json *argument;
	bool ok;

	if (!load(s, e))
		return false;
	argument = json_read(rest, DEPTH, &why);
	if (!argument && rest.len > 0) {
		*e = (struct script_error){ .words = arena_printf(&s->arena, "what it is to get: %s", why) };
		return false;
	}
	ok = script_call(s->script, arena_cstr(&s->arena, path), argument, result, &s->arena, e);
	json_end(argument);
	return ok;
}

static void
answer(struct servant *s, struct str request, struct buf *to)
{
	struct json *all = json_new_object(), *result = NULL;
	struct script_error e;
	struct str printed;

	if (!call(s, request, &result, &e)) {
		json_put_string(all, "error", e.words);
		json_put_integer(all, "line", (long long)e.line);
		json_put_boolean(all, "limit", e.is_limit);
	} else if (result) {
		json_put(all, "result", result);
	}
	printed = s->script ? script_printed(s->script, &s->arena) : STR("");
	if (printed.len > 0)
		json_put_string(all, "printed", printed);
	json_write(all, to);
	json_end(all);
}

_Noreturn void
servant_run(int fd, struct str settings, volatile int *line)
{
	struct servant s = { .fd = fd, .settings = settings, .line = line };
	struct buf request = {0}, reply = {0};
	size_t done = 0;

	do {
		buf_clear(&request);
		buf_clear(&reply);
		if (frame_receive(fd, &request, 0) != FRAME_DONE)
			break;
		arena_init(&s.arena);
		frame_begin(&reply);
		answer(&s, frame_bytes(&request), &reply);
		arena_release(&s.arena);
		done = 0;
	} while (frame_send(fd, &reply, &done, 0) == FRAME_DONE);
	_exit(0);
}
