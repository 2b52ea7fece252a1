#include "tangle/document/frontmatter.h"

#include "tangle/base/arena.h"
#include "tangle/base/source.h"
#include "tangle/document/attributes.h"
#include "tangle/document/yaml.h"

static const struct str BOM = { "\xEF\xBB\xBF", 3 };

static bool
is_rule(struct str line, const char *rule)
{
	while (line.len > 0 && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
		line.len--;
	return str_eq(line, str_of(rule));
}

/* No YAML has that at the start of a line; what comes below it may be a rule in an output. */
static bool
is_fence(struct str line)
{
	return str_starts(line, STR("```")) || str_starts(line, STR("~~~"));
}

size_t
frontmatter_size(const struct source *s)
{
	struct str first = str_chomp(str_slice(s->text, 0, str_line_size(s->text)));
	size_t nlines;

	if (str_starts(first, BOM))
		first = str_slice(first, BOM.len, first.len);
	/* a rule with a blank line below it is a thematic break (Pandoc's rule) */
	if (!is_rule(first, "---"))
		return 0;
	nlines = source_nlines(s);
	if (nlines > 1 && str_is_blank(source_line(s, 2)))
		return 0;
	for (size_t n = 2; n <= nlines && !is_fence(source_line(s, n)); n++)
		if (is_rule(source_line(s, n), "---") || is_rule(source_line(s, n), "..."))
			return source_start(s, n + 1);
	return 0;
}

/* Only a document that speaks to us is told that its YAML is broken. */
static bool
speaks_to_us(struct str text)
{
	struct str line;

	while (str_line(&text, &line))
		if (str_starts(line, STR("skein:")))
			return true;
	return false;
}

void
frontmatter_read(struct options *to, const struct source *s, size_t size, struct diag *d)
{
	struct yaml y = { .source = s, .what = "the front matter", .id = "front-matter",
	    .under = "skein" };
	struct str *lines;
	size_t last;

	if (size == 0 || !speaks_to_us(str_slice(s->text, 0, size)))
		return;
	last = source_position(s, size - 1).line;
	lines = arena_alloc(to->arena, last, sizeof *lines);
	for (size_t n = 2; n < last; n++)	/* without the rules around it */
		lines[y.nlines++] = source_line(s, n);
	y.lines = lines;
	yaml_read(to, &y, d);
}
