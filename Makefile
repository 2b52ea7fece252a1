# skein: see README.md.  `make help` lists the targets.
#
# B chooses the variant, each in a folder of its own: release (default),
# debug, asan (AddressSanitizer and UBSan), tiny (hostile buffer sizes), fuzz
# (for libFuzzer, with CC=clang).

B       ?= release
ifeq ($(origin CC),default)
CC       = gcc
endif
# As many compilations at once as there are processors, but where -j says otherwise.
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
# A cross compiler brings its own.
ifeq ($(origin AR),default)
AR      := $(shell $(CC) -print-prog-name=ar)
endif
OBJCOPY ?= $(shell $(CC) -print-prog-name=objcopy)
PKG_CONFIG ?= pkg-config
PREFIX  ?= /usr/local
VERSION := $(shell sed -n 's/^## \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)
O       := build/$(B)
comma   := ,
# Of libskein; raise it when what skein/jit.h promises changes.
SOVERSION = 0

# Lua 5.4 has another name for pkg-config in each distribution.
LUA     ?= $(shell for p in lua5.4 lua-5.4 lua54; do $(PKG_CONFIG) --exists $$p && echo $$p && exit; done; \
           $(PKG_CONFIG) --exists 'lua >= 5.4' 'lua < 5.5' && echo lua || echo lua5.4)
LUA     := $(LUA)
# Libraries, each by its Debian package.
PKGS     = libcmark:libcmark-dev $(LUA):liblua5.4-dev yaml-0.1:libyaml-dev nettle:nettle-dev \
           jansson:libjansson-dev libdw:libdw-dev libpcre2-8:libpcre2-dev \
           libzstd:libzstd-dev libutf8proc:libutf8proc-dev
PKG      = $(foreach p,$(PKGS),$(firstword $(subst :, ,$p)))

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef
ifdef CI
WARN    += -Werror
endif
# The same bytes in each folder, for gdb in this one.
MAPPED   = -ffile-prefix-map='$(abspath $(O))'=build/$(B) -ffile-prefix-map='$(CURDIR)'=.
FORTIFY  = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2)
FLAGS_release = -O2 -g $(FORTIFY) -fstack-protector-strong $(MAPPED)
FLAGS_debug   = -O0 -g3
FLAGS_asan    = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
FLAGS_fuzz    = $(FLAGS_asan) -fsanitize=fuzzer-no-link -DLIBFUZZER
FLAGS_tiny    = -O1 -g -fsanitize=address,undefined -DARENA_CHUNK=64 -Wno-format-truncation -DCHUNK_USUAL=64
CFLAGS  ?=
CPPFLAGS ?=
# libskein is not made of LTO's objects, and the host is to be as it is written.
NO_LTO   = $(if $(findstring -flto,$(CFLAGS)),-fno-lto)
# What one file needs of its own: CFLAGS += would be lost where the caller gives them.
OWN      =
# Position independent and hidden, since libskein is made of the same files.
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -I. $(WARN) $(FLAGS_$(B)) -fPIC -fvisibility=hidden \
             $(shell $(PKG_CONFIG) --cflags $(PKG) | sed 's/-I/-isystem /g') $(CPPFLAGS) $(CFLAGS) $(NO_LTO) $(OWN)
LIBS     = $(shell $(PKG_CONFIG) --libs $(PKG)) -lm

# skein holds its libraries, where they lie here as archives: to load and relocate
# a dozen of them takes longer than a warm run.  SHARED=1 (for distributions) loads them.
SHARED  ?= $(if $(filter release,$(B)),,1)
archive  = $(findstring /,$(shell $(CC) -print-file-name=lib$(1:-l%=%).a))
absent   = $(foreach l,$(filter -l%,$(LIBS)),$(if $(call archive,$l),,$l))
HELD     = $(foreach l,$(shell $(PKG_CONFIG) --static --libs $(PKG)),$(if $(call archive,$l),$l)) -lm
HOLD     = $(if $(strip $(SHARED)$(absent)),$(LIBS),-static $(HELD))

src      = $(patsubst %.c,$(O)/%.o,$(sort $(wildcard $(addsuffix /*.c,$1))))
TANGLE   = $(call src,tangle/base tangle/project tangle/document tangle/expand tangle/emit)
RUNNER   = $(O)/drivers.o $(call src,runner/cell runner/build runner/cache runner/jit runner/session runner/output runner/script)
JIT      = $(call src,runner/jit)
CLI      = $(call src,runner/cli) $(O)/handbook.o
UNIT     = $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/*.c))
FAULTS   = $(patsubst tests/faults/%.c,$(O)/tests/faults/%,$(wildcard tests/faults/*.c))
FUZZ     = $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(filter-out $(if $(filter fuzz,$(B)),%/reports.c %/document.c),$(wildcard tests/fuzz/*.c)))

all: $(O)/skein $(O)/skein-host $(O)/host.o $(O)/skein-lua.so $(O)/include/skein.h $(O)/alone/skein.h $(O)/libskein.a $(O)/libskein.so $(O)/skein-uninstalled.pc $(O)/skein-messages.7  ## build skein (B=release|debug|asan|tiny)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check quick unit fuzz faults broken manual picture bench corpus lint clean help deps layers headers

deps:
	@command -v $(PKG_CONFIG) >/dev/null || { \
	  echo "skein: error: program 'pkg-config' is missing: apt install pkg-config" >&2; exit 1; }
	@for p in $(PKGS) libffi:libffi-dev; do \
	  $(PKG_CONFIG) --exists "$${p%%:*}" || { \
	    echo "skein: error: library '$${p%%:*}' is missing: apt install $${p##*:}" >&2; exit 1; }; done

$(O)/libtangle.a: $(TANGLE)
	@rm -f $@; $(AR) rcsD $@ $^
$(O)/librunner.a: $(RUNNER)
	@rm -f $@; $(AR) rcsD $@ $^
$(O)/skein: $(CLI) $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(HOLD)
# The library that compiles and loads C: one object, which shows the names of
# skein/jit.h and no others.
$(O)/skein.o: $(JIT) $(O)/librunner.a $(O)/libtangle.a
	$(CC) -r -nostdlib -o $@ $^
	$(OBJCOPY) --localize-hidden $@
$(O)/libskein.a: $(O)/skein.o
	@rm -f $@; $(AR) rcsD $@ $^
$(O)/libskein.so.$(SOVERSION): $(O)/skein.o
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,--no-undefined -Wl,--as-needed -o $@ $^ $(LIBS) -ldl
$(O)/libskein.so: $(O)/libskein.so.$(SOVERSION)
	ln -sf $(<F) $@
$(O)/include/skein.h: runner/include/skein.h
	@mkdir -p $(@D)
	cp $< $@
# For programs of their own: with what the host has for cells.
$(O)/alone/skein.h: runner/include/skein.h runner/include/skein/text.h runner/include/skein/show.h Makefile
	@mkdir -p $(@D)
	{ echo '#define SKEIN_ALONE 1'; cat $(filter %.h,$^); } >$@
# With the build folder in PKG_CONFIG_PATH, pkg-config prefers this one.
$(O)/skein-uninstalled.pc: runner/jit/skein-uninstalled.pc
	@mkdir -p $(@D)
	cp $< $@
# The host is where the user's code lives: small, never with our sanitizers, and
# it exports what cells call.  With a sanitizer of the user's, skein links it
# again, from host.o.  Machines without the cheap clone make copies in another
# way; a second host does so here, for the tests.
HOSTS    = $(O)/skein-host $(O)/tests/by-fork/skein-host
$(O)/tests/by-fork/host.o: HOW = -DFREEZE_BY_FORK
HEAP     = runner/host/heap.c
$(HOSTS:%/skein-host=%/host.o): $(filter-out $(HEAP),$(sort $(wildcard runner/host/*.[ch]))) \
  runner/include/skein.h runner/include/skein/text.h runner/include/skein/show.h runner/session/protocol.h Makefile
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -I. $(WARN) $(FLAGS_release) $(CPPFLAGS) $(CFLAGS) $(NO_LTO) $(HOW) \
	  -fPIE -r -nostdlib -o $@ $(filter %.c,$^)
$(HOSTS): %/skein-host: %/host.o $(HEAP)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -I. $(WARN) $(FLAGS_release) $(CPPFLAGS) $(CFLAGS) $(NO_LTO) $(LDFLAGS) -fno-builtin \
	  -fPIE -pie -rdynamic -static-libgcc -pthread -o $@ $^ -ldl
# What a host loads for Lua cells: with Lua and libffi inside, which nobody else finds
# there.  Lua's archive is made for programs, so the streams of libc are given to it;
# a coroutine's begin and the clock are looked at (runner/lua/bridge.c).
BRIDGE   = $(patsubst runner/lua/%.c,$(O)/lua/%.o,$(sort $(wildcard runner/lua/*.c)))
BRIDGES  = $(LUA) libffi
$(O)/lua/%.o: runner/lua/%.c Makefile | deps
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_POSIX_C_SOURCE=200809L -I. -I$(O) $(WARN) $(FLAGS_release) -fPIC -fvisibility=hidden \
	  $(shell $(PKG_CONFIG) --cflags $(BRIDGES) | sed 's/-I/-isystem /g') $(CPPFLAGS) $(CFLAGS) $(NO_LTO) -MMD -MP -c -o $@ $<
$(O)/runner/lua/show.h: runner/lua/show.lua
	@mkdir -p $(@D)
	awk '{ gsub(/\\/, "&&"); gsub(/"/, "\\\""); print "\"" $$0 "\\n\"" }' $< >$@
$(O)/lua/value.o: $(O)/runner/lua/show.h
$(O)/skein-lua.so: $(BRIDGE)
	$(CC) $(FLAGS_release) $(CFLAGS) $(NO_LTO) $(LDFLAGS) -shared -Wl,--exclude-libs,ALL -Wl,-z,defs \
	  $(addprefix -Wl$(comma)--wrap=,stdin stdout stderr time lua_resume) -o $@ $^ \
	  $(foreach l,$(shell $(PKG_CONFIG) --libs $(BRIDGES)),$(if $(call archive,$l),-l:$(l:-l%=lib%.a),$l)) -lm -ldl
$(O)/tests/unit/%: $(O)/tests/unit/%.o $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(if $(filter fuzz,$(B)),-fsanitize=fuzzer) -o $@ $^ $(LIBS)
$(O)/tests/bench/%: $(O)/tests/bench/%.o $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(HOLD)
# What `skein help` says of messages is what the manual page and the examples say.
HANDBOOK = $(sort $(wildcard examples/broken/*.md)) docs/skein.1 docs/skein-messages.7
$(O)/handbook.c: runner/cli/handbook.awk $(HANDBOOK)
	@mkdir -p $(@D)
	@awk -v as=c -f $< $(HANDBOOK) >$@
$(O)/skein-messages.7: runner/cli/handbook.awk $(HANDBOOK)
	@mkdir -p $(@D)
	@awk -v as=man -f $< $(filter-out %.1,$(HANDBOOK)) >$@
# Programs that keep sessions in other languages, as texts.
$(O)/drivers.c: $(sort $(wildcard runner/session/*.py)) Makefile
	@mkdir -p $(@D)
	{ echo '#include <stddef.h>'; echo '#include <string.h>'; echo '#include "runner/session/driver.h"'; \
	  echo 'const char *driver_text(const char *name)'; echo '{'; \
	  for f in $(filter %.py,$^); do \
	    echo "if (strcmp(name, \"$$(basename $$f .py)\") == 0) return"; \
	    sed 's/\\/&&/g; s/"/\\"/g; s/.*/"&\\n"/' $$f; echo ';'; done; \
	  echo 'return NULL;'; echo '}'; } >$@
$(O)/drivers.o: $(O)/drivers.c runner/session/driver.h
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(O)/handbook.o: $(O)/handbook.c
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(O)/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(NAMES) -MMD -MP -c -o $@ $<
# What `skein doctor` says it was built with.
$(O)/runner/cli/cmd_doctor.o: OWN += -DSKEIN_LIBRARIES='"$(subst |,$(comma) ,$(subst $() ,,$(foreach p,$(PKG) libffi,$(if $(filter-out libcmark,$p),|)$p=$(shell $(PKG_CONFIG) --modversion $p))))"'
-include $(shell find $(O) -name '*.d' 2>/dev/null)

$(FAULTS): %: %.o
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $<
$(O)/tests/hostile/keeper: $(O)/tests/hostile/keeper.o
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

# skein with a malloc that runs out; a sanitizer has a malloc of its own.
FAULTS  += $(if $(filter release debug,$(B)),$(O)/tests/hostile/miser)
$(O)/tests/hostile/miser: $(O)/tests/hostile/miser.o $(CLI) $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/tests/hostile/miser.o: OWN += -fno-builtin

unit: all $(UNIT) $(HOSTS)       ## run the unit tests
	@for t in $(UNIT); do $$t || { echo "$$t failed" >&2; exit 1; }; done

check: all $(UNIT) $(HOSTS) $(O)/tests/hostile/keeper $(FUZZ) $(FAULTS)  ## run every test (also with B=asan)
	tests/run $(O)

quick: all unit $(FAULTS) $(FUZZ)                  ## the tests that take seconds
	tests/run $(O) tests/tangle

SECONDS ?= 600

fuzz: all $(FUZZ)                ## hostile input, each for SECONDS (also with B=asan, or CC=clang B=fuzz)
	for t in $(FUZZ); do \
	  $$t $(if $(filter fuzz,$(B)),-max_total_time=$(SECONDS) -timeout=10,$$(date +%s) $(SECONDS)) || exit 1; done

faults: all $(UNIT) $(FAULTS) $(O)/tests/hostile/keeper                      ## the long runs of tests/faults, whole (minutes to hours)
	for t in $(filter-out %.c %.h,$(wildcard tests/faults/*)); do $$t $(O) || exit 1; done

broken: all                      ## put what skein says now into examples/broken
	PATH="$(abspath $(O)):$$PATH" skein run -C . --set env=SKEIN_CACHE_DIR examples/broken

manual: all                      ## put the table of options into docs/skein.1, the messages into docs/messages.md
	PATH="$(abspath $(O)):$$PATH" tests/options docs/skein.1 >$(O)/manual.1 && cat $(O)/manual.1 >docs/skein.1
	PATH="$(abspath $(O)):$$PATH" tests/messages >$(O)/messages.md && cat $(O)/messages.md >docs/messages.md

picture: all                     ## draw docs/before-after.svg anew
	tests/picture $(O) >$(O)/before-after.svg && cp $(O)/before-after.svg docs

bench: all $(O)/tests/bench/lookup ## measure against the peers (BENCH= their folder)
	tests/bench/run $(O)
	tests/bench/output $(O)
	tests/bench/crash $(O)
	tests/bench/settings $(O)

CLANG   ?= /usr/lib/llvm-14
$(O)/tests/corpus/names: $(O)/tests/corpus/names.o $(O)/librunner.a $(O)/libtangle.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -L$(CLANG)/lib -lclang-14 $(LIBS)
$(O)/tests/corpus/names.o: OWN += -isystem $(CLANG)/include

corpus: $(O)/tests/corpus/names  ## compare the splitter with clang (DIRS= trees of C files)
	tests/corpus/run $(O) $(DIRS)

include packaging.mk

# ctuuninitvar takes a struct that recvmsg fills for one that is read.
lint: all                        ## static checks: cppcheck, shellcheck, mandoc
	cppcheck --quiet --error-exitcode=1 --std=c11 -I. --inline-suppr \
	  --enable=warning,portability --suppress=missingIncludeSystem \
	  --suppress=ctuuninitvar tangle runner
	shellcheck -x tests/run tests/reproducible tests/bench/run tests/bench/output tests/bench/crash tests/bench/tangle tests/corpus/run tests/helper.bash .ci/run
	mandoc -T lint -W warning docs/*.[137] $(O)/skein-messages.7

clean:                           ## remove build/
	rm -rf build

help:                            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)
