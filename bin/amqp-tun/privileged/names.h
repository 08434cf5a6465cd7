/* names.h - the ways in which this system looks up names, made ready while code may still be
 * loaded. */
#ifndef NAMES_H
#define NAMES_H

/* Loads the modules that /etc/nsswitch.conf names for hosts. One that is not there is passed over,
 * as it is when names are looked up. */
void names_load_modules(void);

#endif
