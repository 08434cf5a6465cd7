NEEDS_slip-dump = probe capture frame_keys screen
