#include "runner/output/normalizer.h"

#include <stdint.h>

#include "runner/cell/cell.h"
#include "runner/output/paths.h"
#include "runner/output/pattern.h"
#include "runner/output/printed.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"

enum {
	LONGEST_LINE = 64 << 10,
	MOST_STEPS = 20000000,	/* of all lines of a document: half a second */
	MOST_DIGITS = 17, USUAL_DIGITS = 6,
	SHOWN = 40
};

struct rule {
	struct str name;
	struct place at;
	struct pattern *pattern;
	const struct replacement *replacement;
};

struct normalizers {
	struct map rules;		/* name -> struct rule; data NULL after an error */
	struct marker marker;
	uint64_t steps;
	struct place cell;
	const struct rule *slow;	/* took too long: where, on what */
	struct place slow_at;
	struct buf slow_line;
};

/* ---- substitutions ------------------------------------------------------------------ */

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (str_find_byte(STR("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."), s.data[i]) == 65)
			return false;
	return s.len > 0;
}

/* Up to the next `mark`, which is taken off, too; a backslash takes its meaning away. */
static bool
take_part(struct str *rest, char mark, bool is_pattern, struct str *part, struct arena *a)
{
	struct buf b = {0};
	size_t i = 0;

	for (; i < rest->len && rest->data[i] != mark; i++) {
		bool escapes = rest->data[i] == '\\' && i + 1 < rest->len;

		if (escapes && (is_pattern || rest->data[i + 1] != mark))
			buf_byte(&b, rest->data[i]);
		if (escapes)
			i++;
		buf_byte(&b, rest->data[i]);
	}
	*part = buf_take(&b, a);
	if (i >= rest->len)
		return false;
	*rest = str_slice(*rest, i + 1, rest->len);
	return true;
}

/* "name=s/pattern/text/i", and what stands behind it. */
struct written {
	struct str name, pattern, text;
	bool ignores_case;
};

static bool
take_rule(struct str *rest, struct written *w, struct arena *a)
{
	char mark;

	while (rest->len > 0 && str_is_blank(str_slice(*rest, 0, 1)))
		*rest = str_slice(*rest, 1, rest->len);
	w->name = str_cut(*rest, '=', rest);
	if (!is_name(w->name) || rest->len < 4 || rest->data[0] != 's')
		return false;
	mark = rest->data[1];
	if (str_find_byte(STR("/|,;:!#%@~+=_&"), mark) == 14)
		return false;
	*rest = str_slice(*rest, 2, rest->len);
	if (!take_part(rest, mark, true, &w->pattern, a) || !take_part(rest, mark, false, &w->text, a))
		return false;
	w->ignores_case = false;
	for (; str_starts(*rest, STR("i")) || str_starts(*rest, STR("g")); *rest = str_slice(*rest, 1, rest->len))
		w->ignores_case |= rest->data[0] == 'i';
	return rest->len == 0 || str_is_blank(str_slice(*rest, 0, 1));
}

/* Where its name stands, if that can be told. */
static struct place
place_of_rule(const struct word *w, struct str name)
{
	struct str text;

	if (!w->at.source || w->at.offset == PLACE_FILE)
		return w->at;
	text = str_slice(w->at.source->text, w->at.offset, w->at.source->text.len);
	for (size_t at = 0; at < text.len; at++) {
		struct str after;

		at += str_find(str_slice(text, at, text.len), name);
		after = str_trim(str_slice(text, at + name.len, text.len));
		if (after.len > 0 && str_find_byte(STR("=:"), after.data[0]) < 2)
			return place_of(w->at.source, str_slice(text, at, at + name.len));
	}
	return w->at;
}

static const char *const others[] = { "unordered", "cwd", "none" };
enum { OTHERS = sizeof others / sizeof *others };

static enum mark
find_builtin(struct str name)
{
	for (enum mark m = MARK_PICTURE; m < NMARKS; m++)
		if (str_eq(name, str_of(mark_name(m))))
			return m;
	return NMARKS;
}

static bool
is_builtin(struct str name)
{
	for (size_t i = 0; i < OTHERS; i++)
		if (str_eq(name, str_of(others[i])))
			return true;
	return find_builtin(name) < NMARKS;
}

/* Compile it.  After an error the name stays known, so that nobody complains of that, too. */
static void
add_rule(struct normalizers *all, const struct written *w, struct place at, struct arena *a,
    struct diag *d)
{
	struct rule *r = arena_alloc(a, 1, sizeof *r);
	const struct rule *known = map_get(&all->rules, w->name);
	struct str why = STR("");

	*r = (struct rule){ .name = w->name, .at = at };
	/* a document's takes the place of its project's */
	if (is_builtin(w->name) || (known && known->at.source == at.source)) {
		diag_error(d, STATUS_STRUCTURE, at, "bad-value", is_builtin(w->name) ?
		    "the normalizer '%.*s' is built in: give yours another name" :
		    "the normalizer '%.*s' is there twice", STR_ARG(w->name));
		return;
	}
	if (known)
		pattern_free(known->pattern);
	map_put(&all->rules, r->name, r);
	r->pattern = pattern_new_line(w->pattern, w->ignores_case, a, &why);
	if (!r->pattern) {
		diag_error(d, STATUS_STRUCTURE, at, "bad-pattern",
		    "the pattern '%.*s' cannot be read: %.*s", STR_ARG(w->pattern), STR_ARG(why));
		return;
	}
	r->replacement = replacement_new(w->text, r->pattern, a, &why);
	if (!r->replacement)
		diag_error(d, STATUS_STRUCTURE, at, "bad-replacement",
		    "the text '%.*s' cannot take the place of what is found: %.*s", STR_ARG(w->text),
		    STR_ARG(why));
}

struct normalizers *
normalizers_new(const struct word *rules, size_t n, struct arena *a, struct diag *d)
{
	struct normalizers *all = mem_zalloc(1, sizeof *all);

	for (size_t i = 0; i < n; i++) {
		struct str rest = rules[i].text;

		while (!str_is_blank(rest)) {
			struct str here = rest;
			struct written w;

			if (!take_rule(&rest, &w, a)) {
				diag_error(d, STATUS_STRUCTURE, rules[i].at, "bad-value",
				    "the normalizer '%.*s' must be NAME=s/PATTERN/TEXT/", STR_ARG(here));
				break;
			}
			add_rule(all, &w, place_of_rule(&rules[i], w.name), a, d);
		}
	}
	return all;
}

/* False at the limit. */
static bool
rewrite_lines(const struct rule *r, struct str text, struct arena *a, struct str *made)
{
	enum pattern_answer found = PATTERN_ABSENT;
	struct buf to = {0};
	struct str line;

	while (found != PATTERN_LIMIT && str_line(&text, &line)) {
		if (str_utf8_error(line) < line.len)
			buf_add(&to, line);
		else
			found = pattern_replace(r->pattern, r->replacement, line, &to);
		buf_byte(&to, '\n');
	}
	*made = buf_take(&to, a);
	return found != PATTERN_LIMIT;
}

bool
normalizer_rewrite(const struct word *rules, struct str text, struct arena *a,
    struct str *made, struct diag *d)
{
	struct str left = rules->text;

	while (!str_is_blank(left)) {
		struct normalizers all = {0};
		struct str rest = arena_printf(a, "subst=%.*s", STR_ARG(str_trim(left)));
		const struct rule *r;
		struct written w;
		bool is_whole, is_read = take_rule(&rest, &w, a);

		if (!is_read)
			diag_error(d, STATUS_STRUCTURE, rules->at, "bad-value",
			    "the value '%.*s' of 'subst' must be s/PATTERN/TEXT/, or several of these", STR_ARG(left));
		else
			add_rule(&all, &w, rules->at, a, d);
		r = map_get(&all.rules, STR("subst"));
		is_read = r && r->pattern && r->replacement;
		is_whole = is_read && rewrite_lines(r, text, a, &text);
		if (is_read && !is_whole)
			diag_error(d, STATUS_STRUCTURE, rules->at, "bad-pattern",
			    "the pattern '%.*s' takes too long on a line of the text", STR_ARG(w.pattern));
		if (r)
			pattern_free(r->pattern);
		map_release(&all.rules);
		if (!is_whole)
			return false;
		left = rest;
	}
	*made = text;
	return true;
}

void
normalizers_free(struct normalizers *all)
{
	if (!all)
		return;
	for (const struct map_entry *e = map_first(&all->rules); e; e = map_next(e)) {
		const struct rule *r = map_value(e);

		pattern_free(r->pattern);
	}
	map_release(&all->rules);
	marker_release(&all->marker);
	buf_release(&all->slow_line);
	mem_free(all);
}

/* ---- words of a cell ------------------------------------------------------------------ */

static struct str
nearest(const struct normalizers *all, struct str name)
{
	struct map names = {0};
	struct str near;

	for (enum mark m = MARK_PICTURE; m < NMARKS; m++)
		map_put(&names, str_of(mark_name(m)), NULL);
	for (size_t i = 0; i < OTHERS; i++)
		map_put(&names, str_of(others[i]), NULL);
	for (const struct map_entry *e = map_first(&all->rules); e; e = map_next(e))
		map_put(&names, map_key(e), NULL);
	near = map_nearest(&names, name);
	map_release(&names);
	return near;
}

static bool
complain(const struct normalizers *all, struct str name, struct place at, struct diag *d)
{
	struct str near = nearest(all, str_slice(name, 0, str_find_byte(name, ':')));

	if (near.len > 0)
		diag_error(d, STATUS_STRUCTURE, at, "unknown-normalizer",
		    "there is no normalizer '%.*s'; did you mean '%.*s'?", STR_ARG(name), STR_ARG(near));
	else
		diag_error(d, STATUS_STRUCTURE, at, "unknown-normalizer",
		    "there is no normalizer '%.*s': there are ptr, pid, tid, tmpdir, cwd, time, duration, "
		    "date, uuid, float:DIGITS, unordered, none, and those of 'normalizers'", STR_ARG(name));
	return false;
}

static bool
take_digits(struct normalizing *to, struct str name, struct str digits, struct place at, struct diag *d)
{
	unsigned long n = USUAL_DIGITS;

	if (digits.data && (!str_number(digits, MOST_DIGITS, &n) || n == 0)) {
		diag_error(d, STATUS_STRUCTURE, at, "bad-value",
		    "the digits of '%.*s' must be a number from 1 to %d", STR_ARG(name), MOST_DIGITS);
		return false;
	}
	to->digits = (int)n;
	to->marks |= 1u << MARK_FLOAT;
	return true;
}

static bool
choose(const struct normalizers *all, struct str word, struct normalizing *to, struct place at,
    struct diag *d)
{
	struct str rest = {0}, name = word;
	const struct rule *r = map_get(&all->rules, word);
	enum mark m;

	if (str_find_byte(word, ':') < word.len)
		name = str_cut(word, ':', &rest);
	m = find_builtin(name);
	if (r && r->replacement)
		to->rules[to->nrules++] = r;
	else if (r)
		;				/* told */
	else if (m == MARK_FLOAT)
		return take_digits(to, word, rest, at, d);
	else if (m < NMARKS && !rest.data)
		to->marks |= 1u << m;
	else if (str_eq(word, STR("unordered")))
		to->is_unordered = true;
	else if (str_eq(word, STR("cwd")))
		to->names_folder = true;
	else if (str_eq(word, STR("none")))
		*to = (struct normalizing){ .all = to->all, .rules = to->rules };
	else
		return complain(all, word, at, d);
	return true;
}

bool
normalizers_choose(struct normalizers *all, const struct word *words, size_t n,
    struct normalizing *to, struct arena *a, struct diag *d)
{
	size_t most = 0;
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		most += words[i].text.len + 1;
	*to = (struct normalizing){ .all = all, .rules = arena_alloc(a, most, sizeof *to->rules) };
	for (size_t i = 0; i < n; i++) {
		struct str rest = words[i].text;

		while (rest.len > 0) {
			struct str one = str_cut(rest, ',', &rest);

			if (one.len > 0)
				ok = choose(all, one, to, words[i].at, d) && ok;
		}
	}
	return ok;
}

bool
normalizing_lines(const struct normalizing *how)
{
	return how->marks || how->nrules > 0 || how->folder.len > 0;
}

struct str
normalize_folder(const struct normalizing *how, struct str text, struct arena *a)
{
	const struct path_word word = { how->folder, STR("$PWD") };
	struct buf b = {0};

	if (how->folder.len == 0 || str_find(text, how->folder) == text.len)
		return text;
	paths_replace(&b, text, &word, 1);
	return buf_take(&b, a);
}

/* ---- lines ---------------------------------------------------------------------------- */

static void
remember(struct normalizers *all, const struct rule *r, struct str line)
{
	if (all->slow)
		return;
	all->slow = r;
	all->slow_at = all->cell;
	buf_add(&all->slow_line, str_slice(line, 0, SHOWN));
}

static struct str
substitute(const struct normalizing *how, struct str line, struct arena *a)
{
	struct normalizers *all = how->all;

	for (size_t i = 0; i < how->nrules && line.len <= LONGEST_LINE; i++) {
		const struct rule *r = how->rules[i];
		uint64_t before = pattern_steps(r->pattern);
		enum pattern_answer answer = PATTERN_LIMIT;
		struct buf made = {0};

		if (all->steps < MOST_STEPS)
			answer = pattern_replace(r->pattern, r->replacement, line, &made);
		all->steps += pattern_steps(r->pattern) - before;
		if (answer == PATTERN_LIMIT)
			remember(all, r, line);
		if (answer == PATTERN_FOUND)
			line = buf_take(&made, a);
		buf_release(&made);
	}
	return line;
}

/* Each part becomes one byte; blanks before some are a matter of their width. */
static struct str
collapse(struct str line, const unsigned char *of, struct slot *slots, size_t *n, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < line.len; i++) {
		enum mark m = (enum mark)(of[i] & ~MARK_START);
		size_t end = i + 1;

		if (!m) {
			buf_byte(&b, line.data[i]);
			continue;
		}
		while (end < line.len && of[end] == m)
			end++;
		while (mark_has_width(m) && b.len > 0 && (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '\t'))
			b.len--;
		slots[(*n)++] = (struct slot){ b.len, m, str_slice(line, i, end) };
		buf_byte(&b, (char)(MARK_BYTE + m));
		i = end - 1;
	}
	return buf_take(&b, a);
}

struct str
normalize_line(const struct normalizing *how, struct str line, struct arena *a,
    const struct slot **slots, size_t *nslots)
{
	struct slot *list;
	unsigned char *of;
	size_t n = 0;

	*slots = NULL;
	*nslots = 0;
	if (line.len > LONGEST_LINE || str_utf8_error(line) < line.len)
		return line;
	line = printed_without_bytes(line);	/* they are those of all that does not count, too */
	line = substitute(how, normalize_folder(how, line, a), a);
	if (line.len == 0 || !how->marks)
		return line;
	of = mem_alloc(line.len, 1);
	marker_find(&how->all->marker, how->marks, line, of);
	for (size_t i = 0; i < line.len; i++)
		n += (of[i] & MARK_START) != 0;
	if (n > 0) {
		list = arena_alloc(a, n, sizeof *list);
		line = collapse(line, of, list, nslots, a);
		*slots = list;
	}
	mem_free(of);
	return line;
}

/* ---- what took too long ------------------------------------------------------------------ */

void
normalizers_begin(struct normalizers *all, const struct place *cell)
{
	all->cell = *cell;
}

void
normalizers_report(struct normalizers *all, struct diag *d)
{
	if (all->slow) {
		struct buf line = {0};

		buf_visible(&line, buf_str(&all->slow_line));
		diag_error(d, STATUS_LIMIT, all->slow->at, "slow-normalizer",
		    "the normalizer '%.*s' takes too long on the line '%.*s%s': say it with fewer repetitions",
		    STR_ARG(all->slow->name), STR_ARG(buf_str(&line)),
		    all->slow_line.len == SHOWN ? "..." : "");
		diag_note(d, all->slow_at, "the line is of the output of this cell");
		buf_release(&line);
	}
	all->slow = NULL;
	all->steps = 0;
	buf_clear(&all->slow_line);
}
