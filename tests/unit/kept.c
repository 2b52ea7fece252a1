/* What is kept of an outcome is what was there, and nothing else is taken for it. */
#include "runner/session/kept.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>

#include "runner/session/outcome.h"
#include "runner/session/timeline.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static const struct frame frames[] = {
	{ .function = { "push", 4 }, .marker = { "cell", 4 }, .cell = 3, .line = 12, .column = 2 },
	{ .marker = { "a \n b", 5 }, .cell = SIZE_MAX, .more = 7, .period = 1 },
};
static const struct variable_shown variables[] = {
	{ .name = { "n", 1 }, .value = { "-1", 2 }, .is_argument = true },
	{ .name = { "p", 1 }, .value = { "NULL", 4 }, .is_told = true, .is_settled = true },
};
static const struct moment moments[] = { { 17, 5, false }, { 29, 3, true } };

static struct outcome
crash(void)
{
	return (struct outcome){
		.kind = OUTCOME_CRASH, .signal = 11, .what = STR("read at address 0x0 (NULL)"),
		.frames = frames, .nframes = 2, .start = &frames[1], .in_thread = true,
		.variables = variables, .nvariables = 2, .moments = moments, .nmoments = 2,
		.out = { .head = { "a\0b 7 ", 6 }, .tail = { "end\n", 4 }, .total = 20, .left_out = 10 },
		.err = { .head = { "3 \n", 3 }, .total = 3 },
		.value = { "", 0 }, .nanoseconds = 123456789012
	};
}

static void
test_all_of_it_comes_back(struct arena *a)
{
	struct outcome o = crash(), back;
	struct buf text = {0};
	struct str home;

	kept_write(&o, STR("/tmp/x y"), &text);
	assert(kept_read(buf_str(&text), a, &back, &home));
	assert(str_eq(home, STR("/tmp/x y")));
	assert(back.kind == o.kind && back.signal == 11 && back.in_thread);
	assert(back.nanoseconds == o.nanoseconds && str_eq(back.what, o.what));
	assert(back.out.total == 20 && back.out.left_out == 10);
	assert(str_eq(back.out.head, o.out.head) && str_eq(back.out.tail, o.out.tail));
	assert(str_eq(back.err.head, o.err.head) && back.value.data);
	assert(back.nframes == 2 && back.frames[0].cell == 3 && back.frames[0].line == 12);
	assert(str_eq(back.frames[1].marker, frames[1].marker) && back.frames[1].cell == SIZE_MAX);
	assert(back.start && back.start->more == 7);
	assert(back.nvariables == 2 && back.variables[1].is_settled && !back.variables[0].is_told);
	assert(str_eq(back.variables[1].value, STR("NULL")));
	assert(back.nmoments == 2 && back.moments[1].is_err && back.moments[1].at == 29);
	buf_release(&text);
}

static void
test_no_value_is_not_an_empty_one(struct arena *a)
{
	struct outcome o = { .kind = OUTCOME_DONE }, back;
	struct buf text = {0};
	struct str home;

	kept_write(&o, STR(""), &text);
	assert(kept_read(buf_str(&text), a, &back, &home));
	assert(!back.value.data && !back.start && back.nframes == 0);
	buf_release(&text);
}

static void
test_what_is_cut_or_longer_is_refused(struct arena *a)
{
	struct outcome o = crash(), back;
	struct buf text = {0};
	struct str home;

	kept_write(&o, STR("/tmp"), &text);
	for (size_t n = 0; n < text.len; n++)
		assert(!kept_read(str_slice(buf_str(&text), 0, n), a, &back, &home));
	buf_byte(&text, ' ');
	assert(!kept_read(buf_str(&text), a, &back, &home));
	buf_release(&text);
}

/* Whatever bytes come, nothing outside of them is read (with a sanitizer this shows). */
static void
test_any_bytes_may_come(struct arena *a)
{
	struct outcome o = crash(), back;
	struct buf text = {0};
	struct str home;

	kept_write(&o, STR("/tmp"), &text);
	for (size_t i = 0; i < text.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text.data[i] = (char)(text.data[i] ^ 1 << bit);
			(void)kept_read(buf_str(&text), a, &back, &home);
			text.data[i] = (char)(text.data[i] ^ 1 << bit);
		}
	}
	buf_release(&text);
}

static void
test_what_is_only_true_of_one_run_is_not_kept(void)
{
	struct outcome o = { .kind = OUTCOME_DONE };

	assert(kept_can(&o));
	o.note = STR("threads that earlier cells had started are gone");
	assert(!kept_can(&o));
	o = (struct outcome){ .kind = OUTCOME_TIMEOUT };
	assert(!kept_can(&o));
	o = (struct outcome){ .kind = OUTCOME_CRASH, .state_lost = true };
	assert(!kept_can(&o));
}

int
main(void)
{
	struct arena a;

	arena_init(&a);
	test_all_of_it_comes_back(&a);
	test_no_value_is_not_an_empty_one(&a);
	test_what_is_cut_or_longer_is_refused(&a);
	test_any_bytes_may_come(&a);
	test_what_is_only_true_of_one_run_is_not_kept();
	arena_release(&a);
	return 0;
}
