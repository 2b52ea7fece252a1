#include "runner/cache/folder.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "runner/cli/summary.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"

static void show(struct invocation *i);

const struct command cache_show = {
	.name = "cache show",
	.args = "KEY | DOC#CELL",
	.summary = "what is kept of a compiled cell: how it was made, its source, log, symbols",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_ASPECTS),
	.least = 1,
	.run = show,
};

enum { NANO = 1000000000 };

struct showing {
	const struct invocation *invocation;
	struct arena *arena;
	struct folder *folder;
	struct exhibit kept;
	unsigned set;			/* of aspects; 0: the summary */
	struct buf out;
};

/* ---- its sides ------------------------------------------------------------------------------ */

static bool
is_one(unsigned set)
{
	return (set & (set - 1)) == 0;
}

static const char *
why_not(const struct exhibit *k, enum aspect what)
{
	if (what != ASPECT_LIB && what != ASPECT_ABI)
		return ": it is gone, or was damaged";
	if (k->is_failure)
		return ": it did not compile";
	return what == ASPECT_ABI ? ": it is gone, not linked yet (DOC#sources is), or has no debug information (tcc, -g0)" :
	    ": it is gone, or was damaged";
}

static void
put_aspect(struct showing *s, enum aspect what)
{
	struct buf text = {0};

	if (!is_one(s->set))
		buf_printf(&s->out, "== %s\n", aspect_name(what));
	if (aspect_text(what, s->folder, &s->kept, s->arena, &text))
		aspect_show(buf_str(&text), &s->out);
	else if (what != ASPECT_ABI || !(s->set & ASPECT_BIT(ASPECT_LIB)))	/* one says it for both */
		diag_warning(s->invocation->diag, PLACE_NONE, "no-part", "there is no %s of '%.*s'%s",
		    aspect_name(what), EXHIBIT_DIGITS, s->kept.key, why_not(&s->kept, what));
	buf_release(&text);
}

static void
print(struct showing *s)
{
	if (s->set == 0)
		summary(s->folder, &s->kept, s->arena, &s->out);
	for (unsigned i = 0; i < ASPECTS; i++)
		if (s->set & ASPECT_BIT(i))
			put_aspect(s, (enum aspect)i);
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void
json_digest(struct json *j, const char *key, const struct digest *d)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	json_put_string(j, key, str_of(hex));
}

static struct json *
json_strings(const struct str *list, size_t n)
{
	struct json *array = json_new_array();

	for (size_t i = 0; i < n; i++)
		json_push(array, json_new_string(list[i]));
	return array;
}

static struct json *
json_inputs(const struct showing *s)
{
	struct json *array = json_new_array();
	struct str list;
	struct input i;

	if (!exhibit_inputs(s->folder, &s->kept, s->arena, &list))
		return array;
	while (inputs_next(&list, &i)) {
		struct json *one = json_new_object();

		json_put_string(one, "path", exhibit_path(&s->kept, i.path, s->arena));
		if (i.is_absent)
			json_put_boolean(one, "absent", true);
		else
			json_digest(one, "sha256", &i.digest);
		json_push(array, one);
	}
	return array;
}

static struct json *
json_messages(const struct messages *m)
{
	static const char *const levels[] = { "error", "warning", "note" };
	struct json *array = json_new_array();

	for (size_t i = 0; i < m->n; i++) {
		struct json *one = json_new_object();

		json_put_string(one, "level", str_of(levels[m->list[i].level]));
		json_put_string(one, "in", m->list[i].marker);
		json_put_integer(one, "line", (long long)m->list[i].line);
		json_put_integer(one, "column", (long long)m->list[i].column);
		json_put_string(one, "text", m->list[i].text);
		if (m->list[i].option.len > 0)
			json_put_string(one, "option", m->list[i].option);
		json_push(array, one);
	}
	return array;
}

static struct json *
json_commands(const struct about *x)
{
	struct json *array = json_new_array();

	for (size_t i = 0; i < x->nsteps; i++) {
		struct json *one = json_new_object();

		json_put_string(one, "what", x->steps[i].what);
		json_put(one, "argv", json_strings(x->steps[i].words, x->steps[i].nwords));
		json_push(array, one);
	}
	return array;
}

static void
json_aspect(const struct showing *s, struct json *j, enum aspect what)
{
	const struct about *x = &s->kept.about;
	struct buf text = {0};

	switch (what) {
	case ASPECT_INC:
		json_put(j, "inc", json_inputs(s));
		break;
	case ASPECT_CMD:
		json_put(j, "cmd", json_commands(x));
		break;
	case ASPECT_ENV:
		json_put(j, "env", json_strings(x->environment, x->nenvironment));
		break;
	case ASPECT_MESSAGES:
		json_put(j, "messages", json_messages(&s->kept.result.messages));
		break;
	case ASPECT_SRC: case ASPECT_UNIT: case ASPECT_LOG: case ASPECT_LIB: case ASPECT_ABI:
		if (aspect_text(what, s->folder, &s->kept, s->arena, &text))
			json_put_string(j, aspect_name(what), buf_str(&text));
		break;
	case ASPECTS:
		break;
	}
	buf_release(&text);
}

static void
json_about(const struct showing *s, struct json *j)
{
	const struct about *x = &s->kept.about;
	struct summary_inputs n = summary_count(s->folder, &s->kept, s->arena);

	json_digest(j, "request", &x->request);
	json_put_string(j, "thing", str_of(about_thing_name(x->thing)));
	json_put_string(j, "document", x->document);
	if (x->source.len > 0)
		json_put_string(j, "source", x->source);
	json_put_integer(j, "made", x->made / NANO);
	json_put_string(j, "run", x->run);
	json_put_string(j, "compiler", x->compiler);
	json_put_string(j, "version", str_trim(x->version));
	json_digest(j, "identity", &x->identity);
	json_put_integer(j, "size", (long long)x->object_size);
	json_put_integer(j, "inputs", (long long)n.files);
	json_put_integer(j, "absent", (long long)n.absent);
}

static void
print_json(struct showing *s)
{
	const struct exhibit *k = &s->kept;
	struct json *j = json_new_object();

	json_put_string(j, "key", str_of(k->key));
	json_put_string(j, "label", k->label);
	json_put_string(j, "end", k->is_failure ? STR("failed") : STR("compiled"));
	json_put_integer(j, "nanoseconds", k->result.nanoseconds);
	if (!k->is_failure)
		json_digest(j, "object", &k->result.object);
	if (k->found == ABOUT_FOUND)
		json_about(s, j);
	for (unsigned i = 0; i < ASPECTS; i++)
		if (s->set & ASPECT_BIT(i))
			json_aspect(s, j, (enum aspect)i);
	json_write(j, &s->out);
	buf_byte(&s->out, '\n');
	json_end(j);
}

static bool
needs_about(unsigned set)
{
	return (set & ~(ASPECT_BIT(ASPECT_MESSAGES) | ASPECT_BIT(ASPECT_LIB) | ASPECT_BIT(ASPECT_ABI))) != 0;
}

static void
show(struct invocation *i)
{
	struct arena a;
	struct folder f;
	struct showing s = { .invocation = i, .arena = &a, .folder = &f };

	arena_init(&a);
	if ((!i->set[FLAG_ASPECTS] || aspect_read(i->value[FLAG_ASPECTS], ASPECT_ALL, &s.set, i->diag)) &&
	    folder_open(&f, NULL, &a, i->diag)) {
		if (exhibit_find(&f, str_of(i->arguments[0]), &a, &s.kept, i->diag) &&
		    (!needs_about(s.set) || exhibit_needs_about(&f, &s.kept, i->diag))) {
			if (i->set[FLAG_JSON])
				print_json(&s);
			else
				print(&s);
		}
		folder_close(&f);
	}
	command_print(buf_str(&s.out));
	buf_release(&s.out);
	arena_release(&a);
}
