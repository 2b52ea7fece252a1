#include "runner/cli/remedy.h"

#include "runner/build/supply.h"
#include "runner/cell/cell.h"
#include "runner/cli/complaint.h"
#include "runner/cli/missing.h"
#include "runner/cli/nearby.h"
#include "runner/cli/notebook.h"
#include "runner/cli/wishes.h"
#include "tangle/base/arena.h"
#include "tangle/base/map.h"
#include "tangle/document/block.h"

static bool
holds(struct str text, const char *part)
{
	return str_find(text, str_of(part)) < text.len;
}

static bool
holds_any(struct str text, const char *const *parts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (holds(text, parts[i]))
			return true;
	return false;
}

#define HOLDS_ANY(text, parts)	holds_any(text, parts, sizeof (parts) / sizeof *(parts))

/* ---- of the document ------------------------------------------------------------------- */

/* "$", ">", ">>>", "output>" */
static bool
is_prompt(struct str word)
{
	enum { LONGEST = 12 };
	size_t n = 0;

	while (n < word.len && ((word.data[n] >= 'a' && word.data[n] <= 'z') ||
	    (word.data[n] >= 'A' && word.data[n] <= 'Z')))
		n++;
	if (n == word.len || word.len > LONGEST)
		return false;
	if (n == 0 && word.data[0] == '$')
		return word.len == 1;
	while (n < word.len && word.data[n] == '>')
		n++;
	return n == word.len;
}

/* What a line begins with that is no C: "output>", "$", "...". */
static struct str
mark_of(struct str line)
{
	static const char *const dots[] = { "...", "\xE2\x80\xA6", "[...]" };
	struct str rest = line = str_trim(line), word = str_word(&rest);

	for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
		if (str_starts(line, str_of(dots[i])))
			return str_of(dots[i]);
	return is_prompt(word) ? word : STR("");
}

struct mark {
	size_t lines, last;		/* how many, and which was the last one */
};

static void
count_marks(struct map *marks, const struct cell *c, const struct cell_result *r, struct arena *a)
{
	for (size_t k = 0; k < r->messages.n; k++) {
		const struct message *m = &r->messages.list[k];
		struct str word = m->is_file ? STR("") : mark_of(cell_line(c, m->line));
		struct mark *known = word.len > 0 ? map_get(marks, word) : NULL;

		if (word.len == 0 || m->level != MESSAGE_ERROR)
			continue;
		if (!known) {
			known = arena_alloc(a, 1, sizeof *known);
			map_put(marks, word, known);
		}
		known->lines++;
	}
}

/* Lines that are shown among the code: what it prints, or that something is left out. */
static void
propose_omit(struct wishes *w, const struct notebook *n, struct arena *a)
{
	struct map marks = {0};
	size_t most = 0;
	struct str best = {0};

	for (size_t i = 0; i < n->cells.n; i++)
		if (n->results[i].end == CELL_UNBUILT && !n->results[i].as_expected)
			count_marks(&marks, &n->cells.list[i], &n->results[i], a);
	for (const struct map_entry *e = map_first(&marks); e; e = map_next(e)) {
		const struct mark *m = map_value(e);

		if (m->lines > most) {
			most = m->lines;
			best = map_key(e);
		}
	}
	if (most > 0)
		wishes_add(w, STR("omit"), arena_str(a, best));
	map_release(&marks);
}

/* A library of this machine that the message names, or a package that has the header. */
static void
propose_library(struct wishes *w, const struct message *m, struct arena *a)
{
	struct str words = STR("' is not defined: add libs="), header = missing_header(m->text);
	const struct supply *s = header.len > 0 ? supply_of_header(header) : NULL;
	size_t at = str_find(m->text, words);

	if (at < m->text.len && !holds(m->text, " (apt install"))
		wishes_add(w, STR("libs"),
		    arena_str(a, str_slice(m->text, at + words.len, m->text.len)));
	if (s && s->pc)
		wishes_add(w, STR("pkg"), str_of(s->pc));
}

void
remedies_of_document(struct wishes *w, const struct notebook *n, struct arena *a)
{
	nearby_options(w, n, a);
	propose_omit(w, n, a);
	for (size_t i = 0; i < n->cells.n; i++) {
		const struct cell_result *r = &n->results[i];

		for (size_t k = 0; r->end == CELL_UNBUILT && !r->as_expected && k < r->messages.n; k++)
			propose_library(w, &r->messages.list[k], a);
	}
}

/* ---- what the text around says ------------------------------------------------------------ */

enum { LINES_AROUND = 3 };

static void
lower(char *to, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		to[i] = text.data[i] >= 'A' && text.data[i] <= 'Z' ?
		    (char)(text.data[i] - 'A' + 'a') : text.data[i];
}

/* In small letters. */
static struct str
lowered(struct str text, struct arena *a)
{
	char *copy = arena_alloc(a, text.len + 1, 1);

	lower(copy, text);
	return (struct str){ copy, text.len };
}

/* The last lines of a text that stand together, at most some. */
static struct str
last_paragraph(struct str text)
{
	size_t at;

	while (text.len > 0 && str_is_blank(str_slice(text, text.len - 1, text.len)))
		text.len--;
	at = text.len;
	for (size_t lines = 0; at > 0 && lines < LINES_AROUND; lines++) {
		size_t start = at - 1;

		while (start > 0 && text.data[start - 1] != '\n')
			start--;
		if (str_is_blank(str_slice(text, start, at)))
			break;
		at = start;
	}
	return str_slice(text, at, text.len);
}

/* The first ones; empty if they lead to what follows. */
static struct str
first_paragraph(struct str text)
{
	size_t at = 0, from;
	struct str found;

	while (at < text.len && str_is_blank(str_slice(text, at, at + 1)))
		at++;
	from = at;
	for (size_t lines = 0; at < text.len && lines < LINES_AROUND; lines++) {
		size_t size = str_line_size(str_slice(text, at, text.len));

		if (str_is_blank(str_slice(text, at, at + size)))
			break;
		at += size;
	}
	found = str_chomp(str_slice(text, from, at));
	return str_ends(found, STR(":")) ? STR("") : found;
}

/* What people say of a failure; all in small letters. */
static const char *const of_compile[] = { "not compile", "n't compile", "compile error",
	"compilation error", "compiler error", "compile-time error", "fails to compile",
	"fail to compile", "compilation fails", "is rejected by the compiler" };
static const char *const of_crash[] = { "crash", "segfault", "segmentation fault", "abort",
	"assertion fail", "will assert", "undefined behavio", "sigsegv", "sigabrt" };
static const char *const of_exit[] = { "exit status", "exit code", "exits with", "non-zero",
	"nonzero" };
static const char *const of_timeout[] = { "forever", "infinite loop", "endless", "never returns",
	"never ends", "never terminates", "hangs" };
static const char *const not[] = { "not ", "n't ", "never ", "without ", "no longer ", "avoid" };

/* Is one of them said, and not the contrary? */
static bool
is_said(struct str text, const char *const *phrases, size_t n)
{
	enum { NEAR = 16 };

	for (size_t i = 0; i < n; i++) {
		size_t at = str_find(text, str_of(phrases[i]));

		if (at < text.len &&
		    !HOLDS_ANY(str_slice(text, at > NEAR ? at - NEAR : 0, at), not))
			return true;
	}
	return false;
}

#define IS_SAID(text, phrases)	is_said(text, phrases, sizeof (phrases) / sizeof *(phrases))

/* What fails= would have to say of this failure, if the text says the same; else NULL. */
static const char *
said_failure(struct str text, const struct cell_result *r)
{
	if (r->end == CELL_UNBUILT)
		return HOLDS_ANY(text, of_compile) ? "compile" : NULL;
	switch (r->outcome->kind) {
	case OUTCOME_CRASH:
		return IS_SAID(text, of_crash) ? "crash" : NULL;
	case OUTCOME_EXIT:
		return IS_SAID(text, of_exit) ? "exit" : NULL;
	case OUTCOME_TIMEOUT:
		return HOLDS_ANY(text, of_timeout) ? "timeout" : NULL;
	case OUTCOME_ERROR:
		return IS_SAID(text, of_crash) ? "error" : NULL;
	case OUTCOME_DONE:
	case OUTCOME_OUTPUT_LIMIT:
	case OUTCOME_MEMORY:
	case OUTCOME_FILE_SIZE:
	case OUTCOME_PROCESSES:
	case OUTCOME_INTERRUPTED:
	case OUTCOME_LOAD:
		break;
	}
	return NULL;
}

/* The comments of a cell, roughly: what stands behind their marks on each line. */
static struct str
comments_of(const struct cell *c, struct arena *a)
{
	char *copy = arena_alloc(a, c->text.len + 1, 1);
	struct str rest = c->text, line;
	size_t n = 0;

	while (str_line(&rest, &line)) {
		size_t slashes = str_find(line, STR("//")), stars = str_find(line, STR("/*"));
		struct str comment = str_slice(line, slashes < stars ? slashes : stars, line.len);

		lower(copy + n, comment);
		n += comment.len;
		copy[n++] = '\n';
	}
	return (struct str){ copy, n };
}

static const char *
expected_failure(const struct cell *c, const struct cell_result *r, struct arena *a)
{
	const struct document *d = c->block->document;
	const struct part *p = c->block->part, *end = d->parts + d->nparts;
	struct str text = d->source.text;
	size_t from = p > d->parts ? p[-1].end : 0, to = p + 1 < end ? p[1].start : text.len;
	struct str above = last_paragraph(str_slice(text, from, p->start));
	struct str below = first_paragraph(str_slice(text, p->end, to));
	const char *said = said_failure(lowered(above, a), r);

	if (!said)
		said = said_failure(lowered(below, a), r);
	return said ? said : said_failure(comments_of(c, a), r);
}

/* ---- of a cell ------------------------------------------------------------------------ */

/* The standard that the compiler asks for; empty: it asks for none. */
static struct str
wanted_standard(const struct cell_result *r)
{
	for (size_t k = 0; k < r->messages.n; k++) {
		struct str text = r->messages.list[k].text;
		size_t at = str_find(text, STR("'-std="));

		if (at < text.len)
			return str_cut(str_slice(text, at + 6, text.len), '\'', &(struct str){0});
		if (str_starts(text, STR("'nullptr' undeclared")) ||
		    holds(text, "unknown type name 'constexpr'"))
			return STR("gnu2x");
	}
	return STR("");
}

/* Does an earlier cell stand in its way? */
static bool
is_in_conflict(const struct cell_result *r)
{
	static const char *const words[] = { "redefinition of", "conflicting types", "redeclared",
		"conflicting declaration" };

	if (r->is_program)
		return true;		/* which is meant to stand for itself */
	for (size_t k = 0; k < r->messages.n; k++)
		if (r->messages.list[k].level == MESSAGE_ERROR && HOLDS_ANY(r->messages.list[k].text, words))
			return true;
	return false;
}

static bool
wants_clang(const struct cell *c)
{
	static const char *const words[] = { "__block ", "_Nonnull", "_Nullable", "overloadable" };

	return HOLDS_ANY(c->text, words);
}

static bool
is_said_already(const struct cell *c, const char *key)
{
	return block_setting(c->block, key) != NULL;
}

static bool
try(bool *tried, struct wish *w, const char *key, struct str value)
{
	*tried = true;
	*w = (struct wish){ str_of(key), value };
	return true;
}

/* What it is, if it cannot be made to run. */
static bool
settle(struct remedies *r, const struct cell *c, const struct cell_result *result, struct wish *w,
    struct arena *a)
{
	const char *failure = expected_failure(c, result, a);
	bool compiles = result->end != CELL_UNBUILT || !complaints_are_own(result);

	for (size_t k = 0; k < result->messages.n; k++)	/* of a header that is missing */
		if (missing_header(result->messages.list[k].text).len > 0)
			compiles = false;
	if (failure)
		return try(&r->is_settled, w, "fails", str_of(failure));
	return try(&r->is_settled, w, "run", compiles ? STR("compile") : STR("false"));
}

/* Its blocker fails as it should, and always will. */
static bool
is_blocked_for_good(const struct notebook *n, const struct cell_result *result)
{
	return result->end == CELL_BLOCKED && result->blocked_by &&
	    n->results[result->blocked_by->number].as_expected;
}

bool
remedy_of_cell(struct remedies *r, const struct notebook *n, const struct cell *c, struct wish *w,
    struct arena *a)
{
	const struct cell_result *result = &n->results[c->number];
	struct str standard;

	if (c->kind == CELL_LUA && result->end != CELL_RAN)
		return false;
	if (c->transcript || is_said_already(c, "fails") || options_find(&c->block->options, "run"))
		return false;
	if (r->is_settled)		/* it was to be compiled, and cannot */
		return result->end == CELL_UNBUILT && try(&r->is_settled, w, "run", STR("false"));
	if (is_blocked_for_good(n, result))
		return try(&r->is_settled, w, "run", STR("compile"));
	if (result->end == CELL_RAN)
		return settle(r, c, result, w, a);
	if (result->end != CELL_UNBUILT)
		return false;
	standard = wanted_standard(result);
	if (!r->standard && standard.len > 0 && !is_said_already(c, "std"))
		return try(&r->standard, w, "std", arena_str(a, standard));
	if (!r->alone && is_in_conflict(result) && !is_said_already(c, "session"))
		return try(&r->alone, w, "session", STR("none"));
	if (!r->compiler && wants_clang(c) && !is_said_already(c, "cc"))
		return try(&r->compiler, w, "cc", STR("clang"));
	return settle(r, c, result, w, a);
}
