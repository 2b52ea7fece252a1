#include "runner/cell/splitter.h"

#include "tangle/base/arena.h"

enum directive
directive_of_pragma(struct str rest)
{
	static const char *const statements[] = {
		"GCC unroll", "GCC ivdep", "clang loop", "unroll", "nounroll", "ivdep", "omp", "acc",
	};
	static const char *const others[] = {
		"omp declare", "omp threadprivate", "omp requires", "omp end declare",
		"omp begin declare", "acc routine", "acc declare",
	};

	rest = str_trim(rest);
	for (size_t k = 0; k < sizeof others / sizeof *others; k++)
		if (str_starts(rest, str_of(others[k])))
			return DIRECTIVE_PRAGMA;
	for (size_t k = 0; k < sizeof statements / sizeof *statements; k++)
		if (str_starts(rest, str_of(statements[k])))
			return DIRECTIVE_PRAGMA_STATEMENT;
	return DIRECTIVE_PRAGMA;
}

static void
read_define(struct splitter *s, const struct line *l, struct item *it)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, l->rest);
	if (lexer_next(&x, &t) && t.kind == TOKEN_IDENTIFIER)
		it->name = token_text(&t, s->arena);
	if (it->directive == DIRECTIVE_UNDEF)
		return;
	it->function_like = x.at < x.end && *x.at == '(';
	while (lexer_next(&x, &t))
		it->pastes |= str_eq(t.text, STR("##")) || str_eq(t.text, STR("%:%:"));
}

static void
set_macro(struct splitter *s, struct str name, void *value)
{
	if (value)
		map_put(&s->context->macros, name, value);
	else
		map_remove(&s->context->macros, name);
}

static void
define(struct splitter *s, struct item *it)
{
	struct item *value = arena_copy(s->arena, it, 1, sizeof *it);

	if (s->ngroups > 0) {
		s->macros = mem_grow(s->macros, &s->macros_cap, s->nmacros + 1, sizeof *s->macros);
		s->macros[s->nmacros++] = (struct branch_macro){ .name = value->name,
		    .before = map_get(&s->context->macros, value->name), .value = value };
	}
	set_macro(s, value->name, value);
}

static void
open_group(struct splitter *s)
{
	s->groups = mem_grow(s->groups, &s->groups_cap, s->ngroups + 1, sizeof *s->groups);
	s->groups[s->ngroups++] = (struct branch_group){ s->nmacros, s->nmacros };
}

/* #else: what the branch before it has defined is not so in this one. */
static void
next_branch(struct splitter *s)
{
	struct branch_group *g;

	if (s->ngroups == 0)
		return;
	g = &s->groups[s->ngroups - 1];
	for (size_t k = s->nmacros; k-- > g->branch;)
		set_macro(s, s->macros[k].name, s->macros[k].before);
	g->branch = s->nmacros;
}

/* Behind the group all of it counts, but for a macro whose name another branch declares. */
static void
close_group(struct splitter *s)
{
	struct branch_group *g;

	if (s->ngroups == 0)
		return;
	g = &s->groups[--s->ngroups];
	for (size_t k = g->first; k < g->branch; k++) {
		const struct branch_macro *m = &s->macros[k];

		if (map_get(&s->context->macros, m->name) == m->before &&
		    !map_get(&s->context->variables, m->name))
			set_macro(s, m->name, m->value);
	}
	s->nmacros = g->first;
}

static struct str
included_name(struct str rest)
{
	char close;

	rest = str_trim(rest);
	if (rest.len == 0 || (rest.data[0] != '<' && rest.data[0] != '"'))
		return rest;
	close = rest.data[0] == '<' ? '>' : '"';
	return str_slice(rest, 0, str_find_byte(str_slice(rest, 1, rest.len), close) + 2);
}

static enum directive
directive_of(const struct line *l)
{
	switch (l->group) {
	case GROUP_IF:
		return DIRECTIVE_IF;
	case GROUP_ELSE:
		return DIRECTIVE_ELSE;
	case GROUP_ENDIF:
		return DIRECTIVE_ENDIF;
	case GROUP_NONE:
		break;
	}
	if (str_eq(l->word, STR("include")) || str_eq(l->word, STR("include_next")) ||
	    str_eq(l->word, STR("import")))
		return DIRECTIVE_INCLUDE;
	if (str_eq(l->word, STR("define")))
		return DIRECTIVE_DEFINE;
	if (str_eq(l->word, STR("undef")))
		return DIRECTIVE_UNDEF;
	if (str_eq(l->word, STR("pragma")))
		return directive_of_pragma(l->rest);
	return DIRECTIVE_OTHER;
}

void
directive_read(struct splitter *s, struct item *it)
{
	const struct line *l = &s->ts.line[s->line++];

	*it = (struct item){ .kind = ITEM_DIRECTIVE, .text = l->text, .line = l->line,
	    .end_line = l->end_line, .directive = directive_of(l) };
	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		it->name = included_name(l->rest);
		break;
	case DIRECTIVE_DEFINE:
		read_define(s, l, it);
		define(s, it);
		break;
	case DIRECTIVE_UNDEF:
		read_define(s, l, it);
		map_remove(&s->context->macros, it->name);
		break;
	case DIRECTIVE_IF:
		open_group(s);
		break;
	case DIRECTIVE_ELSE:
		next_branch(s);
		break;
	case DIRECTIVE_ENDIF:
		close_group(s);
		break;
	case DIRECTIVE_OTHER: case DIRECTIVE_PRAGMA: case DIRECTIVE_PRAGMA_STATEMENT:
		break;
	}
}

void
directive_learn(struct splitter *s, size_t lines)
{
	while (s->line < lines) {
		s->inner = mem_grow(s->inner, &s->inner_cap, s->ninner + 1, sizeof *s->inner);
		directive_read(s, &s->inner[s->ninner++]);
	}
}
