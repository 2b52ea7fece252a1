#include "tangle/document/attempt.h"

#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/document/words.h"

/* Too deep for a fence: a tab, or this many blanks. */
enum { CODE_INDENT = 4 };

static size_t
line_start(struct str text, size_t at)
{
	while (at > 0 && text.data[at - 1] != '\n' && text.data[at - 1] != '\r')
		at--;
	return at;
}

static struct str
line_at(struct str text, size_t at)
{
	struct str line = str_slice(text, at, text.len);

	line = str_slice(line, 0, str_find_byte(line, '\n'));
	return str_ends(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
}

/* How deep a line is indented behind the marks of quotes, and how many bytes that takes. */
static size_t
indentation(struct str line, size_t *bytes)
{
	size_t columns = 0, i;

	for (i = 0; i < line.len; i++) {
		if (line.data[i] == '>')
			columns = 0;
		else if (line.data[i] == ' ' || line.data[i] == '\t')
			columns += line.data[i] == '\t' ? CODE_INDENT : 1;
		else
			break;
	}
	*bytes = i;
	return columns;
}

/* The line from its fence characters on, if it begins with three or more of them. */
static bool
is_fence(struct str line, size_t *columns, struct str *head, struct str *info)
{
	size_t at, run = 0;

	*columns = indentation(line, &at);
	*head = str_slice(line, at, line.len);
	while (run < head->len && head->data[run] == head->data[0] &&
	    (head->data[0] == '`' || head->data[0] == '~'))
		run++;
	*info = str_trim(str_slice(*head, run, head->len));
	return run >= 3;
}

/* ---- between the blocks ------------------------------------------------------- */

static void
check_fence(const struct source *s, struct str line, struct diag *d)
{
	struct str head, info;
	size_t columns;

	if (!is_fence(line, &columns, &head, &info) || !words_look_like_ours(info))
		return;
	if (head.data[0] == '`' && str_find_byte(info, '`') < info.len)
		diag_warning(d, place_of(s, head), "not-a-fence",
		    "this is no fence, since a backtick stands behind it: use ~~~");
	else if (columns >= CODE_INDENT)
		diag_warning(d, place_of(s, head), "not-a-fence",
		    "this is no fence, since four or more blanks stand before it: indent it less");
	else
		diag_warning(d, place_of(s, head), "not-a-fence",
		    "this is no fence, but text of the HTML above: leave a line blank before it");
}

/* Words that only options have behind the misspelt word. */
static bool
speaks_of_blocks(struct str text)
{
	struct str first = str_word(&text);

	return words_look_like_ours(first) || str_find_byte(first, '=') < first.len ||
	    str_eq(first, STR("cell")) || str_eq(first, STR("begin")) || str_eq(first, STR("end"));
}

/* Inside `code`, as this very comment might be, it is only spoken of. */
static bool
is_quoted(struct str text, size_t at)
{
	bool quoted = false;

	for (size_t i = line_start(text, at); i < at; i++)
		if (text.data[i] == '`')
			quoted = !quoted;
	return quoted;
}

static void
check_comment(const struct source *s, size_t at, struct diag *d)
{
	struct str rest = str_slice(s->text, at + 4, s->text.len), word;
	bool exact;

	rest = str_trim(str_slice(rest, 0, str_find(rest, STR("-->"))));
	word = str_word(&rest);
	exact = str_eq(word, STR("skein:"));
	if ((!exact && (str_distance(word, STR("skein:"), 2) > 2 || !speaks_of_blocks(rest))) ||
	    is_quoted(s->text, at))
		return;
	diag_warning(d, place_of(s, word), "stray-comment", exact ?
	    "this comment stands within text: put it on a line of its own, with a blank line before" :
	    "this looks like a comment for skein: write <!-- skein: with a colon and a blank");
}

/* What stands between two blocks; comments there are skipped. */
static void
check_gap(const struct source *s, size_t from, size_t to, struct diag *d)
{
	while (from < to) {
		struct str gap = str_slice(s->text, from, to);
		size_t ticks = str_find(gap, STR("```")), tildes = str_find(gap, STR("~~~"));
		size_t fence = ticks < tildes ? ticks : tildes, comment = str_find(gap, STR("<!--"));

		if (comment < fence) {
			struct str behind = str_slice(gap, comment, gap.len);

			check_comment(s, from + comment, d);
			from += comment + str_find(behind, STR("-->")) + 3;
			continue;
		}
		if (fence == gap.len)
			return;
		check_fence(s, line_at(s->text, line_start(s->text, from + fence)), d);
		gap = line_at(s->text, from + fence);
		from = place_of(s, gap).offset + gap.len + 1;
	}
}

/* ---- within the blocks ---------------------------------------------------------- */

static bool
is_of_c(const struct block *b)
{
	return str_eq(b->language, STR("c")) || block_is_cxx(b);
}

/*
 * A fence inside a fence, with words behind it: the closing line above is
 * missing, or this was meant to be one.
 */
static void
check_swallowed(const struct block *b, struct diag *d)
{
	const struct source *s = &b->document->source;
	struct str mark = b->part->head.data[0] == '~' ? STR("~~~") : STR("```"), head, info;
	size_t open = 0, columns, at = b->part->start + b->part->head.len;
	struct str text = str_slice(s->text, 0, b->part->end);

	while (open < b->part->head.len && b->part->head.data[open] == mark.data[0])
		open++;
	for (;;) {
		struct str line;
		size_t run = 0;

		at += str_find(str_slice(text, at, text.len), mark);
		if (at >= text.len)
			return;
		line = line_at(text, line_start(text, at));
		at = place_of(s, line).offset + line.len;
		if (!is_fence(line, &columns, &head, &info) || columns >= CODE_INDENT ||
		    head.data[0] != mark.data[0] || info.len == 0 || str_find_byte(info, '`') < info.len)
			continue;
		while (run < head.len && head.data[run] == mark.data[0])
			run++;
		if (run < open || !(is_of_c(b) || b->file.len > 0 || words_look_like_ours(info)))
			continue;
		diag_warning(d, place_of(s, head), "fence-in-block",
		    "this fence stands within a block: close that one above, or put nothing behind a closing fence");
		diag_note(d, b->at, "the block begins here");
		return;
	}
}

/* Bidirectional controls make text look other than it is (CVE-2021-42574). */
static bool
is_bidi(struct str s)
{
	return s.len >= 3 && s.data[0] == '\xE2' &&
	    ((s.data[1] == '\x80' && (unsigned char)s.data[2] >= 0xAA && (unsigned char)s.data[2] <= 0xAE) ||
	    (s.data[1] == '\x81' && (unsigned char)s.data[2] >= 0xA6 && (unsigned char)s.data[2] <= 0xA9));
}

static void
check_bidi(const struct block *b, struct diag *d)
{
	const struct source *s = &b->document->source;
	struct str text = str_slice(s->text, b->part->start, b->part->end);

	for (size_t at; (at = str_find_byte(text, '\xE2')) < text.len; text = str_slice(text, 1, text.len)) {
		text = str_slice(text, at, text.len);
		if (!is_bidi(text))
			continue;
		diag_warning(d, place_of(s, str_slice(text, 0, 3)), "bidi-control",
		    "an invisible character here changes the direction of text: what is shown is not what the compiler reads");
		return;
	}
}

void
attempts_report(const struct blocks *b, struct diag *d)
{
	const struct document *doc = b->document;
	size_t from = doc->body;

	for (size_t i = 0; i < doc->nparts; i++) {
		if (doc->parts[i].start > from)
			check_gap(&doc->source, from, doc->parts[i].start, d);
		from = doc->parts[i].end;
	}
	check_gap(&doc->source, from, doc->source.text.len, d);
	for (size_t i = 0; i < b->n; i++) {
		if (b->list[i].is_output || b->list[i].is_hidden)
			continue;
		check_swallowed(&b->list[i], d);
		check_bidi(&b->list[i], d);
	}
}
