#include "runner/output/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

enum {
	MATCH_LIMIT = 100000,		/* steps from one place of the text */
	DEPTH_LIMIT = 10000,
	HEAP_LIMIT = 16 << 10,		/* KiB */
	LONGEST = 4096
};

struct pattern {
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
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

struct pattern *
pattern_new(struct str text, struct arena *a, struct str *why)
{
	return pattern_new_as(text, false, false, a, why);
}

struct pattern *
pattern_new_as(struct str text, bool ignores_case, bool is_fixed, struct arena *a,
    struct str *why)
{
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    (ignores_case ? PCRE2_CASELESS : 0) |
	    (is_fixed ? PCRE2_LITERAL : PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C);
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_compile_context *limits = pcre2_compile_context_create(memory);
	struct pattern *p = mem_zalloc(1, sizeof *p);
	size_t at;
	int error;

	pcre2_set_max_pattern_length(limits, LONGEST);
	p->code = pcre2_compile((PCRE2_SPTR)text.data, text.len, options, &error, &at, limits);
	if (p->code) {
		p->context = pcre2_match_context_create(memory);
		pcre2_set_match_limit(p->context, MATCH_LIMIT);
		pcre2_set_depth_limit(p->context, DEPTH_LIMIT);
		pcre2_set_heap_limit(p->context, HEAP_LIMIT);
		p->data = pcre2_match_data_create(1, memory);
	} else {
		*why = explain(error, at, a);
		mem_free(p);
		p = NULL;
	}
	pcre2_compile_context_free(limits);
	pcre2_general_context_free(memory);
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
	mem_free(p);
}

enum pattern_answer
pattern_find(const struct pattern *p, struct str bytes, size_t from, size_t *start, size_t *end)
{
	int found = pcre2_match(p->code, (PCRE2_SPTR)(bytes.data ? bytes.data : ""), bytes.len, from, 0,
	    p->data, p->context);
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(p->data);

	if (found < 0)
		return found == PCRE2_ERROR_NOMATCH ? PATTERN_ABSENT : PATTERN_LIMIT;
	*start = at[0];
	*end = at[1] > at[0] ? at[1] : at[0];	/* \K may put the start behind the end */
	return PATTERN_FOUND;
}

enum pattern_answer
pattern_search(const struct pattern *p, struct str bytes)
{
	size_t start, end;

	return pattern_find(p, bytes, 0, &start, &end);
}
