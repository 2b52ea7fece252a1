#include "runner/build/piece.h"

#include <elf.h>
#include <string.h>

#include "runner/build/part.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum { PAGE = 4096, SHIFT = 26, FIRST_VERSION = 2 };

/* Behind the program headers: how many parts, and what is known of each. */
#define MAGIC	"skein piece 2"

struct intro {
	char magic[16];
	uint64_t nparts;
};

struct symbol {
	struct symbol *next;
	struct str name;
	uint32_t hash;
	uint32_t index;		/* in the table that is made */
	uint16_t version;
	Elf64_Sym sym;		/* st_name is set as it is written */
};

struct version {
	struct part_version of;
	uint32_t file, name;	/* in the table of names */
};

/* A relocation that names a symbol. */
struct wish {
	const struct symbol *symbol;
	uint64_t place;
	int64_t addend;
};

struct frame {
	int32_t code, description;
};

struct join {
	struct arena arena;
	struct part parts[PIECE_MOST];
	size_t nparts;
	struct map known;		/* name and version -> struct symbol */
	struct symbol *first, **last;
	size_t nsymbols, ndefined;
	struct version *versions;
	size_t nversions, version_cap;
	struct wish *wishes;
	size_t nwishes, wish_cap;
	size_t nfixed, nframes, name_bytes;
};

/* ---- collecting ------------------------------------------------------------------------ */

static struct str
key_of(struct join *j, struct str name, const struct part_version *v)
{
	if (!v)
		return name;
	return arena_printf(&j->arena, "%.*s@%.*s@%.*s", STR_ARG(name), STR_ARG(v->name),
	    STR_ARG(v->file));
}

static uint16_t
version_of(struct join *j, const struct part_version *v)
{
	size_t i;

	if (!v)
		return VER_NDX_GLOBAL;
	for (i = 0; i < j->nversions; i++)
		if (str_eq(j->versions[i].of.file, v->file) && str_eq(j->versions[i].of.name, v->name))
			return (uint16_t)(i + FIRST_VERSION);
	j->versions = mem_grow(j->versions, &j->version_cap, i + 1, sizeof *j->versions);
	j->versions[j->nversions++] = (struct version){ .of = *v };
	j->name_bytes += v->file.len + v->name.len + 2;
	return (uint16_t)(i + FIRST_VERSION);
}

static uint32_t
hash_of_name(struct str name)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < name.len; i++)
		h = h * 33 + (unsigned char)name.data[i];
	return h;
}

/*
 * Is one of its definitions known already: made by another part, which came
 * first, or asked for by one that runs when it is not there yet?
 */
static bool
would_be_early(struct join *j, const struct part *p)
{
	enum part_symbol kind;
	struct str name;
	Elf64_Sym s;

	for (size_t i = 0; (kind = part_symbol(p, i, &s, &name)) != PART_END; i++)
		if (kind == PART_DEFINED && map_get(&j->known, name))
			return true;
	return false;
}

static struct symbol *
know(struct join *j, const struct part *p, size_t i, const Elf64_Sym *s, struct str name)
{
	struct part_version v;
	bool has = part_version(p, i, &v);
	struct str key = key_of(j, name, has ? &v : NULL);
	struct symbol *one = map_get(&j->known, key);

	if (!one) {
		one = arena_alloc(&j->arena, 1, sizeof *one);
		*one = (struct symbol){ .name = name, .hash = hash_of_name(name), .sym = *s };
		one->version = version_of(j, has ? &v : NULL);
		*j->last = one;
		j->last = &one->next;
		j->nsymbols++;
		j->name_bytes += name.len + 1;
		map_put(&j->known, key, one);
	}
	return one;
}

static void
add_symbols(struct join *j, const struct part *p, uint64_t base, struct symbol **list)
{
	enum part_symbol kind;
	struct str name;
	Elf64_Sym s;

	for (size_t i = 0; (kind = part_symbol(p, i, &s, &name)) != PART_END; i++) {
		list[i] = NULL;
		if (kind == PART_OWN)
			continue;
		if (kind == PART_DEFINED) {
			s.st_value += base;
			s.st_shndx = 1;
			j->ndefined++;
		}
		list[i] = know(j, p, i, &s, name);
		/* Wanted by one is wanted by all. */
		if (kind == PART_ASKED && ELF64_ST_BIND(s.st_info) == STB_GLOBAL &&
		    list[i]->sym.st_shndx == SHN_UNDEF)
			list[i]->sym.st_info = s.st_info;
	}
}

static void
add_relocations(struct join *j, const struct part *p, uint64_t base, struct symbol **list)
{
	Elf64_Rela r;

	for (size_t k = 0; k < 2; k++) {
		for (uint64_t i = 0; part_bytes(p->relocations[k], i * sizeof r, &r, sizeof r); i++) {
			enum part_fix fix = part_fix(ELF64_R_TYPE(r.r_info), k == 1);

			j->nfixed += fix == PART_FIX_BASE;
			if (fix != PART_FIX_SYMBOL)
				continue;
			j->wishes = mem_grow(j->wishes, &j->wish_cap, j->nwishes + 1, sizeof *j->wishes);
			j->wishes[j->nwishes++] = (struct wish){ list[ELF64_R_SYM(r.r_info)],
			    base + r.r_offset, r.r_addend };
		}
	}
}

/* What .eh_frame_hdr says of itself, in the only form that compilers write. */
struct frames_head {
	unsigned char version, pointer, count, table;
	int32_t frames;
	uint32_t n;
};

static size_t
frames_of(const struct part *p)
{
	struct frames_head h;

	if (!part_bytes(p->frames, 0, &h, sizeof h) || h.version != 1 || h.pointer != 0x1b ||
	    h.count != 0x03 || h.table != 0x3b || h.n > (p->frames.len - sizeof h) / sizeof(struct frame))
		return 0;
	return h.n;
}

static bool
add_part(struct join *j, const struct part *p)
{
	uint64_t base = j->nparts * PIECE_SLOT;
	struct symbol **list;

	if (p->extent > PIECE_SLOT / 2 || frames_of(p) == 0 ||
	    (j->nparts > 0 && would_be_early(j, p)))
		return false;
	list = arena_alloc(&j->arena, p->symbols.len / sizeof(Elf64_Sym), sizeof(struct symbol *));
	add_symbols(j, p, base, list);
	add_relocations(j, p, base, list);
	j->nframes += frames_of(p);
	j->parts[j->nparts++] = *p;
	return true;
}

/* ---- where everything will stand ------------------------------------------------------- */

enum table {
	T_HEADERS, T_PARTS, T_HASH, T_SYMBOLS, T_NAMES, T_VERSIONS, T_NEEDS, T_RELOCATIONS,
	T_FRAMES, T_DYNAMIC, TABLES
};

struct layout {
	uint64_t at[TABLES], size[TABLES];	/* in the file; `base` more in memory */
	uint64_t base, end;
	uint32_t nbuckets, nwords;
	size_t nheaders;
};

static const char libm[] = "libm.so.6", libc[] = "libc.so.6";

static size_t
loads_of(const struct join *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->nparts; i++)
		n += j->parts[i].nloads;
	return n;
}

static void
lay_out(const struct join *j, struct layout *l)
{
	uint64_t end = 0;

	*l = (struct layout){ .nbuckets = (uint32_t)(j->ndefined / 2 + 1), .nwords = 1 };
	while (l->nwords * 8 < j->ndefined)
		l->nwords *= 2;
	l->nheaders = loads_of(j) + 4;
	l->size[T_HEADERS] = sizeof(Elf64_Ehdr) + l->nheaders * sizeof(Elf64_Phdr);
	l->size[T_PARTS] = sizeof(struct intro) + j->nparts * sizeof(struct piece_part);
	l->size[T_HASH] = 16 + l->nwords * 8 + l->nbuckets * 4 + j->ndefined * 4;
	l->size[T_SYMBOLS] = (j->nsymbols + 1) * sizeof(Elf64_Sym);
	l->size[T_NAMES] = 1 + j->name_bytes + sizeof libm + sizeof libc;
	l->size[T_VERSIONS] = (j->nsymbols + 1) * sizeof(uint16_t);
	l->size[T_NEEDS] = j->nversions * (sizeof(Elf64_Verneed) + sizeof(Elf64_Vernaux));
	l->size[T_RELOCATIONS] = (j->nfixed + j->nwishes) * sizeof(Elf64_Rela);
	l->size[T_FRAMES] = sizeof(struct frames_head) + j->nframes * sizeof(struct frame);
	l->size[T_DYNAMIC] = 16 * sizeof(Elf64_Dyn);
	for (size_t i = 0; i < TABLES; i++) {
		l->at[i] = end;
		end = (end + l->size[i] + 7) & ~(uint64_t)7;
	}
	l->end = (end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	l->base = j->parts[0].extent;
}

static bool
has_room(const struct join *j)
{
	struct layout l;

	lay_out(j, &l);
	return l.base + l.end <= PIECE_SLOT;
}

/* ---- writing --------------------------------------------------------------------------- */

struct writer {
	const struct join *join;
	const struct layout *layout;
	char *bytes;			/* of the file; all zero at first */
	uint64_t nnames;		/* bytes of names so far */
	uint32_t libs[2];
	uint64_t ndynamic;
};

static void
put(struct writer *w, enum table t, uint64_t offset, const void *from, size_t n)
{
	memcpy(w->bytes + w->layout->at[t] + offset, from, n);
}

static uint32_t
put_name(struct writer *w, struct str name)
{
	uint64_t at = w->nnames;

	put(w, T_NAMES, at, name.data, name.len);
	w->nnames += name.len + 1;
	return (uint32_t)at;
}

/* The defined ones last, those of a bucket side by side, as .gnu.hash wants it. */
static const struct symbol **
order_symbols(struct join *j, const struct layout *l)
{
	const struct symbol **list = arena_alloc(&j->arena, j->nsymbols + 1, sizeof(struct symbol *));
	size_t *counts = arena_alloc(&j->arena, l->nbuckets + 1, sizeof *counts), n = 1;

	for (const struct symbol *s = j->first; s; s = s->next)
		if (s->sym.st_shndx != SHN_UNDEF)
			counts[s->hash % l->nbuckets + 1]++;
	for (size_t i = 1; i <= l->nbuckets; i++)
		counts[i] += counts[i - 1];
	for (struct symbol *s = j->first; s; s = s->next) {
		if (s->sym.st_shndx == SHN_UNDEF)
			s->index = (uint32_t)n++;
		else
			s->index = (uint32_t)(1 + j->nsymbols - j->ndefined +
			    counts[s->hash % l->nbuckets]++);
		list[s->index] = s;
	}
	return list;
}

static void
write_symbols(struct writer *w, const struct symbol **list)
{
	for (uint64_t i = 1; i <= w->join->nsymbols; i++) {
		Elf64_Sym s = list[i]->sym;

		s.st_name = put_name(w, list[i]->name);
		put(w, T_SYMBOLS, i * sizeof s, &s, sizeof s);
		put(w, T_VERSIONS, i * sizeof(uint16_t), &list[i]->version, sizeof(uint16_t));
	}
}

static void
write_hash(struct writer *w, const struct symbol **list)
{
	const struct join *j = w->join;
	const struct layout *l = w->layout;
	uint32_t first = (uint32_t)(1 + j->nsymbols - j->ndefined);
	uint32_t head[4] = { l->nbuckets, first, l->nwords, SHIFT };
	uint64_t buckets = sizeof head + l->nwords * 8, chains = buckets + l->nbuckets * 4;
	uint32_t last = UINT32_MAX;

	put(w, T_HASH, 0, head, sizeof head);
	for (uint32_t i = first; i <= j->nsymbols; i++) {
		uint32_t hash = list[i]->hash, bucket = hash % l->nbuckets, link = hash & ~1u;
		uint64_t *word = (void *)(w->bytes + l->at[T_HASH] + sizeof head +
		    (hash / 64 % l->nwords) * 8);

		*word |= (uint64_t)1 << hash % 64 | (uint64_t)1 << (hash >> SHIFT) % 64;
		if (bucket != last)
			put(w, T_HASH, buckets + bucket * 4, &i, sizeof i);
		last = bucket;
		if (i == j->nsymbols || list[i + 1]->hash % l->nbuckets != bucket)
			link |= 1;
		put(w, T_HASH, chains + (i - first) * 4, &link, sizeof link);
	}
}

/* One need for each version: the loader does not mind a library named twice. */
static void
write_needs(struct writer *w)
{
	uint64_t at = 0;

	for (size_t i = 0; i < w->join->nversions; i++) {
		const struct part_version *v = &w->join->versions[i].of;
		Elf64_Verneed need = { .vn_version = 1, .vn_cnt = 1, .vn_aux = sizeof need };
		Elf64_Vernaux one = { .vna_hash = v->hash, .vna_flags = v->flags,
		    .vna_other = (Elf64_Half)(i + FIRST_VERSION) };

		need.vn_file = w->libs[str_eq(v->file, str_of(libc))];
		one.vna_name = put_name(w, v->name);
		if (i + 1 < w->join->nversions)
			need.vn_next = sizeof need + sizeof one;
		put(w, T_NEEDS, at, &need, sizeof need);
		put(w, T_NEEDS, at + sizeof need, &one, sizeof one);
		at += sizeof need + sizeof one;
	}
}

/* Those that only add the base come first; of the others those of one symbol together. */
static void
write_relocations(struct writer *w)
{
	const struct join *j = w->join;
	uint64_t at = 0, *next = mem_zalloc(j->nsymbols + 2, sizeof *next);
	Elf64_Rela r;

	for (size_t i = 0; i < j->nparts; i++) {
		for (uint64_t k = 0; part_bytes(j->parts[i].relocations[0], k * sizeof r, &r, sizeof r); k++) {
			if (part_fix(ELF64_R_TYPE(r.r_info), false) != PART_FIX_BASE)
				continue;
			r.r_offset += i * PIECE_SLOT;
			r.r_addend += (int64_t)(i * PIECE_SLOT);
			put(w, T_RELOCATIONS, at, &r, sizeof r);
			at += sizeof r;
		}
	}
	for (size_t i = 0; i < j->nwishes; i++)
		next[j->wishes[i].symbol->index + 1]++;
	for (size_t i = 1; i < j->nsymbols + 2; i++)
		next[i] += next[i - 1];
	for (size_t i = 0; i < j->nwishes; i++) {
		const struct wish *one = &j->wishes[i];
		uint64_t n = next[one->symbol->index]++;

		r = (Elf64_Rela){ one->place, ELF64_R_INFO(one->symbol->index, part_type_symbol), one->addend };
		put(w, T_RELOCATIONS, at + n * sizeof r, &r, sizeof r);
	}
	mem_free(next);
}

static void
write_frames(struct writer *w)
{
	const struct join *j = w->join;
	uint64_t here = w->layout->base + w->layout->at[T_FRAMES], at = sizeof(struct frames_head);
	struct frames_head head, old;

	part_bytes(j->parts[0].frames, 0, &head, sizeof head);
	head.frames += (int32_t)((int64_t)j->parts[0].frames_at - (int64_t)here);
	head.n = (uint32_t)j->nframes;
	put(w, T_FRAMES, 0, &head, sizeof head);
	for (size_t i = 0; i < j->nparts; i++) {
		int32_t by = (int32_t)((int64_t)(i * PIECE_SLOT + j->parts[i].frames_at) - (int64_t)here);
		struct frame f;

		part_bytes(j->parts[i].frames, 0, &old, sizeof old);
		for (size_t k = 0; k < old.n; k++) {
			part_bytes(j->parts[i].frames, sizeof old + k * sizeof f, &f, sizeof f);
			f.code += by;
			f.description += by;
			put(w, T_FRAMES, at, &f, sizeof f);
			at += sizeof f;
		}
	}
}

static void
put_dynamic(struct writer *w, int64_t tag, uint64_t value)
{
	Elf64_Dyn d = { .d_tag = tag, .d_un.d_val = value };

	put(w, T_DYNAMIC, w->ndynamic++ * sizeof d, &d, sizeof d);
}

static void
write_dynamic(struct writer *w)
{
	const struct layout *l = w->layout;

	put_dynamic(w, DT_NEEDED, w->libs[0]);	/* the host has both */
	put_dynamic(w, DT_NEEDED, w->libs[1]);
	put_dynamic(w, DT_GNU_HASH, l->base + l->at[T_HASH]);
	put_dynamic(w, DT_STRTAB, l->base + l->at[T_NAMES]);
	put_dynamic(w, DT_SYMTAB, l->base + l->at[T_SYMBOLS]);
	put_dynamic(w, DT_STRSZ, l->size[T_NAMES]);
	put_dynamic(w, DT_SYMENT, sizeof(Elf64_Sym));
	put_dynamic(w, DT_RELA, l->base + l->at[T_RELOCATIONS]);
	put_dynamic(w, DT_RELASZ, l->size[T_RELOCATIONS]);
	put_dynamic(w, DT_RELAENT, sizeof(Elf64_Rela));
	put_dynamic(w, DT_RELACOUNT, w->join->nfixed);
	if (w->join->nversions > 0) {	/* the loader takes one of these for a sign of the others */
		put_dynamic(w, DT_VERSYM, l->base + l->at[T_VERSIONS]);
		put_dynamic(w, DT_VERNEED, l->base + l->at[T_NEEDS]);
		put_dynamic(w, DT_VERNEEDNUM, w->join->nversions);
	}
}

static void
write_parts(struct writer *w)
{
	struct intro intro = { MAGIC, w->join->nparts };

	put(w, T_PARTS, 0, &intro, sizeof intro);
	for (size_t i = 0; i < w->join->nparts; i++) {
		const struct part *p = &w->join->parts[i];
		struct piece_part one = { i * PIECE_SLOT, i * PIECE_SLOT + p->unit,
		    (p->shows ? PIECE_SHOWS : 0) | (p->has_private ? PIECE_PRIVATE : 0) };

		put(w, T_PARTS, sizeof intro + i * sizeof one, &one, sizeof one);
	}
}

static void
put_header(struct writer *w, size_t *n, Elf64_Phdr h)
{
	h.p_paddr = h.p_vaddr;
	put(w, T_HEADERS, sizeof(Elf64_Ehdr) + (*n)++ * sizeof h, &h, sizeof h);
}

static Elf64_Phdr
header_of(const struct layout *l, uint32_t type, uint32_t flags, enum table first, uint64_t size)
{
	return (Elf64_Phdr){ .p_type = type, .p_flags = flags, .p_offset = l->at[first],
	    .p_vaddr = l->base + l->at[first], .p_filesz = size, .p_memsz = size,
	    .p_align = type == PT_LOAD ? PAGE : 8 };
}

/* In the order of addresses: the first part, our own tables, the other parts. */
static void
write_headers(struct writer *w)
{
	const struct join *j = w->join;
	const struct layout *l = w->layout;
	uint64_t file = l->end;
	Elf64_Ehdr head;
	size_t n = 0;

	for (size_t i = 0; i < j->nparts; i++) {
		for (size_t k = 0; k < j->parts[i].nloads; k++) {
			Elf64_Phdr h = j->parts[i].loads[k];

			h.p_vaddr += i * PIECE_SLOT;
			h.p_offset += file;
			put_header(w, &n, h);
		}
		if (i == 0)
			put_header(w, &n, header_of(l, PT_LOAD, PF_R | PF_W, T_HEADERS, l->end));
		file += j->parts[i].size;
	}
	put_header(w, &n, header_of(l, PT_DYNAMIC, PF_R | PF_W, T_DYNAMIC, l->size[T_DYNAMIC]));
	put_header(w, &n, header_of(l, PT_GNU_EH_FRAME, PF_R, T_FRAMES, l->size[T_FRAMES]));
	put_header(w, &n, (Elf64_Phdr){ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16 });
	part_bytes(j->parts[0].object, 0, &head, sizeof head);
	head.e_entry = head.e_shoff = 0;
	head.e_phoff = sizeof head;
	head.e_phnum = (Elf64_Half)n;
	head.e_shnum = head.e_shstrndx = 0;
	put(w, T_HEADERS, 0, &head, sizeof head);
}

static void
write_all(struct join *j, struct buf *to)
{
	struct layout l;
	struct writer w = { .join = j, .layout = &l, .nnames = 1 };
	const struct symbol **list;
	size_t total;

	lay_out(j, &l);
	total = l.end;
	for (size_t i = 0; i < j->nparts; i++)
		total += j->parts[i].size;
	buf_fill(to, '\0', total);
	w.bytes = to->data;
	list = order_symbols(j, &l);
	w.libs[0] = put_name(&w, str_of(libm));
	w.libs[1] = put_name(&w, str_of(libc));
	write_symbols(&w, list);
	write_hash(&w, list);
	write_needs(&w);
	write_relocations(&w);
	write_frames(&w);
	write_dynamic(&w);
	write_parts(&w);
	write_headers(&w);
	total = l.end;
	for (size_t i = 0; i < j->nparts; i++) {
		struct str object = str_slice(j->parts[i].object, 0, j->parts[i].size);

		memcpy(w.bytes + total, object.data, object.len);
		total += j->parts[i].size;
	}
}

size_t
piece_make(const struct str *objects, size_t n, struct buf *to)
{
	struct join j = { .nparts = 0 };
	size_t room = 0;
	const char *why;

	arena_init(&j.arena);
	j.last = &j.first;
	for (size_t i = 0; i < n && i < PIECE_MOST; i++) {
		struct part p;

		if (!part_read(&p, objects[i], &why)) {
			trace("piece", "the %zu-th object stands alone: %s", i + 1, why);
			break;
		}
		if (!add_part(&j, &p))
			break;
		if (has_room(&j))
			room = j.nparts;
		else
			break;
	}
	if (room == j.nparts && room > 0)
		write_all(&j, to);
	else if (room > 0)
		room = piece_make(objects, room, to);
	map_release(&j.known);
	mem_free(j.versions);
	mem_free(j.wishes);
	arena_release(&j.arena);
	return room;
}

/* ---- reading --------------------------------------------------------------------------- */

static bool
table_at(struct str bytes, uint64_t base, uint64_t address, uint64_t size, struct str *table)
{
	if (address < base || address - base > bytes.len || size > bytes.len - (address - base))
		return false;
	*table = (struct str){ bytes.data + (address - base), size };
	return true;
}

bool
piece_open(struct piece *p, struct str bytes)
{
	struct intro intro;
	Elf64_Ehdr head;
	Elf64_Phdr h;
	Elf64_Dyn d;
	uint64_t at, base = 0, dynamic = 0, symbols = 0, names = 0, size = 0;

	*p = (struct piece){ .bytes = bytes };
	if (!part_bytes(bytes, 0, &head, sizeof head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return false;
	for (size_t i = 0; i < head.e_phnum; i++) {
		if (!part_bytes(bytes, head.e_phoff + i * sizeof h, &h, sizeof h))
			return false;
		if (h.p_type == PT_DYNAMIC) {
			base = h.p_vaddr - h.p_offset;
			dynamic = h.p_offset;
		}
	}
	at = head.e_phoff + head.e_phnum * sizeof h;
	if (!part_bytes(bytes, at, &intro, sizeof intro) || memcmp(intro.magic, MAGIC, sizeof MAGIC) != 0 ||
	    intro.nparts == 0 || intro.nparts > PIECE_MOST)
		return false;
	for (; part_bytes(bytes, dynamic, &d, sizeof d) && d.d_tag != DT_NULL; dynamic += sizeof d) {
		if (d.d_tag == DT_SYMTAB)
			symbols = d.d_un.d_val;
		else if (d.d_tag == DT_STRTAB)
			names = d.d_un.d_val;
		else if (d.d_tag == DT_STRSZ)
			size = d.d_un.d_val;
	}
	p->nparts = intro.nparts;
	p->parts = str_slice(bytes, at + sizeof intro, bytes.len);
	return p->parts.len >= p->nparts * sizeof(struct piece_part) &&
	    table_at(bytes, base, symbols, names - symbols, &p->symbols) &&
	    table_at(bytes, base, names, size, &p->names);
}

bool
piece_part(const struct piece *p, size_t i, struct piece_part *part)
{
	return i < p->nparts && part_bytes(p->parts, i * sizeof *part, part, sizeof *part);
}

bool
piece_symbol(const struct piece *p, size_t i, struct str *name, size_t *part)
{
	Elf64_Sym s;

	if (!part_bytes(p->symbols, (i + 1) * sizeof s, &s, sizeof s))
		return false;
	*name = part_name(p->names, s.st_name);
	*part = s.st_shndx == SHN_UNDEF ? SIZE_MAX : s.st_value / PIECE_SLOT;
	return true;
}
