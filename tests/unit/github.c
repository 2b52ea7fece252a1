/* Of many errors ten are shown, the gravest; the others are counted. */
#include "runner/cli/github.c"

#undef NDEBUG
#include <assert.h>

#include "runner/cli/minutes.c"
#include "runner/cli/workspace.c"

static struct json *
message(const char *level, enum status status, const char *text)
{
	struct json *j = json_new_object();

	json_put_string(j, "event", STR("message"));
	json_put_string(j, "level", str_of(level));
	json_put_string(j, "id", STR("a:b,c"));
	json_put_integer(j, "status", status);
	json_put_string(j, "text", str_of(text));
	return j;
}

static size_t
occurrences(struct str text, struct str part)
{
	size_t n = 0;

	for (size_t at; (at = str_find(text, part)) < text.len; n++)
		text = str_slice(text, at + part.len, text.len);
	return n;
}

static void
ten_of_a_level_are_shown_the_gravest_first(void)
{
	struct minutes m = {0};
	struct github g;
	struct buf out = {0};

	github_init(&g);
	/* The same without a place, of two documents, is told once. */
	minutes_message(&m, message("error", STATUS_DIFFERS, "differs a"));
	for (char word[] = "differs a"; word[8] < 'a' + 15; word[8]++)
		minutes_message(&m, message("error", STATUS_DIFFERS, word));
	minutes_message(&m, message("error", STATUS_COMPILE, "100%\r\nsure"));
	minutes_message(&m, message("error", STATUS_ENVIRONMENT, "worst"));
	minutes_message(&m, message("warning", STATUS_DONE, "beware"));
	minutes_settle(&m);
	github_document(&g, &m);
	github_write(&g, &out);
	assert(str_starts(buf_str(&out), STR("::error title=a%3Ab%2Cc::worst\n"
	    "::error title=a%3Ab%2Cc::100%25%0D%0Asure\n::error title=a%3Ab%2Cc::differs a\n")));
	assert(occurrences(buf_str(&out), STR("::error ")) == 10);
	assert(str_ends(buf_str(&out), STR("::differs h\n::warning title=a%3Ab%2Cc::beware\n"
	    "::notice title=skein::7 more errors stand in the log of this step\n")));
	github_release(&g);
	minutes_release(&m);
	buf_release(&out);
}

static void
a_diff_has_a_first_line(void)
{
	assert(github_first_line(STR("--- a\n+++ a\n@@ -7,4 +7,4 @@\n same\n same\n-old\n+new\n")) == 9);
	assert(github_first_line(STR("--- a\n+++ a\n@@ -31,0 +32,3 @@\n+new\n")) == 31);
	assert(github_first_line(STR("")) == 0);
}

int
main(void)
{
	ten_of_a_level_are_shown_the_gravest_first();
	a_diff_has_a_first_line();
	return 0;
}
