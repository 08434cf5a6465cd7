# What `make install` puts where, and what is made to be given away. The variables above are the Makefile's.

HEADERS   = libslip/slip.h libframe/frame.h $(CCM:%=libframe-ccm/frame_ccm.h) \
            $(addprefix libenvelope/envelope,.h _error.h _gso.h _ip.h _packet.h)
MANPAGES  = $(wildcard man/*.[1-9])
UNITS     = $(patsubst packaging/systemd/%.in,%,$(wildcard packaging/systemd/*.in))
INSTALL   = install
COMPLETIONS = $(foreach t,$(TOOLS),bash-completion/completions/$(t) zsh/site-functions/_$(t) fish/vendor_completions.d/$(t).fish)
FOLDERS   = $(BINDIR) $(addprefix $(DATADIR)/,$(sort $(patsubst %/,%,$(dir $(COMPLETIONS))))) $(LIBDIR)/pkgconfig $(INCLUDEDIR) \
            $(UNITDIR) $(UDEVDIR)/rules.d $(SYSUSERSDIR) $(TMPFILESDIR) $(DATADIR)/metainfo $(addprefix $(MANDIR)/man,$(sort $(subst .,,$(suffix $(MANPAGES)))))
# Wireshark's folder is the machine's: from a PREFIX that is one user's own nothing is put there unasked. EXTCAPDIR=FOLDER, or none, sets it.
EXTCAPS   = $(filter slip-dump amqp-dump,$(TOOLS))
EXTCAPDIR = $(eval EXTCAPDIR := $(if $(DESTDIR)$(filter /usr /usr/% /opt /opt/%,$(PREFIX)),$(shell PKG_CONFIG='$(PKG_CONFIG)' packaging/extcap.sh folder)))$(EXTCAPDIR)
EXTCAP_FOLDER = $(if $(filter none,$(EXTCAPDIR)),,$(EXTCAPDIR))
# make takes a blank for the end of a name, and what would be written, or taken away, is something else then.
WITH_BLANK = $(firstword $(foreach v,DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR DATADIR MANDIR UNITDIR UDEVDIR SYSUSERSDIR TMPFILESDIR EXTCAPDIR,$(if \
            $(word 2,x$($v)x),$v)))
REFUSE_BLANKS = $(if $(WITH_BLANK),$(error $(WITH_BLANK) '$($(WITH_BLANK))' has a blank, which make cannot handle: choose a folder without one))
# Not in a folder that is packed or belongs to somebody else (DESTDIR); SONAMES: what a program asks the dynamic linker for.
LDCONFIG  = $(if $(DESTDIR),:,packaging/ldconfig.sh $(LIBDIR) $(LIBS:%=%.so.$(SOVERSION)))
completions: $(TOOLS)  ## for bash, zsh and fish, from the tables of options of the tools
	$(Q)$(PYTHON) packaging/completions.py $(BUILD)/bin $(BUILD)/completions $(TOOLS)
install: all completions  ## to PREFIX (/usr/local), under DESTDIR; EXTCAPDIR=FOLDER or none: for Wireshark
	$(REFUSE_BLANKS)
	$(Q)packaging/folders.sh make $(BUILD)/installed-folders $(FOLDERS:%=$(DESTDIR)%) $(EXTCAP_FOLDER:%=$(DESTDIR)%)
	$(INSTALL) -m 755 $(TOOLS:%=$(BUILD)/bin/%) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	$(Q)for lib in $(LIBS); do \
		$(INSTALL) -m 644 $(BUILD)/lib/$$lib.a $(DESTDIR)$(LIBDIR) && \
		$(INSTALL) -m 755 $(BUILD)/lib/$$lib.so.$(VERSION) $(DESTDIR)$(LIBDIR) && \
		ln -sf $$lib.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$$lib.so.$(SOVERSION) && \
		ln -sf $$lib.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/$$lib.so && \
		sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|;s|@INCLUDEDIR@|$(INCLUDEDIR)|;s|@VERSION@|$(VERSION)|' \
			$$lib/$$lib.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/$$lib.pc || exit; \
	done
	$(Q)for unit in $(UNITS); do \
		sed 's|@BINDIR@|$(BINDIR)|' packaging/systemd/$$unit.in > $(DESTDIR)$(UNITDIR)/$$unit && \
		chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit; \
	done
	$(INSTALL) -m 644 packaging/systemd/70-framebus.rules $(DESTDIR)$(UDEVDIR)/rules.d
	$(INSTALL) -m 644 packaging/systemd/framebus.sysusers $(DESTDIR)$(SYSUSERSDIR)/framebus.conf
	$(INSTALL) -m 644 packaging/framebus.metainfo.xml $(DESTDIR)$(DATADIR)/metainfo
	$(INSTALL) -m 644 packaging/systemd/framebus.tmpfiles $(DESTDIR)$(TMPFILESDIR)/framebus.conf
	$(Q)for path in $(COMPLETIONS); do \
		$(INSTALL) -m 644 $(BUILD)/completions/$${path%%[-/]*}/$${path##*/} $(DESTDIR)$(DATADIR)/$$path || exit; done
	$(Q)$(if $(EXTCAP_FOLDER),packaging/extcap.sh link '$(DESTDIR)' $(EXTCAP_FOLDER) $(BINDIR) $(EXTCAPS),echo 'Wireshark is given nothing: make install-extcap does so, for one user')
	$(Q)for page in $(MANPAGES); do $(INSTALL) -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.} || exit; done
	$(Q)$(LDCONFIG)

# Folders go where `make install` of this BUILD made them, and nothing else is in them.
uninstall:  ## takes away what was installed
	$(REFUSE_BLANKS)
	$(Q)rm -f $(TOOLS:%=$(DESTDIR)$(BINDIR)/%) $(addprefix $(DESTDIR)$(INCLUDEDIR)/,$(notdir $(HEADERS)))
	$(Q)rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(foreach l,$(LIBS),$l.a $l.so $l.so.$(SOVERSION) $l.so.$(VERSION) pkgconfig/$l.pc))
	$(Q)rm -f $(foreach page,$(MANPAGES),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	$(Q)rm -f $(UNITS:%=$(DESTDIR)$(UNITDIR)/%) $(DESTDIR)$(UDEVDIR)/rules.d/70-framebus.rules
	$(Q)rm -f $(DESTDIR)$(SYSUSERSDIR)/framebus.conf $(DESTDIR)$(TMPFILESDIR)/framebus.conf $(DESTDIR)$(DATADIR)/metainfo/framebus.metainfo.xml
	$(Q)rm -f $(COMPLETIONS:%=$(DESTDIR)$(DATADIR)/%)
	$(Q)$(if $(EXTCAP_FOLDER),packaging/extcap.sh unlink '$(DESTDIR)' $(EXTCAP_FOLDER) $(BINDIR) $(EXTCAPS))
	$(Q)packaging/folders.sh remove $(BUILD)/installed-folders $(FOLDERS:%=$(DESTDIR)%) $(EXTCAP_FOLDER:%=$(DESTDIR)%)
	$(Q)$(LDCONFIG)

dist:  ## BUILD/framebus-VERSION.tar.gz of what is committed, and its checksum
	$(Q)BUILD=$(BUILD) VERSION=$(VERSION) packaging/dist.sh
deb: dist  ## Debian packages into BUILD/deb
	$(Q)packaging/deps.sh build deb
	$(Q)BUILD=$(BUILD) VERSION=$(VERSION) packaging/deb.sh
check-boot: deb  ## installs them on a machine that is booted for it, and runs services there, as root
	$(Q)packaging/deps.sh boot
	$(Q)$(PYTHON) tests/boot/check_boot.py $(BUILD)/deb $(BUILD)/boot
check-deb: dist  ## builds them twice, compares, and asks lintian
	$(Q)packaging/deps.sh build deb
	$(Q)BUILD=$(BUILD) VERSION=$(VERSION) packaging/check-deb.sh

# Copies: nothing else is installed, and this folder may go.
install-extcap: $(EXTCAPS)  ## for this user alone, where his Wireshark looks
	$(Q)packaging/extcap.sh install $(BUILD)/personal-folders $(EXTCAPS:%=$(BUILD)/bin/%)
uninstall-extcap:  ## takes these away
	$(Q)packaging/extcap.sh uninstall $(BUILD)/personal-folders $(EXTCAPS)
