#include "runner/cli/hint.h"

#include <stdint.h>
#include <string.h>

#include "runner/build/message.h"
#include "runner/cell/cell.h"
#include "runner/cli/whereabouts.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

/* ---- fixes ---------------------------------------------------------------------------- */

static bool
mentions(struct str text, struct str word)
{
	struct buf quoted = {0};
	bool found;

	buf_printf(&quoted, "'%.*s'", STR_ARG(word));
	found = str_find(text, buf_str(&quoted)) < text.len;
	buf_release(&quoted);
	return found;
}

/* The text that a fix-it replaces; empty if it inserts, or goes over several lines. */
static struct str
replaced(struct whereabouts *w, const struct message *m, const struct fixit *f)
{
	struct message there = *m;
	struct span s = { f->from, f->to };
	struct place from;
	size_t to;

	there.line = f->line;
	if (f->line != f->to_line || f->to <= f->from || !whereabouts_stretch(w, &there, &s, &from, &to))
		return STR("");
	return str_slice(from.source->text, from.offset, to);
}

void
hint_of_fix(struct whereabouts *w, const struct message *m, struct diag *d)
{
	const struct fixit *f = &m->fixes[0];
	struct str text, old;
	struct place at;

	if (m->nfixes != 1 || m->level == MESSAGE_NOTE || mentions(m->text, f->text))
		return;
	text = str_trim(str_slice(f->text, 0, str_find_byte(f->text, '\n')));
	old = replaced(w, m, f);
	at = whereabouts_at(w, m, f->line, f->from);
	if (text.len > 0 && old.len > 0)
		diag_help(d, at, "write '%.*s' instead of '%.*s'", STR_ARG(text), STR_ARG(old));
	else if (text.len > 0)
		diag_help(d, at, "insert '%.*s'", STR_ARG(text));
	else if (old.len > 0)
		diag_help(d, at, "leave '%.*s' away", STR_ARG(old));
}

/* ---- braces ------------------------------------------------------------------------- */

/* Behind a comment, a literal or a # line that begins at i; i itself if none does. */
static size_t
skip_lexeme(struct str s, size_t i, bool at_start)
{
	struct str rest = str_slice(s, i, s.len);
	char c = s.data[i];

	if (str_starts(rest, STR("/*")))
		return i + 2 + str_find(str_slice(rest, 2, rest.len), STR("*/"));
	if (str_starts(rest, STR("//")) || (c == '#' && at_start)) {
		while (i < s.len && s.data[i] != '\n')
			i += s.data[i] == '\\' ? 2 : 1;
		return i;
	}
	if (c != '"' && c != '\'')
		return i;
	for (i++; i < s.len && s.data[i] != c && s.data[i] != '\n'; i++)
		i += s.data[i] == '\\';
	return i + 1;
}

/* The last brace that is not closed; SIZE_MAX if there is none. */
static size_t
open_brace(struct str s)
{
	size_t *stack = NULL, depth = 0, cap = 0, found;
	bool at_start = true;

	for (size_t i = 0; i < s.len;) {
		size_t next = skip_lexeme(s, i, at_start);

		if (next > i) {
			i = next;
			continue;
		}
		if (s.data[i] == '{') {
			stack = mem_grow(stack, &cap, depth + 1, sizeof *stack);
			stack[depth++] = i;
		} else if (s.data[i] == '}' && depth > 0) {
			depth--;
		}
		at_start = s.data[i] == '\n' || (at_start && strchr(" \t", s.data[i]));
		i++;
	}
	found = depth > 0 ? stack[depth - 1] : SIZE_MAX;
	mem_free(stack);
	return found;
}

static void
note_open_brace(const struct cell *c, struct diag *d)
{
	size_t at = open_brace(c->text), line = 1, start = 0;

	for (size_t i = 0; at != SIZE_MAX && i < at; i++) {
		if (c->text.data[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	if (at != SIZE_MAX)
		diag_note_here(d, cell_place(c, line, at - start + 1), "this '{' is not closed");
}

/* ---- words ---------------------------------------------------------------------------- */

/* An array, or a pointer to one, between the functions of a cell; as gcc and clang say it. */
static bool
is_of_varying_size(struct str text)
{
	return (str_starts(text, STR("variably modified ")) && str_ends(text, STR(" at file scope"))) ||
	    (str_starts(text, STR("variable length array")) && str_find(text, STR("at file scope")) < text.len);
}

void
hint_of_words(const struct cell *c, const struct message *m, struct place at, struct diag *d)
{
	if (m->level == MESSAGE_ERROR && is_of_varying_size(m->text))
		diag_help(d, at, "the variables of a cell last, so that their size has to be known: enum { n = 5 }, "
		    "or malloc and a pointer; or put the lines into braces, where they end");
	if (str_find(m->text, STR("at end of input")) < m->text.len)
		note_open_brace(c, d);
}
