#include "extcap.h"

#include <stdio.h>
#include <string.h>

#include "probe/serial.h"
#include "base/version.h"

#define ANY_PORT "slip-dump"

/* The sentence's own characters would end it. */
static bool can_be_said(const char *path)
{
	return !strpbrk(path, "{}");
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void print_interface(void *context, const char *path)
{
	(void)context;
	if (can_be_said(path))
		printf("interface {value=%s}{display=802.15.4 probe on %s}\n", path,
		       last_part(path));
}

static void print_interfaces(void)
{
	printf("extcap {version=%s}{help=man:slip-dump(1)}{display=802.15.4 probe}\n",
	       FRAMEBUS_VERSION);
	printf("interface {value=" ANY_PORT "}{display=802.15.4 probe on a serial port}\n");
	serial_list(print_interface, NULL);
}

static void print_config(bool any_port)
{
	if (any_port)
		printf("arg {number=0}{call=--port}{display=Serial "
		       "port}{type=string}{required=true}"
		       "{tooltip=Its path: /dev/serial/by-id/... stays when the probe is plugged "
		       "in again}\n");
	printf("arg {number=1}{call=--baud}{display=Baud "
	       "rate}{type=unsigned}{range=50,12000000}{default=115200}\n");
	printf("arg {number=2}{call=--fcs}{display=End of the frames}{type=selector}"
	       "{tooltip=What the probe adds to a frame}\n");
	printf("value {arg=2}{value=auto}{display=Found out from the frames}{default=true}\n");
	printf("value {arg=2}{value=none}{display=Nothing}{default=false}\n");
	printf("value {arg=2}{value=crc16}{display=FCS (CRC-16)}{default=false}\n");
	printf("value {arg=2}{value=ti}{display=RSSI and correlation (Texas "
	       "Instruments)}{default=false}\n");
	printf("arg {number=3}{call=--rssi-offset}{display=RSSI "
	       "offset}{type=integer}{range=-128,127}{default=-73}"
	       "{tooltip=dB, added to the RSSI octet: -73 for CC253x and CC2538, -45 for "
	       "CC2420}\n");
}

bool extcap_answer(const struct extcap_options *o)
{
	if (o->interfaces)
		print_interfaces();
	else if (o->dlts)
		printf("dlt {number=283}{name=IEEE802_15_4_TAP}{display=IEEE 802.15.4 with TAP "
		       "pseudo-header}\n");
	else if (o->config)
		print_config(!o->interface || o->interface[0] != '/');
	else
		return false;
	return true;
}
