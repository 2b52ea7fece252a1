/*
 * skein.re: regular expressions for functions in skein.lua.
 *
 * Lua's own patterns are not there, since nothing can stop a bad one.  These are
 * those of documents (runner/output/pattern.h), and are counted in steps, which count
 * for the script.  Indices are bytes, from 1, as in string.find; a group that took no
 * part is false.
 */
#ifndef RUNNER_SCRIPT_RE_H
#define RUNNER_SCRIPT_RE_H

struct lua_State;

/* For script_add. */
int re_open(struct lua_State *lua);

#endif
