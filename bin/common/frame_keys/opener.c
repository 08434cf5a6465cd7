#include "frame_keys/opener.h"

#include <stdlib.h>
#include <string.h>

enum { LEVEL_NONE = 0, TRIES_MAX = 2048 };

/* All that may go into the nonce. */
struct trial {
	const struct frame *frame;
	uint8_t *octets;
	const struct key_candidate *keys;
	uint64_t sources[ADDRESSES_FOUND + ADDRESS_GUESSES];
	uint64_t asns[ASN_GUESSES];
	size_t opens[2];
	unsigned key_count, source_count, asn_count, open_count;
	unsigned said; /* sources[0..said) were said to be the sender's, the rest are guesses */
	bool uses_asn, asn_is_sure;
	unsigned tries;
	/* what fitted */
	struct frame opened;
	const struct key_candidate *key;
	uint64_t source;
};

void opener_free(struct frame_keys *k)
{
	if (!k)
		return;
	keyring_free(k->ring);
	devices_free(k->devices);
	pthread_mutex_destroy(&k->lock);
	explicit_bzero(k, sizeof *k);
	free(k);
}

struct frame_keys *opener_new(const struct keys_file *file, struct why *why)
{
	struct frame_keys *k = calloc(1, sizeof *k);

	if (k) {
		pthread_mutex_init(&k->lock, NULL);
		k->devices = devices_new(file->addresses, file->address_count);
	}
	if (!k || !k->devices)
		why_set(why, "out of memory");
	else
		k->ring = keyring_new(file, why);
	if (k && k->ring)
		return k;
	opener_free(k);
	return NULL;
}

/* --- what may be tried --- */

static void add_short_sources(struct trial *t, const struct frame_keys *k, uint16_t pan,
                              uint16_t address)
{
	struct address_candidate found[ADDRESSES_FOUND];
	unsigned n = devices_find(k->devices, pan, address, found);

	for (unsigned i = 0; i < n; i++)
		t->sources[t->source_count++] = found[i].extended;
	t->said = t->source_count;
	t->source_count += devices_guess(k->devices, pan, t->sources + t->source_count);
}

static void add_sources(struct trial *t, const struct frame_keys *k)
{
	const struct frame *f = t->frame;
	const struct frame_address *source = &f->source;
	uint16_t pan = 0;
	bool has_pan = pan_of(f, &pan);

	/* An acknowledgment comes from whom the frame before it was for. */
	if (f->type == FRAME_ACK && !source->mode && k->asked.has_sequence && f->has_sequence &&
	    k->asked.sequence == f->sequence) {
		source = &k->asked.destination;
		has_pan = pan_of(&k->asked, &pan);
	}
	if (source->mode == FRAME_ADDRESS_EXTENDED) {
		t->sources[0] = source->value;
		t->source_count = t->said = 1;
	} else if (source->mode == FRAME_ADDRESS_SHORT && has_pan) {
		add_short_sources(t, k, pan, (uint16_t)source->value);
	} else if (has_pan) {
		t->source_count = devices_guess(k->devices, pan, t->sources);
	}
}

static void add_slots(struct trial *t, const struct frame_keys *k, const struct frame_view *v,
                      int64_t time_ns)
{
	const struct frame_security *s = &t->frame->security;

	t->uses_asn = s->asn_in_nonce || s->counter_suppressed;
	t->asn_is_sure = true;
	t->asn_count = 1;
	if (!t->uses_asn)
		return;
	if (v->tap.has_asn) {
		t->asns[0] = v->tap.asn;
	} else if (!slot_of_beacon(t->frame, v->octets, &t->asns[0])) {
		t->asn_is_sure = false;
		t->asn_count = slots_guess(k, t->frame, time_ns, t->asns);
	}
}

static void add_opens(struct trial *t)
{
	const struct frame *f = t->frame;

	t->opens[t->open_count++] = frame_ccm_open_octets(f, t->octets);
	if (f->type == FRAME_COMMAND && f->version >= 2 && f->payload.length)
		t->opens[t->open_count++] = 1; /* Thread's data requests */
}

/* --- trying --- */

static bool fits(struct trial *t, const struct key_candidate *key, uint64_t source, uint64_t asn,
                 size_t open)
{
	struct frame_ccm_nonce nonce = {key->fixed_address ? key->fixed_address : source, asn};
	struct frame f = *t->frame;
	int error;

	t->tries++;
	/* A frame without counter has the slot in its nonce, whether it says so or not. */
	f.security.asn_in_nonce = t->uses_asn;
	error = frame_ccm_decrypt(&f, t->octets, key->key, &nonce, open, NULL);
	if (error == FRAME_EMIC || error == FRAME_EFIELD)
		return false;
	t->opened = f;
	t->key = key;
	t->source = nonce.source;
	return true;
}

static bool source_fits(struct trial *t, uint64_t source)
{
	for (unsigned key = 0; key < t->key_count; key++)
		for (unsigned asn = 0; asn < t->asn_count; asn++)
			for (unsigned i = 0; i < t->open_count; i++) {
				if (t->tries == TRIES_MAX)
					return false;
				if (fits(t, &t->keys[key], source, t->asns[asn], t->opens[i]))
					return true;
			}
	return false;
}

static bool any_fits(struct trial *t)
{
	for (unsigned i = 0; i < t->source_count; i++)
		if (source_fits(t, t->sources[i]))
			return true;
	return false;
}

/* A key whose address is fixed needs none of the sender's. */
static void settle_sources(struct trial *t)
{
	for (unsigned i = 0; i < t->key_count && !t->said; i++)
		if (t->keys[i].fixed_address) {
			t->sources[0] = t->keys[i].fixed_address;
			t->source_count = t->said = 1;
		}
}

static enum keys_outcome try_all(struct trial *t)
{
	bool has_mic = t->frame->mic.length;

	if (!t->key_count)
		return KEYS_NO_KEY;
	if (!t->asn_count)
		return KEYS_NEEDS_ASN;
	if (!has_mic && !t->said)
		return KEYS_NO_ADDRESS;
	if (!has_mic) {
		/* Whatever is tried seems to fit: one combination alone may be shown. */
		if (t->key_count == 1 && t->said == 1 && t->asn_is_sure && t->open_count == 1)
			source_fits(t, t->sources[0]);
		return KEYS_UNVERIFIED;
	}
	if (any_fits(t))
		return KEYS_OPEN;
	if (!t->asn_is_sure)
		return KEYS_NEEDS_ASN;
	if (!t->said)
		return KEYS_NO_ADDRESS;
	return t->tries == TRIES_MAX ? KEYS_NOT_TRIED : KEYS_MIC_WRONG;
}

/* --- what follows from it --- */

/* The same frame as if it had never been secured: libframe's words are the same then. */
static void build_clear(struct opened *o, const struct frame *opened)
{
	uint8_t octets[OPENED_MAX];
	struct frame f = *opened;
	int n;

	f.security_enabled = false;
	f.security = (struct frame_security){0};
	f.mic = (struct frame_span){0};
	n = frame_build(octets, sizeof octets, &f, o->octets);
	o->length = n > 0 ? (size_t)n : 0;
	memcpy(o->octets, octets, o->length);
}

/* Thread's keys of each sequence have counters of their own; under an address that is everybody's,
 * nobody's counter can be told. */
static void note_counter(struct frame_keys *k, struct opening *o, const struct key_candidate *key)
{
	if (o->security.counter_suppressed || o->security.asn_in_nonce || key->fixed_address)
		return;
	o->step = counters_note(&k->counters, o->source,
	                        (struct counter_key){key->line, key->sequence, false},
	                        o->security.counter, &o->before);
}

static void note_sender(struct frame_keys *k, const struct trial *t)
{
	const struct frame_address *source = &t->frame->source;
	uint16_t pan;

	if (t->key->fixed_address || !pan_of(t->frame, &pan))
		return;
	devices_note_heard(k->devices, pan, t->source, true);
	if (source->mode == FRAME_ADDRESS_SHORT)
		learn_address(k, pan, (uint16_t)source->value, t->source, ADDRESS_PROVEN);
}

static void settle(struct frame_keys *k, struct trial *t)
{
	struct opening *o = &k->opened.mac;

	if (!t->key)
		return;
	o->line = t->key->line;
	o->source = t->source;
	o->is_thread = t->key->of;
	o->sequence = t->key->sequence;
	if (o->outcome == KEYS_OPEN) {
		keyring_proven(t->key);
		note_sender(k, t);
		note_counter(k, o, t->key);
	}
	build_clear(&k->opened, &t->opened);
}

static void open_mac(struct frame_keys *k, const struct frame_view *v, int64_t time_ns)
{
	const struct frame *f = &v->frame;
	size_t length = (size_t)f->payload.offset + f->payload.length + f->mic.length;
	struct opening *o = &k->opened.mac;
	struct trial t = {.frame = f, .octets = k->opened.octets, .keys = k->candidates};

	o->security = f->security;
	o->outcome = KEYS_NOT_TRIED;
	if (v->bad_fcs || f->error || !f->security.was_parsed || length > OPENED_MAX)
		return;
	memcpy(k->opened.octets, v->octets, length);
	t.key_count = keyring_find(k->ring, &f->security, k->candidates);
	add_sources(&t, k);
	settle_sources(&t);
	add_slots(&t, k, v, time_ns);
	add_opens(&t);
	o->outcome = try_all(&t);
	settle(k, &t);
}

/* --- a frame --- */

/* What has been opened, or was in clear: what it says of addresses, and its MLE message. */
static void look_inside(struct frame_keys *k, const struct frame_view *v, int64_t time_ns)
{
	bool is_proven = k->opened.mac.outcome == KEYS_OPEN;
	struct frame f;

	if (k->opened.length) {
		uint8_t octets[OPENED_MAX];

		memcpy(octets, k->opened.octets, k->opened.length);
		if (frame_parse(&f, octets, k->opened.length, FRAME_LENIENT, NULL) == FRAME_OK) {
			learn(k, &f, octets, time_ns, is_proven ? ADDRESS_PROVEN : ADDRESS_CLAIMED);
			open_mle(k, &f, octets);
		}
	} else if (k->opened.mac.outcome == KEYS_NOT_SECURED && !v->bad_fcs && !v->frame.error) {
		learn(k, &v->frame, v->octets, time_ns, ADDRESS_CLAIMED);
		open_mle(k, &v->frame, v->octets);
	}
}

static void remember_asking(struct frame_keys *k, const struct frame_view *v)
{
	if (v->frame.ack_request && !v->bad_fcs && !v->frame.error && v->frame.destination.mode)
		k->asked = v->frame;
}

void opener_open(struct frame_keys *k, const struct frame_view *v, int64_t time_ns)
{
	struct opened *o = &k->opened;

	o->mac = o->mle = (struct opening){.outcome = KEYS_NOT_SECURED};
	o->length = 0;
	if (v->frame.security_enabled && v->frame.security.level != LEVEL_NONE)
		open_mac(k, v, time_ns);
	else if (v->frame.security_enabled && !v->frame.security.was_parsed)
		o->mac.outcome = KEYS_NOT_TRIED;
	look_inside(k, v, time_ns);
	remember_asking(k, v);
	keys_stats_count(k->counters_of, &o->mac);
	if (o->mle.outcome != KEYS_NOT_SECURED)
		keys_stats_count(k->counters_of, &o->mle);
}
