/*
 * Info strings and the words of comments, of any bytes.  Each option has a place
 * within what was read, at which its text can be found; reading twice gives the
 * same; a language is in small letters.
 */
#include "tests/fuzz/fuzz.h"

#include "tangle/base/source.h"
#include "tangle/document/attributes.h"

#ifndef LIBFUZZER
static const char *const words[] = {
	"c", "cpp", "{c}", "{c", "}", "{.c", "#name", "#x", ".run", "file=a.c", "file=\"a b.c\"",
	"name=x", "name=\"Read a file\"", "key='v'", "k=\"a\\\"b\"", "flie=x", "run", "run=false",
	"ignore", ",", ", ", "=", "==", "\"", "\\\"", "title=\"a.c\"", "{1,3}", "{\"name\":\"x\"}",
	"+=", ":=", "path/to/x.c", "c,ignore", "no_run", "{code-cell}", "mode=755", "mode=abc",
	"libs=m,pthread", "timeout=10s", "fails=SIGFPE", "-k", "--", "\xC3\xA4", "\xFF", "&quot;",
	"&#35;x", "{code-block}", "{{c}}", "append", "replace", "append=false", "<<x>>", "0", "std=c17", NULL
};
static const char *const gaps[] = { " ", " ", " ", "", "  ", "\t", ", ", ",", NULL };

static void
fuzz_make(struct buf *to)
{
	static const char *const starts[] = { "", "{", "c {", "c ", "{c, ", "c \"", NULL };

	buf_byte(to, (char)any(256));		/* which reader */
	buf_add(to, any_word(starts));
	for (uint32_t n = any(9); n > 0; n--) {
		buf_add(to, any_word(words));
		buf_add(to, any_word(gaps));
	}
	if (now_and_then(3))
		buf_byte(to, '}');
}
#endif

static void
read_all(struct options *to, struct info *info, const struct source *s, int which, struct str text,
    struct diag *d)
{
	switch (which % 3) {
	case 0:
		attributes_words(to, s, text, d);
		break;
	default:
		*info = attributes_info(to, s, text, which % 3 == 1, d);
		break;
	}
}

static void
check_option(const struct option *o, const struct source *s, struct str text)
{
	size_t from = (size_t)(text.data - s->text.data);
	struct str there;

	assert(o->at.source == s && o->at.offset >= from);
	assert(o->at.offset + o->at.length <= from + text.len);
	there = str_slice(s->text, o->at.offset, o->at.offset + o->at.length);
	assert(o->key.len > 0);
	/* as it was written; or its value alone, as lmt has names; or with escapes; or lmt's := */
	assert(there.len == 0 || str_find(there, o->written) < there.len ||
	    str_find(there, o->value) < there.len || str_find_byte(there, '\\') < there.len ||
	    str_ends(there, STR("=")));
	assert(o->nitems == 0 || o->is_list);
}

static void
fuzz_one(struct str input)
{
	const struct str before = STR("prose\n```"), after = STR("\ncode\n```\n");
	struct options first = {0}, second = {0};
	struct info one = {0}, two = {0};
	struct buf whole = {0};
	struct source s;
	struct arena a;
	struct diag d;
	struct str text;
	int which = input.len ? (unsigned char)input.data[0] : 0;

	/* a line of a document, so without a line's end in it */
	input = str_slice(input, 1, input.len);
	input = str_slice(input, 0, str_find_byte(input, '\n'));
	input = str_slice(input, 0, str_find_byte(input, '\r'));
	arena_init(&a);
	fuzz_diag(&d);
	buf_add(&whole, before);
	buf_add(&whole, input);
	buf_add(&whole, after);
	text = buf_take(&whole, &a);
	source_init(&s, &a, STR("a.md"), text);
	text = str_slice(text, before.len, before.len + input.len);
	first.arena = second.arena = &a;
	read_all(&first, &one, &s, which, text, &d);
	read_all(&second, &two, &s, which, text, &d);
	assert(first.n == second.n && str_eq(one.language, two.language));
	assert(one.is_broken == two.is_broken && one.is_brace_form == two.is_brace_form);
	for (size_t i = 0; i < first.n; i++) {
		check_option(&first.list[i], &s, text);
		assert(str_eq(first.list[i].key, second.list[i].key));
		assert(str_eq(first.list[i].value, second.list[i].value));
	}
	for (size_t i = 0; i < one.language.len; i++)
		assert(one.language.data[i] < 'A' || one.language.data[i] > 'Z');
	diag_release(&d);
	arena_release(&a);
}
