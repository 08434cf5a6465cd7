/* spool_checks.h - --check of the folder of --spool. Makes nothing. */
#ifndef SPOOL_CHECKS_H
#define SPOOL_CHECKS_H

/* directory: NULL: there is no spool. */
void spool_check(const char *directory);

#endif
