/*
 * Characters and strings in memory, as C writes them.
 */
#ifndef RUNNER_SESSION_LITERAL_H
#define RUNNER_SESSION_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;

/* 'x', '\n', L'é'; what is no character, as a number. */
void literal_character(struct buf *to, struct str bytes, char prefix);

/* "abc", L"abc"; text stays text where it is UTF-8, UTF-16 or UTF-32. */
void literal_string(struct buf *to, struct str bytes, size_t unit, char prefix);

/* Bytes that are printed as they are, but for newlines and tabs; and NULs. */
bool literal_is_text(struct str bytes);

#endif
