#include "runner/session/instruction.h"

#include <string.h>

#include "runner/session/dwarf.h"

enum { LONGEST = 15 };

#if defined(__x86_64__)

/* Numbers in instructions are not those of DWARF. */
static uint64_t
register_value(const struct processor *m, unsigned number)
{
	static const uint8_t dwarf[] = { 0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };

	return m->registers[dwarf[number & 15]];
}

/* The address in memory that an operand names; behind it, for what is relative to that. */
static bool
operand_address(const struct processor *m, const uint8_t *at, unsigned rex, uint64_t pc_of_at,
    uint64_t *address)
{
	unsigned mode = at[0] >> 6, base = at[0] & 7, index;
	const uint8_t *next = at + 1;
	int32_t far = 0;

	*address = 0;
	if (base == 4) {		/* another byte: base + index * scale */
		index = (next[0] >> 3 & 7) | (rex & 2) << 2;
		base = next[0] & 7;
		if (index != 4)
			*address += register_value(m, index) << (next[0] >> 6);
		next++;
		if (base == 5 && mode == 0)
			return false;
		*address += register_value(m, base | (rex & 1) << 3);
	} else if (base == 5 && mode == 0) {	/* relative to the next instruction */
		memcpy(&far, next, sizeof far);
		*address = pc_of_at + 1 + sizeof far + (uint64_t)(int64_t)far;
		return true;
	} else {
		*address = register_value(m, base | (rex & 1) << 3);
	}
	if (mode == 1)
		*address += (uint64_t)(int64_t)(int8_t)next[0];
	else if (mode == 2)
		memcpy(&far, next, sizeof far);
	*address += (uint64_t)(int64_t)far;
	return true;
}

bool
instruction_is_overflow(const struct processor *m, uint64_t pc)
{
	uint8_t code[LONGEST + 8] = {0};
	uint64_t divisor = 0, address;
	unsigned rex = 0, size = 4;
	size_t i = 0;

	if (m->read(m->arg, pc, code, LONGEST) < 3)
		return false;
	if (code[i] == 0x66) {
		size = 2;
		i++;
	}
	if ((code[i] & 0xf0) == 0x40) {
		rex = code[i++];
		size = rex & 8 ? 8 : size;
	}
	if ((code[i] != 0xf7 && code[i] != 0xf6) || (code[i + 1] >> 3 & 6) != 6)
		return false;
	if (code[i] == 0xf6)
		size = 1;
	i++;
	if (code[i] >> 6 == 3) {
		divisor = register_value(m, (code[i] & 7) | (rex & 1) << 3);
		if (size == 1 && !rex && (code[i] & 4))
			divisor = register_value(m, code[i] & 3) >> 8;	/* ah, ch, dh, bh */
	} else if (!operand_address(m, code + i, rex, pc + i, &address) ||
	    m->read(m->arg, address, &divisor, size) != size) {
		return false;
	}
	return size < 8 ? (divisor & ((UINT64_C(1) << size * 8) - 1)) != 0 : divisor != 0;
}

bool
instruction_is_trap(const struct processor *m, uint64_t pc)
{
	uint8_t code[4];

	if (m->read(m->arg, pc, code, sizeof code) != sizeof code)
		return false;
	/* ud2, and clang's ud1 with the kind of check in it */
	return (code[0] == 0x0f && code[1] == 0x0b) ||
	    (code[0] == 0x67 && code[1] == 0x0f && code[2] == 0xb9);
}

#else

/* On aarch64 a division never faults; others are not known. */
bool
instruction_is_overflow(const struct processor *m, uint64_t pc)
{
	(void)m;
	(void)pc;
	return false;
}

bool
instruction_is_trap(const struct processor *m, uint64_t pc)
{
#if defined(__aarch64__)
	uint32_t code;

	return m->read(m->arg, pc, &code, sizeof code) == sizeof code &&
	    (code & 0xffe0001f) == 0xd4200000;	/* brk */
#else
	(void)m;
	(void)pc;
	return false;
#endif
}

#endif
