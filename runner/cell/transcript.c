#include "runner/cell/transcript.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { LARGEST_STATUS = 255, LONGEST_FENCE = 254 };

static const struct str no_eol = { " (no-eol)", 9 };

static struct str
without_end(struct str line)
{
	while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* ---- reading ------------------------------------------------------------------- */

/* "$ make", "$": a prompt.  Sets what stands behind it. */
static bool
take_prompt(struct str line, char mark, struct str *rest)
{
	if (line.len == 0 || line.data[0] != mark || (line.len > 1 && line.data[1] != ' '))
		return false;
	*rest = str_slice(line, 2, line.len);
	return true;
}

/* "[3]": the status, 0 if it is none. */
static int
read_status(struct str line)
{
	unsigned long n;

	while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
		line.len--;
	if (line.len < 3 || line.data[0] != '[' || line.data[line.len - 1] != ']' ||
	    line.data[1] == '0' || !str_number(str_slice(line, 1, line.len - 1), LARGEST_STATUS, &n))
		return 0;
	return (int)n;
}

/* Does the line end in a backslash that has none before it? */
static bool
goes_on(struct str line)
{
	size_t n = 0;

	while (n < line.len && line.data[line.len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* The command that begins at line s->line; its end is where its output begins. */
static void
read_command(const struct transcript *t, struct step *s, struct arena *a)
{
	struct str line = without_end(t->lines[s->line]), rest;
	struct buf command = {0};
	size_t i = s->line + 1;

	take_prompt(line, '$', &rest);
	buf_add(&command, rest);
	for (; i < t->nlines; i++) {
		bool is_forced = goes_on(rest);

		line = without_end(t->lines[i]);
		if (take_prompt(line, '>', &rest))
			;
		else if (is_forced && !take_prompt(line, '$', &rest))
			rest = line;
		else
			break;
		buf_byte(&command, '\n');
		buf_add(&command, rest);
	}
	s->output = i;
	s->is_open = goes_on(buf_str(&command));
	s->command = buf_take(&command, a);
}

static void
read_output(const struct transcript *t, struct step *s)
{
	size_t end = s->output;
	struct str rest;

	while (end < t->nlines && !take_prompt(without_end(t->lines[end]), '$', &rest))
		end++;
	while (end > s->output && str_is_blank(t->lines[end - 1]))
		end--;
	s->noutput = end - s->output;
	s->status = s->noutput ? read_status(without_end(t->lines[end - 1])) : 0;
}

void
transcript_read(struct transcript *t, const struct str *lines, size_t nlines, struct arena *a)
{
	struct step *list = NULL;
	size_t cap = 0, i = 0;
	struct str rest;

	*t = (struct transcript){ .lines = lines, .nlines = nlines };
	while (i < nlines) {
		struct step s = { .line = i };

		if (!take_prompt(without_end(lines[i]), '$', &rest)) {
			i++;
			continue;
		}
		read_command(t, &s, a);
		read_output(t, &s);
		list = mem_grow(list, &cap, t->n + 1, sizeof *list);
		list[t->n++] = s;
		i = s.output + s.noutput;
	}
	t->steps = (struct step *)arena_copy(a, list, t->n, sizeof *list);
	mem_free(list);
}

void
transcript_recorded(const struct transcript *t, const struct step *s, struct buf *to)
{
	for (size_t i = 0; i < s->noutput; i++) {
		buf_add(to, without_end(t->lines[s->output + i]));
		buf_byte(to, '\n');
	}
}

/* ---- writing ------------------------------------------------------------------- */

/* Would any fence that libcmark can count end here? */
static bool
ends_any_fence(struct str line)
{
	size_t n = 0;

	line = str_trim(line);
	while (n < line.len && (line.data[0] == '`' || line.data[0] == '~') &&
	    line.data[n] == line.data[0])
		n++;
	return n >= LONGEST_FENCE && n == line.len;
}

/* Would this line, or what is left of it behind backslashes, be no output? */
static bool
is_misread(struct str line, bool is_first, bool is_last)
{
	struct str rest;

	while (line.len > 0 && line.data[0] == '\\')
		line = str_slice(line, 1, line.len);
	return take_prompt(line, '$', &rest) || (is_first && take_prompt(line, '>', &rest)) ||
	    (is_last && (str_is_blank(line) || read_status(line))) || ends_any_fence(line);
}

/* "x (no-eol)" that was really printed: "x \(no-eol)". */
static void
add_ended(struct buf *to, struct str line)
{
	size_t mark = no_eol.len - 1, at = line.len - mark;

	if (line.len < no_eol.len || !str_ends(line, str_slice(no_eol, 1, no_eol.len))) {
		buf_add(to, line);
		return;
	}
	while (at > 0 && line.data[at - 1] == '\\')
		at--;
	buf_add(to, str_slice(line, 0, line.len - mark));
	if (at > 0 && line.data[at - 1] == ' ')
		buf_byte(to, '\\');
	buf_add(to, str_slice(line, line.len - mark, line.len));
}

void
transcript_output(struct buf *to, struct str text, int status)
{
	struct buf whole = {0};
	struct str line;
	bool is_first = true;

	for (size_t before = text.len; str_line(&text, &line); before = text.len) {
		bool is_last = text.len == 0, has_end = line.len + text.len < before;

		buf_clear(&whole);
		if (is_last && has_end)
			add_ended(&whole, line);
		else
			buf_add(&whole, line);
		if (!has_end)
			buf_add(&whole, no_eol);
		if (is_misread(buf_str(&whole), is_first, is_last && status == 0))
			buf_byte(to, '\\');
		buf_add(to, buf_str(&whole));
		buf_byte(to, '\n');
		is_first = false;
	}
	if (status != 0)
		buf_printf(to, "[%d]\n", status);
	buf_release(&whole);
}

bool
transcript_is_output(struct str text, int status, struct arena *a)
{
	struct str *lines = arena_alloc(a, text.len + 2, sizeof *lines);
	struct transcript t;
	size_t n = 1;

	lines[0] = STR("$ :");
	while (str_line(&text, &lines[n]))
		n++;
	transcript_read(&t, lines, n, a);
	return t.n == 1 && t.steps[0].output == 1 && t.steps[0].noutput == n - 1 &&
	    t.steps[0].status == status;
}

void
transcript_write(const struct transcript *t, const struct str *texts, struct buf *to)
{
	size_t at = 0;

	for (size_t k = 0; k <= t->n; k++) {
		const struct step *s = k < t->n ? &t->steps[k] : NULL;

		for (size_t end = s ? s->output : t->nlines; at < end; at++) {
			buf_add(to, without_end(t->lines[at]));
			buf_byte(to, '\n');
		}
		if (s && texts[k].data) {
			buf_add(to, texts[k]);
			at += s->noutput;
		}
	}
}
