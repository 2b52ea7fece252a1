#include "runner/session/limit.h"

#include <inttypes.h>
#include <stddef.h>

#include "tangle/base/buf.h"
#include "tangle/base/str.h"

enum { MORE = 2 };	/* times as much as was not enough */

enum unit { TIME, SIZE, COUNT };

static const struct {
	const char *option;
	enum unit unit;
} limits[NLIMITS] = {
	[LIMIT_TIMEOUT] = { "timeout", TIME },
	[LIMIT_MEMORY] = { "memory", SIZE },
	[LIMIT_OUTPUT_KILL] = { "output-kill", SIZE },
	[LIMIT_FILE_SIZE] = { "file-size", SIZE },
	[LIMIT_PROCESSES] = { "processes", COUNT },
};

const char *
limit_option(enum limit_kind kind)
{
	return limits[kind].option;
}

/* As the largest of these units in which it is a whole number. */
struct step {
	uint64_t size;
	const char *said, *written;
};

static const struct step times[] = {
	{ 1000000000, " s", "s" }, { 1000000, " ms", "ms" }, { 1000, " us", "us" },
	{ 1, " ns", "" }, { 0, NULL, NULL }
};

static const struct step sizes[] = {
	{ UINT64_C(1) << 30, " GiB", "G" }, { 1 << 20, " MiB", "M" }, { 1 << 10, " KiB", "K" },
	{ 1, " bytes", "" }, { 0, NULL, NULL }
};

static const struct step counts[] = { { 1, "", "" }, { 0, NULL, NULL } };

static const struct step *
step_of(enum unit unit, uint64_t value)
{
	const struct step *s = unit == TIME ? times : unit == SIZE ? sizes : counts;

	while (value % s->size != 0)
		s++;
	return s;
}

void
limit_say(struct buf *to, const struct limit *l)
{
	const struct step *s;

	if (l->is_machine) {
		buf_add(to, STR("3/4 of what the machine had left"));
		return;
	}
	s = step_of(limits[l->kind].unit, l->value);
	buf_printf(to, "%" PRIu64 "%s", l->value / s->size, s->said);
}

void
limit_raise(struct buf *to, const struct limit *l)
{
	uint64_t value = l->value > UINT64_MAX / MORE ? l->value : l->value * MORE;
	const struct step *s;

	buf_printf(to, "%s=", limits[l->kind].option);
	if (l->is_machine) {
		buf_add(to, STR("none"));
		return;
	}
	s = step_of(limits[l->kind].unit, value);
	buf_printf(to, "%" PRIu64 "%s", value / s->size, s->written);
}
