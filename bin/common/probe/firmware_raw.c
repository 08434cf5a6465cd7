/* firmware_raw.c - frames in SLIP, and nothing else: what the old agent's probe says. */
#include "base/log.h"
#include "probe/firmware_slip.h"

struct own {
	struct slip_decoder slip;
};

static struct own *own_of(struct firmware_line *l)
{
	return FIRMWARE_OWN(struct own, l);
}

static void init(struct firmware_line *l)
{
	firmware_slip_init(l, &own_of(l)->slip, 0);
}

static void start(struct firmware_line *l, int64_t now)
{
	(void)now;
	if (l->config.channel >= 0)
		firmware_tell(
			l, LOG_WARNING,
			"firmware 'raw' cannot be told a channel: %d is what frames are marked "
			"with",
			l->config.channel);
}

static size_t read_octets(struct firmware_line *l, const uint8_t *in, size_t n, int64_t now,
                          struct firmware_event *e)
{
	(void)now;
	return firmware_slip_read(l, &own_of(l)->slip, in, n, FIRMWARE_FRAMES_MAX, e);
}

static size_t finish(struct firmware_line *l)
{
	return firmware_slip_finish(l, &own_of(l)->slip);
}

static void send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now)
{
	(void)now;
	firmware_slip_write(l, frame, length);
}

static const char *const counters[] = {FIRMWARE_SLIP_COUNTERS, NULL};

const struct firmware firmware_raw = {
	.display = "Frames in SLIP",
	.section = "slip",
	.counters = counters,
	.channel_min = 0,
	.channel_max = 26, /* of O-QPSK, and of what is below 1 GHz */
	.ends_in_fcs = true,
	.may_be_text = true,
	.longest = FIRMWARE_FRAME_MAX,
	.init = init,
	.start = start,
	.read = read_octets,
	.finish = finish,
	.send = send,
};
