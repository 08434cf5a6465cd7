#include "extcap.h"

#include "capture/extcap.h"
#include "packet/packet.h"
#include "probe/firmware.h"
#include "probe/serial.h"

static const struct extcap_value fcs_values[] = {
	{"auto", "Found out from the frames"},
	{"none", "Nothing"},
	{"crc16", "FCS (CRC-16)"},
	{"ti", "RSSI and correlation (Texas Instruments)"},
	{.value = NULL},
};

enum { FIRMWARES_MAX = 16 };
static struct extcap_value firmware_values[FIRMWARES_MAX]; /* the table's */

static const struct extcap_value clock_values[] = {
	{"on", "The probe's clock, where it has one"},
	{"off", "When they arrive"},
	{.value = NULL},
};

static const struct extcap_argument arguments[] = {
	{.option = "--port",
         .display = "Serial port",
         .type = "string",
         .more = "{required=true}",
         .names_port = true,
         .tooltip = "Its path: /dev/serial/by-id/... stays when the probe is plugged in again"},
	{.option = "--baud",
         .display = "Baud rate",
         .type = "unsigned",
         .more = "{range=50,12000000}{default=115200}"},
	{.option = "--firmware",
         .display = "Firmware",
         .type = "selector",
         .tooltip = "What the probe runs",
         .values = firmware_values},
	{.option = "--channel",
         .display = "Channel",
         .type = "unsigned",
         .more = "{range=0,65535}",
         .tooltip = "11 to 26 at 2.4 GHz; empty: as the probe has it"},
	{.option = "--fcs",
         .display = "End of the frames",
         .type = "selector",
         .tooltip = "What the probe adds to a frame",
         .values = fcs_values},
	{.option = "--rssi-offset",
         .display = "RSSI offset",
         .type = "integer",
         .more = "{range=-128,127}{default=-73}",
         .tooltip = "dB, added to the RSSI octet: -73 for CC253x and CC2538, -45 for CC2420"},
	{.option = "--probe-clock",
         .display = "Times of the frames",
         .type = "selector",
         .values = clock_values},
	{.option = NULL},
};

struct listing {
	void (*found)(void *context, const char *path, const char *words);
	void *context;
};

static void pass_on(void *listing, const struct serial_info *info)
{
	const struct listing *l = listing;
	char words[400];

	serial_describe(words, sizeof words, info);
	l->found(l->context, info->path, words);
}

static void list_ports(void (*found)(void *context, const char *path, const char *words),
                       void *context)
{
	struct listing listing = {found, context};

	serial_list(pass_on, &listing);
}

static const struct extcap probes = {
	.tool = "slip-dump",
	.display = "802.15.4 probe",
	.interface_display = "802.15.4 probe on a serial port",
	.port_display = "802.15.4 probe on",
	.list_ports = list_ports,
	.link_type = ENVELOPE_LINK_IEEE802_15_4_TAP,
	.link_type_name = "IEEE802_15_4_TAP",
	.link_type_display = "IEEE 802.15.4 with TAP pseudo-header",
	.arguments = arguments,
};

static void list_firmwares(void)
{
	const struct firmware *f;

	for (unsigned i = 0; i + 1 < FIRMWARES_MAX && (f = firmware_at(i)); i++)
		firmware_values[i] = (struct extcap_value){firmware_names[i], f->display};
}

bool extcap_answer(const struct extcap_options *o)
{
	list_firmwares();
	return extcap_print(&probes, o);
}
