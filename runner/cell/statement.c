#include "runner/cell/splitter.h"

static bool
is_label(const struct splitter *s, size_t i)
{
	return is_identifier(token(s, i)) && token_is(token(s, next(s, i)), ':');
}

bool
statement_begins(const struct splitter *s, size_t i)
{
	const struct token *t = token(s, i);

	return token_is(t, '{') || is_label(s, i) ||
	    (t->word >= WORD_IF && t->word <= WORD_JUMP);
}

/* case X:, X with its own colons. */
static void
skip_case(struct splitter *s)
{
	size_t questions = 0;

	for (step(s); !at_end(s) && !at(s, ';') && !at(s, '{'); skip(s)) {
		if (at(s, '?'))
			questions++;
		else if (at(s, ':') && questions-- == 0)
			break;
	}
	if (at(s, ':'))
		step(s);
}

/* NAME(...) { or NAME(...) if: a loop made by a macro. */
bool
statement_is_macro_loop(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);

	if (!is_identifier(token(s, i)))
		return false;
	return token_is(token(s, j), '{') ||
	    (token_is(token(s, j), '(') && statement_begins(s, behind(s, j)));
}

static void
push_pending(struct splitter *s, enum word word)
{
	s->pending = mem_grow(s->pending, &s->pending_cap, s->npending + 1, sizeof *s->pending);
	s->pending[s->npending++] = word;
}

/*
 * Over what leads to another statement: if (x), for (...), do, a label.  False
 * if there is nothing of the kind.
 */
static bool
skip_lead(struct splitter *s)
{
	const struct token *t = here(s);
	bool is_lead = true;

	if (t->word == WORD_IF || t->word == WORD_DO) {
		push_pending(s, t->word);
		step(s);
		if (t->word == WORD_IF)
			skip_parentheses(s);
	} else if (t->word == WORD_FOR || t->word == WORD_WHILE) {
		step(s);
		skip_parentheses(s);
	} else if (t->word == WORD_ELSE) {
		step(s);
	} else if (t->word == WORD_CASE) {
		skip_case(s);
	} else if (is_label(s, s->at) || t->word == WORD_DEFAULT) {
		step(s);
		if (at(s, ':'))
			step(s);
	} else if (t->word == WORD_ATTRIBUTE) {
		step(s);
		skip_parentheses(s);
	} else if (is_brackets_attribute(s, s->at)) {
		skip(s);
	} else if (statement_is_macro_loop(s, s->at)) {
		step(s);
		skip_parentheses(s);
	} else {
		is_lead = false;
	}
	return is_lead;
}

/* A statement has ended: so have those around it, unless more of them follows. */
static bool
close_pending(struct splitter *s)
{
	while (s->npending > 0) {
		enum word w = s->pending[--s->npending];

		if (w == WORD_IF && here(s)->word == WORD_ELSE) {
			step(s);
			return false;
		}
		if (w == WORD_DO && here(s)->word == WORD_WHILE) {
			step(s);
			skip_parentheses(s);
			if (at(s, ';'))
				step(s);
		}
	}
	return true;
}

void
statement_skip(struct splitter *s)
{
	statement_skip_rest(s, false);
}

void
statement_skip_rest(struct splitter *s, bool behind_if)
{
	s->npending = 0;
	s->is_unfinished = false;
	if (behind_if)
		push_pending(s, WORD_IF);
	for (;;) {
		while (skip_lead(s))
			;
		if (at(s, '{')) {
			skip(s);
		} else {
			skip_to(s, ';', ';');
			s->is_unfinished = at_end(s);
			if (s->is_unfinished)
				return;
			step(s);
		}
		if (close_pending(s))
			return;
	}
}
