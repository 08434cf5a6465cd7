/* payload_names_zigbee.c - names for the commands of Zigbee's layers. */
#include <stddef.h>

#include "packet/payload.h"
#include "packet/payload_reading.h"

const char *payload_zigbee_command_name(unsigned command)
{
	static const char *const names[] = {
		NULL,
		"Route Request",
		"Route Reply",
		"Network Status",
		"Leave",
		"Route Record",
		"Rejoin Request",
		"Rejoin Response",
		"Link Status",
		"Network Report",
		"Network Update",
		"End Device Timeout Request",
		"End Device Timeout Response",
		"Link Power Delta",
	};

	return NAME_IN(names, command);
}

const char *payload_aps_type_name(unsigned type)
{
	static const char *const names[] = {"data", "command", "ack", "inter-PAN"};

	return names[type & 3];
}

const char *payload_aps_command_name(unsigned command)
{
	static const char *const names[] = {
		NULL,
		"SKKE-1",
		"SKKE-2",
		"SKKE-3",
		"SKKE-4",
		"Transport Key",
		"Update Device",
		"Remove Device",
		"Request Key",
		"Switch Key",
		"EA Initiator Challenge",
		"EA Responder Challenge",
		"EA Initiator MAC Data",
		"EA Responder MAC Data",
		"Tunnel",
		"Verify Key",
		"Confirm Key",
		"Relay Message Downstream",
		"Relay Message Upstream",
	};

	return NAME_IN(names, command);
}

const char *payload_zcl_command_name(const struct zigbee *z)
{
	static const char *const names[] = {
		"Read Attributes",
		"Read Attributes Response",
		"Write Attributes",
		"Write Attributes Undivided",
		"Write Attributes Response",
		"Write Attributes No Response",
		"Configure Reporting",
		"Configure Reporting Response",
		"Read Reporting Configuration",
		"Read Reporting Configuration Response",
		"Report Attributes",
		"Default Response",
		"Discover Attributes",
		"Discover Attributes Response",
		"Read Attributes Structured",
		"Write Attributes Structured",
		"Write Attributes Structured Response",
		"Discover Commands Received",
		"Discover Commands Received Response",
		"Discover Commands Generated",
		"Discover Commands Generated Response",
		"Discover Attributes Extended",
		"Discover Attributes Extended Response",
	};

	return z->is_for_cluster || z->is_maker_s ? NULL : NAME_IN(names, z->library_command);
}
