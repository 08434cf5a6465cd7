#include <stdio.h>

#include "base/log.h"
#include "probe/probe.h"

enum { RSSI_OFFSET = -73, CHANNEL_SIZE = 16 };

static const char *const fcs_names[] = {"none", "crc16", "crc32", "ti", "auto", NULL};
static const char *const clock_names[] = {"off", "on", NULL};

struct probe_options probe_options = {.firmware = -1,
                                      .channel = -1,
                                      .max_frame = PROBE_FRAME_MAX,
                                      .clock = 1,
                                      .fcs = PROBE_FCS_UNASKED,
                                      .rssi_offset = RSSI_OFFSET};

const struct option_spec probe_specs[] = {
	{SECTION_PROBE, 0, "firmware", NULL,
         OPTION_CHOICE(struct probe_options, firmware, firmware_names), .otherwise = "raw",
         .help = "what the probe runs"},
	{SECTION_PROBE, 0, "channel", "N", OPTION_SIGNED(struct probe_options, channel, 0, 65535),
         .otherwise = "as the probe has it", .help = "the radio channel",
         .more = "Firmwares that can be told are; 'raw' cannot: frames are marked with it, no "
                 "more."},
	{SECTION_PROBE, 0, "max-frame", "N",
         OPTION_UNSIGNED(struct probe_options, max_frame, 1, PROBE_FRAME_MAX), .standard = "2047",
         .help = "longest frame, in octets as on the line",
         .more = "Longer ones are left out, counted, and told once. 127 is the bound of all "
                 "radios but those of SUN."},
	{SECTION_PROBE, 0, "probe-clock", NULL,
         OPTION_CHOICE(struct probe_options, clock, clock_names), .standard = "on",
         .help = "times by the probe's clock, if it has one",
         .more = "It is tied to the host's, and followed where it drifts, wraps around or begins "
                 "anew. With 'off', a frame's time is that at which it arrived."},
	{SECTION_PROBE, 0, "fcs", NULL, OPTION_CHOICE(struct probe_options, fcs, fcs_names),
         .otherwise = "auto", .help = "what ends the frames on the line",
         .more = "Of 'raw'; the other firmwares say themselves what they have checked."},
	{SECTION_PROBE, 0, "rssi-offset", "DB",
         OPTION_SIGNED(struct probe_options, rssi_offset, -128, 127), .standard = "-73",
         .help = "added to the RSSI octet of --fcs ti",
         .more = "-73 is right for CC253x and CC2538, -45 for CC2420."},
	{.name = NULL},
};

const struct option_spec probe_send_specs[] = {
	{SECTION_PROBE, 0, "stand-in", "PAN/SHORT/EXT",
         OPTION_OWN(struct probe_options, stand_in, stand_in_read),
         .otherwise = "learned from the frames that are to be sent",
         .help = "addresses of the device that the probe acknowledges for",
         .more = "In hex, such as abcd/0001/00124b0001020304; parts may be empty. For 'spinel'."},
	{SECTION_PROBE, 0, "pace", "MS", OPTION_UNSIGNED(struct probe_options, pace_ms, 1, 1000),
         .otherwise = "as fast as the line and the firmware take them",
         .help = "milliseconds between two frames to the probe, at the least",
         .more = "From the beginning of one to that of the next. For a probe that loses frames "
                 "which come too fast and has no way to say so ('raw'). Where the firmware answers "
                 "('serial-radio', 'spinel') the next frame waits for that, too. What has waited "
                 "for a second is dropped, as ever (downlink.dropped_too_old)."},
	{.name = NULL},
};

const struct firmware *probe_firmware(const struct probe_options *o)
{
	return firmware_at((unsigned)o->firmware);
}

static bool is_without_rssi(const struct probe_options *o)
{
	return o->fcs == PROBE_FCS_NONE || o->fcs == PROBE_FCS_CRC16 || o->fcs == PROBE_FCS_CRC32;
}

bool probe_options_settle(struct probe_options *o)
{
	bool asked = o->firmware >= 0;

	if (!asked)
		o->firmware = 0;
	if (o->fcs < PROBE_FCS_AUTO && !probe_firmware(o)->ends_in_fcs)
		log_warning("--fcs %s does nothing with --firmware %s, which says itself what it "
		            "has checked",
		            fcs_names[o->fcs], firmware_names[o->firmware]);
	else if (o->rssi_offset != RSSI_OFFSET &&
	         (!probe_firmware(o)->ends_in_fcs || is_without_rssi(o)))
		log_warning("--rssi-offset does nothing without the RSSI octet of --fcs ti");
	return asked;
}

int probe_options_check_channel(const struct probe_options *o, const char *option,
                                const char *value, struct why *why)
{
	const struct firmware *f = probe_firmware(o);

	if (o->channel < 0 || (o->channel >= f->channel_min && o->channel <= f->channel_max))
		return 0;
	return why_set(why, "%s '%s': --firmware %s has channels %d to %d", option, value,
	               firmware_names[o->firmware], f->channel_min, f->channel_max);
}

int probe_options_check(const struct probe_options *o, struct why *why)
{
	const struct firmware *f = probe_firmware(o);
	const char *name = firmware_names[o->firmware];
	char channel[CHANNEL_SIZE];

	if (o->active && !f->longest)
		return why_set(
			why,
			"--firmware %s only listens: choose --mode passive, or a firmware that "
			"sends",
			name);
	snprintf(channel, sizeof channel, "%d", (int)o->channel);
	if (probe_options_check_channel(o, "--channel", channel, why) < 0)
		return -1;
	if (o->stand_in.fixed && !f->stands_in && !option_yields("stand-in", "firmware"))
		return why_set(why, "--stand-in has no use with --firmware %s", name);
	if (o->stand_in.fixed && !o->active && !option_yields("stand-in", "mode"))
		return why_set(why, "--stand-in has no use where nothing is sent");
	if (o->pace_ms && !o->active && !option_yields("pace", "mode"))
		return why_set(why, "--pace has no use where nothing is sent");
	return 0;
}
