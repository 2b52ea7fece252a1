#include "runner/output/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <assert.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum {
	MATCH_LIMIT = 10000,		/* ways tried from one place of the text */
	TRUSTED_LIMIT = 100000,
	TEXT_LIMIT = 1000000,		/* where the steps are few enough */
	TEXT_DEPTH = 100000,
	DEPTH_LIMIT = 10000,
	HEAP_LIMIT = 16 << 10,		/* KiB */
	LONGEST = 4096,
	SEARCH_STEPS = 20000000,	/* half a second */
	LINE_STEPS = 1000000,
	MOST_MADE = 1 << 20		/* bytes that a line may become */
};

/*
 * PCRE2's own limits begin anew at each place of the text, so that a pattern which
 * fails slowly everywhere takes quadratic time.  It calls us before each item of the
 * pattern, and we count: the call, how far it has come since the last one, and how
 * far the next item may go before it fails.
 */
struct work {
	uint64_t taken, most, all;
	size_t at;
	uint32_t *reach;		/* by offset in the pattern: of a{1000}, 1000 */
	bool *is_back;			/* what a group has found is looked for */
};

struct pattern {
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
	struct work *work;		/* NULL: not counted */
	bool is_line;
};

static void *
allocate(size_t size, void *arg)
{
	(void)arg;
	return mem_alloc(size, 1);
}

static void
release(void *p, void *arg)
{
	(void)arg;
	mem_free(p);
}

static struct str
explain(int error, size_t at, struct arena *a)
{
	PCRE2_UCHAR words[256];

	if (pcre2_get_error_message(error, words, sizeof words) < 0)
		return STR("it cannot be read");
	return arena_printf(a, "%s at its byte %zu", (const char *)words, at + 1);
}

/* ---- counting --------------------------------------------------------------------- */

static size_t
longest_group(const pcre2_callout_block *b)
{
	size_t longest = 0;

	for (uint32_t i = 1; i < b->capture_top; i++) {
		size_t from = b->offset_vector[2 * i], to = b->offset_vector[2 * i + 1];

		if (from != PCRE2_UNSET && to > from && to - from > longest)
			longest = to - from;
	}
	return longest;
}

static int
count(pcre2_callout_block *b, void *arg)
{
	struct work *w = arg;
	size_t at = b->current_position;

	w->taken += 1 + (at > w->at ? at - w->at : w->at - at) + w->reach[b->pattern_position];
	if (w->is_back[b->pattern_position])
		w->taken += longest_group(b);
	w->at = at;
	return w->taken > w->most ? PCRE2_ERROR_CALLOUT : 0;
}

struct items {
	struct str text;
	struct work *work;
};

/* The largest number in "{...}" of an item: how often it may be repeated within itself. */
static int
note_item(pcre2_callout_enumerate_block *b, void *arg)
{
	const struct items *i = arg;
	struct str item = str_slice(i->text, b->pattern_position, b->pattern_position + b->next_item_length);
	unsigned long number = 0, most = 0;

	for (size_t k = str_find_byte(item, '{'); k < item.len; k++) {
		bool is_digit = item.data[k] >= '0' && item.data[k] <= '9';

		number = is_digit && number < LINE_STEPS ? 10 * number + (unsigned long)(item.data[k] - '0') : 0;
		most = number > most ? number : most;
	}
	i->work->reach[b->pattern_position] = (uint32_t)most;
	i->work->is_back[b->pattern_position] = item.len > 1 && item.data[0] == '\\' &&
	    str_find_byte(STR("123456789gk"), item.data[1]) < 11;
	return 0;
}

static struct work *
work_new(const pcre2_code *code, struct str text)
{
	struct work *w = mem_zalloc(1, sizeof *w);
	struct items i = { text, w };

	w->reach = mem_zalloc(text.len + 1, sizeof *w->reach);
	w->is_back = mem_zalloc(text.len + 1, sizeof *w->is_back);
	pcre2_callout_enumerate(code, note_item, &i);
	return w;
}

static void
work_free(struct work *w)
{
	if (w) {
		mem_free(w->reach);
		mem_free(w->is_back);
	}
	mem_free(w);
}

/* ---- patterns --------------------------------------------------------------------- */

static void
set_limits(struct pattern *p, pcre2_general_context *memory)
{
	p->context = pcre2_match_context_create(memory);
	pcre2_set_match_limit(p->context, p->work ? MATCH_LIMIT : TRUSTED_LIMIT);
	pcre2_set_depth_limit(p->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(p->context, HEAP_LIMIT);
	if (p->work)
		pcre2_set_callout(p->context, count, p->work);
	p->data = pcre2_match_data_create_from_pattern(p->code, memory);
}

static struct pattern *
compile(struct str text, uint32_t options, struct arena *a, struct str *why)
{
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_compile_context *limits = pcre2_compile_context_create(memory);
	struct pattern *p = mem_zalloc(1, sizeof *p);
	size_t at;
	int error;

	pcre2_set_max_pattern_length(limits, LONGEST);
	p->code = pcre2_compile((PCRE2_SPTR)text.data, text.len, options | PCRE2_UTF, &error, &at,
	    limits);
	if (p->code) {
		if (options & PCRE2_AUTO_CALLOUT)
			p->work = work_new(p->code, text);
		p->is_line = !(options & PCRE2_MATCH_INVALID_UTF);
		set_limits(p, memory);
	} else {
		*why = explain(error, at, a);
		mem_free(p);
		p = NULL;
	}
	pcre2_compile_context_free(limits);
	pcre2_general_context_free(memory);
	return p;
}

struct pattern *
pattern_new(struct str text, struct arena *a, struct str *why)
{
	return compile(text, PCRE2_MATCH_INVALID_UTF | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C |
	    PCRE2_AUTO_CALLOUT, a, why);
}

struct pattern *
pattern_new_as(struct str text, bool ignores_case, bool is_fixed, struct arena *a,
    struct str *why)
{
	return compile(text, PCRE2_MATCH_INVALID_UTF | (ignores_case ? PCRE2_CASELESS : 0) |
	    (is_fixed ? PCRE2_LITERAL : PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C), a, why);
}

struct pattern *
pattern_new_line(struct str text, bool ignores_case, struct arena *a, struct str *why)
{
	return compile(text, PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT |
	    (ignores_case ? PCRE2_CASELESS : 0), a, why);
}

struct pattern *
pattern_new_text(struct str text, struct arena *a, struct str *why)
{
	struct pattern *p = pattern_new_line(text, false, a, why);

	if (p) {
		pcre2_set_match_limit(p->context, TEXT_LIMIT);
		pcre2_set_depth_limit(p->context, TEXT_DEPTH);
	}
	return p;
}

struct pattern *
pattern_new_builtin(const char *text)
{
	struct str why = STR("");
	struct pattern *p = compile(str_of(text), PCRE2_NEVER_BACKSLASH_C, NULL, &why);

	assert(p && "it is ours");
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->context);
	pcre2_code_free(p->code);
	work_free(p->work);
	mem_free(p);
}

uint64_t
pattern_steps(const struct pattern *p)
{
	return p->work ? p->work->all : 0;
}

static enum pattern_answer
match(const struct pattern *p, struct str bytes, size_t from, uint32_t options)
{
	int found;

	if (p->work) {
		p->work->at = from;
		if (p->work->taken++ > p->work->most)
			return PATTERN_LIMIT;
	}
	found = pcre2_match(p->code, (PCRE2_SPTR)(bytes.data ? bytes.data : ""), bytes.len, from,
	    options, p->data, p->context);
	if (found >= 0)
		return PATTERN_FOUND;
	return found == PCRE2_ERROR_NOMATCH ? PATTERN_ABSENT : PATTERN_LIMIT;
}

static void
begin(const struct pattern *p, uint64_t most)
{
	if (p->work) {
		p->work->taken = 0;
		p->work->most = most;
	}
}

static void
end(const struct pattern *p)
{
	if (p->work)
		p->work->all += p->work->taken;
}

enum pattern_answer
pattern_find(const struct pattern *p, struct str bytes, size_t from, size_t *start, size_t *stop)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);
	enum pattern_answer answer;

	begin(p, SEARCH_STEPS);
	answer = match(p, bytes, from, p->is_line ? PCRE2_NO_UTF_CHECK : 0);
	end(p);
	if (answer != PATTERN_FOUND)
		return answer;
	*start = at[0];
	*stop = at[1] > at[0] ? at[1] : at[0];	/* \K may put the start behind the end */
	return PATTERN_FOUND;
}

enum pattern_answer
pattern_search(const struct pattern *p, struct str bytes)
{
	size_t start, stop;

	return pattern_find(p, bytes, 0, &start, &stop);
}

/* ---- one place after another -------------------------------------------------------- */

/* One character further. */
static size_t
behind(struct str line, size_t at)
{
	do
		at++;
	while (at < line.len && ((unsigned char)line.data[at] & 0xC0) == 0x80);
	return at;
}

enum pattern_answer
pattern_next(const struct pattern *p, struct pattern_walk *w)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);
	enum pattern_answer answer;
	size_t stop;

	if (w->from > w->text.len)
		return PATTERN_ABSENT;
	begin(p, w->steps);
	answer = match(p, w->text, w->from, PCRE2_NO_UTF_CHECK | (w->is_behind ? PCRE2_NOTEMPTY_ATSTART : 0));
	end(p);
	if (p->work)
		w->steps -= p->work->taken < w->steps ? p->work->taken : w->steps;
	if (answer != PATTERN_FOUND)
		return answer;
	stop = at[1] > at[0] ? at[1] : at[0];	/* \K may put the start behind the end */
	/* looking back, it may have found something before */
	w->from = stop > w->from || (stop == w->from && !w->is_behind) ? stop : behind(w->text, w->from);
	w->is_behind = true;
	return PATTERN_FOUND;
}

bool
pattern_group(const struct pattern *p, size_t group, size_t *start, size_t *stop)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);

	if (at[2 * group] == PCRE2_UNSET)
		return false;
	*start = at[2 * group];
	*stop = at[2 * group + 1] > *start ? at[2 * group + 1] : *start;
	return true;
}

size_t
pattern_ngroups(const struct pattern *p)
{
	uint32_t n = 0;

	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

bool
pattern_name(const struct pattern *p, size_t n, struct str *name, size_t *group)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table;

	pcre2_pattern_info(p->code, PCRE2_INFO_NAMECOUNT, &count);
	if (n >= count)
		return false;
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(p->code, PCRE2_INFO_NAMETABLE, &table);
	table += n * size;
	*group = (size_t)table[0] << 8 | table[1];
	*name = str_of((const char *)table + 2);
	return true;
}

/* ---- replacing -------------------------------------------------------------------- */

struct replacement {
	struct piece {
		struct str text;
		uint32_t group;		/* behind the text; NO_GROUP: none */
	} *list;
	size_t n;
};

enum { NO_GROUP = UINT32_MAX };

static size_t
digits(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] >= '0' && s.data[n] <= '9')
		n++;
	return n;
}

/* The group of a number or a name; NO_GROUP if the pattern has none. */
static uint32_t
find_group(const struct pattern *p, struct str name, struct arena *a)
{
	unsigned long number;
	uint32_t groups = 0;
	int found;

	pcre2_pattern_info(p->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (str_number(name, groups, &number))
		return (uint32_t)number;
	if (name.len == 0 || digits(name) == name.len)
		return (uint32_t)NO_GROUP;
	found = pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)arena_cstr(a, name));
	return found > 0 ? (uint32_t)found : (uint32_t)NO_GROUP;
}

/* Take what stands behind a '$' off *rest. */
static bool
take_group(struct str *rest, const struct pattern *p, uint32_t *group, struct arena *a,
    struct str *why)
{
	bool is_braced = str_starts(*rest, STR("{"));
	size_t n = is_braced ? str_find_byte(*rest, '}') : digits(*rest);
	struct str name = str_slice(*rest, is_braced, n);

	if ((is_braced && n == rest->len) || name.len == 0) {
		*why = STR("behind '$' comes a number, or a name in braces; '$$' is a dollar");
		return false;
	}
	*group = find_group(p, name, a);
	if (*group == (uint32_t)NO_GROUP)
		*why = arena_printf(a, "the pattern has no group '%.*s'", STR_ARG(name));
	*rest = str_slice(*rest, n + is_braced, rest->len);
	return *group != (uint32_t)NO_GROUP;
}

struct replacement *
replacement_new(struct str text, const struct pattern *p, struct arena *a, struct str *why)
{
	struct replacement *r = arena_alloc(a, 1, sizeof *r);

	r->list = arena_alloc(a, text.len + 1, sizeof *r->list);
	while (text.len > 0) {
		struct piece *one = &r->list[r->n++];
		size_t at = str_find_byte(text, '$');

		*one = (struct piece){ str_slice(text, 0, at), (uint32_t)NO_GROUP };
		if (at == text.len)
			break;
		text = str_slice(text, at + 1, text.len);
		if (str_starts(text, STR("$"))) {
			one->text.len++;	/* the first of two */
			text = str_slice(text, 1, text.len);
		} else if (!take_group(&text, p, &one->group, a, why)) {
			return NULL;
		}
	}
	return r;
}

static void
add_replacement(const struct pattern *p, const struct replacement *r, struct str line, struct buf *to)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);

	for (size_t i = 0; i < r->n; i++) {
		uint32_t g = r->list[i].group;

		buf_add(to, r->list[i].text);
		if (g != (uint32_t)NO_GROUP && at[2 * g] != PCRE2_UNSET && at[2 * g + 1] > at[2 * g])
			buf_add(to, str_slice(line, at[2 * g], at[2 * g + 1]));
	}
}

bool
replacement_part(const struct replacement *r, size_t n, struct str *text, size_t *group)
{
	if (n >= r->n)
		return false;
	*text = r->list[n].text;
	*group = r->list[n].group == (uint32_t)NO_GROUP ? SIZE_MAX : r->list[n].group;
	return true;
}

enum pattern_answer
pattern_replace(const struct pattern *p, const struct replacement *r, struct str line, struct buf *to)
{
	struct pattern_walk w = { .text = line, .steps = LINE_STEPS };
	size_t before = to->len, done = 0, start = 0, stop = 0;
	enum pattern_answer answer, any = PATTERN_ABSENT;

	while ((answer = pattern_next(p, &w)) != PATTERN_ABSENT) {
		if (answer == PATTERN_LIMIT || to->len - before > MOST_MADE) {
			to->len = before;
			return PATTERN_LIMIT;
		}
		any = PATTERN_FOUND;
		pattern_group(p, 0, &start, &stop);
		buf_add(to, str_slice(line, done, start));
		add_replacement(p, r, line, to);
		done = stop > done ? stop : done;
	}
	buf_add(to, str_slice(line, done, line.len));
	return any;
}
