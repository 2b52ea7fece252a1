/*
 * Scripts that complete skein's command lines, made from the tables that skein itself
 * reads them by: commands, flags (command.h) and settings.
 */
#ifndef RUNNER_CLI_COMPLETION_H
#define RUNNER_CLI_COMPLETION_H

struct buf;

void completion_bash(struct buf *to);
void completion_zsh(struct buf *to);
void completion_fish(struct buf *to);

#endif
