#include "runner/build/part.h"

#include <string.h>

enum { PAGE = 4096, HIDDEN = 0x8000, FIRST_VERSION = 2, LONGEST_INIT = 32 };

#if defined(__x86_64__)
#define MACHINE		EM_X86_64
#define TYPE_BASE	R_X86_64_RELATIVE
#define TYPE_PLACE	R_X86_64_64
#define TYPE_TABLE	R_X86_64_GLOB_DAT
#define TYPE_CALL	R_X86_64_JUMP_SLOT
#elif defined(__aarch64__)
#define MACHINE		EM_AARCH64
#define TYPE_BASE	R_AARCH64_RELATIVE
#define TYPE_PLACE	R_AARCH64_ABS64
#define TYPE_TABLE	R_AARCH64_GLOB_DAT
#define TYPE_CALL	R_AARCH64_JUMP_SLOT
#else
#define MACHINE		EM_NONE		/* no object is of it */
#define TYPE_BASE	1
#define TYPE_PLACE	2
#define TYPE_TABLE	3
#define TYPE_CALL	4
#endif

const uint32_t part_type_base = TYPE_BASE, part_type_symbol = TYPE_TABLE;

bool
part_bytes(struct str s, uint64_t offset, void *to, size_t n)
{
	if (offset > s.len || s.len - offset < n)
		return false;
	memcpy(to, s.data + offset, n);
	return true;
}

struct str
part_name(struct str names, uint64_t offset)
{
	struct str rest;

	if (offset >= names.len)
		return STR("");
	rest = str_slice(names, offset, names.len);
	return str_slice(rest, 0, str_find_byte(rest, '\0'));
}

enum part_fix
part_fix(uint32_t type, bool in_calls)
{
	switch (type) {
	case 0:
		return PART_FIX_NONE;
	case TYPE_BASE:
		return in_calls ? PART_FIX_OTHER : PART_FIX_BASE;
	case TYPE_PLACE:
	case TYPE_TABLE:
		return in_calls ? PART_FIX_OTHER : PART_FIX_SYMBOL;
	case TYPE_CALL:
		return in_calls ? PART_FIX_SYMBOL : PART_FIX_OTHER;
	default:
		return PART_FIX_OTHER;
	}
}

/* ---- what the loader maps -------------------------------------------------------------- */

static uint64_t
whole_pages(uint64_t n)
{
	return (n + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static bool
take_load(struct part *p, const Elf64_Phdr *h)
{
	uint64_t end = p->extent;

	if (p->nloads == PART_LOADS || h->p_align != PAGE || h->p_vaddr > INT32_MAX ||
	    h->p_memsz > INT32_MAX || h->p_filesz > h->p_memsz || h->p_filesz == 0 ||
	    h->p_offset > p->object.len || h->p_filesz > p->object.len - h->p_offset ||
	    (h->p_offset - h->p_vaddr) % PAGE != 0 || (h->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return false;
	if (p->nloads == 0 ? h->p_vaddr != 0 || h->p_offset != 0 : h->p_vaddr < end)
		return false;
	p->loads[p->nloads++] = *h;
	p->extent = whole_pages(h->p_vaddr + h->p_memsz);
	if (whole_pages(h->p_offset + h->p_filesz) > p->size)
		p->size = whole_pages(h->p_offset + h->p_filesz);
	return true;
}

static bool
is_of_machine(const Elf64_Ehdr *h)
{
	return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
	    h->e_type == ET_DYN && h->e_machine == MACHINE && h->e_phentsize == sizeof(Elf64_Phdr) &&
	    h->e_shentsize == sizeof(Elf64_Shdr);
}

static bool
read_headers(struct part *p, const Elf64_Ehdr *h, Elf64_Phdr *dynamic)
{
	bool is_sealed = false;
	Elf64_Phdr one;

	*dynamic = (Elf64_Phdr){0};
	for (size_t i = 0; i < h->e_phnum; i++) {
		if (!part_bytes(p->object, h->e_phoff + i * sizeof one, &one, sizeof one))
			return false;
		switch (one.p_type) {
		case PT_LOAD:
			if (!take_load(p, &one))
				return false;
			break;
		case PT_DYNAMIC:
			*dynamic = one;
			break;
		case PT_GNU_EH_FRAME:
			if (one.p_offset > p->object.len || one.p_filesz > p->object.len - one.p_offset)
				return false;
			p->frames = str_slice(p->object, one.p_offset, one.p_offset + one.p_filesz);
			p->frames_at = one.p_vaddr;
			break;
		case PT_GNU_STACK:
			is_sealed = !(one.p_flags & PF_X);
			break;
		case PT_NULL:
		case PT_NOTE:
		case PT_PHDR:
		case PT_GNU_PROPERTY:
			break;
		default:	/* thread-local data among them */
			return false;
		}
	}
	return p->nloads > 0 && dynamic->p_filesz > 0 && is_sealed;
}

/* ---- its sections ------------------------------------------------------------------------ */

struct sections {
	const struct part *part;
	Elf64_Ehdr head;
	struct str names, dynamic, all, all_names;
	uint64_t init_array, fini_array;
};

static bool
section(const struct sections *s, size_t i, Elf64_Shdr *h)
{
	return i < s->head.e_shnum &&
	    part_bytes(s->part->object, s->head.e_shoff + i * sizeof *h, h, sizeof *h);
}

static struct str
content(const struct sections *s, const Elf64_Shdr *h)
{
	struct str object = s->part->object;

	if (h->sh_offset > object.len || h->sh_size > object.len - h->sh_offset)
		return STR("");
	return (struct str){ object.data + h->sh_offset, h->sh_size };
}

static struct str
linked(const struct sections *s, const Elf64_Shdr *h)
{
	Elf64_Shdr other;

	return section(s, h->sh_link, &other) ? content(s, &other) : STR("");
}

/* The start-up code of the compiler's own fits into a few bytes. */
static bool
is_short(const struct sections *s, const Elf64_Shdr *h)
{
	struct str name = part_name(s->names, h->sh_name);

	return (!str_eq(name, STR(".init")) && !str_eq(name, STR(".fini"))) ||
	    h->sh_size <= LONGEST_INIT;
}

static bool
take_section(struct part *p, struct sections *s, const Elf64_Shdr *h)
{
	switch (h->sh_type) {
	case SHT_DYNSYM:
		p->symbols = content(s, h);
		p->names = linked(s, h);
		return true;
	case SHT_GNU_versym:
		p->versions = content(s, h);
		return true;
	case SHT_GNU_verneed:
		p->needs = content(s, h);
		return true;
	case SHT_DYNAMIC:
		s->dynamic = content(s, h);
		return true;
	case SHT_SYMTAB:
		s->all = content(s, h);
		s->all_names = linked(s, h);
		return true;
	case SHT_RELA:
		if (!(h->sh_flags & SHF_ALLOC))
			return true;
		p->relocations[str_eq(part_name(s->names, h->sh_name), STR(".rela.plt"))] = content(s, h);
		return true;
	case SHT_INIT_ARRAY:
		s->init_array = h->sh_addr;
		return h->sh_size == sizeof(uint64_t);
	case SHT_FINI_ARRAY:
		s->fini_array = h->sh_addr;
		return h->sh_size == sizeof(uint64_t);
	case SHT_PREINIT_ARRAY:
	case SHT_GROUP:
		return false;
	default:
		return is_short(s, h);
	}
}

static bool
read_sections(struct part *p, struct sections *s)
{
	Elf64_Shdr h;

	if (section(s, s->head.e_shstrndx, &h))
		s->names = content(s, &h);
	for (size_t i = 1; i < s->head.e_shnum; i++)
		if (!section(s, i, &h) || !take_section(p, s, &h))
			return false;
	return p->symbols.len > 0 && s->dynamic.len > 0;
}

/* ---- what it wants of the loader ----------------------------------------------------------- */

static bool
is_harmless(const struct part *p, const Elf64_Dyn *d)
{
	struct str name;

	switch (d->d_tag) {
	case DT_NEEDED:	/* the host has these */
		name = part_name(p->names, d->d_un.d_val);
		return str_eq(name, STR("libc.so.6")) || str_eq(name, STR("libm.so.6"));
	case DT_RELASZ:
		return d->d_un.d_val == p->relocations[0].len;
	case DT_PLTRELSZ:
		return d->d_un.d_val == p->relocations[1].len;
	case DT_INIT: case DT_FINI: case DT_INIT_ARRAY: case DT_INIT_ARRAYSZ: case DT_FINI_ARRAY:
	case DT_FINI_ARRAYSZ: case DT_GNU_HASH: case DT_HASH: case DT_STRTAB: case DT_SYMTAB:
	case DT_STRSZ: case DT_SYMENT: case DT_PLTGOT: case DT_PLTREL: case DT_JMPREL:
	case DT_RELA: case DT_RELAENT: case DT_RELACOUNT: case DT_VERNEED: case DT_VERNEEDNUM:
	case DT_VERSYM: case DT_NULL:
		return true;
	default:
		return false;
	}
}

static bool
wants_little(const struct part *p, struct str dynamic)
{
	Elf64_Dyn d;

	for (uint64_t i = 0; part_bytes(dynamic, i * sizeof d, &d, sizeof d); i++) {
		if (!is_harmless(p, &d))
			return false;
		if (d.d_tag == DT_NULL)
			return true;
	}
	return false;
}

static bool
is_writable(const struct sections *s, uint16_t index)
{
	Elf64_Shdr h;

	return section(s, index, &h) && h.sh_flags & SHF_WRITE;
}

/*
 * The functions that are called when it is loaded and unloaded must be the
 * compiler's own, which have nothing to do; they are left out.
 */
static bool
calls_nobody(struct part *p, const struct sections *s)
{
	uint64_t begin = 0, end = 0;
	Elf64_Sym sym;
	Elf64_Rela r;

	for (uint64_t i = 0; part_bytes(s->all, i * sizeof sym, &sym, sizeof sym); i++) {
		struct str name = part_name(s->all_names, sym.st_name);

		if (ELF64_ST_BIND(sym.st_info) != STB_LOCAL)
			continue;
		if (str_eq(name, STR("frame_dummy")))
			begin = sym.st_value;
		else if (str_eq(name, STR("__do_global_dtors_aux")))
			end = sym.st_value;
		else if (ELF64_ST_TYPE(sym.st_info) == STT_OBJECT && is_writable(s, sym.st_shndx) &&
		    name.len > 0 && name.data[0] != '_' && !str_starts(name, STR("skein_")) &&
		    !str_starts(name, STR("completed")))
			p->has_private = true;
	}
	for (uint64_t i = 0; part_bytes(p->relocations[0], i * sizeof r, &r, sizeof r); i++)
		if ((s->init_array && r.r_offset == s->init_array && (uint64_t)r.r_addend != begin) ||
		    (s->fini_array && r.r_offset == s->fini_array && (uint64_t)r.r_addend != end))
			return false;
	return true;
}

/* ---- its symbols ------------------------------------------------------------------------- */

enum part_symbol
part_symbol(const struct part *p, size_t i, Elf64_Sym *s, struct str *name)
{
	if (!part_bytes(p->symbols, (uint64_t)i * sizeof *s, s, sizeof *s))
		return PART_END;
	*name = part_name(p->names, s->st_name);
	if (i == 0 || ELF64_ST_BIND(s->st_info) == STB_LOCAL ||
	    ELF64_ST_VISIBILITY(s->st_other) != STV_DEFAULT || str_eq(*name, STR("skein_unit")))
		return PART_OWN;
	return s->st_shndx == SHN_UNDEF ? PART_ASKED : PART_DEFINED;
}

/* What the compiler's start-up code would use if it were there. */
static bool
is_optional(struct str name)
{
	return str_eq(name, STR("__cxa_finalize")) || str_eq(name, STR("__gmon_start__")) ||
	    str_eq(name, STR("_ITM_registerTMCloneTable")) ||
	    str_eq(name, STR("_ITM_deregisterTMCloneTable"));
}

/* Who asks for these sees the loader at work, or changes what belongs to all. */
static bool
is_delicate(struct str name)
{
	static const char *const names[] = {
		"dlopen", "dlmopen", "dlsym", "dlvsym", "dladdr", "dladdr1", "dlinfo", "dlclose",
		"dlerror", "dl_iterate_phdr", "_dl_find_object", "backtrace", "backtrace_symbols",
		"backtrace_symbols_fd", "fork", "vfork", "syscall", "mmap", "mmap64", "munmap",
		"mprotect", "mremap", "sbrk", "brk", "setrlimit", "setrlimit64", "getrlimit",
		"getrlimit64", "prlimit", "prlimit64", "signal", "sigaction", "sigaltstack",
		"sigprocmask", "pthread_sigmask", "sigset", "sighold", "sigignore", "bsd_signal",
		"sysv_signal", "__sysv_signal", "siglongjmp", "alarm", "ualarm", "setitimer",
		"timer_create", "pthread_create", "thrd_create", "mallinfo", "mallinfo2",
		"malloc_info", "malloc_stats", "malloc_trim"
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq(name, str_of(names[i])))
			return true;
	return false;
}

static bool
is_plain_symbol(const struct part *p, size_t i, enum part_symbol kind, const Elf64_Sym *s,
    struct str name)
{
	bool is_weak = ELF64_ST_BIND(s->st_info) == STB_WEAK;
	unsigned type = ELF64_ST_TYPE(s->st_info);
	struct part_version v;

	if (type != STT_NOTYPE && type != STT_OBJECT && type != STT_FUNC)
		return false;
	if (kind == PART_DEFINED)
		return !is_weak && s->st_shndx < SHN_LORESERVE && str_starts(name, STR("skein_"));
	if (is_weak)
		return is_optional(name);
	if (ELF64_ST_BIND(s->st_info) != STB_GLOBAL || is_delicate(name))
		return false;
	return part_version(p, i, &v) || str_starts(name, STR("skein_")) ||
	    str_starts(name, STR("__skein_"));
}

static bool
has_plain_symbols(struct part *p)
{
	enum part_symbol kind;
	struct str name;
	Elf64_Sym s;

	for (size_t i = 0; (kind = part_symbol(p, i, &s, &name)) != PART_END; i++) {
		if (str_eq(name, STR("skein_unit")) && s.st_shndx != SHN_UNDEF)
			p->unit = s.st_value;
		if (kind != PART_OWN && !is_plain_symbol(p, i, kind, &s, name))
			return false;
		p->shows = p->shows || str_eq(name, STR("__skein_value"));
	}
	return p->unit != 0;
}

bool
part_version(const struct part *p, size_t symbol, struct part_version *v)
{
	uint64_t at = 0, sub;
	Elf64_Verneed need;
	Elf64_Vernaux one;
	uint16_t version;

	if (!part_bytes(p->versions, (uint64_t)symbol * sizeof version, &version, sizeof version) ||
	    (version & ~HIDDEN) < FIRST_VERSION)
		return false;
	while (part_bytes(p->needs, at, &need, sizeof need)) {
		sub = at + need.vn_aux;
		for (size_t k = 0; k < need.vn_cnt && part_bytes(p->needs, sub, &one, sizeof one); k++) {
			if (one.vna_other == version) {
				*v = (struct part_version){ part_name(p->names, need.vn_file),
				    part_name(p->names, one.vna_name), one.vna_hash, one.vna_flags };
				return true;
			}
			sub += one.vna_next;
		}
		if (need.vn_next == 0)
			return false;
		at += need.vn_next;
	}
	return false;
}

static bool
has_plain_relocations(const struct part *p)
{
	struct str name;
	Elf64_Rela r;
	Elf64_Sym s;

	for (size_t list = 0; list < 2; list++) {
		for (uint64_t i = 0; part_bytes(p->relocations[list], i * sizeof r, &r, sizeof r); i++) {
			enum part_fix fix = part_fix(ELF64_R_TYPE(r.r_info), list == 1);

			if (fix == PART_FIX_OTHER || r.r_offset > p->extent - sizeof(uint64_t))
				return false;
			if (fix == PART_FIX_SYMBOL &&
			    part_symbol(p, ELF64_R_SYM(r.r_info), &s, &name) <= PART_OWN)
				return false;
		}
	}
	return true;
}

bool
part_read(struct part *p, struct str object, const char **why)
{
	struct sections s = { .part = p };
	Elf64_Phdr dynamic;

	*p = (struct part){ .object = object };
	if (!part_bytes(object, 0, &s.head, sizeof s.head) || !is_of_machine(&s.head))
		*why = "no object of this machine";
	else if (!read_headers(p, &s.head, &dynamic))
		*why = "unusual segments";
	else if (!read_sections(p, &s))
		*why = "unusual sections";
	else if (!wants_little(p, s.dynamic))
		*why = "libraries";
	else if (!calls_nobody(p, &s))
		*why = "constructors";
	else if (!has_plain_symbols(p))
		*why = "unusual symbols";
	else if (!has_plain_relocations(p))
		*why = "unusual relocations";
	else
		return true;
	return false;
}
