/* capture_checks.h - --check of the captures that a tool reads, and of the files that it writes. */
#ifndef CAPTURE_CHECKS_H
#define CAPTURE_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_options.h"
#include "capture/writes.h"

/* Each that -w names, as its first one will be called. */
void capture_check_outputs(const struct writes_options *writes,
                           const struct capture_output *output);

/* What mends a file that was refused so, if it is compressed; NULL: it is not. Static. */
const char *capture_check_remedy(const struct why *why);

/* What is in a file that check_input_path let pass (base/path_checks.h): whether it is a capture,
 * whether packets of it are of a link type that the tool takes, and whether the first of them are
 * whole. taken: the link types, in words. */
void capture_check_input(const char *name, const char *path, bool (*takes)(uint16_t link_type),
                         const char *taken);

#endif
