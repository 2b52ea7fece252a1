#include "runner/cache/record.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

#define INPUTS_HEAD	"skein inputs 1"
#define RECORD_VERSION	"2"

enum { MAX_COUNT = 1 << 20, MAX_PARTS = 64 };

static void
put_digest(struct buf *to, const struct digest *d)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	buf_add(to, str_of(hex));
}

static bool
take_digest(struct str *rest, struct digest *d)
{
	return digest_parse(d, str_word(rest));
}

static bool
take_number(struct str *rest, unsigned long max, unsigned long *number)
{
	return str_number(str_word(rest), max, number);
}

void
record_begin(struct buf *to, const char *kind, const struct digest *name)
{
	buf_printf(to, "skein %s " RECORD_VERSION " ", kind);
	put_digest(to, name);
	buf_byte(to, '\n');
}

void
record_end(struct buf *to)
{
	struct digest d = hash_of(buf_str(to));

	buf_add(to, STR("sum "));
	put_digest(to, &d);
	buf_byte(to, '\n');
}

/* Check the checksum; what stands before it. */
static bool
take_sum(struct str text, struct str *kept)
{
	const size_t tail = sizeof "sum \n" - 1 + HASH_HEX;
	struct digest sum;
	struct str end;

	if (text.len < tail)
		return false;
	end = str_slice(text, text.len - tail, text.len);
	*kept = str_slice(text, 0, text.len - tail);
	return str_starts(end, STR("sum ")) && str_ends(end, STR("\n")) &&
	    digest_parse(&sum, str_slice(end, 4, 4 + HASH_HEX)) && digest_eq(sum, hash_of(*kept));
}

/* Check head and checksum; what stands between them. */
bool
record_open(struct str text, const char *kind, const struct digest *name, struct str *body)
{
	struct buf head = {0};
	struct str kept;
	bool ok;

	record_begin(&head, kind, name);
	ok = str_starts(text, buf_str(&head)) && take_sum(text, &kept) && kept.len >= head.len;
	*body = ok ? str_slice(kept, head.len, kept.len) : STR("");
	buf_release(&head);
	return ok;
}

bool
record_is_whole(struct str text, const struct digest *name)
{
	struct str rest = text, body;
	char kind[32];

	if (!str_eq(str_word(&rest), STR("skein")))
		return false;
	rest = str_word(&rest);
	if (rest.len >= sizeof kind)
		return false;
	memcpy(kind, rest.data, rest.len);
	kind[rest.len] = '\0';
	return record_open(text, kind, name, &body);
}

bool
record_is_other(struct str text)
{
	unsigned long version;
	struct str word;

	if (!str_eq(str_word(&text), STR("skein")) || str_word(&text).len == 0)
		return false;
	word = str_word(&text);
	return str_number(word, ~0UL, &version) && !str_eq(word, STR(RECORD_VERSION));
}

bool
record_is_newer(struct str text, const char *kind)
{
	unsigned long version, ours;
	struct str kept, line;

	return take_sum(text, &kept) && str_line(&kept, &line) &&
	    str_eq(str_word(&line), STR("skein")) && str_eq(str_word(&line), str_of(kind)) &&
	    str_number(STR(RECORD_VERSION), ~0UL, &ours) &&
	    take_number(&line, ~0UL, &version) && version > ours;
}

void
record_write_manifest(const struct manifest *m, const struct digest *request, struct buf *to)
{
	record_begin(to, "manifest", request);
	for (size_t i = 0; i < m->n; i++) {
		buf_add(to, m->list[i].is_failure ? STR("failure ") : STR("object "));
		put_digest(to, &m->list[i].inputs);
		buf_byte(to, ' ');
		put_digest(to, &m->list[i].result);
		buf_byte(to, '\n');
	}
	record_end(to);
}

bool
record_read_manifest(struct str text, const struct digest *request, struct arena *a, struct manifest *m)
{
	struct alternative *list;
	struct str line;
	struct str body;
	bool ok;

	ok = record_open(text, "manifest", request, &body);
	list = arena_alloc(a, ok ? body.len / (2 * HASH_HEX) + 1 : 0, sizeof *list);
	*m = (struct manifest){ list, 0, !ok && record_is_newer(text, "manifest") };
	while (ok && str_line(&body, &line)) {
		struct alternative *x = &list[m->n++];
		struct str kind = str_word(&line);

		x->is_failure = str_eq(kind, STR("failure"));
		ok = (x->is_failure || str_eq(kind, STR("object"))) &&
		    take_digest(&line, &x->inputs) && take_digest(&line, &x->result);
	}
	return ok;
}

/* A message's texts may hold any bytes, so they follow their lengths. */
static void
message_write(const struct message *m, struct buf *to)
{
	buf_printf(to, "message %d %d %zu %zu %zu %zu %zu %zu %zu\n", (int)m->level, m->is_file,
	    m->line, m->column, m->nspans, m->nfixes, m->marker.len, m->text.len, m->option.len);
	buf_add(to, m->marker);
	buf_add(to, m->text);
	buf_add(to, m->option);
	buf_byte(to, '\n');
	for (size_t i = 0; i < m->nspans; i++)
		buf_printf(to, "%zu %zu\n", m->spans[i].from, m->spans[i].to);
	for (size_t i = 0; i < m->nfixes; i++) {
		const struct fixit *f = &m->fixes[i];

		buf_printf(to, "%zu %zu %zu %zu %zu\n", f->line, f->from, f->to_line, f->to,
		    f->text.len);
		buf_add(to, f->text);
		buf_byte(to, '\n');
	}
}

static struct str
take(struct str *rest, size_t n)
{
	struct str part = str_slice(*rest, 0, n);

	*rest = str_slice(*rest, n, rest->len);
	return part;
}

static bool
take_numbers(struct str line, unsigned long *n, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!take_number(&line, ~0UL, &n[i]))
			return false;
	return line.len == 0;
}

static bool
spans_read(struct str *rest, struct arena *a, struct message *m)
{
	struct span *list = arena_alloc(a, m->nspans, sizeof *list);
	struct str line;
	unsigned long n[2];

	m->spans = list;
	for (size_t i = 0; i < m->nspans; i++) {
		if (!str_line(rest, &line) || !take_numbers(line, n, 2))
			return false;
		list[i] = (struct span){ n[0], n[1] };
	}
	return true;
}

static bool
fixes_read(struct str *rest, struct arena *a, struct message *m)
{
	struct fixit *list = arena_alloc(a, m->nfixes, sizeof *list);
	struct str line;
	unsigned long n[5];

	m->fixes = list;
	for (size_t i = 0; i < m->nfixes; i++) {
		if (!str_line(rest, &line) || !take_numbers(line, n, 5) || n[4] >= rest->len)
			return false;
		list[i] = (struct fixit){ n[0], n[1], n[2], n[3], take(rest, n[4]) };
		if (!str_eq(take(rest, 1), STR("\n")))
			return false;
	}
	return true;
}

static bool
message_read(struct str line, struct str *rest, struct arena *a, struct message *m)
{
	unsigned long n[9];

	if (!take_numbers(line, n, 9) || n[0] > MESSAGE_NOTE || n[4] > MAX_PARTS ||
	    n[5] > MAX_PARTS || n[6] > rest->len || n[7] > rest->len || n[8] > rest->len)
		return false;
	*m = (struct message){ .level = (enum message_level)n[0], .is_file = n[1] != 0,
	    .line = n[2], .column = n[3], .nspans = n[4], .nfixes = n[5] };
	m->marker = take(rest, n[6]);
	m->text = take(rest, n[7]);
	m->option = take(rest, n[8]);
	return str_eq(take(rest, 1), STR("\n")) && spans_read(rest, a, m) &&
	    fixes_read(rest, a, m);
}

void
result_write(const struct result *r, const struct digest *name, struct buf *to)
{
	record_begin(to, r->is_failure ? "failure" : "result", name);
	if (!r->is_failure) {
		buf_add(to, STR("object "));
		put_digest(to, &r->object);
		buf_byte(to, '\n');
	}
	buf_printf(to, "took %lld\n", (long long)r->nanoseconds);
	buf_printf(to, "messages %zu %zu\n", r->messages.n, r->messages.left_out);
	for (size_t i = 0; i < r->messages.n; i++)
		message_write(&r->messages.list[i], to);
	record_end(to);
}

static bool
messages_read(struct str *rest, struct str line, struct arena *a, struct messages *m)
{
	struct message *list;
	unsigned long n, left_out;

	if (!take_number(&line, MAX_COUNT, &n) || !take_number(&line, ~0UL >> 1, &left_out) ||
	    n > rest->len)
		return false;
	list = arena_alloc(a, n, sizeof *list);
	*m = (struct messages){ list, n, left_out };
	for (size_t i = 0; i < n; i++)
		if (!str_line(rest, &line) || !str_eq(str_word(&line), STR("message")) ||
		    !message_read(line, rest, a, &list[i]))
			return false;
	return true;
}

bool
result_read(struct str text, const struct digest *name, struct arena *a, struct result *r)
{
	struct str line, body;
	bool ok = record_open(text, r->is_failure ? "failure" : "result", name, &body);
	unsigned long took;

	r->is_newer = !ok && record_is_newer(text, r->is_failure ? "failure" : "result");
	while (ok && str_line(&body, &line)) {
		struct str key = str_word(&line);

		if (str_eq(key, STR("object"))) {
			ok = take_digest(&line, &r->object);
		} else if (str_eq(key, STR("took"))) {
			ok = take_number(&line, ~0UL >> 1, &took);
			r->nanoseconds = ok ? (int64_t)took : 0;
		} else {
			ok = str_eq(key, STR("messages")) &&
			    messages_read(&body, line, a, &r->messages);
		}
	}
	return ok;
}

void
inputs_begin(struct buf *to)
{
	buf_add(to, STR(INPUTS_HEAD "\n"));
}

void
inputs_write(const struct input *i, struct buf *to)
{
	if (i->is_absent) {
		buf_add(to, STR("none"));
	} else {
		buf_add(to, STR("file "));
		put_digest(to, &i->digest);
	}
	buf_byte(to, ' ');
	buf_add(to, i->path);
	buf_byte(to, '\n');
}

bool
inputs_start(struct str *rest)
{
	struct str line;

	return str_line(rest, &line) && str_eq(line, STR(INPUTS_HEAD));
}

bool
inputs_next(struct str *rest, struct input *i)
{
	struct str line, kind, after = *rest;

	if (!str_line(&after, &line))
		return false;
	kind = str_cut(line, ' ', &line);
	i->is_absent = str_eq(kind, STR("none"));
	if (!i->is_absent && !digest_parse(&i->digest, str_cut(line, ' ', &line)))
		return false;
	i->path = line;
	if (i->path.len == 0)
		return false;
	*rest = after;
	return true;
}
