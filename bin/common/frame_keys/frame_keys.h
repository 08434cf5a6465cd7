/* frame_keys.h - keys of 802.15.4 frames (--frame-keys): checks the MIC of secured frames, decrypts
 * them, and says in lines and JSON what came of it and what is inside. Captures are not touched.
 *
 * Every secured frame has one outcome, which is counted (section "keys"). What a frame costs is
 * bounded: at the most 256 combinations of key, extended address and slot number
 * are tried. A frame with a wrong FCS or a malformed header is not tried. Extended addresses of
 * devices with short ones are learned (devices.h).
 *
 * Where the build has no libcrypto, frame_keys_new refuses every file with words. */
#ifndef FRAME_KEYS_H
#define FRAME_KEYS_H

#include "base/options.h"
#include "packet/packet.h"

/* What is learned of addresses and counters, and what was opened last: of one thread's frames. */
struct frame_keys;

enum { FRAME_KEYS_MAX = 8 };
struct frame_keys_options {
	const char *path;
	struct frame_keys *keys[FRAME_KEYS_MAX]; /* by frame_keys_options_settle; NULL: none */
};
extern const struct option_spec frame_keys_specs[];

/* Reads the file; once a process, before threads start. Fills in keys[0..count), of which each has
 * a section of its own: "keys", "keys_2", .... 0, or -1 with why. Keys are wiped where they are no
 * longer needed. */
int frame_keys_new(struct frame_keys *keys[], unsigned count, const char *path, struct why *why);
void frame_keys_free(struct frame_keys *k); /* NULL: nothing */

/* Reads the file that the option names, if it names one. count: threads that show lines, of text or
 * JSON; 0 is refused. 0, or -1 with why. */
int frame_keys_options_settle(struct frame_keys_options *o, unsigned count, struct why *why);

/* Opens a packet that is to be shown: once, since a counter that comes again is told. k: NULL:
 * nothing. */
void frame_keys_open(struct frame_keys *k, const struct envelope_packet *p);
/* The packet that was opened last, from the same thread, in as many forms as there are outputs. k:
 * NULL: as readable_frame and json_frame (packet/lines.h, json_lines.h) do it; else of what is
 * inside, and with the outcome behind it. */
size_t frame_keys_line(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p);
size_t frame_keys_json(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p);
/* As readable_block (packet/block.h); then the outcome, and the block of what was opened. */
size_t frame_keys_block(const struct frame_keys *k, char *out, size_t size,
                        const struct envelope_packet *p);
/* A frame that nobody sees a line of may hold addresses all the same. From any thread. k: NULL:
 * nothing. */
void frame_keys_learn(struct frame_keys *k, const struct envelope_packet *p);

#endif
