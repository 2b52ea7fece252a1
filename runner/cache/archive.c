#include "runner/cache/archive.h"

#include <stdio.h>
#include <string.h>

#include "runner/cache/budget.h"
#include "runner/cache/pack.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

#define HEAD_NAME	"skein-cache"
#define HEAD_LINE	"skein cache archive "
#define VERSION		"1"

enum {
	BLOCK = 512,			/* of tar */
	NAME_ROOM = 100, SIZE_ROOM = 12,
	NAME_LENGTH = 2 + 3 + HASH_HEX - 2,	/* "o/ab/" and the rest */
	MAX_HEAD = 512,
	PIECE = 1 << 20			/* what is made room for before it has come */
};

/* In the order of publication.  Pieces are the objects once more, and not carried. */
static const struct {
	enum kind kind;
	size_t most;
} kinds[] = {
	{ KIND_OBJECT, 256 << 20 },
	{ KIND_INPUTS, 16 << 20 },
	{ KIND_ABOUT, 66 << 20 },
	{ KIND_RESULT, 16 << 20 },
	{ KIND_FAILURE, 16 << 20 },
	{ KIND_RUN, 1 << 20 },
	{ KIND_RECORDED, 5 << 20 },
	{ KIND_TEXT, 16 << 20 },
	{ KIND_MANIFEST, 1 << 20 },
	{ KIND_LEDGER, 16 << 20 },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static size_t
rank(enum kind k)
{
	size_t i = 0;

	while (i < KINDS && kinds[i].kind != k)
		i++;
	return i;
}

int
archive_compare(enum kind k, const struct digest *a, enum kind l, const struct digest *b)
{
	size_t x = rank(k), y = rank(l);

	return x != y ? (x > y) - (x < y) : memcmp(a->bytes, b->bytes, HASH_SIZE);
}

size_t
archive_most(enum kind k)
{
	size_t i = rank(k);

	return i < KINDS ? kinds[i].most : 0;
}

/* ---- headers -------------------------------------------------------------------------- */

/* As POSIX has it for ustar; numbers are octal, and end with a NUL. */
struct header {
	char name[NAME_ROOM], mode[8], uid[8], gid[8], size[SIZE_ROOM], mtime[12], sum[8], type,
	    link[100], magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155],
	    rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

/* The one header for a name and a size: a reader compares with it, too. */
static void
make_header(struct header *h, const char *name, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h, 0, sizeof *h);
	snprintf(h->name, sizeof h->name, "%s", name);
	snprintf(h->mode, sizeof h->mode, "0000400");
	snprintf(h->uid, sizeof h->uid, "0000000");
	snprintf(h->gid, sizeof h->gid, "0000000");
	snprintf(h->size, sizeof h->size, "%011zo", size);
	snprintf(h->mtime, sizeof h->mtime, "00000000000");
	memset(h->sum, ' ', sizeof h->sum);
	h->type = '0';
	memcpy(h->magic, "ustar", sizeof h->magic);
	memcpy(h->version, "00", sizeof h->version);
	snprintf(h->major, sizeof h->major, "0000000");
	snprintf(h->minor, sizeof h->minor, "0000000");
	for (size_t i = 0; i < sizeof *h; i++)
		sum += bytes[i];
	snprintf(h->sum, sizeof h->sum, "%06o", sum);	/* a blank stays behind its NUL */
}

static void
name_of(enum kind kind, const struct digest *d, char name[NAME_LENGTH + 1])
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	snprintf(name, NAME_LENGTH + 1, "%c/%.2s/%s", (char)kind, hex, hex + 2);
}

static size_t
padding_of(size_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

/* ---- writing -------------------------------------------------------------------------- */

struct archive_writer {
	struct packing *out;
};

static bool
add_member(struct archive_writer *w, const char *name, struct str bytes)
{
	static const char zeros[BLOCK];
	struct header h;

	make_header(&h, name, bytes.len);
	return packing_add(w->out, (struct str){ (const char *)&h, sizeof h }) &&
	    packing_add(w->out, bytes) &&
	    packing_add(w->out, (struct str){ zeros, padding_of(bytes.len) });
}

static void
write_head(struct buf *to, const struct archive_sum *sum)
{
	buf_printf(to, HEAD_LINE VERSION "\nfiles %llu\nroom %llu\n",
	    (unsigned long long)sum->files, (unsigned long long)sum->room);
}

struct archive_writer *
archive_write(int fd, const struct archive_sum *sum)
{
	struct archive_writer *w = mem_zalloc(1, sizeof *w);
	struct buf head = {0};

	w->out = packing_start(fd);
	write_head(&head, sum);
	add_member(w, HEAD_NAME, buf_str(&head));	/* what fails is found again at the end */
	buf_release(&head);
	return w;
}

bool
archive_add(struct archive_writer *w, enum kind kind, const struct digest *name, struct str bytes)
{
	char path[NAME_LENGTH + 1];

	name_of(kind, name, path);
	return add_member(w, path, bytes);
}

bool
archive_finish(struct archive_writer *w)
{
	static const char end[2 * BLOCK];
	bool ok;

	packing_add(w->out, (struct str){ end, sizeof end });
	ok = packing_end(w->out);
	mem_free(w);
	return ok;
}

/* ---- reading -------------------------------------------------------------------------- */

struct archive {
	struct unpacking *in;
	struct archive_sum left;	/* of what was announced */
	struct buf bytes;
	enum archive_state state;
	const char *why;
	bool has_last;
	enum kind last_kind;
	struct digest last;
};

static bool
damaged(struct archive *r, const char *why)
{
	if (r->state == ARCHIVE_MEMBER) {
		r->state = ARCHIVE_DAMAGED;
		r->why = why;
	}
	return false;
}

/* All n of them. */
static bool
take(struct archive *r, char *to, size_t n)
{
	if (r->state != ARCHIVE_MEMBER)
		return false;
	if (unpacking_read(r->in, to, n) == n)
		return true;
	if (unpacking_state(r->in) == UNPACKING_FAILED) {
		r->state = ARCHIVE_FAILED;
		return false;
	}
	return damaged(r, unpacking_state(r->in) == UNPACKING_OVER ? "it ends too early" :
	    "it is cut or damaged");
}

/* Room is made for what has come, not for what a header says. */
static bool
take_bytes(struct archive *r, size_t size)
{
	char padding[BLOCK];
	size_t npadding = padding_of(size);

	buf_clear(&r->bytes);
	while (r->bytes.len < size) {
		size_t n = size - r->bytes.len < PIECE ? size - r->bytes.len : PIECE;

		if (!take(r, buf_room(&r->bytes, n), n))
			return false;
		r->bytes.len += n;
	}
	if (!take(r, padding, npadding))
		return false;
	for (size_t i = 0; i < npadding; i++)
		if (padding[i] != '\0')
			return damaged(r, "something stands behind a file");
	return true;
}

static bool
size_of(const struct header *h, size_t *size)
{
	*size = 0;
	for (size_t i = 0; i < SIZE_ROOM - 1; i++) {
		if (h->size[i] < '0' || h->size[i] > '7')
			return false;
		*size = *size * 8 + (size_t)(h->size[i] - '0');
	}
	return true;
}

/* Is it to the byte the header that this name and its size have? */
static bool
is_header_of(const struct header *h, const char *name, size_t *size)
{
	struct header ours;

	if (!size_of(h, size))
		return false;
	make_header(&ours, name, *size);
	return memcmp(&ours, h, sizeof ours) == 0;
}

static bool
read_name(const struct header *h, enum kind *kind, struct digest *name)
{
	char hex[HASH_HEX];

	*kind = (enum kind)(unsigned char)h->name[0];
	memcpy(hex, h->name + 2, 2);
	memcpy(hex + 2, h->name + 5, HASH_HEX - 2);
	return rank(*kind) < KINDS && digest_parse(name, (struct str){ hex, sizeof hex });
}

static bool
take_number(struct str *rest, struct str word, uint64_t *number)
{
	struct str line;
	unsigned long n = 0;
	bool ok = str_line(rest, &line) && str_eq(str_word(&line), word) &&
	    str_number(line, ~0UL >> 1, &n);

	*number = n;
	return ok;
}

/* The format first: all that follows is another's affair if it is not ours. */
static bool
read_head(struct archive *r)
{
	struct str text = buf_str(&r->bytes), rest = text, line;
	struct buf ours = {0};
	bool ok;

	if (!str_line(&rest, &line) || !str_starts(line, STR(HEAD_LINE)))
		return damaged(r, "it is no archive of skein's");
	if (!str_eq(str_slice(line, sizeof HEAD_LINE - 1, line.len), STR(VERSION))) {
		r->state = ARCHIVE_NEWER;
		return false;
	}
	ok = take_number(&rest, STR("files"), &r->left.files) &&
	    take_number(&rest, STR("room"), &r->left.room);
	write_head(&ours, &r->left);
	ok = ok && str_eq(buf_str(&ours), text);
	buf_release(&ours);
	return ok || damaged(r, "its first member is damaged");
}

struct archive *
archive_read(int fd, enum archive_state *state, struct archive_sum *sum)
{
	struct archive *r = mem_zalloc(1, sizeof *r);
	struct header h;
	size_t size;

	r->in = unpacking_start(fd);
	r->state = ARCHIVE_MEMBER;
	if (!take(r, (char *)&h, sizeof h)) {
		r->why = "it is no archive of skein's, or it is cut";
	} else {
		if (!is_header_of(&h, HEAD_NAME, &size) || size > MAX_HEAD)
			damaged(r, "it is no archive of skein's");
		else if (take_bytes(r, size))
			read_head(r);
	}
	*state = r->state;
	*sum = r->left;
	return r;
}

/* Two empty blocks, and then nothing. */
static void
read_end(struct archive *r)
{
	char end[2 * BLOCK];

	if (!take(r, end, sizeof end))
		return;
	for (size_t i = 0; i < sizeof end; i++) {
		if (end[i] != '\0') {
			damaged(r, "it has more files than it says");
			return;
		}
	}
	if (unpacking_read(r->in, end, 1) != 0 || unpacking_state(r->in) == UNPACKING_DAMAGED)
		damaged(r, "its end is cut, or something stands behind it");
	else if (unpacking_state(r->in) == UNPACKING_FAILED)
		r->state = ARCHIVE_FAILED;
	else if (r->left.room > 0)
		damaged(r, "its files take less room than it says");
	else
		r->state = ARCHIVE_END;
}

/* What a header may say, before anything of its file is read. */
static bool
accept(struct archive *r, const struct header *h, enum kind *kind, struct digest *name, size_t *size)
{
	char path[NAME_LENGTH + 1];

	if (!read_name(h, kind, name))
		return damaged(r, "it has a member of another name");
	name_of(*kind, name, path);
	if (!is_header_of(h, path, size))
		return damaged(r, "it has a member that is no plain file of ours");
	if (r->has_last && archive_compare(r->last_kind, &r->last, *kind, name) >= 0)
		return damaged(r, "its files are not in order, or one is there twice");
	if (*size > archive_most(*kind) || budget_room(*size) > r->left.room)
		return damaged(r, "it has a file that is too large");
	return true;
}

enum archive_state
archive_next(struct archive *r, enum kind *kind, struct digest *name, struct str *bytes)
{
	struct header h;
	size_t size;

	*bytes = STR("");
	if (r->state == ARCHIVE_MEMBER && r->left.files == 0) {
		read_end(r);
		return r->state;
	}
	if (!take(r, (char *)&h, sizeof h) || !accept(r, &h, kind, name, &size) ||
	    !take_bytes(r, size))
		return r->state;
	r->left.files--;
	r->left.room -= budget_room(size);
	r->has_last = true;
	r->last_kind = *kind;
	r->last = *name;
	*bytes = buf_str(&r->bytes);
	return r->state;
}

const char *
archive_why(const struct archive *r)
{
	return r->why ? r->why : "it is damaged";
}

void
archive_close(struct archive *r)
{
	unpacking_end(r->in);
	buf_release(&r->bytes);
	mem_free(r);
}
