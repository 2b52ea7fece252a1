/*
 * An axis: from where to where, and at which numbers there is a tick.
 *
 * Ticks are multiples of 1, 2 or 5 times a power of ten, which are kept as whole
 * numbers, so that a label says exactly where its tick is.  On a logarithmic axis
 * they are powers of ten, and where these are too few 1, 2 and 5 times such.  All of
 * it comes out the same on every machine: no function of libm that may round another
 * way has a part in it.
 */
#ifndef RUNNER_OUTPUT_AXIS_H
#define RUNNER_OUTPUT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { AXIS_TICKS = 16, AXIS_LABEL = 40, AXIS_MINOR = 64 };

struct tick {
	double at;			/* the value */
	char label[AXIS_LABEL];		/* UTF-8 */
};

struct axis {
	double low, high;		/* low < high */
	bool is_log;			/* 0 < low */
	struct tick ticks[AXIS_TICKS];
	size_t nticks;
	double minor[AXIS_MINOR];	/* thin lines between: 2 to 9 times a power of ten */
	size_t nminor;
};

/* Can a value stand on such an axis?  Not over 1e270; above 1e-270 with `log`. */
bool axis_takes(double value, bool log);

/*
 * An axis for values between the two, which it takes, with about `ticks` ticks.
 * `room` is how much of its length is left free at each end that is not at zero.
 */
void axis_make(struct axis *a, double low, double high, bool log, double room, int ticks);

/* Where a value is: 0 at the low end, 1 at the high one. */
double axis_place(const struct axis *a, double value);

/* A number as people write it, with so many digits: 1.5, −3, 2×10⁻⁹. */
void axis_number(struct buf *to, double value, int digits);

#endif
