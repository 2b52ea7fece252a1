#include "runner/script/hooks.h"

#include "tangle/base/mem.h"
#include "tangle/project/script.h"

struct hooks {
	const struct source *settings;
	struct script *script;		/* NULL: nothing was called yet */
};

static const struct script_limits limits = { 100000000, (size_t)64 << 20 };

struct hooks *
hooks_open(const struct source *settings)
{
	struct hooks *h = mem_zalloc(1, sizeof *h);

	h->settings = settings;
	return h;
}

void
hooks_close(struct hooks *h)
{
	if (!h)
		return;
	script_free(h->script);
	mem_free(h);
}

static bool
fail(const struct hooks *h, const struct script_error *from, struct hooks_error *e)
{
	const struct source *s = h->settings;

	*e = (struct hooks_error){ .words = from->words, .is_limit = from->is_limit, .at = place_file(s) };
	if (from->line > 0 && from->line <= source_nlines(s))
		e->at = (struct place){ s, source_start(s, from->line), source_line(s, from->line).len };
	return false;
}

bool
hooks_call(struct hooks *h, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct hooks_error *e)
{
	struct script_error error;

	*result = NULL;
	if (!h->script) {
		h->script = script_new(&limits);
		if (!script_load(h->script, h->settings->text, a, &error)) {
			script_free(h->script);
			h->script = NULL;
			return fail(h, &error, e);
		}
	}
	return script_call(h->script, path, argument, result, a, &error) || fail(h, &error, e);
}
