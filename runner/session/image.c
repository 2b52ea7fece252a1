#include "runner/session/image.h"

#include <elf.h>
#include <string.h>

/* Copies, since nothing says that the bytes are aligned. */
static bool
take(const struct image *i, uint64_t at, void *to, size_t size)
{
	if (at > i->object.len || size > i->object.len - at)
		return false;
	memcpy(to, i->object.data + at, size);
	return true;
}

static bool
part(const struct image *i, size_t n, Elf64_Phdr *p)
{
	return n < i->nparts && take(i, i->parts + n * sizeof *p, p, sizeof *p);
}

/* What stands in the object for a range of addresses; empty if not all is there. */
static struct str
range(const struct image *i, uint64_t address, uint64_t size)
{
	Elf64_Phdr p;
	size_t n;

	for (n = 0; part(i, n, &p); n++) {
		uint64_t into = address - p.p_vaddr;

		if (p.p_type != PT_LOAD || address < p.p_vaddr || into > p.p_filesz ||
		    size > p.p_filesz - into)
			continue;
		if (p.p_offset > i->object.len || into > i->object.len - p.p_offset ||
		    size > i->object.len - p.p_offset - into)
			break;
		return (struct str){ i->object.data + p.p_offset + into, size };
	}
	return (struct str){0};
}

/* From an address to the end of the part that it lies in. */
static struct str
rest_from(const struct image *i, uint64_t address)
{
	Elf64_Phdr p;
	size_t n;

	for (n = 0; part(i, n, &p); n++)
		if (p.p_type == PT_LOAD && address >= p.p_vaddr &&
		    address - p.p_vaddr < p.p_filesz)
			return range(i, address, p.p_filesz - (address - p.p_vaddr));
	return (struct str){0};
}

static void
read_dynamic(struct image *i, struct str section)
{
	uint64_t at[2] = {0}, size[2] = {0};
	Elf64_Dyn d;

	for (; section.len >= sizeof d; section = str_slice(section, sizeof d, section.len)) {
		memcpy(&d, section.data, sizeof d);
		if (d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_SYMTAB)
			i->symbols = rest_from(i, d.d_un.d_ptr);
		else if (d.d_tag == DT_STRTAB)
			i->names = rest_from(i, d.d_un.d_ptr);
		else if (d.d_tag == DT_RELA)
			at[0] = d.d_un.d_ptr;
		else if (d.d_tag == DT_RELASZ)
			size[0] = d.d_un.d_val;
		else if (d.d_tag == DT_JMPREL)
			at[1] = d.d_un.d_ptr;
		else if (d.d_tag == DT_PLTRELSZ)
			size[1] = d.d_un.d_val;
	}
	i->lists[0] = range(i, at[0], size[0]);
	i->lists[1] = range(i, at[1], size[1]);
}

bool
image_open(struct image *i, struct str object)
{
	Elf64_Ehdr head;
	Elf64_Phdr p;
	size_t n;

	*i = (struct image){ .object = object };
	if (!take(i, 0, &head, sizeof head) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof p ||
	    head.e_phoff > object.len)
		return false;
	i->parts = head.e_phoff;
	i->nparts = head.e_phnum;
	for (n = 0; part(i, n, &p); n++) {
		if (p.p_type == PT_DYNAMIC)
			read_dynamic(i, range(i, p.p_vaddr, p.p_filesz));
		if (p.p_type == PT_GNU_RELRO) {
			i->fixed = p.p_vaddr;
			i->fixed_end = p.p_vaddr + p.p_memsz;
		}
	}
	return true;
}

uint64_t
image_extent(const struct image *i)
{
	uint64_t end = 0;
	Elf64_Phdr p;
	size_t n;

	for (n = 0; part(i, n, &p); n++)
		if (p.p_type == PT_LOAD && p.p_vaddr + p.p_memsz > end)
			end = p.p_vaddr + p.p_memsz;
	return end;
}

bool
image_is_code(const struct image *i, uint64_t address)
{
	Elf64_Phdr p;
	size_t n;

	for (n = 0; part(i, n, &p); n++)
		if (p.p_type == PT_LOAD && p.p_flags & PF_X && address >= p.p_vaddr &&
		    address - p.p_vaddr < p.p_memsz)
			return true;
	return false;
}

static struct str
symbol_name(const struct image *i, uint64_t n)
{
	Elf64_Sym s;
	struct str name;

	if (n == 0 || n >= i->symbols.len / sizeof s)
		return (struct str){0};
	memcpy(&s, i->symbols.data + n * sizeof s, sizeof s);
	name = str_slice(i->names, s.st_name, i->names.len);
	return str_slice(name, 0, str_find_byte(name, '\0'));
}

bool
image_reference(const struct image *i, size_t n, struct reference *r)
{
	size_t first = i->lists[0].len / sizeof(Elf64_Rela);
	struct str list = i->lists[n >= first];
	Elf64_Rela rela;

	if (n >= first)
		n -= first;
	if (n >= list.len / sizeof rela)
		return false;
	memcpy(&rela, list.data + n * sizeof rela, sizeof rela);
	*r = (struct reference){ .at = rela.r_offset };
	if (rela.r_addend == 0)
		r->symbol = symbol_name(i, ELF64_R_SYM(rela.r_info));
	r->is_fixed = r->at >= i->fixed && r->at < i->fixed_end;
	return true;
}
