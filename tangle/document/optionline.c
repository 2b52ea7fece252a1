#include "tangle/document/optionline.h"

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/document/words.h"
#include "tangle/document/yaml.h"
#include "tangle/project/language.h"
#include "tangle/project/settings.h"

/* Of a line comment: "//", "#", "--", ...; empty if unknown. */
static struct str
language_comment(struct str language)
{
	const struct language *known = language_find(language);

	return known && known->comment ? str_of(known->comment) : (struct str){0};
}

/* A line without its ending. */
static struct str
bare_line(struct str line)
{
	while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* One blank behind the mark belongs to it; more are YAML's indentation. */
static struct str
without_blank(struct str text)
{
	return text.len > 0 && text.data[0] == ' ' ? str_slice(text, 1, text.len) : text;
}

/* The text behind the mark, if the line begins with one. */
static bool
behind_mark(struct str comment, struct str line, struct str *text)
{
	struct str t = str_trim(line);

	if (comment.len > 0 && str_starts(t, comment) &&
	    t.len > comment.len && t.data[comment.len] == '|') {
		*text = without_blank(str_slice(t, comment.len + 1, t.len));
		return true;
	}
	if (str_starts(t, STR("#|")) && !str_eq(comment, STR(";"))) {	/* Lisp's comments */
		*text = without_blank(str_slice(t, 2, t.len));
		return true;
	}
	if (str_starts(t, STR("/*|")) && str_ends(t, STR("*/")) && t.len >= 5) {
		*text = str_trim(str_slice(t, 3, t.len - 2));
		return true;
	}
	return false;
}

/* ---- what stands behind the marks ------------------------------------------ */

/* "key: value" or "key:"; sets both. */
static bool
is_pair(struct str text, struct str *key, struct str *value)
{
	size_t colon = str_find_byte(text, ':');

	*key = str_slice(text, 0, colon);
	*value = str_trim(str_slice(text, colon + 1, text.len));
	return colon < text.len && words_is_key(*key) &&
	    (colon + 1 == text.len || text.data[colon + 1] == ' ' || text.data[colon + 1] == '\t');
}

/* knitr's other way: key=value, key=value. */
static bool
is_words(struct str text)
{
	size_t equals = str_find_byte(text, '=');

	return equals < text.len && words_is_key(str_trim(str_slice(text, 0, equals)));
}

/* Does it mean in YAML what it says?  Quotes around it are seen to. */
static bool
is_plain(struct str *value)
{
	struct str v = *value;

	if (v.len == 0 || str_find(v, STR(" #")) < v.len)
		return false;
	if (v.data[0] == '"' || v.data[0] == '\'') {
		char quote = v.data[0];

		v = str_slice(v, 1, v.len - 1);
		*value = v;
		return value->len + 2 >= 2 && v.data[v.len] == quote &&
		    str_find_byte(v, quote) == v.len && str_find_byte(v, '\\') == v.len;
	}
	return str_find_byte(STR("[{|>&!#"), v.data[0]) == STR("[{|>&!#").len;
}

struct reader {
	struct options *to;
	const struct source *source;
	struct diag *diag;
	struct str *lines;		/* behind the marks */
	size_t n;
	bool ours;			/* say what is wrong */
};

/* Most option lines are plain: they need no YAML. */
static bool
read_plainly(struct reader *r)
{
	struct str key, value;

	for (size_t i = 0; i < r->n; i++)
		if (!is_pair(r->lines[i], &key, &value) || !is_plain(&value))
			return false;
	for (size_t i = 0; i < r->n; i++) {
		is_pair(r->lines[i], &key, &value);
		is_plain(&value);
		options_add(r->to, (struct option){ .key = key, .value = value,
		    .at = place_of(r->source, str_trim(r->lines[i])) }, r->diag);
	}
	return true;
}

static bool
read_words(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!is_words(r->lines[i]))
			return false;
	for (size_t i = 0; i < r->n; i++) {
		struct words w = { .source = r->source, .to = r->to, .diag = r->diag,
		    .rest = r->lines[i], .ours = r->ours, .comma = true, .ok = true };

		for (words_skip(&w); w.rest.len > 0; words_skip(&w))
			if (words_option(&w) != WORD_TAKEN)
				break;
	}
	return true;
}

static void
read_lines(struct reader *r)
{
	struct yaml y = { .source = r->source, .lines = r->lines, .nlines = r->n,
	    .what = "what the option lines say", .id = "broken-options", .quiet = !r->ours };
	struct str key, value;

	if (r->n == 0 || read_plainly(r) || read_words(r))
		return;
	for (size_t i = 0; i < r->n && r->ours; i++) {
		bool goes_on = i > 0 && (r->lines[i].len == 0 ||
		    str_find_byte(STR(" \t-]}"), r->lines[i].data[0]) < 5);

		if (is_pair(r->lines[i], &key, &value) || goes_on)
			continue;
		diag_error(r->diag, STATUS_STRUCTURE, place_of(r->source, r->lines[i]),
		    "broken-options", "an option line has the form 'key: value'");
		return;
	}
	yaml_read(r->to, &y, r->diag);
}

/* ---- MyST -------------------------------------------------------------------- */

/* :key: value */
static bool
is_field(struct str line, struct str *key, struct str *value)
{
	line = str_trim(line);
	if (line.len < 3 || line.data[0] != ':')
		return false;
	*key = str_cut(str_slice(line, 1, line.len), ':', value);
	*value = str_trim(*value);
	return words_is_key(*key) && (*key).len + 1 < line.len;
}

/* Some of a notebook's tags say what our options say. */
static void
read_tags(struct reader *r)
{
	static const struct {
		const char *tag, *key, *value;
	} tags[] = {
		{ "raises-exception", "fails", "allowed" }, { "skip-execution", "run", "false" },
		{ "remove-input", "show", "output value" }, { "remove-output", "show", "code" },
		{ "remove-cell", "show", "nothing" },
	};
	const struct option *o = options_find(r->to, "tags");
	const struct str *words;
	struct str list;
	struct option o2;
	size_t n;

	if (!o)
		return;
	o2 = *o;
	list = o2.value;
	if (!o2.is_list && list.len > 1 && list.data[0] == '[')
		o2.value = str_slice(list, 1, list.len - 1);
	n = option_words(&o2, r->to->arena, &words);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof tags / sizeof *tags; k++) {
			struct str word = words[i];

			while (word.len > 0 && str_find_byte(STR(",\"'"), word.data[word.len - 1]) < 3)
				word.len--;
			while (word.len > 0 && str_find_byte(STR("\"'"), word.data[0]) < 2)
				word = str_slice(word, 1, word.len);
			if (str_eq(word, str_of(tags[k].tag)))
				options_add(r->to, (struct option){ .key = str_of(tags[k].key),
				    .value = str_of(tags[k].value), .at = o2.at }, r->diag);
		}
}

static bool
is_rule(struct str line)
{
	return str_eq(str_trim(bare_line(line)), STR("---"));
}

/* YAML between two rules; how many lines, 0 if there is no end. */
static size_t
read_ruled(struct reader *r, struct body body)
{
	struct body rest = body;
	struct str line, first;
	size_t n = 0;

	body_line(&rest, &first);
	while (body_line(&rest, &line) && !is_rule(line))
		n++;
	if (n + 1 >= body.nlines) {
		if (r->ours)
			diag_error(r->diag, STATUS_STRUCTURE, place_of(r->source, bare_line(first)),
			    "broken-options", "these options are not closed: end them with a line of ---");
		return 0;
	}
	r->lines = arena_alloc(r->to->arena, n, sizeof *r->lines);
	rest = body_after(body, 1);
	while (r->n < n && body_line(&rest, &line))
		r->lines[r->n++] = bare_line(line);
	read_lines(r);
	return n + 2;
}

static size_t
read_fields(struct reader *r, struct body body)
{
	struct str line, key, value;
	size_t n = 0;

	for (; body_line(&body, &line) && is_field(bare_line(line), &key, &value); n++)
		options_add(r->to, (struct option){ .key = key, .value = value.len ? value : STR("true"),
		    .is_bare = value.len == 0, .at = place_of(r->source, str_trim(bare_line(line))) },
		    r->diag);
	return n;
}

/* One blank line below the options is layout. */
static size_t
read_directive(struct reader *r, struct body body)
{
	struct body rest = body;
	struct str line;
	size_t n;

	if (!body_line(&rest, &line))
		return 0;
	n = is_rule(line) ? read_ruled(r, body) : read_fields(r, body);
	read_tags(r);
	rest = body_after(body, n);
	return n > 0 && body_line(&rest, &line) && str_is_blank(line) ? n + 1 : n;
}

/* ---- both ---------------------------------------------------------------------- */

/* A comment that only looks like an option line begins with no key. */
static bool
begins_with_key(const struct reader *r, struct str text)
{
	struct str key, value;

	return is_pair(text, &key, &value) || is_words(text) || (r->to->n > 0 && r->ours);
}

static size_t
read_marked(struct reader *r, struct str comment, struct body body)
{
	struct body rest = body;
	struct str line, text, first = {0};
	size_t n = 0;

	for (; body_line(&rest, &line) && behind_mark(comment, bare_line(line), &text); n++)
		if (n == 0)
			first = text;
	if (n == 0 || !begins_with_key(r, first))
		return 0;
	r->lines = arena_alloc(r->to->arena, n, sizeof *r->lines);
	for (r->n = 0; r->n < n && body_line(&body, &line); r->n++)
		behind_mark(comment, bare_line(line), &r->lines[r->n]);
	read_lines(r);
	return n;
}

/* So many lines below the top are looked at: an option line there is a mistake. */
enum { LATE_LINES = 16 };

static void
warn_of_late(const struct reader *r, struct str comment, struct body body)
{
	struct str line, text, key, value;

	for (size_t n = 0; n < LATE_LINES && body_line(&body, &line); n++) {
		if (!behind_mark(comment, bare_line(line), &text) || !is_pair(text, &key, &value))
			continue;
		key = setting_key(r->to->arena, key);
		if (!setting_find(key) && !setting_alias(&key, &value))
			continue;
		diag_warning(r->diag, place_of(r->source, str_trim(bare_line(line))), "late-option",
		    "this is only a comment: option lines stand at the top of a block");
		return;
	}
}

size_t
optionlines_read(struct options *to, const struct source *s, const struct info *info,
    struct body body, bool ours, struct diag *d)
{
	struct reader r = { .to = to, .source = s, .diag = d, .ours = ours };
	struct str comment = info->comment.len > 0 ? info->comment : language_comment(info->language);
	size_t n = info->is_directive ? read_directive(&r, body) : 0;

	n += read_marked(&r, comment, body_after(body, n));
	if (ours)
		warn_of_late(&r, comment, body_after(body, n));
	return n;
}
