#include "runner/cli/told.h"

#include "runner/cli/command.h"
#include "runner/output/diff.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"
#include "tangle/base/root.h"

enum { LARGEST = 64 << 20 };

/* One line of JSON. */
static void
add_event(struct buf *out, const struct root *root, enum emit_fate f, struct str path,
    const struct target *t, struct arena *a)
{
	struct json *j = json_new_object();
	struct buf text = {0};

	json_put_string(j, "target", path);
	json_put_string(j, "path", root_shown(root, path, a));
	json_put_string(j, "what", str_of(emit_word(f)));
	if (t) {
		json_put_string(j, "document", t->at.source->name);
		json_put_integer(j, "line",
		    (long long)source_position(t->at.source, t->at.offset).line);
		json_put_integer(j, "bytes", (long long)target_text(t, &text).len);
	}
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
	buf_release(&text);
}

static void
add_words(struct buf *out, const struct root *root, enum emit_fate f, struct str path,
    struct arena *a)
{
	buf_printf(out, "%-8s  ", emit_word(f));
	buf_visible(out, root_shown(root, path, a));
	buf_byte(out, '\n');
}

static void
add_difference(struct buf *out, const struct told *told, struct str path,
    const struct target *t, struct arena *a)
{
	struct buf text = {0};
	struct str old;

	if (!file_read(told->root, path, LARGEST, a, &old, told->invocation->diag))
		return;
	buf_add(out, STR("--- "));
	buf_visible(out, root_shown(told->root, path, a));
	buf_add(out, STR("\n+++ "));
	buf_visible(out, t->at.source->name);
	buf_byte(out, '\n');
	if (!diff_hunks(out, old, target_text(t, &text), 1))
		buf_add(out, STR("only blanks at line ends, or the last line's end, differ\n"));
	buf_release(&text);
}

static bool
is_difference(enum emit_fate f)
{
	return f == EMIT_REPLACED || f == EMIT_CONFLICT;
}

void
told_fate(void *whom, enum emit_fate f, struct str path, const struct target *t)
{
	const struct told *told = whom;
	const struct invocation *i = told->invocation;
	struct buf out = {0};
	struct arena a;

	arena_init(&a);
	if (i->set[FLAG_JSON])
		add_event(&out, told->root, f, path, t, &a);
	else if (i->set[FLAG_DRY_RUN] && (f != EMIT_SAME || i->set[FLAG_VERBOSE]))
		add_words(&out, told->root, f, path, &a);
	else if (i->set[FLAG_CHECK] && i->set[FLAG_VERBOSE] && is_difference(f))
		add_difference(&out, told, path, t, &a);
	command_print(buf_str(&out));
	buf_release(&out);
	arena_release(&a);
}
