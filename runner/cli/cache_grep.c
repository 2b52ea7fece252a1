#define _POSIX_C_SOURCE 200809L	/* isatty */
#include <unistd.h>

#include "runner/cache/folder.h"
#include "runner/cli/aspect.h"
#include "runner/cli/command.h"
#include "runner/cli/exhibit.h"
#include "runner/output/pattern.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/base/json.h"
#include "tangle/base/map.h"

static void grep(struct invocation *i);

const struct command cache_grep = {
	.name = "cache grep",
	.args = "PATTERN [KEY | DOC#CELL | DOC]",
	.summary = "search sources, headers, logs and symbols of what is kept",
	.flags = FLAGS_OF(FLAG_JSON, FLAG_ASPECTS, FLAG_LINE_NUMBER, FLAG_COUNT, FLAG_FILES,
	    FLAG_IGNORE_CASE, FLAG_CONTEXT, FLAG_FIXED),
	.least = 1,
	.run = grep,
};

enum { LARGEST_HEADER = 64 << 20, MOST_CONTEXT = 1000 };

#define RED	"\033[1;31m"
#define PLAIN	"\033[0m"

struct searching {
	struct invocation *invocation;
	struct folder *folder;
	struct arena arena;		/* of the whole search */
	struct arena scratch;		/* of one entry */
	struct pattern *pattern;
	unsigned set;			/* of aspects */
	size_t context;
	bool colors;
	struct map headers;		/* those that were searched */
	size_t nstale;			/* headers that are not as they were */
	size_t nfound;
	struct buf out;
};

/* What is searched: an entry's side, or a header, which many entries may share. */
struct text {
	const struct exhibit *kept;
	enum aspect what;
	struct str name;		/* for people: the label, or the header's path */
	struct str bytes;
};

/* ---- lines --------------------------------------------------------------------------------- */

static bool
is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

static void
put_plain(struct str s, struct buf *to)
{
	if (is_terminal())
		buf_visible(to, s);
	else
		buf_add(to, s);
}

/* The line, with what matches in colour. */
static void
put_text(const struct searching *s, struct str line, struct buf *to)
{
	size_t at = 0, start, end;

	while (s->colors && at < line.len &&
	    pattern_find(s->pattern, line, at, &start, &end) == PATTERN_FOUND && end > start) {
		put_plain(str_slice(line, at, start), to);
		buf_add(to, STR(RED));
		put_plain(str_slice(line, start, end), to);
		buf_add(to, STR(PLAIN));
		at = end;
	}
	put_plain(str_slice(line, at, line.len), to);
	buf_byte(to, '\n');
}

/* "c25c586bcfbc notes.md#use src:4:" with '-' for lines of context */
static void
put_head(const struct searching *s, const struct text *t, size_t line, char mark, struct buf *to)
{
	buf_printf(to, "%.*s ", EXHIBIT_DIGITS, t->kept->key);
	buf_visible(to, t->name);
	if ((s->set & (s->set - 1)) != 0)
		buf_printf(to, " %s", aspect_name(t->what));
	buf_byte(to, mark);
	if (s->invocation->set[FLAG_LINE_NUMBER])
		buf_printf(to, "%zu%c", line, mark);
}

static void
put_json(struct searching *s, const struct text *t, size_t line, struct str text, size_t count)
{
	struct json *j = json_new_object();

	json_put_string(j, "key", str_of(t->kept->key));
	json_put_string(j, "label", t->kept->label);
	json_put_string(j, "what", str_of(aspect_name(t->what)));
	if (t->what == ASPECT_INC)
		json_put_string(j, "path", t->name);
	if (line > 0) {
		json_put_integer(j, "line", (long long)line);
		json_put_string(j, "text", text);
	} else if (s->invocation->set[FLAG_COUNT]) {
		json_put_integer(j, "count", (long long)count);
	}
	json_write(j, &s->out);
	buf_byte(&s->out, '\n');
	json_end(j);
}

/* ---- one text -------------------------------------------------------------------------------- */

struct lines_of_text {
	struct str *list;
	bool *matches;
	size_t n, nmatches;
};

static void
match_lines(struct searching *s, const struct text *t, struct lines_of_text *l)
{
	struct str rest = t->bytes, line;
	size_t n = 0;

	while (str_line(&rest, &line))
		n++;
	*l = (struct lines_of_text){ .list = arena_alloc(&s->scratch, n, sizeof *l->list),
	    .matches = arena_alloc(&s->scratch, n, sizeof *l->matches) };
	rest = t->bytes;
	while (str_line(&rest, &line)) {
		enum pattern_answer answer = pattern_search(s->pattern, line);

		if (answer == PATTERN_LIMIT)
			diag_warning(s->invocation->diag, PLACE_NONE, "pattern-limit",
			    "the pattern takes too long on a line of '%.*s', which is passed over",
			    STR_ARG(t->name));
		l->matches[l->n] = answer == PATTERN_FOUND;
		l->nmatches += answer == PATTERN_FOUND;
		l->list[l->n++] = line;
	}
}

/* Is a match that near? */
static bool
is_shown(const struct searching *s, const struct lines_of_text *l, size_t i)
{
	size_t from = i > s->context ? i - s->context : 0;

	for (size_t k = from; k <= i + s->context && k < l->n; k++)
		if (l->matches[k])
			return true;
	return false;
}

static void
put_lines(struct searching *s, const struct text *t, const struct lines_of_text *l)
{
	size_t last = 0;		/* from 1; 0: none yet */

	for (size_t i = 0; i < l->n; i++) {
		if (!(s->context > 0 ? is_shown(s, l, i) : l->matches[i]))
			continue;
		if (s->invocation->set[FLAG_JSON]) {
			if (l->matches[i])
				put_json(s, t, i + 1, l->list[i], 0);
			continue;
		}
		if (s->context > 0 && last > 0 && i > last)
			buf_add(&s->out, STR("--\n"));
		put_head(s, t, i + 1, l->matches[i] ? ':' : '-', &s->out);
		put_text(s, l->list[i], &s->out);
		last = i + 1;
	}
}

static void
put_total(struct searching *s, const struct text *t, size_t count)
{
	if (s->invocation->set[FLAG_JSON]) {
		put_json(s, t, 0, STR(""), count);
		return;
	}
	buf_printf(&s->out, "%.*s ", EXHIBIT_DIGITS, t->kept->key);
	buf_visible(&s->out, t->name);
	if ((s->set & (s->set - 1)) != 0)
		buf_printf(&s->out, " %s", aspect_name(t->what));
	if (s->invocation->set[FLAG_COUNT])
		buf_printf(&s->out, ":%zu", count);
	buf_byte(&s->out, '\n');
}

static void
search(struct searching *s, const struct text *t)
{
	struct lines_of_text l;

	match_lines(s, t, &l);
	s->nfound += l.nmatches;
	if (l.nmatches == 0)
		return;
	if (s->invocation->set[FLAG_COUNT] || s->invocation->set[FLAG_FILES])
		put_total(s, t, l.nmatches);
	else
		put_lines(s, t, &l);
	command_print(buf_str(&s->out));
	buf_clear(&s->out);
}

/* ---- what is kept ------------------------------------------------------------------------------ */

/* A header's text is not kept: it is searched where it stands, if it is as it was. */
static void
search_header(struct searching *s, const struct exhibit *k, const struct input *i)
{
	struct text t = { .kept = k, .what = ASPECT_INC };
	char hex[HASH_HEX + 1];
	struct str mark;

	digest_hex(i->digest, hex);
	t.name = exhibit_path(k, i->path, &s->arena);
	mark = arena_printf(&s->arena, "%s %.*s", hex, STR_ARG(t.name));
	if (map_get(&s->headers, mark))
		return;
	map_put(&s->headers, mark, s);
	if (file_peek(t.name, LARGEST_HEADER, &s->scratch, &t.bytes) &&
	    digest_eq(hash_of(t.bytes), i->digest)) {
		if (str_find_byte(t.bytes, '\0') == t.bytes.len)	/* a library */
			search(s, &t);
	} else {
		s->nstale++;
	}
}

static void
search_headers(struct searching *s, const struct exhibit *k)
{
	struct str list;
	struct input i;

	if (!exhibit_inputs(s->folder, k, &s->scratch, &list))
		return;
	while (inputs_next(&list, &i))
		if (!i.is_absent)
			search_header(s, k, &i);
}

static void
search_aspect(struct searching *s, const struct exhibit *k, enum aspect what)
{
	struct buf bytes = {0};

	if (what == ASPECT_INC) {
		search_headers(s, k);
		return;
	}
	if (aspect_text(what, s->folder, k, &s->scratch, &bytes)) {
		const struct text t = { k, what, k->label, buf_str(&bytes) };

		search(s, &t);
	}
	buf_release(&bytes);
}

static void
search_entry(struct searching *s, const struct exhibit *which)
{
	struct exhibit k;

	arena_init(&s->scratch);
	if (exhibit_read(s->folder, &which->name, which->is_failure, &s->scratch, &k)) {
		if (k.found == ABOUT_DAMAGED)
			diag_warning(s->invocation->diag, PLACE_NONE, "damaged-entry",
			    "what the cache kept about '%.*s' is damaged, and not searched", EXHIBIT_DIGITS, k.key);
		for (unsigned i = 0; i < ASPECTS; i++)
			if (s->set & ASPECT_BIT(i))
				search_aspect(s, &k, (enum aspect)i);
	}
	arena_release(&s->scratch);
}

static void
search_all(struct searching *s)
{
	struct invocation *i = s->invocation;
	struct exhibit_list l;

	if (i->narguments == 1)
		exhibit_all(s->folder, &s->arena, &l);
	else if (!exhibit_chosen(s->folder, str_of(i->arguments[1]), &s->arena, &l, i->diag))
		return;
	for (size_t k = 0; k < l.n; k++)
		search_entry(s, &l.list[k]);
	if (s->nstale > 0)
		diag_warning(i->diag, PLACE_NONE, "changed-input",
		    "%zu headers have changed since, or are gone: they are not searched", s->nstale);
	if (s->nfound == 0)
		diag_status_add(i->diag, STATUS_DIFFERS);
}

/* ---- what is asked ------------------------------------------------------------------------------ */

static bool
read_pattern(struct searching *s)
{
	struct invocation *i = s->invocation;
	struct str why;

	s->pattern = pattern_new_as(str_of(i->arguments[0]), i->set[FLAG_IGNORE_CASE],
	    i->set[FLAG_FIXED], &s->arena, &why);
	if (!s->pattern)
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "bad-pattern",
		    "'%s' is no pattern: %.*s; --fixed takes it as plain text", i->arguments[0], STR_ARG(why));
	return s->pattern != NULL;
}

static bool
read_flags(struct searching *s)
{
	struct invocation *i = s->invocation;
	unsigned long n = 0;

	s->set = ASPECT_BIT(ASPECT_SRC);
	s->colors = i->diag->color && (is_terminal() || i->set[FLAG_COLOR]);
	if (i->narguments > 2) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "skein cache grep takes one pattern, and one key or document");
		return false;
	}
	if (i->set[FLAG_CONTEXT] && !str_number(i->value[FLAG_CONTEXT], MOST_CONTEXT, &n)) {
		diag_error(i->diag, STATUS_USAGE, PLACE_NONE, "usage",
		    "--context takes a number up to %d, not '%.*s'", MOST_CONTEXT,
		    STR_ARG(i->value[FLAG_CONTEXT]));
		return false;
	}
	s->context = n;
	return !i->set[FLAG_ASPECTS] ||
	    aspect_read(i->value[FLAG_ASPECTS], ASPECT_ALL, &s->set, i->diag);
}

static void
grep(struct invocation *i)
{
	struct folder f;
	struct searching s = { .invocation = i, .folder = &f };

	arena_init(&s.arena);
	if (read_flags(&s) && read_pattern(&s) && folder_open(&f, NULL, &s.arena, i->diag)) {
		search_all(&s);
		folder_close(&f);
	}
	pattern_free(s.pattern);
	map_release(&s.headers);
	buf_release(&s.out);
	arena_release(&s.arena);
}
