#include "runner/output/compare.h"

#include "runner/output/align.h"
#include "runner/output/binding.h"
#include "runner/output/line.h"
#include "runner/output/output.h"
#include "runner/output/unordered.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

/* ---- errors ---------------------------------------------------------------------- */

/* The next line up to what explains it: "crashed", "line 4", "exit status 3". */
static struct str
take_head(struct str *rest)
{
	struct str line = STR("");

	if (output_line(rest, &line))
		line = str_slice(line, 0, str_find(line, STR(": ")));
	return str_trim(line);
}

enum comparison
compare_error(struct str recorded, struct str made, struct str *text)
{
	struct str a = recorded, b = made;

	if (str_eq(take_head(&a), take_head(&b)) && str_eq(take_head(&a), take_head(&b))) {
		*text = recorded;
		return COMPARISON_SAME;
	}
	*text = made;
	return COMPARISON_DIFFERS;
}

/* ---- outputs --------------------------------------------------------------------- */

static bool
is_same(struct str a, struct str b)
{
	struct lines x = {0}, y = {0};
	bool same;

	if (str_eq(a, b))
		return true;
	lines_read(&x, a, false, NULL, NULL);
	lines_read(&y, b, false, NULL, NULL);
	same = x.n == y.n;
	for (size_t i = 0; same && i < x.n; i++)
		same = str_eq(x.list[i].text, y.list[i].text);
	lines_release(&x);
	lines_release(&y);
	return same;
}

static void
add_made(struct buf *to, const struct comparing *how, struct str line)
{
	if (how->literally)
		buf_add(to, line);
	else
		line_written(to, line);
	buf_byte(to, '\n');
}

struct str
compare_written(const struct comparing *how, struct str made, struct arena *a)
{
	struct buf b = {0};
	struct str line;

	made = normalize_folder(&how->normalizing, made, a);
	while (output_line(&made, &line))
		add_made(&b, how, line);
	return buf_take(&b, a);
}

/* Do all lines that stay say just what was made? */
static bool
is_plain(const struct way *w, const struct lines *recorded, const struct lines *made)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].fate != FATE_STAYS || w->list[i].recorded != w->list[i].made ||
		    !str_eq(recorded->list[i].text, made->list[i].text))
			return false;
	return true;
}

static bool
is_whole(const struct way *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].fate == FATE_GOES || w->list[i].fate == FATE_NEW)
			return false;
	return true;
}

/* Lines that stay, as they are, and new ones in the places of those that went. */
static struct str
merge(const struct comparing *how, const struct way *w, const struct lines *recorded,
    const struct lines *made, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < w->n; i++) {
		const struct way_step *s = &w->list[i];

		if (s->fate == FATE_NEW)
			add_made(&b, how, made->list[s->made].raw);
		else if (s->fate != FATE_GOES) {
			buf_add(&b, recorded->list[s->recorded].raw);
			buf_byte(&b, '\n');
		}
	}
	return buf_take(&b, a);
}

static void
find_way(struct way *w, const struct comparing *how, const struct lines *recorded,
    const struct lines *made)
{
	if (how->normalizing.is_unordered) {
		unordered_align(w, recorded, made);
		return;
	}
	if (!align_whole(w, recorded, made))
		align(w, recorded, made);
	if (normalizing_lines(&how->normalizing))
		binding_apply(w, recorded, made);
}

/* Would it be found the same the next time? */
static bool
holds(const struct comparing *how, struct str text, const struct lines *made, struct arena *a)
{
	struct lines again = {0};
	struct way w = {0};
	bool ok;

	lines_read(&again, text, !how->literally, &how->normalizing, a);
	find_way(&w, how, &again, made);
	ok = is_whole(&w);
	way_release(&w);
	lines_release(&again);
	return ok;
}

static enum comparison
compare_lines(const struct comparing *how, struct str recorded, struct str made, struct arena *a,
    struct str *text)
{
	struct lines before = {0}, now = {0};
	struct way w = {0};
	enum comparison found = COMPARISON_DIFFERS;

	lines_read(&before, recorded, !how->literally, &how->normalizing, a);
	lines_read(&now, made, false, &how->normalizing, a);
	find_way(&w, how, &before, &now);
	if (is_whole(&w)) {
		found = is_plain(&w, &before, &now) ? COMPARISON_SAME : COMPARISON_BY_PATTERN;
	} else {
		*text = merge(how, &w, &before, &now, a);
		if (!holds(how, *text, &now, a))
			*text = compare_written(how, made, a);
	}
	way_release(&w);
	lines_release(&before);
	lines_release(&now);
	return found;
}

/* Lines that are compared as `normal`, and written as they are in `text`; false if it has others. */
static bool
read_normal(struct lines *l, const struct comparing *how, struct str text, struct str normal,
    bool patterns, struct arena *a)
{
	struct lines raw = {0};
	bool ok;

	lines_read(l, normal, patterns, &how->normalizing, a);
	lines_read(&raw, text, false, NULL, NULL);
	ok = raw.n == l->n;
	for (size_t i = 0; ok && i < l->n; i++)
		l->list[i].raw = raw.list[i].raw;
	lines_release(&raw);
	return ok;
}

static bool
holds_normal(const struct comparing *how, struct str text, const struct lines *made, struct arena *a)
{
	struct str normal;

	return how->normalize(how->arg, how->stream, text, &normal, a) && holds(how, normal, made, a);
}

/*
 * The same texts, as somebody else has them normalised.  Lines that he leaves in their
 * places can be told apart, so that those which differ are written, and no others.
 */
static enum comparison
compare_normal(const struct comparing *how, struct str recorded, struct str made, struct arena *a,
    struct str *text)
{
	struct lines before = {0}, now = {0};
	struct way w = {0};
	struct str r, m, merged;
	enum comparison found = COMPARISON_BY_PATTERN;
	bool in_place;

	if (!how->normalize(how->arg, how->stream, recorded, &r, a) ||
	    !how->normalize(how->arg, how->stream, made, &m, a)) {
		*text = recorded;
		return COMPARISON_SAME;
	}
	in_place = read_normal(&before, how, recorded, r, !how->literally, a);
	in_place = read_normal(&now, how, made, m, false, a) && in_place;
	find_way(&w, how, &before, &now);
	if (is_whole(&w)) {
		*text = recorded;
	} else {
		found = COMPARISON_DIFFERS;
		merged = in_place ? merge(how, &w, &before, &now, a) : STR("");
		if (in_place && holds_normal(how, merged, &now, a))
			*text = merged;
	}
	way_release(&w);
	lines_release(&before);
	lines_release(&now);
	return found;
}

enum comparison
compare_texts(const struct comparing *how, struct str recorded, struct str made, struct arena *a,
    struct str *text)
{
	enum comparison found;

	made = normalize_folder(&how->normalizing, made, a);
	*text = recorded;
	if (is_same(recorded, made))
		return COMPARISON_SAME;
	found = compare_lines(how, recorded, made, a, text);
	return found == COMPARISON_DIFFERS && how->normalize ?
	    compare_normal(how, recorded, made, a, text) : found;
}

/* ---- what stands below a cell --------------------------------------------------------- */

/* A kind that was not printed is still what a pattern may stand for. */
static enum comparison
compare_absent(const struct comparing *how, struct str recorded, struct arena *a)
{
	struct str text;

	return compare_texts(how, recorded, STR(""), a, &text) == COMPARISON_BY_PATTERN ?
	    COMPARISON_BY_PATTERN : COMPARISON_DIFFERS;
}

static enum comparison
compare_kind(const struct comparing *how, enum fence kind, const struct fences *recorded,
    struct fences *made, struct arena *a)
{
	struct str *text = &made->text[kind];
	enum comparison found = COMPARISON_DIFFERS;

	if (recorded->present[kind] && made->present[kind]) {
		if (kind == FENCE_ERROR)
			return compare_error(recorded->text[kind], *text, text);
		return compare_texts(how, recorded->text[kind], *text, a, text);
	}
	if (made->present[kind] && kind != FENCE_ERROR)
		*text = compare_written(how, *text, a);
	if (recorded->present[kind] && kind != FENCE_ERROR)
		found = compare_absent(how, recorded->text[kind], a);
	if (found == COMPARISON_BY_PATTERN) {
		*text = recorded->text[kind];
		made->present[kind] = true;
	}
	return made->present[kind] || recorded->present[kind] ? found : COMPARISON_NONE;
}

enum comparison
compare_fences(const struct comparing *how, const struct fences *recorded, struct fences *made,
    struct arena *a, enum comparison found[NFENCES])
{
	enum comparison worst = COMPARISON_SAME;
	struct comparing of = *how;

	for (enum fence kind = 0; kind < NFENCES; kind++) {
		of.stream = kind == FENCE_STDERR ? "stderr" : "stdout";
		found[kind] = compare_kind(&of, kind, recorded, made, a);
		if (found[kind] > worst)
			worst = found[kind];
	}
	return worst;
}
