#include "extcap.h"

#include "capture/extcap.h"
#include "packet/filter.h"
#include "packet/packet.h"
#include "probe/firmware.h"
#include "probe/serial.h"
#include "toolbar.h"

static const struct extcap_value fcs_values[] = {
	{"auto", "Found out from the frames"},
	{"none", "Nothing"},
	{"crc16", "FCS (CRC-16)"},
	{"crc32", "FCS (CRC-32)"},
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

static const struct extcap_value flow_values[] = {
	{"none", "None"},
	{"rtscts", "RTS/CTS"},
	{"xonxoff", "XON/XOFF"},
	{.value = NULL},
};

#define PORT_GROUP   "{group=Port}"
#define PROBE_GROUP  "{group=Probe}"
#define FRAMES_GROUP "{group=Frames}"

static const struct extcap_argument arguments[] = {
	{.option = "--port",
         .display = "Serial port",
         .type = "string",
         .more = "{required=true}" PORT_GROUP,
         .names_port = true,
         .tooltip = "Its path: /dev/serial/by-id/... stays when the probe is plugged in again; "
                    "tcp:HOST:PORT is one of another host"},
	{.option = "--baud",
         .display = "Baud rate",
         .type = "string",
         .more = "{default=115200}{validation=^(auto|[1-9][0-9]*)$}" PORT_GROUP,
         .tooltip = "50 to 12000000, or auto: find it out"},
	{.option = "--firmware",
         .display = "Firmware",
         .type = "selector",
         .more = PROBE_GROUP,
         .tooltip = "What the probe runs",
         .values = firmware_values},
	{.option = "--channel",
         .display = "Channel",
         .type = "unsigned",
         .more = "{range=0,65535}" PROBE_GROUP,
         .tooltip = "11 to 26 at 2.4 GHz; empty: as the probe has it. The toolbar changes it while "
                    "a capture runs"},
	{.option = "--fcs",
         .display = "End of the frames",
         .type = "selector",
         .more = FRAMES_GROUP,
         .tooltip = "What the probe adds to a frame",
         .values = fcs_values},
	{.option = "--rssi-offset",
         .display = "RSSI offset",
         .type = "integer",
         .more = "{range=-128,127}{default=-73}" FRAMES_GROUP,
         .tooltip = "dB, added to the RSSI octet: -73 for CC253x and CC2538, -45 for CC2420"},
	{.option = "--probe-clock",
         .display = "Times of the frames",
         .type = "selector",
         .more = FRAMES_GROUP,
         .values = clock_values},
	{.option = "--max-frame",
         .display = "Longest frame",
         .type = "unsigned",
         .more = "{range=1,2047}{default=2047}" FRAMES_GROUP,
         .tooltip = "Octets; longer ones are left out, and counted"},
	{.option = "--filter",
         .display = "Filter",
         .type = "string",
         .more = "{placeholder=type=data and pan=abcd}" FRAMES_GROUP,
         .tooltip = "Only the frames that pass are captured: see slip-dump(1)"},
	{.option = "--flow",
         .display = "Flow control",
         .type = "selector",
         .more = PORT_GROUP,
         .values = flow_values},
	{.option = "--reset",
         .display = "Reset the board at the start",
         .type = "boolflag",
         .more = PORT_GROUP,
         .tooltip = "DTR is low for a tenth of a second"},
	{.option = "--wait-port",
         .display = "Wait for the port",
         .type = "boolflag",
         .more = PORT_GROUP,
         .tooltip = "Where it is not there at the start"},
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
	.controls = toolbar_controls,
};

static void list_firmwares(void)
{
	const struct firmware *f;

	for (unsigned i = 0; i + 1 < FIRMWARES_MAX && (f = firmware_at(i)); i++)
		firmware_values[i] = (struct extcap_value){firmware_names[i], f->display};
}

bool extcap_is_question(const struct extcap_options *o)
{
	return o->interfaces || o->dlts || o->config || extcap_asks_of_filter(o);
}

bool extcap_refuses(const struct extcap_options *o, struct why *why)
{
	if (extcap_check(&probes, o, why) < 0)
		return true;
	return !extcap_is_question(o) && extcap_check_capture(&probes, o, why) < 0;
}

static void answer_of_filter(const char *expression)
{
	struct why why;
	struct filter *filter = filter_new(expression, &why);

	extcap_print_filter(filter ? NULL : &why);
	filter_free(filter);
}

bool extcap_answer(const struct extcap_options *o)
{
	list_firmwares();
	if (extcap_asks_of_filter(o))
		answer_of_filter(o->filter);
	return extcap_print(&probes, o) || extcap_asks_of_filter(o);
}
