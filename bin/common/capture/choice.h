/* choice.h - which frames and packets a tool is asked for, by --filter and --ip-filter, and how
 * many were left out for that (section "filter", where there is one): judged = passed + left_out.
 *
 * Each filter chooses among its own kind: --filter among 802.15.4 frames, --ip-filter among IP
 * packets. With one of them alone the other kind is not wanted, which is said once; with both, what
 * either chooses is. Without any, everything is wanted. */
#ifndef CAPTURE_CHOICE_H
#define CAPTURE_CHOICE_H

#include "base/options.h"
#include "packet/packet.h"

struct filter;
struct ip_filter;

struct choice_options {                     /* NULL: not given */
	struct filter *frames, *frames_too; /* both must pass */
	struct choice_packets {
		struct ip_filter *filter, *too;
		bool (*passes)(const struct ip_filter *f, const struct envelope_packet *p);
	} packets;
};
extern const struct option_spec choice_frames_specs[]; /* --filter */
/* --ip-filter (choice_packets.c): a tool without it does without libpcap and all that this needs.
 */
extern const struct option_spec choice_packets_specs[];
/* What --ip-filter does with its value. Given twice, the last one counts, as with every option. 0,
 * or -1 with why. */
int choice_packets_read(struct choice_packets *packets, const char *expression, struct why *why);
/* Of what passes so far, only what passes this one, too. 0, or -1 with why. */
int choice_narrow_frames(struct choice_options *o, const char *expression, struct why *why);
int choice_narrow_packets(struct choice_packets *packets, const char *expression, struct why *why);

/* Before threads start; o, and what it points to, must outlive them. */
void choice_init(const struct choice_options *o);
/* Whether there is a filter at all; else all pass, and nothing is counted. */
bool choice_is_asked(void);
/* Any thread. A frame as its link type has it; IP of link type ENVELOPE_LINK_RAW. */
bool choice_passes(const struct envelope_packet *p);
void choice_count(const struct envelope_packet *p, bool passes);
/* Both. */
bool choice_takes(const struct envelope_packet *p);

#endif
