#include "runner/cli/provenance.h"

#include "tangle/base/arena.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/project/config.h"
#include "tangle/project/settings.h"

struct finding {
	struct provenance *to;
	const struct config *config;
	const struct options *options;
	const struct blocks *blocks;	/* or NULL */
	struct arena *arena;
	size_t cap;
};

const char *
origin_name(enum origin o)
{
	static const char *const names[] = {
		[ORIGIN_DEFAULT] = "default", [ORIGIN_USER] = "user", [ORIGIN_PROJECT] = "project",
		[ORIGIN_FRONT_MATTER] = "front matter", [ORIGIN_COMMENT] = "comment", [ORIGIN_BLOCK] = "block",
		[ORIGIN_COMMAND_LINE] = "command line",
	};

	return names[o];
}

/* Of what no block says. */
static enum origin
origin_of(const struct finding *f, struct place at)
{
	const struct config *c = f->config;
	const struct document *d = f->blocks ? f->blocks->document : NULL;

	if (at.source == &c->source)
		return ORIGIN_PROJECT;
	if (c->users && at.source == &c->users->source)
		return ORIGIN_USER;
	if (d && at.source == &d->source)
		return at.offset < d->body ? ORIGIN_FRONT_MATTER : ORIGIN_COMMENT;
	return ORIGIN_COMMAND_LINE;
}

static void
add(struct finding *f, struct held h)
{
	struct provenance *p = f->to;

	p->list = mem_grow(p->list, &f->cap, p->n + 1, sizeof *p->list);
	p->list[p->n++] = h;
}

/* Each entry of a table by itself. */
static void
add_table(struct finding *f, const struct setting *s)
{
	const struct json *table = config_table(f->config, s->name), *value;
	struct str entry;

	for (void *at = json_next(table, NULL, &entry, &value); at; at = json_next(table, at, &entry, &value)) {
		struct held h = { .setting = s, .entry = entry, .value = value,
		    .at = config_place(f->config, s->name, entry, STR("")) };

		h.origin = origin_of(f, h.at);
		add(f, h);
	}
}

static void
add_options(struct finding *f, const struct setting *s)
{
	const struct option *const *stack;
	size_t n = options_stack(f->options, s->name, f->arena, &stack);

	for (size_t i = s->adds_up || n == 0 ? 0 : n - 1; i < n; i++)
		add(f, (struct held){ .setting = s, .option = stack[i], .at = stack[i]->at,
		    .origin = origin_of(f, stack[i]->at) });
	if (n == 0 && (s->places & (SETTING_DOCUMENT | SETTING_USER)))
		add(f, (struct held){ .setting = s, .origin = ORIGIN_DEFAULT });
}

/* Of a block that has a name and nothing else no options are kept. */
static const struct option *
name_alone(struct finding *f, const struct block *b)
{
	struct option *o = arena_alloc(f->arena, 1, sizeof *o);

	o->value = b->name;
	o->at = b->at;
	return o;
}

static void
add_blocks(struct finding *f, const struct setting *s)
{
	for (size_t i = 0; f->blocks && i < f->blocks->n; i++) {
		const struct block *b = &f->blocks->list[i];
		const struct option *o = options_find(&b->options, s->name);

		if (!o && b->name.len > 0 && str_eq(str_of(s->name), STR("name")))
			o = name_alone(f, b);
		if (o)
			add(f, (struct held){ .setting = s, .option = o, .at = o->at, .block = b,
			    .origin = o->is_final ? ORIGIN_COMMAND_LINE : ORIGIN_BLOCK });
	}
}

void
provenance_find(struct provenance *p, const struct config *c, const struct options *options,
    const struct blocks *blocks, bool with_all, struct arena *a)
{
	struct finding f = { .to = p, .config = c, .options = options, .blocks = blocks, .arena = a };
	const struct setting *s;
	struct held *list;

	*p = (struct provenance){0};
	for (size_t i = 0; (s = setting_at(i)); i++) {
		if (s->type == SETTING_TABLE)
			add_table(&f, s);
		else
			add_options(&f, s);
		if (with_all || (s->places & SETTING_DOCUMENT))
			add_blocks(&f, s);
	}
	list = p->list;
	p->list = arena_copy(a, list, p->n, sizeof *list);
	mem_free(list);
}
