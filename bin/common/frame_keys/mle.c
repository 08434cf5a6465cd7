/* mle.c - Thread's Mesh Link Establishment: messages in UDP that are secured by themselves, with a
 * key of their own (draft-ietf-6lo-mesh-link-establishment, section 6; Thread 1.1, 7.3). The
 * security header is that of MAC frames; what is authenticated are the IPv6 addresses and it. */
#include <string.h>

#include "frame_keys/opener.h"
#include "packet/payload.h"

enum { SUITE_NONE = 255 };
enum { TLV_SOURCE_ADDRESS = 0, TLV_ADDRESS16 = 10, TLV_LENGTH_IS_LONG = 255 };
enum { ADDRESSES = 32, MLE_MIC_MIN = 4 };

struct message {
	const uint8_t *octets; /* from the security header on */
	size_t header, length; /* of the header; of all, with the MIC */
	struct payload packet;
};

/* --- the security header --- */

static bool read_header(struct frame_security *s, struct message *m)
{
	static const uint8_t key_lengths[] = {0, 1, 5, 9};
	const uint8_t *p = m->octets;
	size_t source;

	if (m->length < 5)
		return false;
	*s = (struct frame_security){.level = p[0] & 7, .key_id_mode = p[0] >> 3 & 3};
	m->header = 5 + key_lengths[s->key_id_mode];
	if (m->length < m->header || p[0] & 0xe0)
		return false;
	for (int i = 0; i < 4; i++)
		s->counter |= (uint32_t)p[1 + i] << 8 * i;
	source = s->key_id_mode > 1 ? key_lengths[s->key_id_mode] - 1u : 0;
	for (size_t i = 0; i < source; i++)
		s->key_source = s->key_source << 8 | p[5 + i];
	if (s->key_id_mode)
		s->key_index = p[5 + source];
	s->was_parsed = true;
	return true;
}

static bool find_message(struct message *m, const struct frame *f, const uint8_t *octets)
{
	size_t end = (size_t)f->payload.offset + f->payload.length;
	const struct payload *p = &m->packet;

	if (frame_hint(f, octets) != FRAME_HINT_THREAD_MLE ||
	    !payload_parse(&m->packet, f, octets) || !p->mle.is_there || !p->mle.secured ||
	    p->lowpan.fragment != FRAGMENT_NONE || end > OPENED_MAX ||
	    p->ip.source.state != ADDRESS_KNOWN || p->ip.destination.state != ADDRESS_KNOWN)
		return false;
	m->octets = octets + p->mle.offset + 1;
	m->length = end - p->mle.offset - 1;
	return true;
}

/* --- trying --- */

static void make_nonce(uint8_t out[FRAME_CCM_NONCE_SIZE], uint64_t source,
                       const struct frame_security *s)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(source >> (56 - 8 * i));
	for (int i = 0; i < 4; i++)
		out[8 + i] = (uint8_t)(s->counter >> (24 - 8 * i));
	out[12] = s->level;
}

/* room: what is authenticated, the message, the MIC; the message is in clear afterwards. */
static const struct key_candidate *try_keys(struct frame_keys *k, const struct message *m,
                                            struct opening *o, uint8_t *room)
{
	size_t mic = frame_mic_length(o->security.level);
	struct frame_ccm_message ccm = {
		.clear = ADDRESSES + m->header, .message = m->length - m->header - mic, .mic = mic};
	const struct key_candidate *keys = k->candidates;
	unsigned n = keyring_find_mle(k->ring, &o->security, k->candidates);

	memcpy(room, m->packet.ip.source.octets, 16);
	memcpy(room + 16, m->packet.ip.destination.octets, 16);
	memcpy(room + ADDRESSES, m->octets, m->length);
	make_nonce(ccm.nonce, o->source, &o->security);
	o->outcome = n ? KEYS_MIC_WRONG : KEYS_NO_KEY;
	for (unsigned i = 0; i < n; i++)
		if (frame_ccm_decrypt_message(room, &ccm, keys[i].key) == FRAME_OK)
			return &keys[i];
	return NULL;
}

/* --- what is inside --- */

static void learn_from_tlvs(struct frame_keys *k, const struct frame *f, uint64_t sender,
                            const uint8_t *p, size_t length)
{
	uint16_t pan;

	if (!pan_of(f, &pan))
		return;
	for (size_t at = 1; at + 2 <= length && p[at + 1] != TLV_LENGTH_IS_LONG;) {
		size_t size = p[at + 1];
		uint16_t address;

		if (size > length - at - 2)
			return;
		address = size == 2 ? (uint16_t)(p[at + 2] << 8 | p[at + 3]) : 0xffff;
		if (p[at] == TLV_SOURCE_ADDRESS)
			learn_address(k, pan, address, sender, ADDRESS_PROVEN);
		if (p[at] == TLV_ADDRESS16 && f->destination.mode == FRAME_ADDRESS_EXTENDED)
			learn_address(k, pan, address, f->destination.value, ADDRESS_PROVEN);
		at += 2 + size;
	}
}

/* The frame with the message in clear, as one that says that it is not secured. */
static void build_clear(struct opened *o, const struct message *m, const uint8_t *octets,
                        const uint8_t *clear, size_t length)
{
	size_t before = m->packet.mle.offset;

	memmove(o->octets, octets, before);
	o->octets[before] = SUITE_NONE;
	memcpy(o->octets + before + 1, clear, length);
	o->length = before + 1 + length;
}

static bool can_be_tried(const struct message *m, const struct opening *o)
{
	size_t mic = frame_mic_length(o->security.level);

	return o->security.level & 4 && mic >= MLE_MIC_MIN && m->length >= m->header + mic;
}

void open_mle(struct frame_keys *k, const struct frame *f, const uint8_t *octets)
{
	const struct key_candidate *key;
	struct opening *o = &k->opened.mle;
	uint8_t room[ADDRESSES + OPENED_MAX];
	struct message m;

	if (!find_message(&m, f, octets))
		return;
	o->outcome = KEYS_NOT_TRIED;
	if (!read_header(&o->security, &m) || !can_be_tried(&m, o))
		return;
	if (!extended_of(&o->source, m.packet.ip.source.octets)) {
		o->outcome = KEYS_NO_ADDRESS;
		return;
	}
	if (o->security.key_id_mode == 2)
		keyring_hint(k->ring, (uint32_t)o->security.key_source);
	key = try_keys(k, &m, o, room);
	if (!key)
		return;
	o->outcome = KEYS_OPEN;
	o->line = key->line;
	o->is_thread = true;
	o->sequence = key->sequence;
	keyring_proven(key);
	/* MLE counts by itself. */
	o->step = counters_note(&k->counters, o->source,
	                        (struct counter_key){key->line, key->sequence, true},
	                        o->security.counter, &o->before);
	const uint8_t *clear = room + ADDRESSES + m.header;
	size_t length = m.length - m.header - frame_mic_length(o->security.level);
	learn_from_tlvs(k, f, o->source, clear, length);
	build_clear(&k->opened, &m, octets, clear, length);
}
