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

static const struct extcap probes = {
	.tool = "slip-dump",
	.display = "802.15.4 probe",
	.interface_display = "802.15.4 probe on a serial port",
	.port_display = "802.15.4 probe on",
	.list_ports = serial_list,
	.link_type = ENVELOPE_LINK_IEEE802_15_4_TAP,
	.link_type_name = "IEEE802_15_4_TAP",
	.link_type_display = "IEEE 802.15.4 with TAP pseudo-header",
	.arguments = arguments,
};

bool extcap_answer(const struct extcap_options *o)
{
	return extcap_print(&probes, o);
}
