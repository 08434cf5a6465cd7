#include "probe/fcs.h"

#include <string.h>

enum {
	SCORE_MAX = 24,
	LEAD = 8,
	CRC16_RIGHT = 16,
	CRC16_WRONG = -3,
	TI_FITS = 3,
	TI_DOES_NOT = -4,
	SHORTEST_WITH_FCS = 5
};

void fcs_init(struct fcs *f, enum probe_fcs mode, int rssi_offset)
{
	*f = (struct fcs){
		.mode = mode == PROBE_FCS_AUTO ? PROBE_FCS_NONE : mode,
		.automatic = mode == PROBE_FCS_AUTO,
		.rssi_offset = rssi_offset,
	};
}

/* --- evidence --- */

/* Type 2, no security, no addresses, version 0 or 1: its MAC header is 3 octets, and nothing
 * follows. */
static bool is_immediate_ack(const uint8_t *frame, size_t length)
{
	return length >= 3 && (frame[0] & 0x0f) == FRAME_ACK && (frame[1] & 0xec) == 0;
}

static int ti_evidence(const struct fcs *f, const uint8_t pair[2])
{
	struct frame_ti ti;

	if (memcmp(pair, f->last_pair, 2) == 0)
		return 0;
	frame_ti_parse(&ti, pair);
	int rssi = ti.rssi + f->rssi_offset;
	bool fits = ti.crc_ok && ti.correlation >= 40 && ti.correlation <= 110 && rssi >= -110 &&
	            rssi <= 10;
	return fits ? TI_FITS : TI_DOES_NOT;
}

static int both_evidence(const uint8_t *frame, size_t length)
{
	if (length < SHORTEST_WITH_FCS)
		return -LEAD;
	return length == SHORTEST_WITH_FCS && is_immediate_ack(frame, length) ? LEAD : 0;
}

static int within(int score)
{
	return score > SCORE_MAX ? SCORE_MAX : score < -SCORE_MAX ? -SCORE_MAX : score;
}

/* What leads both others by LEAD, or -1. */
static int leader(const struct fcs *f)
{
	const int scores[] = {[PROBE_FCS_NONE] = 0,
	                      [PROBE_FCS_CRC16] = f->crc16_score,
	                      [PROBE_FCS_TI] = f->ti_score};

	for (int i = 0; i < 3; i++)
		if (scores[i] >= scores[(i + 1) % 3] + LEAD &&
		    scores[i] >= scores[(i + 2) % 3] + LEAD)
			return i;
	return -1;
}

bool fcs_weigh(struct fcs *f, const uint8_t *octets, size_t length)
{
	if (!f->automatic)
		return false;
	int both = both_evidence(octets, length);
	f->crc16_score = within(f->crc16_score + both +
	                        (frame_fcs16_ok(octets, length) ? CRC16_RIGHT : CRC16_WRONG));
	if (length >= 2) {
		f->ti_score = within(f->ti_score + both + ti_evidence(f, octets + length - 2));
		memcpy(f->last_pair, octets + length - 2, 2);
	}
	int lead = leader(f);
	if (lead < 0 || (f->decided && lead == (int)f->mode))
		return false;
	f->mode = (enum probe_fcs)lead;
	f->decided = true;
	return true;
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

static void read_crc16(struct probe_frame *frame)
{
	bool good = frame_fcs16_ok(frame->mac, frame->length + FRAME_FCS16_SIZE);

	frame->verdict = good ? PROBE_GOOD : PROBE_BAD;
	memcpy(frame->fcs, frame->mac + frame->length, FRAME_FCS16_SIZE);
}

bool fcs_strip(const struct fcs *f, struct probe_frame *frame)
{
	if (f->mode == PROBE_FCS_NONE)
		return true;
	if (frame->length <= FRAME_FCS16_SIZE)
		return false;
	frame->length -= FRAME_FCS16_SIZE;
	if (f->mode == PROBE_FCS_TI)
		read_ti(f, frame);
	else
		read_crc16(frame);
	return true;
}
