NEEDS_slip-dump = probe capture
PKGS_slip-dump = ncursesw
