/* dump_checks.h - slip-dump --check: its ports and files. */
#ifndef DUMP_CHECKS_H
#define DUMP_CHECKS_H

#include "settings.h"

/* The exit status. */
int dump_check(const struct settings *s);

#endif
