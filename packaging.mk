# Installing and distributing: docs/packaging.md.  Apart from the Makefile because who
# builds skein needs none of it, and who packages skein little else.

# Where things go: GNU's names, each overridable, the same for make and make install.
bindir      ?= $(PREFIX)/bin
libdir      ?= $(PREFIX)/lib
libexecdir  ?= $(PREFIX)/lib
includedir  ?= $(PREFIX)/include
datadir     ?= $(PREFIX)/share
mandir      ?= $(datadir)/man
docdir      ?= $(datadir)/doc/skein
pcdir       ?= $(libdir)/pkgconfig
bashdir     ?= $(datadir)/bash-completion/completions
zshdir      ?= $(datadir)/zsh/site-functions
fishdir     ?= $(datadir)/fish/vendor_completions.d
INSTALL     ?= install
# What only skein itself opens, and how it gets there from its own folder.
parts       := $(libexecdir)/skein
way         := $(shell realpath -ms --relative-to='$(bindir)' '$(parts)')

# These files know the version and that way.  They are compiled again when it differs,
# but not for another PREFIX alone: an installed tree may be moved.  The folder is made with
# them, for whoever builds: sudo make install would make it root's.
$(O)/names: always
	@mkdir -p $(@D) $(O)/packaging
	@echo '$(VERSION) $(way)' | cmp -s - $@ || echo '$(VERSION) $(way)' >$@
names        = $(addprefix $(O)/runner/cli/,cmd_doctor.o events.o main.o parts.o)
$(names): $(O)/names
$(names): NAMES = -DSKEIN_VERSION='"$(VERSION)"' -DSKEIN_WAY='"$(way)"' -DSKEIN_LIBEXEC='"$(parts)"'

# Several make install may be at work in one build.
whole        = >$@.$$$$ && mv -f $@.$$$$ $@
# skein.pc moves with its tree.  In /usr and /usr/local, which compilers search by
# themselves, pkg-config is to see the names that it leaves out.
pcprefix     = $(if $(filter /usr /usr/local,$(PREFIX)),$(PREFIX),$${pcfiledir}/$(shell realpath -ms --relative-to='$(pcdir)' '$(PREFIX)'))
$(O)/packaging/skein.pc: runner/jit/skein.pc.in always
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(pcprefix)|; s|@VERSION@|$(VERSION)|' \
	  -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(libdir))|' \
	  -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(includedir))|' $< $(whole)

# Scripts that the program makes.  Where it is for another machine than this one, the
# shell asks it there, at the first completion.
is_for_here  = cmp -s -n 2 -i 18 $(O)/skein /proc/self/exe
$(O)/packaging/skein: $(O)/skein
	@mkdir -p $(@D)
	@if $(is_for_here); then $(O)/skein completion bash; \
	  else echo '. <(skein completion bash)'; fi $(whole)
$(O)/packaging/_skein: $(O)/skein
	@mkdir -p $(@D)
	@if $(is_for_here); then $(O)/skein completion zsh; \
	  else printf '#compdef skein\neval "$$(skein completion zsh)"\n_skein "$$@"\n'; fi $(whole)
$(O)/packaging/skein.fish: $(O)/skein
	@mkdir -p $(@D)
	@if $(is_for_here); then $(O)/skein completion fish; \
	  else echo 'skein completion fish | source'; fi $(whole)

# What goes where, as FOLDER:MODE:FILE, for install and uninstall.
made         = $(addprefix $(O)/packaging/,skein.pc skein _skein skein.fish)
tracked      = $(sort $(or $(shell git ls-files -- $1 2>/dev/null),$(shell find $1 -name '.*' -prune -o -type f -print)))
# (Asked for once, and only by who wants to know.)
papers       = $(eval papers := README.md CHANGELOG.md LICENSE $(filter-out docs/layers %.1 %.3 %.7,$(call tracked,docs examples)))$(papers)
runnable     = $(eval runnable := $(shell find $(papers) -perm -100))$(runnable)
pages        = $(addprefix $(mandir)/man$1:644:,$(sort $2 $(filter-out docs/$(notdir $2),$(wildcard docs/*.$1))))
contents     = $(bindir):755:$(O)/skein $(parts):755:$(O)/skein-host \
               $(addprefix $(parts):644:$(O)/,host.o skein-lua.so) \
               $(parts)/include:644:runner/include/skein.h \
               $(includedir):644:$(O)/alone/skein.h \
               $(includedir)/skein:644:runner/include/skein/jit.h \
               $(addprefix $(libdir):644:$(O)/,libskein.a libskein.so.$(SOVERSION)) \
               $(foreach f,$(join $(addsuffix :644:,$(pcdir) $(bashdir) $(zshdir) $(fishdir)),$(made)),$f) \
               $(call pages,1) $(call pages,3) $(call pages,7,$(O)/skein-messages.7) \
               $(foreach f,$(papers),$(patsubst %/.,%,$(docdir)/$(patsubst %/,%,$(dir $f))):$(if $(filter $f,$(runnable)),755,644):$f)
folder       = $(firstword $(subst :, ,$1))
folders      = $(sort $(foreach c,$(contents),$(call folder,$c)))
kinds        = $(sort $(foreach c,$(contents),$(call folder,$c):$(word 2,$(subst :, ,$c))))
define put
	@$(INSTALL) -m $(lastword $(subst :, ,$1)) $(patsubst $1:%,%,$(filter $1:%,$(contents))) '$(DESTDIR)$(call folder,$1)'

endef

install: all $(made)             ## install below DESTDIR/PREFIX
	@umask 022; $(INSTALL) -d -m 755 $(folders:%='$(DESTDIR)%')
	$(foreach k,$(kinds),$(call put,$k))
	@ln -sf libskein.so.$(SOVERSION) '$(DESTDIR)$(libdir)/libskein.so'

# Folders are others' too, but for those named after skein, which go when they are empty.
uninstall:                       ## take away what install put there
	@rm -f '$(DESTDIR)$(libdir)/libskein.so' \
	  $(foreach c,$(contents),'$(DESTDIR)$(call folder,$c)/$(notdir $(lastword $(subst :, ,$c)))')
	@for f in $(foreach w,$(shell printf '%s\n' $(folders) | grep /skein | sort -r),'$(DESTDIR)$w'); do \
	  [ ! -d "$$f" ] || rmdir --ignore-fail-on-non-empty "$$f"; done

# The same bytes from each clone, and from what it holds itself: the files that git knows
# (or that are there), in one order, of nobody, as old as the last commit.
is_clone     = git ls-files --error-unmatch packaging.mk >/dev/null 2>&1
age          = $(or $(SOURCE_DATE_EPOCH),$(shell if $(is_clone); then git log -1 --format=%ct; else stat -c %Y CHANGELOG.md; fi))
name         = skein-$(VERSION)
dist:                            ## make the tarball of a release, build/skein-VERSION.tar.gz
	@mkdir -p build
	@if $(is_clone); then git ls-files; \
	  else find . \( -path ./build -o -name .skein -o -name '*.swp' \) -prune -o -type f -printf '%P\n'; \
	  fi | grep -v '^debian/' | LC_ALL=C sort >build/$(name).list
	@tar -cf build/$(name).tar --format=ustar --no-recursion --hard-dereference --owner=0 --group=0 --numeric-owner \
	  --mode=u=rwX,go=rX --mtime=@$(age) --transform='s,^,$(name)/,S' -T build/$(name).list
	@gzip -9nf build/$(name).tar
	@echo build/$(name).tar.gz

reproducible:                    ## build twice, as differently as can be, and compare what is installed
	tests/reproducible

.PHONY: always install uninstall dist reproducible
