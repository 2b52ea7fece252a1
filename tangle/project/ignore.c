#include "tangle/project/ignore.h"

#include "tangle/base/arena.h"
#include "tangle/base/root.h"
#include "tangle/project/glob.h"

/* Blanks at the end do not count, but for one behind a backslash. */
static struct str
without_blanks(struct str line)
{
	size_t end = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (line.data[i] == '\\' && i + 1 < line.len)
			i++;
		else if (line.data[i] == ' ')
			continue;
		end = i + 1;
	}
	return str_slice(line, 0, end);
}

static struct str
text_of_line(struct str line)
{
	if (str_ends(line, STR("\r")))
		line = str_slice(line, 0, line.len - 1);
	return without_blanks(line);
}

static struct ignore_rule
rule_of(struct str text, size_t line)
{
	struct ignore_rule r = { .pattern = text, .line = line };

	if (str_starts(r.pattern, STR("!"))) {
		r.takes_back = true;
		r.pattern = str_slice(r.pattern, 1, r.pattern.len);
	}
	if (str_ends(r.pattern, STR("/"))) {
		r.is_of_folders = true;
		r.pattern = str_slice(r.pattern, 0, r.pattern.len - 1);
	}
	r.is_tied = str_find_byte(r.pattern, '/') < r.pattern.len;
	if (str_starts(r.pattern, STR("/")))
		r.pattern = str_slice(r.pattern, 1, r.pattern.len);
	return r;
}

void
ignore_read(struct ignore *i, struct str file, struct str text, struct arena *a)
{
	struct str rest = text, line;
	size_t most = 0, number = 0;

	if (str_starts(rest, STR("\xef\xbb\xbf")))
		text = rest = str_slice(rest, 3, rest.len);
	while (str_line(&rest, &line))
		most++;
	*i = (struct ignore){ .file = file, .rules = arena_alloc(a, most, sizeof *i->rules) };
	for (rest = text; str_line(&rest, &line);) {
		struct str rule = text_of_line(line);

		number++;
		if (rule.len > 0 && !str_starts(rule, STR("#")))
			i->rules[i->n++] = rule_of(rule, number);
	}
}

const struct ignore_rule *
ignore_ask(const struct ignore *i, struct str path, bool is_folder)
{
	struct str name = path_name(path);

	for (size_t k = i->n; k > 0; k--) {
		const struct ignore_rule *r = &i->rules[k - 1];

		if (r->is_of_folders && !is_folder)
			continue;
		if (glob_match(r->pattern, r->is_tied ? path : name))
			return r;
	}
	return NULL;
}
