/* payload_names_upper.c - names for the numbers that messages hold behind their type. */
#include <stddef.h>

#include "packet/payload.h"
#include "packet/payload_reading.h"

enum { UNREACHABLE = 1, TIME_EXCEEDED = 3, PARAMETER_PROBLEM = 4 };

const char *payload_icmp_code_name(unsigned type, unsigned code)
{
	static const char *const unreachable[] = {
		"no route",
		"administratively prohibited",
		"beyond scope of source",
		"address unreachable",
		"port unreachable",
		"source failed policy",
		"reject route",
		"error in source routing header",
		"headers too long",
	};
	static const char *const exceeded[] = {"hop limit", "fragment reassembly"};
	static const char *const problems[] = {
		"erroneous header",
		"unknown next header",
		"unknown option",
		"incomplete header chain in first fragment",
		"error in segment routing's upper-layer header",
		"next header unknown to intermediate node",
		"extension header too big",
		"extension header chain too long",
		"too many extension headers",
		"too many options in extension header",
		"option too big",
	};

	switch (type) {
	case UNREACHABLE:
		return NAME_IN(unreachable, code);
	case TIME_EXCEEDED:
		return NAME_IN(exceeded, code);
	case PARAMETER_PROBLEM:
		return NAME_IN(problems, code);
	}
	return NULL;
}

/* RFC 6775 4.1, RFC 8505 4.1, RFC 9685 */
const char *payload_registration_name(unsigned status)
{
	static const char *const names[] = {
		"success",
		"duplicate address",
		"neighbor cache full",
		"moved",
		"removed",
		"validation requested",
		"duplicate source address",
		"invalid source address",
		"registered address topologically incorrect",
		"registry saturated",
		"validation failed",
		"registration refresh requested",
	};

	return NAME_IN(names, status);
}
