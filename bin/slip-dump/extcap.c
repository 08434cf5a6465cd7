#include "extcap.h"

#include "capture/extcap.h"
#include "packet/packet.h"
#include "probe/serial.h"

static const struct extcap_value fcs_values[] = {
	{"auto", "Found out from the frames"},
	{"none", "Nothing"},
	{"crc16", "FCS (CRC-16)"},
	{"ti", "RSSI and correlation (Texas Instruments)"},
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

bool extcap_answer(const struct extcap_options *o)
{
	return extcap_print(&probes, o);
}
