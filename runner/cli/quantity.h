/*
 * Sizes, ages and counts, for people.
 */
#ifndef RUNNER_CLI_QUANTITY_H
#define RUNNER_CLI_QUANTITY_H

#include <stdint.h>

struct buf;

/* "812 B", "4.0 KiB", "1.2 GiB" */
void quantity_bytes(struct buf *to, uint64_t bytes);

/* Of a time in nanoseconds: "now", "12 s", "5 min", "3 h", "12 d" */
void quantity_age(struct buf *to, int64_t nanoseconds);

/* "1 file", "2,300 files" */
void quantity_count(struct buf *to, uint64_t n, const char *one, const char *many);

/* "1,234,567" */
void quantity_number(struct buf *to, uint64_t n);

#endif
