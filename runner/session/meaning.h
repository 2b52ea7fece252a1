/*
 * What a name means in C, for those who call C without a compiler (runner/lua).
 *
 * A question is one of
 *
 *	s NAME			a function, variable or constant
 *	t NAME, t struct NAME	a type; union and enum, too
 *	i OBJECT OFFSET		the type that an answer called so
 *
 * and the answer is text.  Its first line says what it is,
 *
 *	f ADDRESS TYPE NAME	a function
 *	v ADDRESS TYPE CONST NAME	a variable; ADDRESS 0: declared, and defined elsewhere
 *	k VALUE TYPE NAME	an enumerator
 *	t TYPE			a type
 *	- WORDS			there is none, and why
 *
 * and the lines behind it are the types of which it is made, from 0, in any order.
 * The last field of a line is the rest of it, mostly how C writes the type:
 *
 *	V NAME			void
 *	I, U, B, F, Z SIZE NAME	signed, unsigned, bool, floating, complex
 *	C SIZE UNSIGNED NAME	a character
 *	E SIZE UNSIGNED NAME	an enumeration; `k VALUE NAME` lines belong to it
 *	P, R TYPE CONST NAME	pointer, reference: to what, and may that be written to?
 *	A TYPE COUNT		an array; -1: any
 *	S, N SIZE OBJECT OFFSET KNOWN TAG NAME	struct, union; TAG "-": it has none.
 *				KNOWN 1: `m TYPE AT BITS SHIFT CONST NAME` lines belong to it;
 *				0: ask, 2: nobody knows its members
 *	Q TYPE OTHERS NAME	a function: what it returns, and does it end in `...`?
 *				`p TYPE NAME` lines belong to it
 *	O SIZE NAME		what only C can handle
 *
 * A name that several objects define means what the one says that was loaded last.
 */
#ifndef RUNNER_SESSION_MEANING_H
#define RUNNER_SESSION_MEANING_H

#include <stddef.h>

#include "tangle/base/str.h"

struct buf;
struct library;

void meaning_answer(struct library *l, struct str question, struct buf *to);

#endif
