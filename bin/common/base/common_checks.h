/* common_checks.h - --check of what every tool needs: the clock, and where --events go. */
#ifndef COMMON_CHECKS_H
#define COMMON_CHECKS_H

#include "base/check.h"

extern const struct check common_checks[];

#endif
