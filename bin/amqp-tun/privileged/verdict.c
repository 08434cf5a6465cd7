#include "verdict.h"

#include "base/outside.h"

static enum verdict refuse(struct why *why, const char *words)
{
	why_set(why, "%s", words);
	return VERDICT_REFUSED;
}

static enum verdict break_off(struct why *why, const char *words)
{
	why_set(why, "%s", words);
	return VERDICT_BROKEN;
}

enum verdict verdict_of(const struct interface_options *o, enum keeper_state state,
                        const struct keeper_request *request, size_t size, struct why *why)
{
	if (size != sizeof *request)
		return break_off(why, "a request of the wrong size");
	switch (request->operation) {
	case KEEPER_OPEN:
		return state == KEEPER_NEW ? VERDICT_GOOD
		                           : refuse(why, "the device is open already");
	case KEEPER_CONFIGURE:
		if (state == KEEPER_NEW)
			return refuse(why, "the device is not open yet");
		if (state == KEEPER_CONFIGURED)
			return refuse(why, "the interface is there already");
		return protocol_check(o, &request->wanted, why) < 0 ? VERDICT_REFUSED
		                                                    : VERDICT_GOOD;
	case KEEPER_FILE:
		return outside_file(request->file)
		               ? VERDICT_GOOD
		               : break_off(why, "a request for a file that no option names");
	default:
		return break_off(why, "an unknown request");
	}
}
