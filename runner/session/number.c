#include "runner/session/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/buf.h"

enum { FIXED_MAX = 16 };	/* digits before the point, else 1e+16 */

/* The widest format that libc can print here: x86 has two of 16 bytes. */
#if defined(__x86_64__) && defined(__SIZEOF_FLOAT128__) && defined(__GLIBC__)
#define HAS_QUAD	1
__extension__ typedef __float128 wide;
int strfromf128(char *to, size_t size, const char *format, wide n);
wide strtof128(const char *text, char **end);
#define wide_print	strfromf128
#else
#define HAS_QUAD	0
typedef long double wide;
int strfroml(char *to, size_t size, const char *format, long double n);
#define wide_print	strfroml
#endif

enum format { HALF, BRAIN, SINGLE, DOUBLE, LONG_DOUBLE, QUAD, UNKNOWN };

int64_t
number_signed(uint64_t n, unsigned bits)
{
	if (bits == 0 || bits >= 64)
		return (int64_t)n;
	n &= (UINT64_C(1) << bits) - 1;
	return n >> (bits - 1) ? (int64_t)(n | ~UINT64_C(0) << bits) : (int64_t)n;
}

void
number_integer(struct buf *to, struct str bytes, bool is_unsigned)
{
	unsigned __int128 n = 0;
	char digits[48], *at = digits + sizeof digits;
	size_t i;
	bool minus;

	if (bytes.len > sizeof n) {	/* _BitInt(N) */
		buf_add(to, STR("0x"));
		for (i = bytes.len; i-- > 0; )
			buf_printf(to, "%02x", (unsigned char)bytes.data[i]);
		return;
	}
	memcpy(&n, bytes.data, bytes.len);
	minus = !is_unsigned && bytes.len > 0 && n >> (bytes.len * 8 - 1) & 1;
	if (minus && bytes.len < sizeof n)
		n |= ~(unsigned __int128)0 << bytes.len * 8;
	if (minus)
		n = -n;
	do
		*--at = (char)('0' + (int)(n % 10));
	while ((n /= 10) > 0);
	if (minus)
		*--at = '-';
	buf_add(to, (struct str){ at, (size_t)(digits + sizeof digits - at) });
}

static enum format
format_of(size_t size, struct str base)
{
	switch (size) {
	case 2:
		return str_find(base, STR("bf16")) < base.len ? BRAIN : HALF;
	case 4:
		return SINGLE;
	case 8:
		return DOUBLE;
	case 16:
		if (sizeof(long double) == 16 && str_find(base, STR("128")) == base.len)
			return LONG_DOUBLE;
		return HAS_QUAD ? QUAD : LONG_DOUBLE;
	}
	return UNKNOWN;
}

/* A number of 5 bits of exponent and 10 of fraction. */
static float
half_of(unsigned n)
{
	unsigned exponent = n >> 10 & 31, fraction = n & 1023;

	if (exponent == 31)
		return fraction ? NAN : INFINITY;
	return exponent ? ldexpf((float)(fraction + 1024), (int)exponent - 25) :
	    ldexpf((float)fraction, -24);
}

/* Without its sign. */
static wide
take(const char *bytes, enum format format)
{
	union {
		uint16_t half;
		uint32_t single;
		float f;
		double d;
		long double l;
		wide w;
	} u = {0};

	switch (format) {
	case HALF:
		memcpy(&u.half, bytes, sizeof u.half);
		return (wide)half_of(u.half & 0x7fff);
	case BRAIN:
		memcpy((char *)&u.single + 2, bytes, 2);
		u.single &= 0x7fffffff;
		return (wide)u.f;
	case SINGLE:
		memcpy(&u.f, bytes, sizeof u.f);
		return (wide)fabsf(u.f);
	case DOUBLE:
		memcpy(&u.d, bytes, sizeof u.d);
		return (wide)fabs(u.d);
	case LONG_DOUBLE:
		memcpy(&u.l, bytes, sizeof u.l);
		return (wide)fabsl(u.l);
	case QUAD:
		memcpy(&u.w, bytes, sizeof u.w);
		return u.w < 0 ? -u.w : u.w;
	case UNKNOWN:
		break;
	}
	return 0;
}

static bool
is_negative(struct str bytes, enum format format)
{
	size_t top = bytes.len - 1;

#ifdef __x86_64__
	if (format == LONG_DOUBLE)
		top = 9;
#endif
	(void)format;
	return (unsigned char)bytes.data[top] >> 7;
}

/* Parsed again in its own precision, do the digits give the number? */
static bool
same_number(const char *digits, wide n, enum format format)
{
	switch (format) {
	case HALF:	/* the digits need not be read exactly to tell 2048 from 2049 */
		return fabsf(strtof(digits, NULL) - (float)n) < (float)n / 4096 ||
		    strtof(digits, NULL) == (float)n;
	case BRAIN:
		return fabsf(strtof(digits, NULL) - (float)n) < (float)n / 512 ||
		    strtof(digits, NULL) == (float)n;
	case SINGLE:
		return strtof(digits, NULL) == (float)n;
	case DOUBLE:
		return strtod(digits, NULL) == (double)n;
	case LONG_DOUBLE:
		return strtold(digits, NULL) == (long double)n;
	case QUAD:
	case UNKNOWN:
		break;
	}
#if HAS_QUAD
	return strtof128(digits, NULL) == n;
#else
	return true;
#endif
}

static void
print(char *to, size_t size, wide n, int precision, char conversion)
{
	char format[16];

	snprintf(format, sizeof format, "%%.%d%c", precision, conversion);
	wide_print(to, size, format, n);
}

static void
add_number(struct buf *to, wide n, enum format format)
{
	char digits[64];
	int precision, exponent;

	if (n != n || n - n != 0) {
		buf_add(to, n != n ? STR("nan") : STR("inf"));
		return;
	}
	for (precision = 0; precision < 40; precision++) {
		print(digits, sizeof digits, n, precision, 'e');
		if (same_number(digits, n, format))
			break;
	}
	exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
	if (exponent >= -5 && exponent < FIXED_MAX)
		print(digits, sizeof digits, n, precision > exponent ? precision - exponent : 0, 'f');
	else
		print(digits, sizeof digits, n, precision + 1, 'g');
	buf_add(to, str_of(digits));
}

void
number_float(struct buf *to, struct str bytes, struct str base)
{
	enum format format = format_of(bytes.len, base);

	if (format == UNKNOWN) {
		buf_add(to, STR("..."));
		return;
	}
	if (is_negative(bytes, format))
		buf_byte(to, '-');
	add_number(to, take(bytes.data, format), format);
}

void
number_complex(struct buf *to, struct str bytes, struct str base, bool is_integer,
    bool is_unsigned)
{
	struct str half[2] = {
		str_slice(bytes, 0, bytes.len / 2), str_slice(bytes, bytes.len / 2, bytes.len)
	};
	struct buf part = {0};
	struct str imaginary;
	size_t i;

	for (i = 0; i < 2; i++) {
		buf_clear(&part);
		if (is_integer)
			number_integer(&part, half[i], is_unsigned);
		else
			number_float(&part, half[i], base);
		if (i == 0)
			buf_add(to, buf_str(&part));
	}
	imaginary = buf_str(&part);
	if (str_starts(imaginary, STR("-"))) {
		buf_add(to, STR(" - "));
		imaginary = str_slice(imaginary, 1, imaginary.len);
	} else {
		buf_add(to, STR(" + "));
	}
	buf_printf(to, "%.*si", STR_ARG(imaginary));
	buf_release(&part);
}
