#include "tangle/emit/manifest.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/file.h"

enum { VERSION = 1, LARGEST = 256 << 20 };

#define PATH	STR(".skein/manifest")

/*
 * Reading
 */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
read_name(struct str *name, struct str word, struct arena *a)
{
	struct buf b = {0};
	bool ok = word.len > 0;

	for (size_t i = 0; ok && i < word.len; i++) {
		int high, low;

		if (word.data[i] != '%') {
			buf_byte(&b, word.data[i]);
			continue;
		}
		high = i + 2 < word.len ? hex_digit(word.data[i + 1]) : -1;
		low = i + 2 < word.len ? hex_digit(word.data[i + 2]) : -1;
		ok = high >= 0 && low >= 0;
		if (ok)
			buf_byte(&b, (char)(high << 4 | low));
		i += 2;
	}
	*name = buf_take(&b, a);
	return ok;
}

static bool
read_line(struct manifest *m, struct str line)
{
	struct entry *e = arena_alloc(m->arena, 1, sizeof *e);
	struct str before;

	if (!str_eq(str_cut(line, ' ', &line), STR("target")))
		return false;
	before = str_cut(line, ' ', &line);
	e->has_before = !str_eq(before, STR("-"));
	if ((e->has_before && !digest_parse(&e->before, before)) ||
	    !digest_parse(&e->now, str_cut(line, ' ', &line)) ||
	    !read_name(&e->document, str_cut(line, ' ', &line), m->arena) ||
	    !read_name(&e->path, line, m->arena))
		return false;
	map_put(&m->entries, e->path, e);
	return true;
}

static bool
read_version(struct str line, struct place at, struct diag *d)
{
	struct str mark = STR("skein manifest ");
	unsigned long version;

	if (!str_starts(line, mark) ||
	    !str_number(str_slice(line, mark.len, line.len), 1000000, &version) || version == 0) {
		diag_error(d, STATUS_STRUCTURE, at, "damaged-manifest",
		    "this is not a manifest of skein; without it, what is up to date is taken over again");
		return false;
	}
	if (version > VERSION)
		diag_error(d, STATUS_STRUCTURE, at, "newer-manifest",
		    "the manifest was written by a newer skein (version %lu, we know %d)",
		    version, VERSION);
	return version <= VERSION;
}

static bool
read_text(struct manifest *m, struct str text, struct diag *d)
{
	struct source s;
	struct str line, rest = text;

	source_init(&s, m->arena, m->file, text);
	if (!str_line(&rest, &line))
		line = text;
	if (!read_version(line, place_file(&s), d))
		return false;
	while (str_line(&rest, &line)) {
		if (read_line(m, line))
			continue;
		diag_error(d, STATUS_STRUCTURE, place_of(&s, line), "damaged-manifest",
		    "this is no line of a manifest; without the file, what is up to date is taken over again");
		return false;
	}
	return true;
}

bool
manifest_read(struct manifest *m, const struct root *root, struct arena *a, struct diag *d)
{
	return manifest_read_from(m, root, PATH, a, d);
}

bool
manifest_read_from(struct manifest *m, const struct root *root, struct str file, struct arena *a,
    struct diag *d)
{
	struct file_state f;
	struct str text;

	*m = (struct manifest){ .arena = a, .file = file };
	if (!file_look(root, file, &f, d))
		return false;
	if (!f.exists)
		return true;
	if (!file_read(root, file, LARGEST, a, &text, d))
		return false;
	m->exists = true;
	m->digest = hash_of(text);
	return read_text(m, text, d);
}

void
manifest_release(struct manifest *m)
{
	map_release(&m->entries);
}

/*
 * Entries
 */

struct entry *
manifest_find(const struct manifest *m, struct str path)
{
	return map_get(&m->entries, path);
}

bool
entry_is_ours(const struct entry *e, struct digest content)
{
	return digest_eq(e->now, content) || (e->has_before && digest_eq(e->before, content));
}

void
manifest_put(struct manifest *m, struct str path, struct str document,
    const struct digest *before, struct digest now)
{
	struct entry *e = manifest_find(m, path);

	if (!e) {
		e = arena_alloc(m->arena, 1, sizeof *e);
		e->path = arena_str(m->arena, path);
		map_put(&m->entries, e->path, e);
	}
	e->document = arena_str(m->arena, document);
	e->has_before = before != NULL;
	if (before)
		e->before = *before;
	e->now = now;
}

void
manifest_forget(struct manifest *m, struct str path)
{
	map_remove(&m->entries, path);
}

/*
 * Writing
 */

static void
add_digest(struct buf *b, struct digest digest)
{
	char hex[HASH_HEX + 1];

	digest_hex(digest, hex);
	buf_add(b, (struct str){ hex, HASH_HEX });
	buf_byte(b, ' ');
}

static void
add_name(struct buf *b, struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c <= ' ' || c == '%' || c == 0x7F)
			buf_printf(b, "%%%02X", c);
		else
			buf_byte(b, (char)c);
	}
}

static void
add_entry(struct buf *b, const struct entry *e)
{
	buf_add(b, STR("target "));
	if (e->has_before)
		add_digest(b, e->before);
	else
		buf_add(b, STR("- "));
	add_digest(b, e->now);
	add_name(b, e->document);
	buf_byte(b, ' ');
	add_name(b, e->path);
	buf_byte(b, '\n');
}

bool
manifest_write(struct manifest *m, const struct root *root, bool durable, struct diag *d)
{
	struct file_options o = { .mode = -1, .durable = durable };
	struct source file = { .name = m->file };
	enum file_result result;
	struct buf b = {0};

	buf_printf(&b, "skein manifest %d\n", VERSION);
	for (const struct map_entry *e = map_first(&m->entries); e; e = map_next(e))
		add_entry(&b, map_value(e));
	result = file_replace(root, m->file, m->exists ? &m->digest : NULL, buf_str(&b), &o, d);
	if (result == FILE_WRITTEN || result == FILE_UNCHANGED) {
		m->exists = true;
		m->digest = hash_of(buf_str(&b));
	} else if (result == FILE_CHANGED) {
		diag_error(d, STATUS_CONFLICT, place_file(&file), "changed-meanwhile",
		    "somebody else wrote the manifest while we were at work");
	}
	buf_release(&b);
	return result == FILE_WRITTEN || result == FILE_UNCHANGED;
}
