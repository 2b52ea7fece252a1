/*
 * What a cell printed, as it came: pieces of both streams with their times.
 */
#ifndef RUNNER_CLI_CHUNKS_H
#define RUNNER_CLI_CHUNKS_H

struct json;
struct outcome;

/*
 * An array of { stream, at, text }, `at` in nanoseconds since the cell's start;
 * bytes that nobody kept are counted in `left_out`.
 */
struct json *chunks_json(const struct outcome *o);

#endif
