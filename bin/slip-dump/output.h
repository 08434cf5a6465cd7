/* output.h - where slip-dump's packets go: one capture file, a rotation of them as tcpdump has it,
 * or readable lines. Never writes half a record. Every packet that it was given is counted:
 * written, or left over when the output had ended. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "packet.h"
#include "settings.h"

struct output;

/* Opens the output; ends the tool with words where that fails. */
struct output *output_open(const struct settings *s);

enum output_state {
	OUTPUT_OPEN,
	OUTPUT_ENDED,  /* as asked (-c, -W), nobody reads any more, or the stop */
	OUTPUT_FAILED, /* the reason has been printed */
};
enum output_state output_put(struct output *o, const struct envelope_packet *p);
/* How long to wait for the next packet before output_idle; -1: as long as it takes. */
int output_timeout_ms(const struct output *o);
enum output_state output_idle(struct output *o);
/* For poll: POLLERR where nobody reads any more. */
int output_fd(const struct output *o);

/* Flushes and closes. left_over: packets that nobody gave to output_put any more. Returns the exit
 * status. */
int output_close(struct output *o, uint64_t left_over);

#endif
