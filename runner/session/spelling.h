/*
 * A type as a declaration in C writes it: "struct node *", "int (*)(char)".
 */
#ifndef RUNNER_SESSION_SPELLING_H
#define RUNNER_SESSION_SPELLING_H

#include <stdint.h>

#include "tangle/base/str.h"

struct buf;
struct dwarf;

/* Append it; `declared` is where the type stands, 0 for void. */
void spelling_add(struct buf *to, struct dwarf *d, uint64_t declared);

/* The declaration of a name, or of any declarator: "struct node *next", "int (*f)(char)". */
void spelling_declare(struct buf *to, struct dwarf *d, uint64_t declared, struct str declarator);

#endif
