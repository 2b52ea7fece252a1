#include "runner/cell/tokens.h"

#include "tangle/base/mem.h"

/* An #if group whose #endif was not met yet. */
struct open_group {
	size_t opener;		/* the # line */
	size_t before;		/* innermost open bracket at #if */
	size_t first;		/* the same at the end of the branch that is read */
	bool was_read;		/* a branch was, or is being, read */
	bool is_read;		/* this branch is the one */
	bool is_dead;		/* this branch is a comment */
	bool is_true;		/* #if 1: what follows #else is dead */
};

struct reader {
	struct tokens *ts;
	struct lexer lexer;
	size_t open;		/* innermost open bracket */
	struct open_group *groups;
	size_t ngroups, groups_cap;
	size_t dead;		/* how many groups are open inside a dead branch */
};

/* ---- brackets ---- */

static void
open_bracket(struct reader *r, size_t i)
{
	struct token *token = r->ts->token, *t = &token[i];

	t->up = r->open;
	t->brace = t->punctuator == '{' ? i :
	    r->open == TOKEN_NONE ? TOKEN_NONE : token[r->open].brace;
	r->open = i;
}

/*
 * A brace closes what stands open inside it; another bracket without its
 * partner is left alone.  Nothing here walks over what is open.
 */
static void
close_bracket(struct reader *r, size_t i)
{
	struct token *token = r->ts->token;
	char closes = token[i].punctuator;
	size_t o = r->open;

	if (o == TOKEN_NONE)
		return;
	if (closes == '}')
		o = token[o].brace;
	else if (!token_is(&token[o], closes == ')' ? '(' : '['))
		o = token_is(&token[o], '{') ? TOKEN_NONE : token[o].up;
	if (o == TOKEN_NONE || (closes == ')' && !token_is(&token[o], '(')) ||
	    (closes == ']' && !token_is(&token[o], '[')))
		return;
	if (token[o].after == TOKEN_NONE)
		token[o].after = i + 1;
	r->open = token[o].up;
}

/* What was never closed ends where the bracket around it does. */
static void
close_open_brackets(struct tokens *ts)
{
	bool *whole = mem_zalloc(ts->n + 1, sizeof *whole);

	for (size_t i = 0; i < ts->n; i++) {
		struct token *t = &ts->token[i];

		if (!token_is(t, '(') && !token_is(t, '[') && !token_is(t, '{'))
			continue;
		whole[i] = t->after != TOKEN_NONE;
		if (whole[i])
			continue;
		if (t->up == TOKEN_NONE) {
			t->after = ts->n;
			continue;
		}
		t->after = ts->token[t->up].after - whole[t->up];
		if (t->after <= i)
			t->after = i + 1;
	}
	mem_free(whole);
}

/* ---- # lines ---- */

static bool
says(const struct line *l, const char *word, const char *rest)
{
	return str_eq(l->word, str_of(word)) && str_eq(str_trim(l->rest), str_of(rest));
}

static bool
is_for_cxx(const struct line *l)
{
	return says(l, "ifdef", "__cplusplus") || says(l, "if", "defined(__cplusplus)") ||
	    says(l, "if", "defined __cplusplus");
}

static bool
is_for_c(const struct line *l)
{
	return says(l, "ifndef", "__cplusplus") || says(l, "if", "!defined(__cplusplus)");
}

static bool
is_never(const struct tokens *ts, const struct line *l)
{
	return says(l, "if", "0") || (ts->is_cxx ? is_for_c(l) : is_for_cxx(l));
}

static bool
is_always(const struct tokens *ts, const struct line *l)
{
	return says(l, "if", "1") || (ts->is_cxx ? is_for_cxx(l) : is_for_c(l));
}

static enum group
group_of(struct str word)
{
	static const struct { const char *word; enum group group; } words[] = {
		{ "if", GROUP_IF }, { "ifdef", GROUP_IF }, { "ifndef", GROUP_IF },
		{ "else", GROUP_ELSE }, { "elif", GROUP_ELSE }, { "elifdef", GROUP_ELSE },
		{ "elifndef", GROUP_ELSE }, { "endif", GROUP_ENDIF },
	};

	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (str_eq(word, str_of(words[k].word)))
			return words[k].group;
	return GROUP_NONE;
}

static void
open_group(struct reader *r, const struct line *l, size_t index)
{
	struct open_group *g;

	r->groups = mem_grow(r->groups, &r->groups_cap, r->ngroups + 1, sizeof *r->groups);
	g = &r->groups[r->ngroups++];
	*g = (struct open_group){ .opener = index, .before = r->open, .first = r->open };
	g->is_dead = is_never(r->ts, l);
	g->is_true = is_always(r->ts, l);
	g->was_read = g->is_read = !g->is_dead;
}

static void
next_branch(struct reader *r, struct line *l)
{
	struct open_group *g = &r->groups[r->ngroups - 1];

	l->opener = g->opener;
	if (g->is_read)
		g->first = r->open;
	r->open = g->before;
	g->is_dead = g->is_true;
	g->is_read = !g->was_read && !g->is_dead;
	g->was_read |= g->is_read;
	l->skips = !g->is_read;
}

static void
close_group(struct reader *r, struct line *l, size_t index)
{
	struct open_group *g = &r->groups[--r->ngroups];

	l->opener = g->opener;
	r->ts->line[g->opener].closer = index;
	if (!g->is_read)
		r->open = g->first;
}

/* Inside a dead branch only the group's own # lines count. */
static bool
is_dead_line(struct reader *r, const struct line *l)
{
	if (r->ngroups == 0 || !r->groups[r->ngroups - 1].is_dead)
		return false;
	if (l->group == GROUP_IF)
		r->dead++;
	else if (r->dead > 0)
		r->dead -= l->group == GROUP_ENDIF;
	else
		return l->group == GROUP_NONE;
	return true;
}

/* The # of a line was read: take the rest of it. */
static void
read_line(struct reader *r, const struct token *hash)
{
	struct tokens *ts = r->ts;
	struct lexer *x = &r->lexer, at = *x;
	const char *from = hash->text.data, *rest;
	struct line l = { .line = hash->line, .before = ts->n,
	    .opener = TOKEN_NONE, .closer = TOKEN_NONE };
	struct token word;

	lexer_skip_line(x);
	at.end = x->at;
	if (lexer_next(&at, &word) && word.kind == TOKEN_IDENTIFIER)
		l.word = word.text;
	rest = at.at;
	while (x->at > rest && (x->at[-1] == ' ' || x->at[-1] == '\t' || x->at[-1] == '\r'))
		x->at--;
	l.text = (struct str){ from, (size_t)(x->at - from) };
	l.rest = (struct str){ rest, (size_t)(x->at - rest) };
	l.end_line = x->line;
	l.group = group_of(l.word);
	if (is_dead_line(r, &l))
		return;
	ts->line = mem_grow(ts->line, &ts->lines_cap, ts->nlines + 1, sizeof *ts->line);
	if (l.group == GROUP_IF)
		open_group(r, &l, ts->nlines);
	else if (l.group == GROUP_ELSE && r->ngroups > 0)
		next_branch(r, &l);
	else if (l.group == GROUP_ENDIF && r->ngroups > 0)
		close_group(r, &l, ts->nlines);
	ts->line[ts->nlines++] = l;
}

/* Where reading goes on behind each # line; from the last to the first. */
static void
find_resumes(struct tokens *ts)
{
	for (size_t d = ts->nlines; d-- > 0;) {
		struct line *l = &ts->line[d];
		size_t next = d + 1;

		if (l->opener != TOKEN_NONE)
			l->closer = ts->line[l->opener].closer;
		if (l->skips)
			next = l->closer == TOKEN_NONE ? ts->nlines : l->closer + 1;
		if (next == ts->nlines)
			l->resume = l->skips && l->closer == TOKEN_NONE ? ts->n :
			    ts->line[next - 1].before;
		else if (ts->line[next].before == ts->line[next - 1].before)
			l->resume = ts->line[next].resume;
		else
			l->resume = ts->line[next - 1].before;
	}
}

/* ---- */

static void
add_token(struct reader *r, const struct token *t)
{
	struct tokens *ts = r->ts;

	ts->token = mem_grow(ts->token, &ts->cap, ts->n + 1, sizeof *ts->token);
	ts->token[ts->n] = *t;
	ts->token[ts->n].lines = ts->nlines;
	if (token_is(t, '(') || token_is(t, '[') || token_is(t, '{'))
		open_bracket(r, ts->n);
	else if (token_is(t, ')') || token_is(t, ']') || token_is(t, '}'))
		close_bracket(r, ts->n);
}

void
tokens_read(struct tokens *ts, struct str text)
{
	struct reader r = { .ts = ts, .open = TOKEN_NONE };
	struct token t;

	ts->n = ts->nlines = 0;
	lexer_init(&r.lexer, text);
	while (lexer_next(&r.lexer, &t)) {
		if (t.is_first && token_is(&t, '#')) {
			read_line(&r, &t);
		} else if (r.ngroups == 0 || !r.groups[r.ngroups - 1].is_dead) {
			add_token(&r, &t);
			ts->n++;
		}
	}
	add_token(&r, &t);
	ts->work = text.len + r.lexer.work;
	close_open_brackets(ts);
	find_resumes(ts);
	mem_free(r.groups);
}

void
tokens_release(struct tokens *ts)
{
	mem_free(ts->token);
	mem_free(ts->line);
	*ts = (struct tokens){0};
}

size_t
token_next(const struct tokens *ts, size_t i)
{
	const struct token *t = &ts->token[i];

	if (i >= ts->n)
		return ts->n;
	return t[1].lines == t->lines ? i + 1 : ts->line[t->lines].resume;
}
