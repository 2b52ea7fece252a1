/*
 * A table, as Markdown that shows each field's own text.
 *
 * What <skein.h> sends of a table: each field ended by the byte 0x1F, each row by
 * 0x1E; the first row is the header, and a '<', '>' or '^' in front of a field there
 * says how the column is aligned: left, right, centred.
 *
 *     | name | size |
 *     | ---- | ---: |
 *     | a\|b |   12 |
 *
 * Fields are text, not Markdown: what would mean something there is escaped.
 */
#ifndef RUNNER_OUTPUT_TABLE_H
#define RUNNER_OUTPUT_TABLE_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct buf;

enum {
	TABLE_COLUMNS = 64,		/* what is more is left out */
	TABLE_FIELD = 2000,		/* bytes; what is more is cut, and ends with dots */
	TABLE_ROWS = 200		/* with a row that says how many are left out */
};

/* Append the table, its last line ended; false if there is no header. */
bool table_markdown(struct buf *to, struct str data);

#endif
