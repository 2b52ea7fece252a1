#include "runner/build/elf.h"

#include <elf.h>
#include <string.h>

/* Symbols of this version and above are those of a library's versions. */
enum { FIRST_VERSION = 2, HIDDEN = 0x8000 };

/* n bytes at an offset; false if they are not all there. */
static bool
read_at(struct str s, uint64_t offset, void *to, size_t n)
{
	if (offset > s.len || s.len - offset < n)
		return false;
	memcpy(to, s.data + offset, n);
	return true;
}

static bool
cut(struct str bytes, const Elf64_Shdr *section, struct str *part)
{
	if (section->sh_offset > bytes.len || bytes.len - section->sh_offset < section->sh_size)
		return false;
	*part = (struct str){ bytes.data + section->sh_offset, section->sh_size };
	return true;
}

/* Our own head, which the linker names: what it says of the machine fits us. */
extern const Elf64_Ehdr __ehdr_start __attribute__((weak, visibility("hidden")));

static bool
is_ours(const Elf64_Ehdr *h)
{
	const Elf64_Ehdr *own = &__ehdr_start;

	return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
	    (!own || (h->e_ident[EI_DATA] == own->e_ident[EI_DATA] && h->e_machine == own->e_machine));
}

bool
elf_is_foreign(struct str bytes)
{
	Elf64_Ehdr h;

	return str_starts(bytes, STR(ELFMAG)) &&
	    (!read_at(bytes, 0, &h, sizeof h) || !is_ours(&h));
}

static bool
read_section(struct str bytes, const Elf64_Ehdr *h, uint32_t i, Elf64_Shdr *s)
{
	return i < h->e_shnum && read_at(bytes, h->e_shoff + (uint64_t)i * sizeof *s, s, sizeof *s);
}

static bool
take_section(struct elf *e, struct str bytes, const Elf64_Ehdr *h, const Elf64_Shdr *s)
{
	Elf64_Shdr linked;

	switch (s->sh_type) {
	case SHT_DYNSYM:
		return cut(bytes, s, &e->symbols) && read_section(bytes, h, s->sh_link, &linked) &&
		    cut(bytes, &linked, &e->names);
	case SHT_SYMTAB:
		return cut(bytes, s, &e->all) && read_section(bytes, h, s->sh_link, &linked) &&
		    cut(bytes, &linked, &e->all_names);
	case SHT_DYNAMIC:
		return cut(bytes, s, &e->dynamic) && read_section(bytes, h, s->sh_link, &linked) &&
		    cut(bytes, &linked, &e->dynamic_names);
	case SHT_GNU_versym:
		return cut(bytes, s, &e->versions);
	case SHT_GNU_HASH:
		return cut(bytes, s, &e->hash);
	case SHT_RELA:		/* .rela.plt names the table that it fills */
		return !(s->sh_flags & SHF_INFO_LINK) || cut(bytes, s, &e->calls);
	default:
		return true;
	}
}

static bool
read_sections(struct elf *e, struct str bytes)
{
	Elf64_Ehdr h;
	Elf64_Shdr s;

	*e = (struct elf){0};
	if (!read_at(bytes, 0, &h, sizeof h) || !is_ours(&h) || h.e_shentsize != sizeof s || h.e_shoff > bytes.len)
		return false;
	for (uint32_t i = 0; i < h.e_shnum; i++)
		if (!read_section(bytes, &h, i, &s) || !take_section(e, bytes, &h, &s))
			return false;
	if (read_section(bytes, &h, h.e_shstrndx, &s) && cut(bytes, &s, &e->section_names))
		e->sections = str_slice(bytes, h.e_shoff, bytes.len);
	return true;
}

bool
elf_open(struct elf *e, struct str bytes)
{
	return read_sections(e, bytes) && e->symbols.len > 0;
}

bool
elf_open_part(struct elf *e, struct str bytes)
{
	return read_sections(e, bytes) && e->symbols.len == 0 && e->all.len > 0;
}

static struct str
name_at(struct str names, uint64_t offset)
{
	struct str rest;

	if (offset >= names.len)
		return STR("");
	rest = str_slice(names, offset, names.len);
	return str_slice(rest, 0, str_find_byte(rest, '\0'));
}

bool
elf_symbol(const struct elf *e, size_t i, struct elf_symbol *s)
{
	Elf64_Sym sym;
	uint16_t version = 0;
	unsigned bind;

	if (!read_at(e->symbols, (uint64_t)i * sizeof sym, &sym, sizeof sym))
		return false;
	if (!read_at(e->versions, (uint64_t)i * sizeof version, &version, sizeof version))
		version = 0;
	bind = ELF64_ST_BIND(sym.st_info);
	*s = (struct elf_symbol){ .name = name_at(e->names, sym.st_name),
	    .is_undefined = sym.st_shndx == SHN_UNDEF && bind == STB_GLOBAL,
	    .is_defined = sym.st_shndx != SHN_UNDEF && bind != STB_LOCAL,
	    .is_versioned = (version & ~HIDDEN) >= FIRST_VERSION };
	return true;
}

bool
elf_is_called(const struct elf *e, size_t i)
{
	Elf64_Rela r;

	for (uint64_t k = 0; read_at(e->calls, k * sizeof r, &r, sizeof r); k++)
		if (ELF64_R_SYM(r.r_info) == i)
			return true;
	return false;
}

/* .data and .bss, but not what is only written to by the loader. */
static bool
is_writable(const struct elf *e, uint16_t section)
{
	Elf64_Shdr s;
	struct str name;

	if (!read_at(e->sections, (uint64_t)section * sizeof s, &s, sizeof s))
		return false;
	name = name_at(e->section_names, s.sh_name);
	return (str_starts(name, STR(".data")) && !str_starts(name, STR(".data.rel.ro"))) ||
	    str_starts(name, STR(".bss"));
}

bool
elf_private(const struct elf *e, size_t i, struct str *name)
{
	Elf64_Sym sym;

	*name = STR("");
	if (!read_at(e->all, (uint64_t)i * sizeof sym, &sym, sizeof sym))
		return false;
	if (ELF64_ST_BIND(sym.st_info) == STB_LOCAL && ELF64_ST_TYPE(sym.st_info) == STT_OBJECT &&
	    is_writable(e, sym.st_shndx))
		*name = name_at(e->all_names, sym.st_name);
	return true;
}

bool
elf_wanted(const struct elf *e, size_t i, struct str *name)
{
	Elf64_Sym sym;

	*name = STR("");
	if (!read_at(e->all, (uint64_t)i * sizeof sym, &sym, sizeof sym))
		return false;
	if (sym.st_shndx == SHN_UNDEF && ELF64_ST_BIND(sym.st_info) != STB_LOCAL)
		*name = name_at(e->all_names, sym.st_name);
	return true;
}

static bool
is_definition(const struct elf *e, size_t i, struct str name)
{
	struct elf_symbol s;

	return elf_symbol(e, i, &s) && s.is_defined && str_eq(s.name, name);
}

static uint32_t
hash_of_name(struct str name)
{
	uint32_t h = 5381;

	for (size_t i = 0; i < name.len; i++)
		h = h * 33 + (unsigned char)name.data[i];
	return h;
}

/* By .gnu.hash: a bucket, and the chain of hashes behind it. */
static bool
finds(const struct elf *e, struct str name)
{
	uint32_t head[4], index, hash = hash_of_name(name), chained;
	uint64_t buckets, chains;

	if (!read_at(e->hash, 0, head, sizeof head) || head[0] == 0)
		return false;
	buckets = sizeof head + (uint64_t)head[2] * 8;
	chains = buckets + (uint64_t)head[0] * 4;
	if (!read_at(e->hash, buckets + (uint64_t)(hash % head[0]) * 4, &index, sizeof index) ||
	    index < head[1])
		return false;
	for (;; index++) {
		if (!read_at(e->hash, chains + (uint64_t)(index - head[1]) * 4, &chained, sizeof chained))
			return false;
		if ((chained | 1) == (hash | 1) && is_definition(e, index, name))
			return true;
		if (chained & 1)
			return false;
	}
}

bool
elf_defines(const struct elf *e, struct str name)
{
	struct elf_symbol s;

	if (e->hash.len > 0)
		return finds(e, name);
	for (size_t i = 0; elf_symbol(e, i, &s); i++)
		if (is_definition(e, i, name))
			return true;
	return false;
}

bool
elf_needed(const struct elf *e, size_t i, struct str *library)
{
	Elf64_Dyn d;

	for (uint64_t k = 0; read_at(e->dynamic, k * sizeof d, &d, sizeof d) &&
	    d.d_tag != DT_NULL; k++) {
		if (d.d_tag != DT_NEEDED || i-- > 0)
			continue;
		*library = name_at(e->dynamic_names, d.d_un.d_val);
		return true;
	}
	return false;
}
