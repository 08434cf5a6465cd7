/* payload_aps.c - Zigbee's application layer (specification, 2.2.5): whose message it is, and one
 * word of what it holds in clear: a command of that layer (4.4.10), or one of the cluster library
 * (ZCL specification, 2.4.1). */
#include "packet/payload_reading.h"

enum { DATA, COMMAND, ACK, INTER_PAN };
enum { INDIRECT = 1, GROUP = 3 };
enum { OF_A_COMMAND = 0x10, SECURITY = 0x20, EXTENDED = 0x80 };
enum { DEVICE_PROFILE = 0, FOR_ONE_CLUSTER = 1, OF_A_MAKER = 0x04 };

/* Frame control, a maker's code, the number, the command. */
static void read_library(struct zigbee *z, const uint8_t *p, size_t n)
{
	size_t at = n && p[0] & OF_A_MAKER ? 4 : 2;

	if (n <= at || (p[0] & 3) > FOR_ONE_CLUSTER)
		return;
	z->has_library_command = true;
	z->is_for_cluster = (p[0] & 3) == FOR_ONE_CLUSTER;
	z->is_maker_s = p[0] & OF_A_MAKER;
	z->library_command = p[at];
}

static void read_command(struct zigbee *z, const uint8_t *p, size_t n)
{
	if (z->aps_secured || n < 3)
		return;
	z->has_aps_command = true;
	z->aps_command = p[2];
}

/* Behind the endpoint, or the group. */
static void read_cluster(struct zigbee *z, const uint8_t *p, size_t n)
{
	bool is_between_pans = z->aps_type == INTER_PAN;
	size_t at = 1 + ((p[0] >> 2 & 3) == GROUP ? 2 : is_between_pans ? 0 : 1);
	size_t behind = at + 4 + (is_between_pans ? 0 : 2);

	if (at + 4 > n)
		return;
	z->has_cluster = true;
	z->cluster = le16(p + at);
	z->profile = le16(p + at + 2);
	if (z->aps_type != ACK && !z->aps_secured && !(p[0] & EXTENDED) && behind < n &&
	    z->profile != DEVICE_PROFILE && (p[0] >> 2 & 3) != INDIRECT)
		read_library(z, p + behind, n - behind);
}

void payload_take_aps(struct zigbee *z, const uint8_t *p, size_t n)
{
	if (!n)
		return;
	z->has_aps = true;
	z->aps_type = p[0] & 3;
	z->aps_secured = p[0] & SECURITY;
	if (z->aps_type == COMMAND)
		read_command(z, p, n);
	else if (z->aps_type != ACK || !(p[0] & OF_A_COMMAND))
		read_cluster(z, p, n);
}
