#include "runner/output/figure.h"

#include <stdlib.h>
#include <string.h>

#include "tangle/base/arena.h"

enum { NUMBER = 64 };			/* no number is longer */

struct reader {
	struct figure *figure;
	struct point *points;		/* room for as many as there are lines */
	struct str *labels;
	size_t n;
};

static bool
read_number(struct str word, double *number)
{
	char text[NUMBER];
	char *end;

	if (word.len == 0 || word.len >= sizeof text)
		return false;
	memcpy(text, word.data, word.len);
	text[word.len] = '\0';
	*number = strtod(text, &end);
	return *end == '\0' && end != text;
}

static bool
read_point(struct reader *r, struct str line)
{
	struct series *s = &r->figure->series[r->figure->nseries - 1];
	struct point *p = &r->points[r->n];
	struct str rest;
	double first;

	if (!read_number(str_cut(line, ' ', &rest), &first))
		return false;
	if (s->kind == FIGURE_BARS) {
		*p = (struct point){ (double)s->n, first };
		r->labels[r->n] = rest;
	} else {
		p->x = first;
		if (!read_number(rest, &p->y))
			return false;
	}
	r->n++;
	s->n++;
	return true;
}

static bool
begin_series(struct reader *r, enum figure_kind kind, struct str name)
{
	struct figure *f = r->figure;
	size_t rank = 0;

	if (f->nseries == FIGURE_SERIES)
		return false;
	if (f->nseries > 0 && (f->series[0].kind == FIGURE_BARS) != (kind == FIGURE_BARS))
		return false;
	for (size_t n = 0; n < f->nseries; n++)
		rank += f->series[n].kind == kind;
	f->series[f->nseries++] = (struct series){
		.kind = kind, .rank = rank, .name = name, .points = r->points + r->n, .labels = r->labels + r->n
	};
	return true;
}

static bool
set_text(struct str *to, struct str text)
{
	if (to->len > 0)
		return false;
	*to = text;
	return true;
}

static bool
read_line(struct reader *r, struct str line)
{
	struct figure *f = r->figure;
	struct str rest, word = str_cut(line, ' ', &rest);

	if (str_eq(word, STR("line")))
		return begin_series(r, FIGURE_LINE, rest);
	if (str_eq(word, STR("points")))
		return begin_series(r, FIGURE_POINTS, rest);
	if (str_eq(word, STR("bars")))
		return begin_series(r, FIGURE_BARS, rest);
	if (f->nseries > 0)
		return read_point(r, line);
	if (str_eq(word, STR("title")))
		return set_text(&f->title, rest);
	if (str_eq(word, STR("x")))
		return set_text(&f->x, rest);
	if (str_eq(word, STR("y")))
		return set_text(&f->y, rest);
	if (str_eq(line, STR("xlog")))
		return f->xlog = true;
	if (str_eq(line, STR("ylog")))
		return f->ylog = true;
	return false;
}

bool
figure_read(struct figure *f, struct str text, struct arena *a)
{
	struct reader r = { .figure = f };
	size_t lines = str_count_lines(text);
	struct str line;

	memset(f, 0, sizeof *f);
	r.points = arena_alloc(a, lines, sizeof *r.points);
	r.labels = arena_alloc(a, lines, sizeof *r.labels);
	while (str_line(&text, &line))
		if (!read_line(&r, line))
			return false;
	return f->nseries > 0;
}
