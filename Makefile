# framebus. `make help` lists the targets.

# --- yours to set ---
CC        = cc
CFLAGS    = -O2 -g
LDFLAGS   =
BUILD     = build
PREFIX    = /usr/local
BINDIR    = $(PREFIX)/bin
LIBDIR    = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR    = $(PREFIX)/share/man
UNITDIR   = $(PREFIX)/lib/systemd/system
UDEVDIR   = $(PREFIX)/lib/udev
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
TMPFILESDIR = $(PREFIX)/lib/tmpfiles.d
DATADIR   = $(PREFIX)/share
DESTDIR   =
PKG_CONFIG = pkg-config
PYTHON    = /usr/bin/python3
V         =

# --- what the code needs, whatever CFLAGS says ---
VERSION  := $(shell sed -n 's/.*FRAMEBUS_VERSION "\(.*\)"/\1/p' bin/common/base/version.h)
SOVERSION := $(if $(filter 0.%,$(VERSION)),$(basename $(VERSION)),$(firstword $(subst ., ,$(VERSION))))
REQUIRED  = -std=gnu11 -D_GNU_SOURCE -pthread -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -MMD -MP -Ilibslip -Ilibframe -Ilibframe-ccm -Ilibenvelope -Ibin/common
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-8s%s\n' '$(1)' '$(2)')
pkg       = $(if $(2),$(shell $(PKG_CONFIG) $(1) $(2)))

# --- what there is ---
CCM  := $(if $(filter 0,$(shell $(PKG_CONFIG) --exists libcrypto; echo $$?)),libframe-ccm)
CURL := $(if $(filter 0,$(shell $(PKG_CONFIG) --exists libcurl; echo $$?)),libcurl)
LIBS  = libslip $(CCM) libframe libenvelope
TOOLS = $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard bin/*/main.c)))))
TESTS = $(patsubst tests/unit/%.c,%,$(filter-out $(if $(CCM),,%_ccm.c),$(wildcard tests/unit/test_*.c)))
ORACLES = $(BUILD)/tests/frame_fields $(BUILD)/tests/envelope_tool

# Each room of bin/common is an archive; NEEDS says which rooms and libraries it includes, PKGS which packages have their home there.
# A tool's needs.mk says the same of it: the rooms that it includes, and packages that are its own alone. Users stand before what they use.
ROOMS = agent probe capture bus frame_keys packet screen base
PKGS_libenvelope  = jansson
PKGS_libframe-ccm = libcrypto
NEEDS_libframe-ccm = libframe
NEEDS_screen  = base
PKGS_screen   = ncursesw
NEEDS_packet  = base libframe
NEEDS_frame_keys = base packet libframe-ccm
# IP headers are read by libenvelope's file, which needs no jansson, and neither does who reads them.
PARTS_packet  = $(BUILD)/obj/libenvelope/envelope_ip.o
NEEDS_capture = base packet
PKGS_capture  = libpcap
NEEDS_probe   = base packet libslip libframe
PKGS_probe    = libserialport
NEEDS_bus     = base libenvelope
PKGS_bus      = librabbitmq openssl sqlite3
NEEDS_agent   = base packet bus libenvelope

include $(wildcard bin/*/needs.mk)
NEEDS_tests       = $(ROOMS) $(LIBS)
PKGS_tests        = criterion $(foreach tool,$(TOOLS),$(PKGS_$(tool)))

# $(call closure,NAME): what it needs, and what that needs, in the order of the linker; $(call packages,NAME): theirs.
reach     = $(foreach n,$(NEEDS_$(1)),$(n) $(call reach,$(n)))
closure   = $(filter $(call reach,$(1)),$(ROOMS) $(filter-out libframe,$(LIBS)) libframe)
packages  = $(sort $(foreach n,$(1) $(call closure,$(1)),$(PKGS_$(n))))
archives  = $(patsubst %,$(BUILD)/lib/%.a,$(patsubst %,room-%,$(filter $(ROOMS),$(call closure,$(1)))) $(filter-out $(ROOMS),$(call closure,$(1))))

parts     = $(PARTS_$(patsubst room-%,%,$(1)))
folder    = $(patsubst room-%,bin/common/%,$(1))
# One room has a file in its place where there is no libcrypto, and one file of a tool where there is no libcurl.
left_out  = $(if $(CCM),%/frame_keys/absent.c,$(filter-out %/absent.c %_options.c,$(wildcard bin/common/frame_keys/*.c))) $(if $(CURL),%/http_absent.c,%/http_curl.c)
sources   = $(filter-out $(left_out),$(wildcard $(1)/*.c $(1)/*/*.c))
objects   = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))
ARCHIVES  = $(ROOMS:%=$(BUILD)/lib/room-%.a) $(LIBS:%=$(BUILD)/lib/%.a)

all: $(LIBS) $(TOOLS)  ## the libraries and the tools; what `make` alone does
$(LIBS): %: $(BUILD)/lib/%.a $(BUILD)/lib/%.so  ## this library alone
$(TOOLS): %: $(BUILD)/bin/%  ## this tool alone
unit: $(TESTS:%=$(BUILD)/tests/%) $(ORACLES)  ## the programs that the tests run

$(BUILD)/obj/libenvelope/%.o: PKGS = jansson
$(BUILD)/obj/libenvelope/envelope_ip.o: PKGS =
$(BUILD)/obj/bin/%.o: PKGS =
$(BUILD)/obj/tests/%.o: PKGS = criterion
# Calls inside a library are direct; functions and loops are aligned: else the speed of a kernel depends on where the linker happens to put it.
$(BUILD)/obj/lib%.o: REQUIRED += -fPIC -fvisibility=hidden -fno-semantic-interposition -falign-functions=64 -falign-loops=32

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(REQUIRED) $(call pkg,--cflags,$(PKGS)) $(CFLAGS) -c -o $@ $<

# $(call link,PACKAGES)
define link
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -pthread $(CFLAGS) $(LDFLAGS) -Wl,--as-needed -o $@ $^ $(call pkg,--libs,$(1))
endef

# What a target is made of is found by its name.
.SECONDEXPANSION:
$(ARCHIVES): $(BUILD)/lib/%.a: $$(call objects,$$(call folder,$$*)) $$(call parts,$$*)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(LIBS:%=$(BUILD)/lib/%.so): $(BUILD)/lib/%.so: $$(call objects,$$*) $$(foreach lib,$$(NEEDS_$$*),$(BUILD)/lib/$$(lib).so)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -shared -Wl,-soname,$*.so.$(SOVERSION) $(if $(findstring -fsanitize,$(CFLAGS)),,-Wl,-z,defs) $(CFLAGS) $(LDFLAGS) -o $@.$(VERSION) $^ $(call pkg,--libs,$(PKGS_$*))
	$(Q)ln -sf $*.so.$(VERSION) $@.$(SOVERSION) && ln -sf $*.so.$(SOVERSION) $@

$(TOOLS:%=$(BUILD)/bin/%): $(BUILD)/bin/%: $$(call objects,bin/$$*) $$(call archives,$$*)
	$(call link,$(call packages,$*))

# A unit test of a tool's own files names them here; libraries and rooms are linked always.
$(foreach t,$(filter test_tun_%,$(TESTS)),$(eval OBJECTS_$(t) = $$(filter-out %/main.o,$$(call objects,bin/amqp-tun))))
$(foreach t,$(filter test_route_%,$(TESTS)),$(eval OBJECTS_$(t) = $$(filter-out %/main.o,$$(call objects,bin/amqp-route))))
OBJECTS_test_pattern = $(BUILD)/obj/bin/amqp-dump/pattern.o
OBJECTS_test_play = $(BUILD)/obj/bin/amqp-play/pace.o
OBJECTS_test_merge = $(BUILD)/obj/bin/slip-dump/merge.o
OBJECTS_test_top_view = $(BUILD)/obj/bin/slip-dump/top_view.o
$(TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $$(OBJECTS_$$*) $$(call archives,tests)
	$(call link,$(call packages,tests))

# What programs that are not ours are compared with.
$(ORACLES): $(BUILD)/tests/%: $(BUILD)/obj/tests/oracles/%.o $(BUILD)/obj/bin/common/capture/pcapng_parse.o $(BUILD)/lib/libframe.a $(BUILD)/lib/libenvelope.a
	$(call link,libpcap jansson)
$(BUILD)/obj/tests/oracles/%.o: PKGS = libpcap
check-corpus: $(BUILD)/tests/frame_fields  ## DIR=FOLDER: compares libframe with tshark over a folder of captures
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/oracles/compare.py $(DIR)

# --- the two commands, and their dependencies ---
deps:  ## installs the Debian packages that are missing
	$(Q)packaging/deps.sh build demo check
demo:  ## the main job on this machine: a private broker, packets and frames across it
	$(Q)packaging/deps.sh build demo
	$(Q)$(MAKE) -j$$(nproc) all
	$(Q)BUILD=$(BUILD) tests/demo.sh
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
flavour  = $(MAKE) -j$$(nproc) BUILD=$(BUILD)/check/$(1) CC=$(2) CFLAGS='$(3) -Werror' all unit benches
check:  ## all tests, as built by gcc, by clang and with sanitizers
	$(Q)packaging/deps.sh build demo check
	$(Q)$(call flavour,gcc,gcc,-O2 -g)
	$(Q)$(call flavour,clang,clang,-O2 -g)
	$(Q)$(call flavour,asan,gcc,-O1 -g $(SANITIZE))
	$(Q)BUILD=$(BUILD) $(PYTHON) -m pytest -q -n 2 --dist loadfile --reruns 1 tests

check-faults:  ## the long run against a broken broker and network; prints its figures
	$(Q)packaging/deps.sh build demo check
	$(Q)$(call flavour,gcc,gcc,-O2 -g)
	$(Q)FAULTS=long BUILD=$(BUILD) $(PYTHON) -m pytest -q tests/faults tests/e2e/test_broker_doc.py

check-portable:  ## the codecs on 32 bits, ARM and big-endian, under qemu-user
	$(Q)packaging/deps.sh check portable
	$(Q)$(PYTHON) -m pytest -q tests/test_portable.py

# --- speed: make bench [BENCHES='bench_slip bench_bus'], each against its named peers in the same run ---
BENCHES   = $(patsubst bench/%.c,%,$(wildcard bench/bench_*.c)) bench_slip_dump bench_tun
bench:  ## speed against named peers; BENCHES=... for some of it
	$(Q)packaging/deps.sh build demo bench
	$(Q)$(MAKE) -j$$(nproc) all benches
	$(Q)BUILD=$(BUILD) bench/run.sh $(BENCHES)
benches: $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))  ## the programs that `make bench` runs
$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(call archives,tests)
	$(call link,$(filter-out criterion,$(call packages,tests)))

# --- fuzzing: make fuzz [FUZZ_SECONDS=N] [FUZZERS=fuzz_frame_parse]. fuzz_LIB_WHAT, of a library, a room or a tool, starts from tests/data/LIB/fuzz_LIB_WHAT.hex ---
FUZZ_SECONDS = 60
FUZZERS   = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_area = $(word 2,$(subst _, ,$*))
# A library stands alone; a room comes with what it needs.
fuzz_parts = $(if $(filter $(fuzz_area),$(ROOMS)),$(fuzz_area) $(call closure,$(fuzz_area)),lib$(fuzz_area))
fuzz_folders = $(foreach part,$(fuzz_parts),$(if $(filter $(part),$(ROOMS)),bin/common/)$(part))
fuzz_shared = $(if $(filter packet,$(fuzz_parts)),$(if $(filter libenvelope,$(fuzz_parts)),,libenvelope/envelope_ip.c))
FUZZ_RUNS = $(FUZZERS:%=fuzz-%)
include tests/fuzz/sources.mk
fuzz: $(FUZZ_RUNS)  ## libFuzzer on every reader and builder; FUZZ_SECONDS=N each
$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: tests/fuzz/%.c $$(or $$(FUZZ_SOURCES_$$*),$$(foreach f,$$(fuzz_folders),$$(call sources,$$f)) $$(fuzz_shared)) $(wildcard tests/fuzz/*.h)
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang $(filter-out -M%,$(REQUIRED)) -g -O1 $(SANITIZE) -fsanitize=fuzzer $(call pkg,--cflags --libs,$(foreach p,$(fuzz_parts),$(PKGS_$(p)))) $(FUZZ_FLAGS_$*) -o $@ $(filter %.c,$^)
$(FUZZ_RUNS): fuzz-%: $(BUILD)/fuzz/%  ## this one alone
	$(Q)$(PYTHON) tests/fuzz/corpus.py unpack tests/data/$(fuzz_area)/$*.hex $(BUILD)/fuzz/corpus/$*
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -max_len=300 -print_final_stats=1 $(addprefix -dict=,$(wildcard tests/fuzz/$*.dict)) \
		$(BUILD)/fuzz/corpus/$*

include packaging/install.mk

clean:  ## removes what was built
	rm -rf $(BUILD)

man: $(TOOLS)  ## writes anew what of the man pages is made: option lists, the libraries, messages
	$(Q)$(PYTHON) man/options.py $(BUILD)/bin
	$(Q)$(PYTHON) man/library.py
	$(Q)$(PYTHON) man/messages.py

# --- pictures ---
FIGURES   = $(BUILD)/plots/bench.txt
$(FIGURES):
	@mkdir -p $(@D)
	$(Q)$(MAKE) --no-print-directory bench > $@
	$(Q)BUILD=$(BUILD) bench/sniffers.py >> $@
plots: $(FIGURES)  ## draws figures of `make bench`, FIGURES=FILE or those of a run that it makes once, into BUILD/plots
	$(Q)packaging/deps.sh plots
	$(Q)bench/plots.py $(FIGURES) $(BUILD)/plots
drawings:  ## makes docs/architecture.svg anew, from docs/architecture.dot
	$(Q)packaging/deps.sh plots
	$(Q)dot -Tsvg docs/architecture.dot -o docs/architecture.svg
screenshots:  ## makes docs/wireshark.png anew: Wireshark's window on a display of its own
screenshots: $(TOOLS)
	$(Q)packaging/deps.sh build screenshots
	$(Q)BUILD=$(BUILD) $(PYTHON) docs/screenshots.py

help:  ## this list
	@echo 'V=1 shows commands, BUILD=FOLDER builds elsewhere.'
	@sed -n '/^[^#:]*:.*## /{s/:.*## /|/;s/\$$(LIBS)/$(LIBS)/;s/\$$(TOOLS)/$(TOOLS)/;s/\$$(FUZZ_RUNS)/$(FUZZ_RUNS)/;p}' Makefile packaging/install.mk | \
		awk -F'|' 'length($$1) > 16 { print "  " $$1; $$1 = "" } { printf "  %-16s  %s\n", $$1, $$2 }' | fold -s -w 96 | sed 's/^[^ ]/  &/'

.PHONY: plots drawings screenshots install-extcap uninstall-extcap all $(LIBS) $(TOOLS) unit benches check-faults check-corpus check-portable bench fuzz $(FUZZ_RUNS) deps demo check install uninstall man completions dist deb check-deb check-boot clean help
.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/obj/%.o
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
