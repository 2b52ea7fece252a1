#include "runner/build/elf.h"
#include "runner/cache/folder.h"
#include "runner/cache/ledger.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"

static void deps(struct invocation *i);

const struct command cache_deps = {
	.name = "cache deps",
	.args = "KEY | DOC#CELL",
	.summary = "what a compiled cell rests on: files, whether they are as then, libraries, cells",
	.flags = FLAGS_OF(FLAG_JSON),
	.least = 1,
	.run = deps,
};

enum { LARGEST_INPUT = 256 << 20, SHORT = 12 };

enum state { SAME, CHANGED, GONE, ABSENT, APPEARED };

static const char *const states[] = {
	[SAME] = "unchanged", [CHANGED] = "changed", [GONE] = "gone", [ABSENT] = "absent",
	[APPEARED] = "appeared"
};

struct asking {
	struct invocation *invocation;
	struct arena *arena;
	struct folder *folder;
	struct exhibit kept;
	struct buf out;
	struct json *files, *libraries, *uses;	/* for programs */
	size_t n[APPEARED + 1];
};

/* ---- files ----------------------------------------------------------------------------------- */

/* As it was? A large file is one that changed. */
static enum state
state_of(struct str path, const struct input *i)
{
	struct arena a;
	enum state s;
	struct str text;
	bool is_there;

	arena_init(&a);
	is_there = file_peek(path, LARGEST_INPUT, &a, &text);
	if (i->is_absent)
		s = is_there ? APPEARED : ABSENT;
	else
		s = !is_there ? GONE : digest_eq(hash_of(text), i->digest) ? SAME : CHANGED;
	arena_release(&a);
	return s;
}

static void
put_file(struct asking *q, const struct input *i)
{
	struct str path = exhibit_path(&q->kept, i->path, q->arena);
	enum state s = state_of(path, i);
	char hex[HASH_HEX + 1] = "";
	struct json *one;

	q->n[s]++;
	if (s == ABSENT)
		return;
	if (!i->is_absent)
		digest_hex(i->digest, hex);
	if (!q->invocation->set[FLAG_JSON]) {
		buf_printf(&q->out, "%-9s  %-*.*s  ", states[s], SHORT, SHORT, hex);
		buf_visible(&q->out, path);
		buf_byte(&q->out, '\n');
		return;
	}
	one = json_new_object();
	json_put_string(one, "path", path);
	json_put_string(one, "state", str_of(states[s]));
	if (!i->is_absent)
		json_put_string(one, "sha256", str_of(hex));
	json_push(q->files, one);
}

static void
put_files(struct asking *q)
{
	struct str list;
	struct input i;

	if (!exhibit_inputs(q->folder, &q->kept, q->arena, &list)) {
		diag_warning(q->invocation->diag, PLACE_NONE, "no-part",
		    "there is no list of the inputs of '%.*s': it is gone, or was damaged", EXHIBIT_DIGITS,
		    q->kept.key);
		return;
	}
	while (inputs_next(&list, &i))
		put_file(q, &i);
}

/* ---- libraries, cells ------------------------------------------------------------------------ */

static void
put(struct asking *q, const char *what, struct json *array, struct str name)
{
	if (q->invocation->set[FLAG_JSON]) {
		json_push(array, json_new_string(name));
		return;
	}
	buf_printf(&q->out, "%-9s  ", what);
	buf_visible(&q->out, name);
	buf_byte(&q->out, '\n');
}

static void
put_libraries(struct asking *q)
{
	struct str bytes, name;
	struct elf e;

	if (exhibit_object(q->folder, &q->kept, q->arena, &bytes) && elf_open(&e, bytes))
		for (size_t i = 0; elf_needed(&e, i, &name); i++)
			put(q, "library", q->libraries, name);
}

/* What the key is made of says which items of other cells are used. */
static void
put_line(struct asking *q, const struct ledger_line *line)
{
	for (size_t i = 0; i < line->ngroups; i++)
		if (str_starts(line->groups[i].name, STR("uses ")))
			put(q, "uses", q->uses, str_slice(line->groups[i].name, 5, line->groups[i].name.len));
}

static void
put_uses(struct asking *q)
{
	struct ledger l;

	if (q->kept.about.document.len == 0 ||
	    ledger_read(q->folder, q->kept.about.document, q->arena, &l) != LEDGER_READ)
		return;
	for (size_t i = 0; i < l.n; i++) {
		const struct ledger_line *line = &l.lines[i];

		if (line->entry.is_kept && digest_eq(line->entry.result, q->kept.name)) {
			put_line(q, line);
			return;
		}
	}
}

/* ---- all --------------------------------------------------------------------------------------- */

static void
print_json(struct asking *q)
{
	struct json *j = json_new_object();

	json_put_string(j, "key", str_of(q->kept.key));
	json_put_string(j, "label", q->kept.label);
	json_put(j, "files", q->files);
	json_put_integer(j, "absent", (long long)q->n[ABSENT]);
	json_put(j, "libraries", q->libraries);
	json_put(j, "uses", q->uses);
	json_write(j, &q->out);
	buf_byte(&q->out, '\n');
	json_end(j);
}

static void
answer(struct asking *q)
{
	if (q->invocation->set[FLAG_JSON]) {
		q->files = json_new_array();
		q->libraries = json_new_array();
		q->uses = json_new_array();
	}
	put_files(q);
	put_libraries(q);
	put_uses(q);
	if (q->invocation->set[FLAG_JSON])
		print_json(q);
	else
		buf_printf(&q->out, "%zu files: %zu unchanged, %zu changed, %zu gone; "
		    "%zu paths where there must be none: %zu appeared\n",
		    q->n[SAME] + q->n[CHANGED] + q->n[GONE], q->n[SAME], q->n[CHANGED], q->n[GONE],
		    q->n[ABSENT] + q->n[APPEARED], q->n[APPEARED]);
}

static void
deps(struct invocation *i)
{
	struct arena a;
	struct folder f;
	struct asking q = { .invocation = i, .arena = &a, .folder = &f };

	arena_init(&a);
	if (folder_open(&f, NULL, &a, i->diag)) {
		if (exhibit_find(&f, str_of(i->arguments[0]), &a, &q.kept, i->diag) &&
		    exhibit_needs_about(&f, &q.kept, i->diag))
			answer(&q);
		folder_close(&f);
	}
	command_print(buf_str(&q.out));
	buf_release(&q.out);
	arena_release(&a);
}
