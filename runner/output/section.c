#include "runner/output/section.h"

#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "runner/output/output.h"

/* Which of them the line begins; NULL: none. */
static struct section *
begun_by(const struct map *labels, struct str line)
{
	if (!str_ends(line, STR(":")))
		return NULL;
	return map_get(labels, str_slice(line, 0, line.len - 1));
}

/* The part that ends where `rest` begins. */
static void
end_part(struct section *s, struct str *none, struct str from, struct str rest)
{
	struct str text = str_slice(from, 0, from.len - rest.len);

	if (s)
		s->text = text;
	else
		*none = text;
}

struct str
sections_cut(struct str whole, struct section *list, size_t n)
{
	struct section *now = NULL, *next;
	struct str rest = whole, from = whole, none = {0}, line;
	struct map labels = {0};

	for (size_t i = 0; i < n; i++) {
		list[i].text = (struct str){0};
		list[i].present = false;
		if (list[i].label.len == 0)
			now = &list[i];
		else
			map_put(&labels, list[i].label, &list[i]);
	}
	if (now)
		now->present = n == 1;
	for (struct str here = rest; output_line(&rest, &line); here = rest) {
		next = begun_by(&labels, line);
		if (!next || next->present)
			continue;
		end_part(now, &none, from, here);
		now = next;
		now->present = true;
		from = rest;
	}
	end_part(now, &none, from, rest);
	for (size_t i = 0; i < n; i++)
		list[i].present |= list[i].text.len > 0;
	map_release(&labels);
	return none;
}

static void
add_part(struct buf *to, const struct section *s)
{
	if (s->label.len > 0) {
		buf_add(to, s->label);
		buf_add(to, STR(":\n"));
	}
	buf_add(to, s->text);
	if (s->text.len > 0 && !str_ends(s->text, STR("\n")))
		buf_byte(to, '\n');
}

struct str
sections_join(const struct section *list, size_t n, struct arena *a)
{
	struct buf text = {0};

	if (n == 1 && list[0].label.len == 0)
		return list[0].text;
	for (size_t i = 0; i < n; i++)
		if (list[i].present && list[i].label.len == 0)
			add_part(&text, &list[i]);
	for (size_t i = 0; i < n; i++)
		if (list[i].present && list[i].label.len > 0)
			add_part(&text, &list[i]);
	return buf_take(&text, a);
}
