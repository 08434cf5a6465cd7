/* payload_names_upper.c - names for the numbers that messages hold behind their type. */
#include <stddef.h>

#include "packet/payload.h"

#define COUNT_OF(names) (sizeof(names) / sizeof(names)[0])

static const char *name_in(const char *const *names, size_t count, unsigned number)
{
	return number < count ? names[number] : NULL;
}

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
		return name_in(unreachable, COUNT_OF(unreachable), code);
	case TIME_EXCEEDED:
		return name_in(exceeded, COUNT_OF(exceeded), code);
	case PARAMETER_PROBLEM:
		return name_in(problems, COUNT_OF(problems), code);
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

	return name_in(names, COUNT_OF(names), status);
}
