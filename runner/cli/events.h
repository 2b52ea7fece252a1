/*
 * What a run gave, for programs: one JSON object a line for each cell.
 */
#ifndef RUNNER_CLI_EVENTS_H
#define RUNNER_CLI_EVENTS_H

struct notebook;

void events_print(const struct notebook *n);

#endif
