#include "runner/session/value.h"

#include <complex.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/session/dwarf.h"
#include "tangle/base/buf.h"

enum {
	STRING_MAX = 200,
	ELEMENTS_MAX = 100,
	TEXT_MAX = 8192,
	DEPTH_MAX = 16,
	FIXED_MAX = 16		/* digits before the point, else 1e+16 */
};

struct printer {
	struct dwarf *dwarf;
	const struct value_memory *memory;
	struct buf *to;
	size_t end;		/* of `to`: no further */
};

static void print(struct printer *p, const struct type *t, struct str bytes, unsigned depth);

static uint64_t
unsigned_of(struct str bytes, size_t size)
{
	uint64_t n = 0;

	memcpy(&n, bytes.data, size < sizeof n ? size : sizeof n);
	return n;
}

static int64_t
signed_of(uint64_t n, unsigned bits)
{
	if (bits == 0 || bits >= 64)
		return (int64_t)n;
	n &= (UINT64_C(1) << bits) - 1;
	return n >> (bits - 1) ? (int64_t)(n | ~UINT64_C(0) << bits) : (int64_t)n;
}

static void
print_wide(struct printer *p, struct str bytes, bool is_signed)
{
	unsigned __int128 n;
	char digits[48], *at = digits + sizeof digits;
	bool minus;

	memcpy(&n, bytes.data, sizeof n);
	minus = is_signed && n >> 127;
	if (minus)
		n = -n;
	do
		*--at = (char)('0' + (int)(n % 10));
	while ((n /= 10) > 0);
	if (minus)
		*--at = '-';
	buf_add(p->to, (struct str){ at, (size_t)(digits + sizeof digits - at) });
}

/* One character as C writes it between quotes. */
static void
print_glyph(struct buf *to, unsigned char c, char quote)
{
	static const char names[] = "abtnvfr";

	if (c >= 7 && c <= 13)
		buf_printf(to, "\\%c", names[c - 7]);
	else if (c == (unsigned char)quote || c == '\\')
		buf_printf(to, "\\%c", c);
	else if (c == 0 && quote == '\'')
		buf_add(to, STR("\\0"));
	else if (c < 32 || c == 127)
		buf_printf(to, "\\%03o", c);
	else
		buf_byte(to, (char)c);
}

/* Text stays text where it is UTF-8. */
static void
print_quoted(struct buf *to, struct str s, bool cut)
{
	buf_byte(to, '"');
	while (s.len > 0) {
		size_t n = str_utf8(s);

		if (n == 0)
			buf_printf(to, "\\%03o", (unsigned char)s.data[0]);
		else if (n == 1)
			print_glyph(to, (unsigned char)s.data[0], '"');
		else
			buf_add(to, str_slice(s, 0, n));
		s = str_slice(s, n ? n : 1, s.len);
	}
	buf_byte(to, '"');
	if (cut)
		buf_add(to, STR("..."));
}

static void
print_char(struct printer *p, const struct type *t, unsigned char c)
{
	int n = t->is_unsigned ? c : (signed char)c;

	buf_printf(p->to, "%d", n);
	if (c < 128) {
		buf_add(p->to, STR(" '"));
		print_glyph(p->to, c, '\'');
		buf_byte(p->to, '\'');
	}
}

/* Parsed again in its own precision, do the digits give the number? */
static bool
same_number(const char *digits, long double n, size_t size)
{
	if (size == sizeof(float))
		return strtof(digits, NULL) == (float)n;
	if (size == sizeof(double))
		return strtod(digits, NULL) == (double)n;
	return strtold(digits, NULL) == n;
}

/* As few digits as tell it from its neighbours. */
static void
print_number(struct buf *to, long double n, size_t size)
{
	char digits[64];
	int precision, exponent;

	if (isnan(n) || isinf(n)) {
		buf_printf(to, "%s%s", signbit(n) ? "-" : "", isnan(n) ? "nan" : "inf");
		return;
	}
	for (precision = 0; precision < 20; precision++) {
		snprintf(digits, sizeof digits, "%.*Le", precision, n);
		if (same_number(digits, n, size))
			break;
	}
	exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
	if (exponent >= -5 && exponent < FIXED_MAX)
		buf_printf(to, "%.*Lf", precision > exponent ? precision - exponent : 0, n);
	else
		buf_printf(to, "%.*Lg", precision + 1, n);
}

static long double
float_of(const char *bytes, size_t size)
{
	float f;
	double d;
	long double l;

	switch (size) {
	case sizeof f:
		memcpy(&f, bytes, sizeof f);
		return f;
	case sizeof d:
		memcpy(&d, bytes, sizeof d);
		return d;
	default:
		memcpy(&l, bytes, sizeof l);
		return l;
	}
}

static bool
is_float_size(uint64_t size)
{
	return size == sizeof(float) || size == sizeof(double) || size == sizeof(long double);
}

static void
print_complex(struct printer *p, struct str bytes, size_t half)
{
	long double imaginary = float_of(bytes.data + half, half);

	print_number(p->to, float_of(bytes.data, half), half);
	buf_add(p->to, signbit(imaginary) ? STR(" - ") : STR(" + "));
	print_number(p->to, fabsl(imaginary), half);
	buf_byte(p->to, 'i');
}

/* By name, or as names joined by |, or as a number. */
static void
print_enum(struct printer *p, const struct type *t, uint64_t n)
{
	unsigned bits = t->size < 8 ? (unsigned)t->size * 8 : 64;
	uint64_t mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX, left = n & mask;
	struct str name;
	int64_t value;
	size_t i, begin = p->to->len;

	for (i = 0; dwarf_enumerator(p->dwarf, t, i, &name, &value); i++) {
		if (((uint64_t)value & mask) == (n & mask)) {
			buf_add(p->to, name);
			return;
		}
	}
	for (i = 0; left && dwarf_enumerator(p->dwarf, t, i, &name, &value); i++) {
		uint64_t flag = (uint64_t)value & mask;

		/* Only single bits: 3 is not ONE | TWO of a plain enumeration. */
		if (!flag || flag & (flag - 1) || !(left & flag))
			continue;
		if (p->to->len > begin)
			buf_add(p->to, STR(" | "));
		buf_add(p->to, name);
		left &= ~flag;
	}
	if (left == 0 && n & mask)
		return;
	p->to->len = begin;
	buf_printf(p->to, "%lld", (long long)signed_of(n, bits));
}

/* The string at an address of the host; false if it cannot be read. */
static bool
print_string_at(struct printer *p, uint64_t address)
{
	char text[STRING_MAX + 1];
	size_t n = p->memory->read(p->memory->arg, address, text, sizeof text);
	const char *end = n > 0 ? memchr(text, '\0', n) : NULL;

	if (n == 0 || (!end && n < sizeof text))
		return false;
	print_quoted(p->to, (struct str){ text, end ? (size_t)(end - text) : STRING_MAX }, !end);
	return true;
}

static void
print_pointer(struct printer *p, const struct type *t, uint64_t address)
{
	struct type target = { .kind = TYPE_OTHER };
	struct str name = {0};

	if (address == 0) {
		buf_add(p->to, STR("NULL"));
		return;
	}
	(void)dwarf_target(p->dwarf, t, &target);
	if (target.kind == TYPE_CHAR && print_string_at(p, address))
		return;
	if (target.kind == TYPE_FUNCTION)
		name = p->memory->function(p->memory->arg, address);
	if (name.len > 0)
		buf_add(p->to, name);
	else
		buf_printf(p->to, "0x%llx", (unsigned long long)address);
}

static void
print_array(struct printer *p, const struct type *t, struct str bytes, unsigned depth)
{
	struct type element;
	uint64_t i;

	if (!dwarf_target(p->dwarf, t, &element)) {
		buf_add(p->to, STR("{...}"));
		return;
	}
	if (element.kind == TYPE_CHAR) {
		size_t len = str_find_byte(bytes, '\0');

		print_quoted(p->to, str_slice(bytes, 0, len < STRING_MAX ? len : STRING_MAX),
		    len > STRING_MAX);
		return;
	}
	buf_byte(p->to, '{');
	for (i = 0; i < t->count; i++) {
		if (i > 0)
			buf_add(p->to, STR(", "));
		if (i == ELEMENTS_MAX || p->to->len >= p->end ||
		    bytes.len < element.size || element.size == 0) {
			buf_add(p->to, STR("..."));
			break;
		}
		print(p, &element, str_slice(bytes, 0, element.size), depth + 1);
		bytes = str_slice(bytes, element.size, bytes.len);
	}
	buf_byte(p->to, '}');
}

static void
print_bits(struct printer *p, const struct member *m, struct str bytes)
{
	char storage[16] = {0};
	uint64_t n = 0;

	/* A field may reach over one byte more than its type has. */
	memcpy(storage, bytes.data, bytes.len < sizeof storage ? bytes.len : sizeof storage);
	memcpy(&n, storage, sizeof n);
	n >>= m->shift;
	if (m->bits + m->shift > 64)
		n |= (uint64_t)(unsigned char)storage[8] << (64 - m->shift);
	if (m->bits < 64)
		n &= (UINT64_C(1) << m->bits) - 1;
	if (m->type.kind == TYPE_SIGNED)
		n = (uint64_t)signed_of(n, m->bits);
	memcpy(storage, &n, sizeof n);
	print(p, &m->type, (struct str){ storage, sizeof storage }, DEPTH_MAX);
}

static void
print_struct(struct printer *p, const struct type *t, struct str bytes, unsigned depth)
{
	struct member m;
	size_t i;

	buf_byte(p->to, '{');
	for (i = 0; dwarf_member(p->dwarf, t, i, &m); i++) {
		uint64_t size = m.bits ? (m.bits + m.shift + 7) / 8 : m.type.size;

		if (i > 0)
			buf_add(p->to, STR(", "));
		if (p->to->len >= p->end || m.at > bytes.len || size > bytes.len - m.at) {
			buf_add(p->to, STR("..."));
			break;
		}
		if (m.name.len > 0)
			buf_printf(p->to, ".%.*s = ", STR_ARG(m.name));
		if (m.bits)
			print_bits(p, &m, str_slice(bytes, m.at, bytes.len));
		else
			print(p, &m.type, str_slice(bytes, m.at, m.at + size), depth + 1);
	}
	buf_byte(p->to, '}');
}

/* `depth` bounds the recursion: types nest as a document says. */
static void
print(struct printer *p, const struct type *t, struct str bytes, unsigned depth)
{
	bool scalar = t->kind != TYPE_ARRAY && t->kind != TYPE_STRUCT;
	bool wide = t->size == sizeof(__int128);

	if ((scalar && bytes.len < t->size) || depth > DEPTH_MAX) {
		buf_add(p->to, STR("..."));
		return;
	}
	switch (t->kind) {
	case TYPE_SIGNED:
		if (wide)
			print_wide(p, bytes, true);
		else
			buf_printf(p->to, "%lld", (long long)signed_of(
			    unsigned_of(bytes, t->size), (unsigned)t->size * 8));
		break;
	case TYPE_UNSIGNED:
		if (wide)
			print_wide(p, bytes, false);
		else
			buf_printf(p->to, "%llu", (unsigned long long)unsigned_of(bytes, t->size));
		break;
	case TYPE_CHAR:
		print_char(p, t, (unsigned char)unsigned_of(bytes, 1));
		break;
	case TYPE_BOOL:
		buf_add(p->to, unsigned_of(bytes, t->size) ? STR("true") : STR("false"));
		break;
	case TYPE_FLOAT:
		if (is_float_size(t->size))
			print_number(p->to, float_of(bytes.data, t->size), t->size);
		else
			buf_add(p->to, STR("..."));
		break;
	case TYPE_COMPLEX:
		if (is_float_size(t->size / 2))
			print_complex(p, bytes, t->size / 2);
		else
			buf_add(p->to, STR("..."));
		break;
	case TYPE_ENUM:
		print_enum(p, t, unsigned_of(bytes, t->size));
		break;
	case TYPE_POINTER:
		print_pointer(p, t, unsigned_of(bytes, t->size));
		break;
	case TYPE_STRUCT:
		print_struct(p, t, bytes, depth);
		break;
	case TYPE_ARRAY:
		print_array(p, t, bytes, depth);
		break;
	case TYPE_FUNCTION:
	case TYPE_OTHER:
		buf_add(p->to, STR("..."));
		break;
	}
}

bool
value_text(struct dwarf *d, int block, struct str bytes, const struct value_memory *m,
    struct buf *to)
{
	struct printer p = { d, m, to, to->len + TEXT_MAX };
	struct type t;

	if (!dwarf_shown(d, block, &t))
		return false;
	print(&p, &t, bytes, 0);
	return true;
}
