/* verdict.h - whether the keeper does what the child asks. Never touches the system. */
#ifndef VERDICT_H
#define VERDICT_H

#include <stddef.h>

#include "../protocol.h"

/* How far the requests have got. */
enum keeper_state { KEEPER_NEW, KEEPER_OPENED, KEEPER_CONFIGURED };

/* REFUSED: the child is told why, and may ask for something else. BROKEN: no child that is ours
 * sends this. */
enum verdict { VERDICT_GOOD, VERDICT_REFUSED, VERDICT_BROKEN };
/* size: of what was received, which may be less or more than there is room for. why: of all but
 * VERDICT_GOOD. */
enum verdict verdict_of(const struct interface_options *o, enum keeper_state state,
                        const struct keeper_request *request, size_t size, struct why *why);

#endif
