#include "tangle/document/chunk.h"

#include "tangle/base/diag.h"
#include "tangle/document/collect.h"
#include "tangle/document/document.h"
#include "tangle/document/structure.h"

#ifndef CHUNK_USUAL
#define CHUNK_USUAL	(64 << 10)	/* smaller in the build with hostile sizes */
#endif

enum {
	USUAL = CHUNK_USUAL,	/* of skeleton, if no better end is found before */
	LARGEST = 8 << 20	/* of skeleton in one block: libcmark needs up to 160 times that */
};

void
chunk_release(struct chunk *c)
{
	skeleton_release(&c->skeleton);
}

/* ---- leaves -> parts -------------------------------------------------------- */

/*
 * How much of a line of the skeleton stands before the text of its leaf, which
 * libcmark shows as `shown`.  Mostly that is just its end; but where a tab
 * reaches into the text it shows blanks for the rest of the tab.
 */
static size_t
cut_of(struct str line, struct str shown)
{
	size_t at = 0;

	if (str_ends(line, shown))
		return line.len - shown.len;
	for (; at < line.len; at++) {
		struct str rest = str_slice(line, at + 1, line.len), text = shown;

		if (line.data[at] != '\t')
			continue;
		for (int blanks = 0; blanks < 4 && str_starts(text, STR(" ")); blanks++) {
			text = str_slice(text, 1, text.len);
			if (str_eq(text, rest))
				return at + 1;
		}
	}
	return 0;
}

/* Collect the raw lines that one of the skeleton stands for. */
static void
take_raw(struct chunk *c, size_t line, size_t cut)
{
	struct str text = c->collect->d->source.text, raw;
	struct line_cursor at = { text, skeleton_raw(&c->skeleton, line) };

	at.text.len = skeleton_raw(&c->skeleton, line + 1);
	while (line_next(&at, &raw))
		collect_line(c->collect, raw, cut);
}

/* Collect the lines of a leaf; returns how many of the skeleton they are. */
static size_t
take_lines(struct chunk *c, size_t first, struct str literal)
{
	struct str shown;
	size_t n = 0;

	while (str_line(&literal, &shown)) {
		take_raw(c, first + n, cut_of(skeleton_line(&c->skeleton, first + n), shown));
		n++;
	}
	return n;
}

static struct str
raw_line(const struct chunk *c, size_t line)
{
	return str_slice(c->collect->d->source.text, skeleton_raw(&c->skeleton, line),
	    skeleton_raw(&c->skeleton, line + 1));
}

/*
 * libcmark has no way to ask whether a code block is fenced.  One that is begins
 * with the fence, and shows the line below it; an indented one begins with a
 * blank, or with what it shows first.  The two could only be alike if a closing
 * fence came next.
 */
static bool
is_fenced(struct str head, const struct leaf *leaf)
{
	struct str literal = leaf->literal, line = {0};

	if (line_fence_run(head) < 3)
		return false;
	str_line(&literal, &line);
	return leaf->info.len > 0 || !str_eq(line, head);
}

static bool
take_fence(struct chunk *c, const struct leaf *leaf)
{
	const struct skeleton *s = &c->skeleton;
	size_t at = leaf->column - 1, end;
	struct str raw = line_text(raw_line(c, leaf->first)), below;
	struct part p = { .in_container = leaf->in_container };

	if (!is_fenced(str_slice(skeleton_line(s, leaf->first), at, (size_t)-1), leaf))
		return false;
	end = leaf->first + 1 + take_lines(c, leaf->first + 1, leaf->literal);
	below = skeleton_line(s, end);
	/* a fence behind the end of the container opens a block of its own */
	p.closed = line_closes(below, str_slice(raw, at, raw.len), &p.prefix) && leaf->next != end;
	p.prefix = p.closed ? str_slice(raw_line(c, end), 0, p.prefix.len) : str_slice(raw, 0, at);
	p.start = skeleton_raw(s, leaf->first);
	p.end = skeleton_raw(s, p.closed ? end + 1 : end);
	collect_fence(c->collect, &p, str_slice(raw, at, raw.len), leaf->follows);
	return true;
}

/* The last one that a line of the skeleton stands for. */
static struct str
last_raw_line(const struct chunk *c, size_t line)
{
	struct line_cursor at = { raw_line(c, line), 0 };
	struct str raw = {0};

	while (line_next(&at, &raw))
		;
	return raw;
}

static bool
take_comment(struct chunk *c, const struct leaf *leaf)
{
	struct part p = { .in_container = leaf->in_container };
	size_t end;

	if (!str_starts(str_trim(leaf->literal), STR("<!--")))
		return false;
	end = leaf->first + take_lines(c, leaf->first, leaf->literal);
	p.prefix = line_marks(last_raw_line(c, end - 1));
	p.start = skeleton_raw(&c->skeleton, leaf->first);
	p.end = skeleton_raw(&c->skeleton, end);
	return collect_comment(c->collect, &p, leaf->follows);
}

static bool
visit(void *arg, const struct leaf *leaf)
{
	return leaf->is_code ? take_fence(arg, leaf) : take_comment(arg, leaf);
}

/* ---- pieces --------------------------------------------------------------- */

/* Does a paragraph, heading, break, comment or fence of the outermost level look likely? */
static bool
is_likely_end(const struct skeleton *s, bool after_blank)
{
	struct str line = skeleton_line(s, s->n);
	enum line_shape shape = line_shape(line);

	if (line.len == 0)
		return false;
	return after_blank && s->n > 1 && line.data[0] != ' ' && line.data[0] != '\t' &&
	    (shape == LINE_TEXT || shape == LINE_HEADING ||
	    shape == LINE_FENCE || shape == LINE_RULE || str_starts(line, STR("<!--")));
}

static bool
report_deep(const struct chunk *c, size_t at)
{
	diag_error(c->diag, STATUS_LIMIT, (struct place){ &c->collect->d->source, at, 1 }, "too-deep",
	    c->skeleton.nesting > SKELETON_DEEPEST ?
	    "lists and quotes are nested more than %d deep" :
	    "lists and quotes are nested hundreds deep on too many lines; it could be %d on a few",
	    SKELETON_DEEPEST);
	return false;
}

/* The skeleton from `at` on: at least so much, and to a likely end if one is near. */
static bool
fill(struct chunk *c, size_t at, size_t least)
{
	struct skeleton *s = &c->skeleton;
	struct str text = c->collect->d->source.text;
	struct line_cursor lines = { text, at };
	size_t most = least + USUAL;

	skeleton_clear(s);
	while (lines.at < text.len && s->text.len < most) {
		size_t here = lines.at;
		bool after_blank = s->after_blank;

		if (!skeleton_add(s, &lines))
			return report_deep(c, here);
		if (s->text.len >= least && is_likely_end(s, after_blank))
			break;
	}
	return true;
}

static bool
report_large(const struct chunk *c, size_t at)
{
	diag_error(c->diag, STATUS_LIMIT, (struct place){ &c->collect->d->source, at, 1 }, "too-long",
	    "this list, quote or HTML is too long: put a paragraph in between, or use several documents");
	return false;
}

bool
chunk_read(struct chunk *c, size_t *at)
{
	struct skeleton *s = &c->skeleton;
	size_t least = 0, open;

	do {
		struct structure *tree;

		if (least > LARGEST)
			return report_large(c, *at);
		if (!fill(c, *at, least))
			return false;
		tree = structure_parse(buf_str(&s->text));
		open = skeleton_raw(s, s->n + 1) < c->collect->d->source.text.len ?
		    structure_open_from(tree) : s->n + 1;
		if (open > 1)
			structure_walk(tree, open, visit, c);
		structure_free(tree);
		least = 2 * s->text.len;
	} while (open <= 1);
	*at = skeleton_raw(s, open);
	return true;
}
