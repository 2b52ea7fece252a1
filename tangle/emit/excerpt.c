#include "tangle/emit/excerpt.h"

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"
#include "tangle/base/root.h"
#include "tangle/base/source.h"

enum { LARGEST = 4 << 20, MOST_LINES = 3, LONGEST_LINE = 120 };

/* Cut whole lines that both begin with off both. */
static void
cut_common_front(struct str *one, struct str *two)
{
	size_t n = one->len < two->len ? one->len : two->len, at = 0, line = 0;

	while (at < n && one->data[at] == two->data[at])
		if (one->data[at++] == '\n')
			line = at;
	*one = str_slice(*one, line, one->len);
	*two = str_slice(*two, line, two->len);
}

/* Cut whole lines that both end with off both. */
static void
cut_common_back(struct str *one, struct str *two)
{
	size_t n = one->len < two->len ? one->len : two->len, at = 0, line = 0;

	while (at < n && one->data[one->len - 1 - at] == two->data[two->len - 1 - at]) {
		if (one->data[one->len - 1 - at] == '\n')
			line = at;
		at++;
	}
	/* The part that stays ends with the end of a line. */
	one->len -= line;
	two->len -= line;
}

static void
say_lines(char sign, struct str lines, struct place at, struct diag *d)
{
	struct str line;
	int n = 0;

	while (n < MOST_LINES && str_line(&lines, &line)) {
		diag_note(d, at, "%c%.*s", sign, STR_ARG(str_slice(line, 0, LONGEST_LINE)));
		n++;
	}
	if (lines.len > 0)
		diag_note(d, at, "%c and more", sign);
}

void
excerpt_say(const struct root *root, struct str path, const struct file_state *f,
    struct str text, struct diag *d)
{
	struct str old, there;
	struct source s;
	struct place at;
	struct arena a;

	if (f->size > LARGEST)
		return;
	arena_init(&a);
	if (file_read(root, path, LARGEST, &a, &old, d)) {
		source_init(&s, &a, root_shown(root, path, &a), old);
		there = old;
		cut_common_front(&there, &text);
		at = (struct place){ &s, (size_t)(there.data - old.data), 0 };
		cut_common_back(&there, &text);
		say_lines('-', there, at, d);
		say_lines('+', text, at, d);
	}
	arena_release(&a);
}
