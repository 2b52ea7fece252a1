#include <unistd.h>

#include "runner/cli/command.h"
#include "runner/cli/load.h"
#include "runner/cli/provenance.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/blocks.h"
#include "tangle/project/project.h"
#include "tangle/project/settings.h"

static void config(struct invocation *i);

const struct command cmd_config = {
	.name = "config",
	.args = "[DOC] [KEY...]",
	.summary = "show each setting that holds, its value and where it is from",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_SET, FLAG_ROOT, FLAG_MAX_DOCUMENT, FLAG_SCHEMA),
	.run = config,
};

enum { NAME_WIDTH = 16, VALUE_WIDTH = 24, ORIGIN_WIDTH = 12 };

/* What the arguments name. */
struct asked {
	struct str document;		/* empty: the project of the working folder */
	const struct setting **keys;	/* none: all */
	size_t n;
	bool is_of_blocks;		/* one of them can only stand on a block */
};

/* ---- what was asked for -------------------------------------------------------------- */

static bool
complain(struct str word, struct str key, struct diag *d)
{
	struct str near = setting_nearest_in(key, ~0u);

	if (project_is_document(word))
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage", "there is no document '%.*s'", STR_ARG(word));
	else
		diag_error(d, STATUS_USAGE, PLACE_NONE, "usage", "there is no document and no setting '%.*s'%s%.*s%s",
		    STR_ARG(word), near.len ? "; did you mean '" : "", STR_ARG(near), near.len ? "'?" : "");
	return false;
}

/* A word is a setting if there is one of that name; else it is the document. */
static bool
read_arguments(struct asked *asked, const struct invocation *i, struct arena *a)
{
	*asked = (struct asked){0};
	asked->keys = arena_alloc(a, i->narguments, sizeof *asked->keys);
	for (size_t k = 0; k < i->narguments; k++) {
		struct str word = str_of(i->arguments[k]), key = setting_key(a, word);
		const struct setting *s = setting_find(key);

		if (s) {
			asked->keys[asked->n++] = s;
			asked->is_of_blocks |= s->places == SETTING_BLOCK;
		} else if (access(i->arguments[k], F_OK) == -1) {
			return complain(word, key, i->diag);
		} else if (asked->document.len > 0) {
			diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
			    "skein config shows one document at a time: '%.*s' is a second one", STR_ARG(word));
			return false;
		} else {
			asked->document = word;
		}
	}
	return true;
}

static bool
is_asked(const struct asked *asked, const struct setting *s)
{
	for (size_t i = 0; i < asked->n; i++)
		if (asked->keys[i] == s)
			return true;
	return asked->n == 0;
}

/* ---- for people ----------------------------------------------------------------------- */

static bool
is_function(const struct json *j)
{
	return json_get_integer(j, "function") > 0;
}

static void
add_value(struct buf *to, const struct held *h)
{
	const struct option *o = h->option;
	const char *between = h->setting->type == SETTING_PAIRS ? ", " : " ";

	if (h->value && is_function(h->value)) {
		buf_add(to, STR("a function"));
	} else if (h->value) {
		json_write(h->value, to);
	} else if (!o) {
		buf_add(to, str_of(h->setting->standard ? h->setting->standard : "-"));
	} else if (!o->is_list) {
		buf_add(to, o->value);
	} else {
		for (size_t i = 0; i < o->nitems; i++) {
			buf_add(to, str_of(i > 0 ? between : ""));
			buf_add(to, o->items[i]);
		}
	}
}

static void
add_place(struct buf *to, struct place at)
{
	struct position p;

	buf_add(to, at.source->name);
	if (at.offset == PLACE_FILE)
		return;
	p = source_position(at.source, at.offset);
	buf_printf(to, ":%zu:%zu", p.line, p.column);
}

/* Two blanks behind what is wider than its column. */
static void
add_column(struct buf *line, struct str text, size_t width)
{
	size_t before = line->len;

	buf_visible(line, text);
	buf_fill(line, ' ', line->len - before < width ? width - (line->len - before) : 0);
	buf_add(line, STR("  "));
}

static void
show_one(struct buf *out, const struct held *h)
{
	struct buf part = {0};

	buf_add(&part, str_of(h->setting->name));
	if (h->entry.len > 0)
		buf_printf(&part, ".%.*s", STR_ARG(h->entry));
	add_column(out, buf_str(&part), NAME_WIDTH);
	buf_clear(&part);
	add_value(&part, h);
	add_column(out, buf_str(&part), VALUE_WIDTH);
	if (h->origin == ORIGIN_DEFAULT || h->origin == ORIGIN_COMMAND_LINE) {
		buf_add(out, str_of(origin_name(h->origin)));
	} else {
		add_column(out, str_of(origin_name(h->origin)), ORIGIN_WIDTH);
		buf_clear(&part);
		add_place(&part, h->at);
		buf_visible(out, buf_str(&part));
	}
	buf_byte(out, '\n');
	buf_release(&part);
}

/* ---- for programs ------------------------------------------------------------------------ */

static struct json *
value_json(const struct held *h)
{
	const struct option *o = h->option;
	struct json *list;

	if (h->value)
		return json_duplicate(h->value);
	if (!o)
		return h->setting->standard ? json_new_string(str_of(h->setting->standard)) : json_new_null();
	if (!o->is_list)
		return json_new_string(o->value);
	list = json_new_array();
	for (size_t i = 0; i < o->nitems; i++)
		json_push(list, json_new_string(o->items[i]));
	return list;
}

static void
write_one(struct buf *out, const struct held *h)
{
	struct json *j = json_new_object();
	const char *origin = origin_name(h->origin);

	json_put_string(j, "name", str_of(h->setting->name));
	if (h->entry.len > 0)
		json_put_string(j, "entry", h->entry);
	json_put(j, "value", value_json(h));
	json_put_string(j, "origin", str_of(origin));
	if (h->at.source && h->origin != ORIGIN_COMMAND_LINE) {
		json_put_string(j, "file", h->at.source->name);
		if (h->at.offset != PLACE_FILE) {
			struct position p = source_position(h->at.source, h->at.offset);

			json_put_integer(j, "line", (long long)p.line);
			json_put_integer(j, "column", (long long)p.column);
		}
	}
	if (h->block && h->block->name.len > 0)
		json_put_string(j, "block", h->block->name);
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}

/* ---- the schema --------------------------------------------------------------------------- */

static struct json *
places_json(const struct setting *s)
{
	static const char *const names[] = { "block", "document", "project", "user" };
	unsigned places = s->places & SETTING_DOCUMENT ? s->places | SETTING_PROJECT | SETTING_USER : s->places;
	struct json *list = json_new_array();

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (places & (1u << i))
			json_push(list, json_new_string(str_of(names[i])));
	return list;
}

static void
write_setting(struct buf *out, const struct setting *s)
{
	struct json *j = json_new_object();
	struct str rest = str_of(s->choices ? s->choices : "");

	json_put_string(j, "name", str_of(s->name));
	json_put_string(j, "type", str_of(setting_type_name(s->type)));
	while (rest.len > 0)
		json_push_into(j, "choices", json_new_string(str_cut(rest, '|', &rest)));
	json_put(j, "places", places_json(s));
	json_put_boolean(j, "adds_up", s->adds_up);
	if (s->standard)
		json_put_string(j, "default", str_of(s->standard));
	json_put_string(j, "help", str_of(s->help));
	json_put_string(j, "since", str_of(s->since));
	json_write(j, out);
	buf_byte(out, '\n');
	json_end(j);
}

/* ---- the command ---------------------------------------------------------------------------- */

static void
show(struct buf *out, const struct invocation *i, const struct asked *asked, const struct provenance *p)
{
	for (size_t k = 0; k < p->n; k++) {
		if (!is_asked(asked, p->list[k].setting))
			continue;
		if (i->set[FLAG_JSON])
			write_one(out, &p->list[k]);
		else
			show_one(out, &p->list[k]);
	}
}

/* What would hold in a document of the working folder that says nothing itself. */
static void
of_project(struct buf *out, struct load *l, const struct invocation *i, const struct asked *asked)
{
	const struct config *c = load_settings(l, STR("."), i->diag);
	struct options top = l->overrides;
	struct provenance p;

	if (!c)
		return;
	top.below = config_options(c, STR(""), &l->arena);
	provenance_find(&p, c, &top, NULL, asked->is_of_blocks, &l->arena);
	show(out, i, asked, &p);
}

static void
of_document(struct buf *out, struct load *l, const struct invocation *i, const struct asked *asked)
{
	struct provenance p;

	if (l->n != 1)
		return;
	provenance_find(&p, l->documents[0].config, &l->documents[0].options, &l->blocks[0],
	    asked->is_of_blocks, &l->arena);
	show(out, i, asked, &p);
}

static void
show_schema(struct buf *out, const struct asked *asked)
{
	const struct setting *s;

	for (size_t k = 0; (s = setting_at(k)); k++)
		if (is_asked(asked, s))
			write_setting(out, s);
}

static void
config(struct invocation *i)
{
	struct invocation one = *i;
	struct asked asked;
	struct arena a;
	struct load l = {0};
	struct buf out = {0};
	char *document;

	arena_init(&a);
	if (!read_arguments(&asked, i, &a)) {
		arena_release(&a);
		return;
	}
	document = arena_cstr(&a, asked.document);
	one.arguments = &document;
	one.narguments = 1;
	if (i->set[FLAG_SCHEMA]) {
		show_schema(&out, &asked);
	} else if (asked.document.len > 0) {
		(void)load_documents(&l, &one);
		of_document(&out, &l, i, &asked);
		load_release(&l);
	} else {
		if (load_begin(&l, i))
			of_project(&out, &l, i, &asked);
		load_release(&l);
	}
	if (i->set[FLAG_JSON] || i->set[FLAG_SCHEMA])
		command_print(buf_str(&out));
	else
		command_show(buf_str(&out));
	buf_release(&out);
	arena_release(&a);
}
