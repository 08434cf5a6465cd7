NEEDS_slip-dump = probe capture
