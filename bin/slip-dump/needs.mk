NEEDS_slip-dump = probe capture frame_keys
PKGS_slip-dump = ncursesw
