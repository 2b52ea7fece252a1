#include "runner/cli/junit.h"

#include <stdint.h>

#include "runner/cli/minutes.h"
#include "runner/cli/xml.h"
#include "tangle/base/diag.h"
#include "tangle/base/json.h"

enum { MOST_SHOWN = 16 * 1024 };	/* of what a cell printed on a stream: its end */

/* A case as it is being written. */
struct test {
	struct str class, name, file;
	long long line, nanoseconds;
	const char *result;		/* "failure", "error", "skipped"; NULL: all is well */
	struct str type, message;
	struct str text;
	const struct json *cell;	/* whose output is shown; or NULL */
};

void
junit_init(struct junit *j, struct str command)
{
	*j = (struct junit){0};
	arena_init(&j->arena);
	j->command = arena_str(&j->arena, command);
}

void
junit_release(struct junit *j)
{
	buf_release(&j->suites);
	buf_release(&j->cases);
	map_release(&j->names);
	arena_release(&j->arena);
}

/* ---- a case -------------------------------------------------------------------------- */

/* docs/guide.md is docs.guide: readers take what stands before the last dot for a package. */
static struct str
class_of(struct junit *j, struct str path)
{
	char *class = arena_cstr(&j->arena, path);
	size_t end = path.len;

	for (size_t i = 0; i < path.len; i++) {
		if (class[i] == '.')
			end = i;
		if (class[i] == '/')
			end = path.len;
		class[i] = class[i] == '/' ? '.' : class[i] == '.' ? '_' : class[i];
	}
	return path.len > 0 ? (struct str){ class, end } : STR("skein");
}

/* "sum", "sum (2)", ... */
static struct str
only_name(struct junit *j, struct str class, struct str name)
{
	struct str tried = arena_str(&j->arena, name);

	for (unsigned n = 2;; n++) {
		struct str key = arena_printf(&j->arena, "%.*s%c%.*s", STR_ARG(class), 0, STR_ARG(tried));

		if (!map_get(&j->names, key)) {
			map_put(&j->names, key, j);
			return tried;
		}
		tried = arena_printf(&j->arena, "%.*s (%u)", STR_ARG(name), n);
	}
}

static void
put_time(struct buf *to, long long nanoseconds)
{
	buf_printf(to, " time=\"%lld.%06lld\"", nanoseconds / 1000000000,
	    nanoseconds % 1000000000 / 1000);
}

static void
put_stream(struct buf *to, const struct json *cell, const char *stream, const char *element)
{
	const struct json *said = json_get(cell, stream), *tail = json_get(said, "tail");
	struct str text = json_text(tail ? tail : json_get(said, "head"));
	size_t from = text.len > MOST_SHOWN ? text.len - MOST_SHOWN : 0;

	if (text.len == 0)
		return;
	buf_printf(to, "      <%s>%s", element, from > 0 || tail ? "...\n" : "");
	while (from < text.len && (text.data[from] & 0xC0) == 0x80)
		from++;
	xml_add(to, str_slice(text, from, text.len));
	buf_printf(to, "</%s>\n", element);
}

static void
put_result(struct buf *to, const struct test *t)
{
	buf_printf(to, "      <%s", t->result);
	xml_attribute(to, "type", t->type);
	xml_attribute(to, "message", t->message);
	buf_byte(to, '>');
	xml_add(to, t->text);
	buf_printf(to, "</%s>\n", t->result);
}

static void
put_case(struct junit *j, const struct test *t)
{
	struct buf *to = &j->cases;

	buf_add(to, STR("    <testcase"));
	xml_attribute(to, "classname", t->class);
	xml_attribute(to, "name", only_name(j, t->class, t->name));
	if (t->file.len > 0)
		xml_attribute(to, "file", t->file);
	if (t->line > 0)
		buf_printf(to, " line=\"%lld\"", t->line);
	put_time(to, t->nanoseconds);
	j->suite.tests++;
	j->suite.nanoseconds += t->nanoseconds;
	if (!t->result) {
		buf_add(to, STR("/>\n"));
		return;
	}
	j->suite.failures += *t->result == 'f';
	j->suite.errors += *t->result == 'e';
	j->suite.skipped += *t->result == 's';
	buf_add(to, STR(">\n"));
	put_result(to, t);
	put_stream(to, t->cell, "stdout", "system-out");
	put_stream(to, t->cell, "stderr", "system-err");
	buf_add(to, STR("    </testcase>\n"));
}

static void
put_counts(struct buf *to, const struct junit_counts *c)
{
	buf_printf(to, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
	    c->tests, c->failures, c->errors, c->skipped);
	put_time(to, c->nanoseconds);
	buf_add(to, STR(">\n"));
}

static void
put_suite(struct junit *j, struct str name)
{
	buf_add(&j->suites, STR("  <testsuite"));
	xml_attribute(&j->suites, "name", name);
	put_counts(&j->suites, &j->suite);
	buf_add(&j->suites, buf_str(&j->cases));
	buf_add(&j->suites, STR("  </testsuite>\n"));
	j->all.tests += j->suite.tests;
	j->all.failures += j->suite.failures;
	j->all.errors += j->suite.errors;
	j->all.skipped += j->suite.skipped;
	j->all.nanoseconds += j->suite.nanoseconds;
	j->suite = (struct junit_counts){0};
	buf_clear(&j->cases);
}

/* ---- what an event comes to ---------------------------------------------------------- */

/* The page is wrong, not the program. */
static bool
is_failure(const struct json *error)
{
	return json_get_integer(error, "status") == STATUS_DIFFERS ||
	    minutes_is_id(error, STR("wrong-failure")) || minutes_is_id(error, STR("unexpected-success"));
}

static void
take_error(struct test *t, const struct json *error)
{
	t->result = is_failure(error) ? "failure" : "error";
	t->type = json_get_string(error, "id");
	t->message = json_get_string(error, "text");
}

/* All that was said of a cell, or of what is none's. */
static void
write_said(const struct minutes *m, size_t cell, struct buf *to)
{
	size_t n;
	const struct said *said = minutes_said(m, cell, &n);

	for (size_t i = 0; i < n; i++)
		minutes_write(said[i].event, to);
}

static bool
did_not_run(const struct json *cell)
{
	struct str end = json_get_string(cell, "end");

	return str_eq(end, STR("skipped")) || str_eq(end, STR("waiting")) || str_eq(end, STR("blocked"));
}

static void
judge(struct test *t, const struct minutes *m, size_t k)
{
	const struct json *cell = m->cells[k], *error = minutes_error(m, k);
	bool is_blocked = error && minutes_is_id(error, STR("blocked"));

	if (error && !is_blocked) {
		take_error(t, error);
	} else if (did_not_run(cell)) {
		t->result = "skipped";
		t->type = json_get_string(cell, "end");
		t->message = is_blocked ? json_get_string(error, "text") :
		    json_get(cell, "blocked_by") ? STR("it needs what a cell defines that failed") :
		    STR("it was not run");
	} else if (!json_get_true(cell, "expected")) {
		t->result = "error";
		t->type = json_get_string(cell, "end");
		t->message = STR("this cell failed");
	}
}

static void
put_cell(struct junit *j, const struct minutes *m, size_t k)
{
	const struct json *cell = m->cells[k];
	struct test t = { .class = class_of(j, minutes_path(m)), .file = minutes_path(m),
	    .line = json_get_integer(cell, "line"), .nanoseconds = minutes_time(cell), .cell = cell };
	struct buf text = {0}, name = {0};

	judge(&t, m, k);
	if (json_get_integer(cell, "cell") == 0 && !t.result)
		return;			/* a prelude is worth no word unless something is wrong */
	write_said(m, k, &text);
	buf_add(&text, json_get_string(cell, "diff"));
	minutes_name(cell, &name);
	t.name = buf_str(&name);
	t.text = buf_str(&text);
	put_case(j, &t);
	buf_release(&text);
	buf_release(&name);
}

void
junit_document(struct junit *j, const struct minutes *m)
{
	const struct json *error = minutes_error(m, SIZE_MAX);
	struct test t = { .class = class_of(j, minutes_path(m)), .name = STR("document"),
	    .file = minutes_path(m), .line = error ? json_get_integer(error, "line") : 1 };
	struct buf text = {0};

	if (error) {
		take_error(&t, error);
		write_said(m, SIZE_MAX, &text);
		t.text = buf_str(&text);
	}
	put_case(j, &t);
	buf_release(&text);
	for (size_t k = 0; k < m->ncells; k++)
		put_cell(j, m, k);
	put_suite(j, minutes_path(m));
}

/* An error that stands alone: its words are its name. */
static void
put_error(struct junit *j, const struct json *error)
{
	struct str file = json_get_string(error, "file");
	struct test t = { .class = class_of(j, file), .file = file, .line = json_get_integer(error, "line") };
	struct buf name = {0}, text = {0};

	take_error(&t, error);
	buf_add(&name, t.type);
	buf_add(&name, STR(": "));
	buf_add(&name, t.message);
	minutes_write(error, &text);
	t.name = buf_str(&name);
	t.text = buf_str(&text);
	put_case(j, &t);
	buf_release(&name);
	buf_release(&text);
}

void
junit_rest(struct junit *j, const struct minutes *m)
{
	for (size_t i = 0; i < m->nsaid; i++)
		if (minutes_is_error(m->said[i].event) && !minutes_is_id(m->said[i].event, STR("stale-target")))
			put_error(j, m->said[i].event);
	if (j->suite.tests > 0)
		put_suite(j, j->command);
}

/* What was said of a target stands where its block names it. */
static void
write_stale(const struct minutes *m, const struct test *t, struct buf *to)
{
	for (size_t i = 0; i < m->nsaid; i++) {
		const struct json *one = m->said[i].event;

		if (minutes_is_id(one, STR("stale-target")) && json_get_integer(one, "line") == t->line &&
		    str_eq(json_get_string(one, "file"), t->file))
			minutes_write(one, to);
	}
}

void
junit_targets(struct junit *j, struct json *const *targets, size_t n, const struct minutes *m)
{
	for (size_t i = 0; i < n; i++) {
		struct buf text = {0};

		struct test t = { .class = STR("targets"), .name = json_get_string(targets[i], "path"),
		    .file = json_get_string(targets[i], "document"), .line = json_get_integer(targets[i], "line") };

		if (json_get_true(targets[i], "differs")) {
			t.result = "failure";
			t.type = STR("stale-target");
			t.message = STR("this file is not what the documents say: skein tangle writes it");
			write_stale(m, &t, &text);
			t.text = buf_str(&text);
		}
		put_case(j, &t);
		buf_release(&text);
	}
	if (n > 0)
		put_suite(j, STR("targets"));
}

void
junit_write(const struct junit *j, struct buf *to)
{
	buf_add(to, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
	xml_attribute(to, "name", j->command);
	put_counts(to, &j->all);
	buf_add(to, buf_str(&j->suites));
	buf_add(to, STR("</testsuites>\n"));
}
