/* payload_names.c - names for the numbers of the layers above the MAC. */
#include <stddef.h>

#include "packet/payload.h"
#include "packet/payload_reading.h"

struct name {
	uint8_t number;
	const char *name;
};

#define COUNT_OF(names) (sizeof(names) / sizeof(names)[0])

static const char *find(const struct name *names, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

const char *payload_next_header_name(unsigned next_header)
{
	static const struct name names[] = {
		{17, "UDP"},
		{58, "ICMPv6"},
		{6, "TCP"},
		{0, "hop-by-hop options"},
		{41, "IPv6"},
		{43, "routing header"},
		{44, "IPv6 fragment"},
		{50, "ESP"},
		{51, "AH"},
		{59, "no next header"},
		{60, "destination options"},
		{132, "SCTP"},
	};

	return find(names, COUNT_OF(names), next_header);
}

const char *payload_icmp_name(unsigned type)
{
	static const struct name names[] = {
		{155, "RPL"},
		{135, "NS"},
		{136, "NA"},
		{128, "echo request"},
		{129, "echo reply"},
		{133, "RS"},
		{134, "RA"},
		{137, "redirect"},
		{157, "DAR"},
		{158, "DAC"},
		{1, "destination unreachable"},
		{2, "packet too big"},
		{3, "time exceeded"},
		{4, "parameter problem"},
		{130, "MLD query"},
		{131, "MLD report"},
		{132, "MLD done"},
		{143, "MLDv2 report"},
		{159, "MPL control"},
		{138, "router renumbering"},
		{139, "node information query"},
		{140, "node information reply"},
		{141, "inverse NS"},
		{142, "inverse NA"},
		{144, "home agent address discovery request"},
		{145, "home agent address discovery reply"},
		{146, "mobile prefix solicitation"},
		{147, "mobile prefix advertisement"},
		{148, "certification path solicitation"},
		{149, "certification path advertisement"},
		{150, "experimental mobility"},
		{151, "multicast router advertisement"},
		{152, "multicast router solicitation"},
		{153, "multicast router termination"},
		{154, "FMIPv6"},
		{156, "locator update"},
		{160, "extended echo request"},
		{161, "extended echo reply"},
	};

	return find(names, COUNT_OF(names), type);
}

const char *payload_rpl_name(unsigned code)
{
	static const struct name names[] = {
		{0x00, "DIS"},
		{0x01, "DIO"},
		{0x02, "DAO"},
		{0x03, "DAO-ACK"},
		{0x04, "P2P-DRO"},
		{0x05, "P2P-DRO-ACK"},
		{0x06, "Measurement Object"},
		{0x07, "DCO"},
		{0x08, "DCO-ACK"},
		{0x80, "secure DIS"},
		{0x81, "secure DIO"},
		{0x82, "secure DAO"},
		{0x83, "secure DAO-ACK"},
		{0x84, "secure P2P-DRO"},
		{0x85, "secure P2P-DRO-ACK"},
		{0x86, "secure Measurement Object"},
		{0x87, "secure DCO"},
		{0x88, "secure DCO-ACK"},
		{0x8a, "consistency check"},
	};

	return find(names, COUNT_OF(names), code);
}

const char *payload_coap_type_name(unsigned type)
{
	static const char *const names[] = {"CON", "NON", "ACK", "RST"};

	return names[type & 3];
}

const char *payload_coap_code_name(unsigned code)
{
	static const struct name names[] = {
		{0x00, "empty"},
		{0x01, "GET"},
		{0x02, "POST"},
		{0x03, "PUT"},
		{0x04, "DELETE"},
		{0x05, "FETCH"},
		{0x06, "PATCH"},
		{0x07, "iPATCH"},
		{0x41, "Created"},
		{0x42, "Deleted"},
		{0x43, "Valid"},
		{0x44, "Changed"},
		{0x45, "Content"},
		{0x5f, "Continue"},
		{0x80, "Bad Request"},
		{0x81, "Unauthorized"},
		{0x82, "Bad Option"},
		{0x83, "Forbidden"},
		{0x84, "Not Found"},
		{0x85, "Method Not Allowed"},
		{0x86, "Not Acceptable"},
		{0x88, "Request Entity Incomplete"},
		{0x89, "Conflict"},
		{0x8c, "Precondition Failed"},
		{0x8d, "Request Entity Too Large"},
		{0x8f, "Unsupported Content-Format"},
		{0x96, "Unprocessable Entity"},
		{0x9d, "Too Many Requests"},
		{0xa0, "Internal Server Error"},
		{0xa1, "Not Implemented"},
		{0xa2, "Bad Gateway"},
		{0xa3, "Service Unavailable"},
		{0xa4, "Gateway Timeout"},
		{0xa5, "Proxying Not Supported"},
		{0xa8, "Hop Limit Reached"},
	};

	return find(names, COUNT_OF(names), code);
}

const char *payload_mle_name(unsigned command)
{
	static const char *const names[] = {
		"Link Request",
		"Link Accept",
		"Link Accept and Request",
		"Link Reject",
		"Advertisement",
		"Update",
		"Update Request",
		"Data Request",
		"Data Response",
		"Parent Request",
		"Parent Response",
		"Child ID Request",
		"Child ID Response",
		"Child Update Request",
		"Child Update Response",
		"Announce",
		"Discovery Request",
		"Discovery Response",
		"Link Metrics Management Request",
		"Link Metrics Management Response",
		"Link Probe",
	};

	if (command == 99)
		return "Time Sync";
	return NAME_IN(names, command);
}
