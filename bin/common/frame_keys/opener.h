/* opener.h - one frame: which keys and addresses it may be secured with, and what comes of them. */
#ifndef OPENER_H
#define OPENER_H

#include <pthread.h>

#include "base/stats.h"
#include "frame_keys/devices.h"
#include "frame_keys/counters.h"
#include "frame_keys/keyring.h"
#include "packet/frame_view.h"

enum keys_outcome {
	KEYS_NOT_SECURED,
	KEYS_OPEN,       /* the MIC is right */
	KEYS_MIC_WRONG,  /* with every key that fits */
	KEYS_NO_ADDRESS, /* a key fits; which extended address the sender has is not known */
	KEYS_NO_KEY,
	KEYS_UNVERIFIED, /* level 4 has no MIC: what comes of it is shown, and proves nothing */
	KEYS_NEEDS_ASN,  /* the nonce holds the slot number, which is not known */
	KEYS_NOT_TRIED,  /* wrong FCS, malformed header, the security of 2003; or not with every key
	                    and address, of which there are too many */
	KEYS_OUTCOMES
};

struct opening {
	enum keys_outcome outcome;
	struct frame_security security;
	unsigned line;   /* of the file: whose key it was */
	uint64_t source; /* the nonce's, where a key was right */
	bool is_thread;
	uint32_t sequence; /* Thread's */
	enum counter_step step;
	uint32_t before; /* the counter, unless it is ahead */
};

enum { OPENED_MAX = 2560 };
struct opened {
	struct opening mac, mle;
	size_t length;              /* 0: nothing was opened */
	uint8_t octets[OPENED_MAX]; /* the frame in clear and without security, MIC and FCS */
};

/* The frame that lines are made of. */
struct shown {
	bool is_frame, bad_fcs;
	struct frame_tap tap;
	struct opened opened;
};

enum { ASN_MAX = 8 };
struct slot_time { /* of a TSCH network: from its last beacon */
	bool is_known;
	uint16_t pan;
	uint64_t asn;
	int64_t time_ns;
};

struct frame_keys {
	struct keyring *ring;
	struct devices *devices;
	struct counters counters;
	struct frame asked; /* the last frame that asked for an acknowledgment */
	struct slot_time slots[ASN_MAX];
	unsigned next_slot;
	struct key_candidate candidates[KEYRING_CANDIDATES]; /* of the frame under way */
	struct opened opened;
	struct shown shown;          /* its thread's alone */
	struct counter *counters_of; /* NULL: what comes of frames is not counted */
	pthread_mutex_t lock;
};

/* NULL with why. Nothing of the file is needed afterwards. */
struct frame_keys *opener_new(const struct keys_file *file, struct why *why);
void opener_free(struct frame_keys *k); /* wipes it; NULL: nothing */
/* Fills k->opened. The caller has the lock. */
void opener_open(struct frame_keys *k, const struct frame_view *v, int64_t time_ns);

/* --- between the files of the opener --- */

/* What a frame in clear says of addresses and slots. */
void learn(struct frame_keys *k, const struct frame *f, const uint8_t *octets, int64_t time_ns,
           enum address_standing standing);
void learn_address(struct frame_keys *k, uint16_t pan, uint16_t address, uint64_t extended,
                   enum address_standing standing);
/* The extended address that a link-local IPv6 address is made of; false: of none. */
bool extended_of(uint64_t *extended, const uint8_t address[16]);
/* The PAN that f's source is in; false: it does not say. */
bool pan_of(const struct frame *f, uint16_t *pan);
/* The number in a beacon's TSCH Synchronization IE. */
bool slot_of_beacon(const struct frame *f, const uint8_t *octets, uint64_t *asn);
/* What the slot may be at this time: how many. */
enum { ASN_GUESSES = 5 };
unsigned slots_guess(const struct frame_keys *k, const struct frame *f, int64_t time_ns,
                     uint64_t out[ASN_GUESSES]);

/* The MLE message in the frame in clear f, o->octets or octets: into k->opened. */
void open_mle(struct frame_keys *k, const struct frame *f, const uint8_t *octets);

/* What becomes of frames is told in the statistics: the counters of the section of that number. */
struct counter *keys_stats_register(unsigned number);
void keys_stats_count(struct counter *counters, const struct opening *o);
void keys_stats_address(struct counter *counters, bool disputed);

#endif
