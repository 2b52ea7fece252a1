#include "runner/output/axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/buf.h"

static const double LARGEST = 1e270, SMALLEST = 1e-270;
/* A range smaller than this beside its values is made larger. */
static const double NARROWEST = 1e-12;

bool
axis_takes(double value, bool log)
{
	return value <= LARGEST && value >= (log ? SMALLEST : -LARGEST);
}

/* Of a number above 0; within 1e-12, and the same everywhere. */
static double
log_ten(double value)
{
	const double log_two = 0.30102999566398119521, per_nat = 0.43429448190325182765;
	double m, s, square, term, sum = 0;
	int e;

	m = frexp(value, &e);
	if (m < 0.70710678118654752440) {
		m *= 2;
		e--;
	}
	s = (m - 1) / (m + 1);
	square = s * s;
	term = s;
	for (int n = 1; n < 20; n += 2) {
		sum += term / n;
		term *= square;
	}
	return e * log_two + 2 * sum * per_nat;
}

static double
power_of_ten(int e)
{
	double p = 1;

	for (int n = e < 0 ? -e : e; n > 0; n--)
		p *= 10;
	return e < 0 ? 1 / p : p;
}

static double
scaled(long long n, int e)
{
	return e < 0 ? (double)n / power_of_ten(-e) : (double)n * power_of_ten(e);
}

/* The whole number below. */
static int
below(double x)
{
	int n = (int)x;

	return n > x ? n - 1 : n;
}

/* The e with 10^e <= value < 10^(e+1), but for rounding. */
static int
exponent_of(double value)
{
	return value > 0 ? below(log_ten(value) + 1e-9) : 0;
}

static void
add_power(struct buf *to, int e)
{
	static const char *const raised[] = {
		"\xE2\x81\xB0", "\xC2\xB9", "\xC2\xB2", "\xC2\xB3", "\xE2\x81\xB4",
		"\xE2\x81\xB5", "\xE2\x81\xB6", "\xE2\x81\xB7", "\xE2\x81\xB8", "\xE2\x81\xB9"
	};
	char digits[16];

	if (e < 0)
		buf_add(to, STR("\xE2\x81\xBB"));
	snprintf(digits, sizeof digits, "%d", e < 0 ? -e : e);
	for (const char *d = digits; *d; d++)
		buf_add(to, str_of(raised[*d - '0']));
}

static void
add_minus(struct buf *to)
{
	buf_add(to, STR("\xE2\x88\x92"));
}

static void
add_times_ten(struct buf *to)
{
	buf_add(to, STR("\xC3\x97" "10"));
}

/* n times ten to the power of `e`, without an exponent. */
static void
add_decimal(struct buf *to, long long n, int e)
{
	char digits[32];
	int length, places;

	if (n < 0)
		add_minus(to);
	for (; e < 0 && n % 10 == 0 && n != 0; e++)
		n /= 10;
	places = e < 0 && n != 0 ? -e : 0;
	length = snprintf(digits, sizeof digits, "%lld", n < 0 ? -n : n);
	if (places >= length) {
		buf_add(to, STR("0."));
		buf_fill(to, '0', (size_t)(places - length));
		buf_add(to, str_of(digits));
		return;
	}
	buf_printf(to, "%.*s", length - places, digits);
	if (places > 0)
		buf_printf(to, ".%s", digits + length - places);
	if (n != 0 && e > 0)
		buf_fill(to, '0', (size_t)e);
}

static void
add_tick(struct axis *a, double at, struct buf *label)
{
	struct tick *t;

	if (a->nticks < AXIS_TICKS && label->len < AXIS_LABEL) {
		t = &a->ticks[a->nticks++];
		t->at = at;
		memcpy(t->label, buf_cstr(label), label->len + 1);
	}
	buf_clear(label);
}

/* The power of ten that labels of numbers up to 10^largest have: a multiple of 3, or 0. */
static int
common_power(int largest)
{
	if (largest >= -4 && largest < 6)
		return 0;
	return largest - ((largest % 3) + 3) % 3;
}

static void
make_linear_ticks(struct axis *a, int wanted)
{
	struct buf label = {0};
	double raw = a->high / wanted - a->low / wanted, step;
	int e = exponent_of(raw), power, m;
	long long first, last;

	raw /= power_of_ten(e);
	m = raw <= 1.0000001 ? 1 : raw <= 2.0000001 ? 2 : raw <= 5.0000001 ? 5 : 10;
	if (m == 10) {
		m = 1;
		e++;
	}
	step = scaled(m, e);
	first = (long long)floor(a->low / step) - 1;
	last = (long long)floor(a->high / step) + 1;
	power = common_power(exponent_of(fmax(fabs(a->low), fabs(a->high))));
	for (long long k = first; k <= last; k++) {
		double at = scaled(k * m, e);

		if (at < a->low - step * 1e-6 || at > a->high + step * 1e-6)
			continue;
		add_decimal(&label, k * m, e - power);
		if (power != 0 && k != 0) {
			add_times_ten(&label);
			add_power(&label, power);
		}
		add_tick(a, at, &label);
	}
	buf_release(&label);
}

/* 1, 2 or 5 times a power of ten. */
static void
add_log_tick(struct axis *a, int m, int e, bool plain)
{
	struct buf label = {0};
	double at = scaled(m, e);

	if (at < a->low * (1 - 1e-9) || at > a->high * (1 + 1e-9))
		return;
	if (plain) {
		add_decimal(&label, m, e);
	} else {
		if (m != 1)
			buf_printf(&label, "%d\xC3\x97", m);
		buf_add(&label, STR("10"));
		add_power(&label, e);
	}
	add_tick(a, at, &label);
	buf_release(&label);
}

static void
add_minor(struct axis *a, int e)
{
	for (int m = 2; m <= 9; m++) {
		double at = scaled(m, e);

		if (at > a->low && at < a->high && a->nminor < AXIS_MINOR)
			a->minor[a->nminor++] = at;
	}
}

static void
make_log_ticks(struct axis *a, int wanted)
{
	double span = log_ten(a->high) - log_ten(a->low);
	int first = below(log_ten(a->low)), last = below(log_ten(a->high)) + 1;
	bool plain = first >= -4 && last <= 6;
	int decades = last - first, each = decades / wanted + 1;

	if (span < 0.7) {
		make_linear_ticks(a, wanted);
		return;
	}
	for (int e = first; e <= last; e++) {
		if (((e % each) + each) % each == 0)
			add_log_tick(a, 1, e, plain);
		if (span <= 2) {
			add_log_tick(a, 2, e, plain);
			add_log_tick(a, 5, e, plain);
		}
		if (decades <= 6)
			add_minor(a, e);
	}
}

/* Make room at both ends, and from nothing something. */
static void
widen_log(struct axis *a, double room)
{
	double decades = log_ten(a->high) - log_ten(a->low), factor = 1;

	if (decades < 1e-3) {
		a->low /= 1.5;
		a->high *= 1.5;
		return;
	}
	/* Ten to the power of decades * room, in steps that are the same everywhere. */
	for (double more = fmin(decades * room, 20); more > 0; more -= 0.01)
		factor *= more >= 0.01 ? 1.0232929922807541 : 1 + more * 2.33;
	a->low /= factor;
	a->high *= factor;
}

static void
widen(struct axis *a, double room)
{
	double largest = fmax(fabs(a->low), fabs(a->high)), span = a->high - a->low;

	if (largest < SMALLEST) {
		a->low = -1;
		a->high = 1;
	} else if (span <= largest * NARROWEST) {
		a->low -= largest * (span > 0 ? NARROWEST : 0.1);
		a->high += largest * (span > 0 ? NARROWEST : 0.1);
	} else {
		a->low -= a->low != 0 ? span * room : 0;
		a->high += a->high != 0 ? span * room : 0;
	}
}

void
axis_make(struct axis *a, double low, double high, bool log, double room, int ticks)
{
	memset(a, 0, sizeof *a);
	a->low = low;
	a->high = high;
	a->is_log = log;
	if (ticks < 2)
		ticks = 2;
	if (ticks > AXIS_TICKS - 4)
		ticks = AXIS_TICKS - 4;
	if (log) {
		widen_log(a, room);
		make_log_ticks(a, ticks);
	} else {
		widen(a, room);
		make_linear_ticks(a, ticks);
	}
}

double
axis_place(const struct axis *a, double value)
{
	if (a->is_log)
		return (log_ten(value) - log_ten(a->low)) / (log_ten(a->high) - log_ten(a->low));
	return (value / 2 - a->low / 2) / (a->high / 2 - a->low / 2);	/* halves do not overflow */
}

void
axis_number(struct buf *to, double value, int digits)
{
	char text[64];
	char *e, *number = text;

	snprintf(text, sizeof text, "%.*g", digits, value);
	if (*number == '-') {
		add_minus(to);
		number++;
	}
	e = strchr(number, 'e');
	if (!e) {
		buf_add(to, str_of(number));
		return;
	}
	buf_printf(to, "%.*s", (int)(e - number), number);
	add_times_ten(to);
	add_power(to, (e[1] == '-' ? -1 : 1) * (int)strtol(e + 2, NULL, 10));
}
