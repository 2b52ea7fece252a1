/*
 * How sanitizers behave that were linked with us, or came with a cell: they ask
 * for it here, before anything else runs.  Signals are ours to handle, and what
 * is found ends in abort().  Variables that C++ cells repeat are one, whatever a
 * linker would say.
 */
#include "runner/host/host.h"

#pragma GCC visibility push(default)
const char *__asan_default_options(void);
const char *__lsan_default_options(void);
const char *__tsan_default_options(void);
const char *__ubsan_default_options(void);
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __lsan_init(void) __attribute__((weak));
#pragma GCC visibility pop

#define COMMON \
	"abort_on_error=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:" \
	"handle_abort=0:handle_sigtrap=0:use_sigaltstack=0:symbolize=0:color=never:print_summary=0"

const char *
__asan_default_options(void)
{
	return COMMON ":detect_stack_use_after_return=1:detect_odr_violation=0:leak_check_at_exit=0";
}

const char *
__lsan_default_options(void)
{
	return COMMON ":leak_check_at_exit=0";
}

/* A copy of us may begin threads, though others are gone from it. */
const char *
__tsan_default_options(void)
{
	return COMMON ":die_after_fork=0:report_signal_unsafe=0:report_thread_leaks=0:"
	    "exitcode=0:atexit_sleep_ms=0";
}

const char *
__ubsan_default_options(void)
{
	return COMMON;
}

bool
sanitizer_takes_space(void)
{
	return __asan_init || __tsan_init || __lsan_init;
}
