#include "runner/output/mark.h"

#include <stdlib.h>
#include <string.h>

#include "runner/output/pattern.h"

#define DAYS	"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
#define MONTHS	"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
#define CLOCK	"\\d\\d?:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?"
#define SECONDS	"(?:\\d+h)?\\d+m(?:\\d+(?:\\.\\d+)?s)?"
#define UNITS	"(?:[num\xC2\xB5]?s|\xCE\xBCs|(?:nano|micro|milli)?sec(?:ond)?s?|min(?:ute)?s?|hrs?|hours?|days?)"
#define OF	"[ =:#(]{0,3}"

/*
 * As people write them.  An author may write ptr-1 in the place of an address.  Each
 * is found in linear time: what is repeated without bound ends at what cannot be in it.
 */
static const struct {
	const char *name, *text;
	bool has_identity, has_width;
} marks[NMARKS] = {
	[MARK_PICTURE] = { "picture", "(?<=\\.skein/)[0-9a-f]{16}(?=\\.[a-z]{3,4}\\b)", false, false },
	[MARK_UUID] = { "uuid",
	    "(?<![\\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\\w-])"
	    "|\\buuid-\\d{1,9}\\b", true, false },
	[MARK_DATE] = { "date",
	    "(?<![\\d/.-])(?:\\d{4}([-/])\\d\\d?\\g{-1}\\d\\d?|\\d\\d?([./])\\d\\d?\\g{-1}\\d{4})(?![\\d/])"
	    "|\\b(?:" DAYS ",? )?" MONTHS " {1,2}\\d\\d?(?: " CLOCK "(?: [A-Z]{3,5})?)?,? \\d{4}\\b"
	    "|\\b(?:" DAYS ",? )?\\d\\d? " MONTHS " \\d{4}\\b", false, false },
	[MARK_TIME] = { "time",
	    "(?<![\\d:])" CLOCK "(?: ?[AaPp][Mm]\\b)?(?:Z\\b| ?[+-]\\d\\d:?\\d\\d\\b| UTC\\b| GMT\\b)?(?![\\d:])",
	    false, false },
	[MARK_DURATION] = { "duration",
	    "(?<![\\w.,])(?:" SECONDS "|\\d+(?:[.,]\\d+)?(?:e[+-]?\\d+)? ?" UNITS ")(?!\\w)", false, true },
	[MARK_PTR] = { "ptr",
	    "(?<!\\w)0x[0-9a-fA-F]{5,16}(?!\\w)|\\bptr-\\d{1,9}\\b", true, true },
	[MARK_TMPDIR] = { "tmpdir",
	    "(?<![\\w/.])(?:/(?:var/)?tmp|/dev/shm|/var/folders/\\w+/\\w+/T|\\$TMPDIR)/[^\\s/:,;'\"<>()]+"
	    "|\\btmpdir-\\d{1,9}\\b", true, false },
	[MARK_TID] = { "tid",
	    "(?i)(?<!\\w)(?:tid|lwp|thread(?: id)?)" OF "\\K(?:0x[0-9a-f]{5,16}|\\d{3,})(?!\\w)"
	    "|\\btid-\\d{1,9}\\b", true, true },
	[MARK_PID] = { "pid",
	    "(?i)(?<!\\w)(?:p?pid|pgid|(?:process|child|parent)(?: p?id)?)" OF "\\K\\d+(?!\\w)"
	    "|(?<===)\\d+(?===)|(?<=\\w\\[)\\d+(?=\\]:)|\\bpid-\\d{1,9}\\b", true, true },
	[MARK_FLOAT] = { "float", NULL, false, true },
};

const char *
mark_name(enum mark m)
{
	return marks[m].name;
}

bool
mark_has_identity(enum mark m)
{
	return marks[m].has_identity;
}

bool
mark_has_width(enum mark m)
{
	return marks[m].has_width;
}

void
marker_release(struct marker *m)
{
	for (enum mark k = MARK_PICTURE; k < NMARKS; k++)
		pattern_free(m->of[k]);
	*m = (struct marker){0};
}

/* Unless a part of it has a mark already. */
static void
take(enum mark k, size_t from, size_t to, unsigned char *of)
{
	for (size_t i = from; i < to; i++)
		if (of[i])
			return;
	for (size_t i = from; i < to; i++)
		of[i] = (unsigned char)k;
	if (from < to)
		of[from] |= MARK_START;
}

/* ---- numbers ---------------------------------------------------------------------- */

static bool
is_digit(struct str s, size_t at)
{
	return at < s.len && s.data[at] >= '0' && s.data[at] <= '9';
}

static bool
is_word(struct str s, size_t at)
{
	return is_digit(s, at) || (at < s.len && ((s.data[at] | 0x20) >= 'a') && (s.data[at] | 0x20) <= 'z') ||
	    (at < s.len && (s.data[at] == '_' || (s.data[at] & 0x80)));
}

static size_t
digits(struct str s, size_t at)
{
	while (is_digit(s, at))
		at++;
	return at;
}

/* Behind "nan", "inf" or "infinity"; `at` if there is none. */
static size_t
unlimited(struct str s, size_t at)
{
	static const char *const words[] = { "nan", "infinity", "inf" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t end = at + strlen(words[i]);

		if (str_eq_nocase(str_slice(s, at, end), str_of(words[i])) && !is_word(s, end))
			return end;
	}
	return at;
}

/* Behind the exponent; `at` if there is none. */
static size_t
exponent(struct str s, size_t at)
{
	size_t i = at + 1;

	if (at >= s.len || (s.data[at] != 'e' && s.data[at] != 'E'))
		return at;
	if (i < s.len && (s.data[i] == '+' || s.data[i] == '-'))
		i++;
	return is_digit(s, i) ? digits(s, i) : at;
}

/*
 * Behind the number that begins there, *is_number; or behind what only looks like
 * one: 1.2.3, 0x10, 3d, 12ab.
 */
static size_t
number(struct str s, size_t at, bool *is_number)
{
	size_t whole = digits(s, at), end = whole;
	bool has_point = false;

	if ((end = unlimited(s, at)) > at) {
		*is_number = true;
		return end;
	}
	end = whole;
	if (end < s.len && s.data[end] == '.' && (is_digit(s, end + 1) || (whole > at && !is_word(s, end + 1)))) {
		has_point = is_digit(s, end + 1);
		end = has_point ? digits(s, end + 1) : end;
	}
	if (end == at) {
		*is_number = false;
		return at + 1;
	}
	*is_number = true;
	if (exponent(s, end) > end) {
		end = exponent(s, end);
		*is_number = !is_word(s, end);
	} else {
		*is_number = has_point || !is_word(s, end);
	}
	if (end < s.len && s.data[end] == '.' && is_digit(s, end + 1))
		*is_number = false;
	while (!*is_number && (is_word(s, end) || (end < s.len && s.data[end] == '.')))
		end++;
	return end;
}

static bool
is_sign(struct str s, size_t at)
{
	return (s.data[at] == '-' || s.data[at] == '+') &&
	    (at == 0 || !(is_word(s, at - 1) || s.data[at - 1] == ')' || s.data[at - 1] == ']'));
}

static void
find_numbers(struct str s, unsigned char *of)
{
	size_t at = 0;

	while (at < s.len) {
		size_t start = at;
		bool is_number;

		if (is_sign(s, at))
			at++;
		at = number(s, at, &is_number);
		if (is_number)
			take(MARK_FLOAT, start, at, of);
		else
			while (at < s.len && is_word(s, at - 1) && is_word(s, at))	/* within a word there is none */
				at++;
	}
}

static bool
is_integer(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s, i) && s.data[i] != '-' && s.data[i] != '+')
			return false;
	return true;
}

enum { LONGEST = 64 };

static bool
read_number(struct str s, long double *value)
{
	char text[LONGEST];

	if (s.len >= LONGEST)
		return false;
	memcpy(text, s.data, s.len);
	text[s.len] = '\0';
	*value = strtold(text, NULL);
	return true;
}

bool
mark_agree(struct str a, struct str b, int n)
{
	long double x, y, larger, unit = 1;

	if (str_eq(a, b))
		return true;
	if ((is_integer(a) && is_integer(b)) || !read_number(a, &x) || !read_number(b, &y))
		return false;
	if (x != x || y != y)
		return x != x && y != y;
	larger = (x < 0 ? -x : x) > (y < 0 ? -y : y) ? (x < 0 ? -x : x) : (y < 0 ? -y : y);
	if (x == y || larger == 0)
		return true;
	if (larger > 1e4900L || larger < 1e-4900L)
		return false;
	for (; larger >= 10; larger /= 10)
		unit *= 10;
	for (; larger < 1; larger *= 10)
		unit /= 10;
	while (--n > 0)
		unit /= 10;
	/* half a unit of the last digit that counts */
	return (x > y ? x - y : y - x) <= unit / 2 * (1 + 1e-9L);
}

/* ---- all of them ------------------------------------------------------------------- */

static void
find_mark(struct marker *m, enum mark k, struct str line, unsigned char *of)
{
	size_t at = 0, start, end;

	if (!m->of[k])
		m->of[k] = pattern_new_builtin(marks[k].text);
	while (at < line.len && pattern_find(m->of[k], line, at, &start, &end) == PATTERN_FOUND) {
		take(k, start, end, of);
		at = end > at ? end : at + 1;
	}
}

void
marker_find(struct marker *m, unsigned set, struct str line, unsigned char *of)
{
	memset(of, 0, line.len);
	for (enum mark k = MARK_PICTURE; k < NMARKS; k++) {
		if (!(set & 1u << k))
			continue;
		if (k == MARK_FLOAT)
			find_numbers(line, of);
		else
			find_mark(m, k, line, of);
	}
}
