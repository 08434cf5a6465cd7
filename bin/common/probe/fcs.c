#include "probe/fcs.h"

#include <string.h>

enum { RIGHT_ENOUGH = 3, OPEN_AFTER = 8, AGAINST_MAX = FCS_DIFFERENT, MISFITS_MAX = 40 };

void fcs_init(struct fcs *f, enum probe_fcs mode, int rssi_offset)
{
	*f = (struct fcs){
		.mode = mode >= PROBE_FCS_AUTO ? PROBE_FCS_NONE : mode,
		.automatic = mode >= PROBE_FCS_AUTO,
		.rssi_offset = rssi_offset,
	};
}

const char *fcs_in_words(enum probe_fcs mode)
{
	static const char *const words[] = {
		[PROBE_FCS_NONE] = "no frame check sequence",
		[PROBE_FCS_CRC16] = "a CRC-16",
		[PROBE_FCS_CRC32] = "a CRC-32",
		[PROBE_FCS_TI] = "RSSI and correlation (Texas Instruments)",
	};

	return words[mode];
}

/* --- which frames are evidence --- */

static bool is_ack(const uint8_t *octets, size_t length)
{
	return length && (octets[0] & 7) == FRAME_ACK;
}

static uint64_t hash_of(const uint8_t *octets, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325 + length;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ octets[i]) * 0x100000001b3;
	return hash;
}

/* False: one of the last different frames is the same. */
static bool is_different(struct fcs *f, const uint8_t *octets, size_t length)
{
	uint64_t hash = hash_of(octets, length);
	unsigned known = f->different < FCS_DIFFERENT ? f->different : FCS_DIFFERENT;

	for (unsigned i = 0; i < known; i++)
		if (f->hash[i] == hash)
			return false;
	f->hash[f->different++ % FCS_DIFFERENT] = hash;
	return true;
}

/* The CRC-16 of zeros is zero. */
static bool has_right_crc16(const uint8_t *octets, size_t length)
{
	if (!frame_fcs16_ok(octets, length))
		return false;
	for (size_t i = 0; i < length; i++)
		if (octets[i])
			return true;
	return false;
}

/* --- TI's pattern --- */

enum {
	TI_OK = 3,
	TI_BAD = 1,
	TI_DOES_NOT_FIT = -4,
	TI_ENOUGH = 27,
	RSSI_MIN = -105,
	RSSI_MAX = -10,
	CORRELATION_MIN = 45,
	CORRELATION_MAX = 110,
};

static bool fits_ti(const struct fcs *f, const uint8_t *octets, size_t length, struct frame_ti *ti)
{
	if (length <= FRAME_FCS16_SIZE)
		return false;
	frame_ti_parse(ti, octets + length - FRAME_FCS16_SIZE);
	int rssi = ti->rssi + f->rssi_offset;

	return rssi >= RSSI_MIN && rssi <= RSSI_MAX && ti->correlation >= CORRELATION_MIN &&
	       ti->correlation <= CORRELATION_MAX;
}

bool fcs_may_be_ti(const struct fcs *f, const uint8_t *octets, size_t length)
{
	struct frame_ti ti;

	return fits_ti(f, octets, length, &ti) && !(is_ack(octets, length) && length < 5);
}

/* Also notes the pair. */
static bool says_something(struct fcs *f, const uint8_t pair[2])
{
	const uint8_t *last = f->pairs[(f->pair_count + FCS_PAIRS - 1) % FCS_PAIRS];
	unsigned known = f->pair_count < FCS_PAIRS ? f->pair_count : FCS_PAIRS;
	const int step[2] = {(int8_t)(pair[0] - last[0]), (int8_t)(pair[1] - last[1])};
	bool counted = known >= 2 && step[0] == f->ti_step[0] && step[1] == f->ti_step[1] &&
	               (!step[0] || !step[1]);

	for (unsigned i = 0; i < known; i++)
		if (memcmp(f->pairs[i], pair, 2) == 0)
			return false;
	memcpy(f->pairs[f->pair_count++ % FCS_PAIRS], pair, 2);
	memcpy(f->ti_step, step, sizeof step);
	return !counted;
}

static void forget_ti(struct fcs *f)
{
	f->ti_score = 0;
	f->ti_ok = f->ti_bad = 0;
}

static void weigh_ti(struct fcs *f, const uint8_t *octets, size_t length)
{
	struct frame_ti ti;

	if (!fits_ti(f, octets, length, &ti))
		f->ti_score += TI_DOES_NOT_FIT;
	else if (!says_something(f, octets + length - FRAME_FCS16_SIZE))
		return;
	else if (ti.crc_ok)
		f->ti_score += TI_OK, f->ti_ok++;
	else if (f->ti_bad++ < f->ti_ok)
		f->ti_score += TI_BAD;
	if (f->ti_score <= 0)
		forget_ti(f);
}

/* --- deciding --- */

static enum fcs_event decide(struct fcs *f, enum probe_fcs mode)
{
	f->mode = mode;
	f->decided = true;
	f->against = 0;
	f->misfits = 0;
	return FCS_DECIDED;
}

static enum fcs_event take_back(struct fcs *f)
{
	bool told_open = f->told_open;

	fcs_init(f, PROBE_FCS_AUTO, f->rssi_offset);
	/* What has come before was wrong. */
	f->not_first = true;
	f->told_open = told_open;
	return FCS_TAKEN_BACK;
}

static enum fcs_event weigh_undecided(struct fcs *f, const uint8_t *octets, size_t length)
{
	if (!is_different(f, octets, length))
		return FCS_NOTHING;
	bool right16 = has_right_crc16(octets, length), right32 = frame_fcs32_ok(octets, length);
	bool first = !f->not_first;

	f->not_first = true;
	f->right16 = (uint8_t)(f->right16 << 1 | right16);
	f->right32 = (uint8_t)(f->right32 << 1 | right32);
	if (first ? right16 : __builtin_popcount(f->right16) >= RIGHT_ENOUGH)
		return decide(f, PROBE_FCS_CRC16);
	if (first ? right32 : __builtin_popcount(f->right32) >= RIGHT_ENOUGH)
		return decide(f, PROBE_FCS_CRC32);
	weigh_ti(f, octets, length);
	if (f->ti_score >= TI_ENOUGH)
		return decide(f, PROBE_FCS_TI);
	if (f->told_open || f->different < OPEN_AFTER || f->ti_score > 0)
		return FCS_NOTHING;
	f->told_open = true;
	return FCS_OPEN;
}

static bool speaks_for(const struct fcs *f, const uint8_t *octets, size_t length)
{
	struct frame_ti ti;

	switch (f->mode) {
	case PROBE_FCS_CRC16:
		return has_right_crc16(octets, length);
	case PROBE_FCS_CRC32:
		return frame_fcs32_ok(octets, length);
	default:
		return fits_ti(f, octets, length, &ti);
	}
}

static bool is_too_much(struct fcs *f)
{
	bool most = __builtin_popcountll(f->misfits) >= MISFITS_MAX;

	return ++f->against >= AGAINST_MAX || (f->mode == PROBE_FCS_TI && most);
}

enum fcs_event fcs_weigh(struct fcs *f, const uint8_t *octets, size_t length)
{
	if (!f->automatic || is_ack(octets, length))
		return FCS_NOTHING;
	if (!f->decided)
		return weigh_undecided(f, octets, length);
	if (speaks_for(f, octets, length)) {
		f->misfits <<= 1;
		f->against = f->different = 0;
		return FCS_NOTHING;
	}
	if (!is_different(f, octets, length))
		return FCS_NOTHING;
	f->misfits = f->misfits << 1 | 1;
	return is_too_much(f) ? take_back(f) : FCS_NOTHING;
}

/* --- what is in force --- */

static void read_ti(const struct fcs *f, struct probe_frame *frame)
{
	uint16_t right = frame_fcs16(frame->mac, frame->length);
	struct frame_ti ti;

	frame_ti_parse(&ti, frame->mac + frame->length);
	uint16_t shown = ti.crc_ok ? right : (uint16_t)~right;
	frame->verdict = ti.crc_ok ? PROBE_GOOD : PROBE_BAD;
	frame->fcs[0] = (uint8_t)shown;
	frame->fcs[1] = (uint8_t)(shown >> 8);
	frame->has_radio = true;
	frame->rssi = ti.rssi + f->rssi_offset;
	frame->correlation = ti.correlation;
}

static void read_crc(struct probe_frame *frame, size_t size)
{
	size_t whole = frame->length + size;

	frame->fcs32 = size == FRAME_FCS32_SIZE;
	bool good = frame->fcs32 ? frame_fcs32_ok(frame->mac, whole)
	                         : frame_fcs16_ok(frame->mac, whole);

	frame->verdict = good ? PROBE_GOOD : PROBE_BAD;
	/* Of two octets the other two say nothing: both copies have a length that is known. */
	memcpy(frame->fcs, frame->mac + frame->length, FRAME_FCS16_SIZE);
	if (frame->fcs32)
		memcpy(frame->fcs, frame->mac + frame->length, FRAME_FCS32_SIZE);
}

static size_t size_of(enum probe_fcs mode)
{
	return mode == PROBE_FCS_CRC32 ? FRAME_FCS32_SIZE : FRAME_FCS16_SIZE;
}

bool fcs_strip(const struct fcs *f, struct probe_frame *frame)
{
	size_t size = size_of(f->mode);

	if (f->mode == PROBE_FCS_NONE)
		return true;
	if (frame->length <= size)
		return false;
	frame->length -= size;
	if (f->mode == PROBE_FCS_TI)
		read_ti(f, frame);
	else
		read_crc(frame, size);
	return true;
}

static bool is_crc(enum probe_fcs mode)
{
	return mode == PROBE_FCS_CRC16 || mode == PROBE_FCS_CRC32;
}

static void put_back(struct probe_frame *frame, size_t whole)
{
	frame->length = whole;
	frame->verdict = PROBE_UNCHECKED;
	frame->fcs32 = false;
}

bool fcs_strip_right(struct fcs *f, struct probe_frame *frame)
{
	size_t whole = frame->length, size = size_of(f->mode);

	if (!is_crc(f->mode) || whole <= size || !frame->mac[0])
		return false;
	frame->length -= size;
	read_crc(frame, size);
	if (frame->verdict != PROBE_GOOD) {
		put_back(frame, whole);
		return false;
	}
	if (f->automatic && !is_ack(frame->mac, whole))
		f->against = f->different = 0;
	return true;
}
