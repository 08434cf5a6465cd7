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
PERSONAL_FOLDERS = $(eval PERSONAL_FOLDERS := $(shell packaging/extcap.sh personal))$(PERSONAL_FOLDERS)
# Not in a folder that is packed or belongs to somebody else (DESTDIR); SONAMES: what a program asks the dynamic linker for.
LDCONFIG  = $(if $(DESTDIR),:,packaging/ldconfig.sh $(LIBDIR) $(LIBS:%=%.so.$(SOVERSION)))
completions: $(TOOLS)  ## for bash, zsh and fish, from the tables of options of the tools
	$(Q)$(PYTHON) packaging/completions.py $(BUILD)/bin $(BUILD)/completions $(TOOLS)
install: all completions  ## to PREFIX (/usr/local), under DESTDIR; EXTCAPDIR=FOLDER or none: for Wireshark
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
	$(Q)packaging/folders.sh make $(BUILD)/personal-folders $(PERSONAL_FOLDERS)
	$(Q)for folder in $(PERSONAL_FOLDERS); do $(INSTALL) -m 755 $(EXTCAPS:%=$(BUILD)/bin/%) $$folder && echo "$$folder: $(EXTCAPS)" || exit; done
uninstall-extcap:  ## takes these away
	$(Q)rm -f $(foreach folder,$(PERSONAL_FOLDERS),$(EXTCAPS:%=$(folder)/%))
	$(Q)packaging/folders.sh remove $(BUILD)/personal-folders $(PERSONAL_FOLDERS)

