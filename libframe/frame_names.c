/* frame_names.c - the standard's names for its numbers, errors in words, and the version. */
#include "frame.h"

#include "frame_names.h"

static const char *const errors[] = {
	[-FRAME_OK] = "no error",
	[-FRAME_ETRUNCATED] = "ends inside a field",
	[-FRAME_EVERSION] = "reserved frame version",
	[-FRAME_EADDRESS] = "reserved addressing mode",
	[-FRAME_EPAN] = "PAN ID compression without two addresses",
	[-FRAME_ETYPE] = "reserved frame type",
	[-FRAME_EIE] = "malformed information element",
	[-FRAME_ESPACE] = "no space",
	[-FRAME_EFIELD] = "a field does not fit the others",
	[-FRAME_ESECURITY] = "security of 2003",
	[-FRAME_ELENGTH] = "too long",
	[-FRAME_ERESERVED] = "reserved field is not zero",
	[-FRAME_ETAP] = "malformed TAP pseudo-header",
	[-FRAME_EMIC] = "wrong message integrity code",
};

const char *frame_strerror(int error)
{
	enum { KNOWN = sizeof errors / sizeof *errors };

	return error <= 0 && error > -KNOWN ? errors[-error] : "unknown error";
}

const char *frame_version(void)
{
	return FRAME_VERSION;
}

#define NAME(words)                                                                                \
	{                                                                                          \
		words, sizeof(words) - 1                                                           \
	}

const struct frame_name frame_type_words[] = {
	[FRAME_BEACON] = NAME("Beacon"),
	[FRAME_DATA] = NAME("Data"),
	[FRAME_ACK] = NAME("Ack"),
	[FRAME_COMMAND] = NAME("Command"),
	[FRAME_RESERVED] = NAME("Reserved"),
	[FRAME_MULTIPURPOSE] = NAME("Multipurpose"),
	[FRAME_FRAGMENT] = NAME("Fragment"),
	[FRAME_EXTENDED] = NAME("Extended"),
	[FRAME_EXTENDED + 1] = NAME("Unknown"),
};

const char *frame_type_name(unsigned type)
{
	return frame_type_words_of(type)->words;
}

const char *frame_security_level_name(unsigned level)
{
	static const char *const names[] = {"none", "MIC-32",     "MIC-64",     "MIC-128",
	                                    "ENC",  "ENC-MIC-32", "ENC-MIC-64", "ENC-MIC-128"};

	return level < sizeof names / sizeof *names ? names[level] : "unknown";
}

static const char *name_in(const char *const *names, size_t count, unsigned id)
{
	return id < count && names[id] ? names[id] : "Reserved";
}

#define NAME_IN(names, id) name_in(names, sizeof(names) / sizeof *(names), id)

static const char *const commands[] = {
	[FRAME_ASSOCIATION_REQUEST] = "Association Request",
	[FRAME_ASSOCIATION_RESPONSE] = "Association Response",
	[FRAME_DISASSOCIATION_NOTIFICATION] = "Disassociation Notification",
	[FRAME_DATA_REQUEST] = "Data Request",
	[FRAME_PAN_ID_CONFLICT_NOTIFICATION] = "PAN ID Conflict Notification",
	[FRAME_ORPHAN_NOTIFICATION] = "Orphan Notification",
	[FRAME_BEACON_REQUEST] = "Beacon Request",
	[FRAME_COORDINATOR_REALIGNMENT] = "Coordinator Realignment",
	[FRAME_GTS_REQUEST] = "GTS Request",
	[FRAME_TRLE_MANAGEMENT_REQUEST] = "TRLE Management Request",
	[FRAME_TRLE_MANAGEMENT_RESPONSE] = "TRLE Management Response",
	[FRAME_DSME_ASSOCIATION_REQUEST] = "DSME Association Request",
	[FRAME_DSME_ASSOCIATION_RESPONSE] = "DSME Association Response",
	[FRAME_DSME_GTS_REQUEST] = "DSME GTS Request",
	[FRAME_DSME_GTS_RESPONSE] = "DSME GTS Response",
	[FRAME_DSME_GTS_NOTIFY] = "DSME GTS Notify",
	[FRAME_DSME_INFORMATION_REQUEST] = "DSME Information Request",
	[FRAME_DSME_INFORMATION_RESPONSE] = "DSME Information Response",
	[FRAME_DSME_BEACON_ALLOCATION_NOTIFICATION] = "DSME Beacon Allocation Notification",
	[FRAME_DSME_BEACON_COLLISION_NOTIFICATION] = "DSME Beacon Collision Notification",
	[FRAME_DSME_LINK_REPORT] = "DSME Link Report",
	[FRAME_RIT_DATA_REQUEST] = "RIT Data Request",
	[FRAME_DBS_REQUEST] = "DBS Request",
	[FRAME_DBS_RESPONSE] = "DBS Response",
	[FRAME_RIT_DATA_RESPONSE] = "RIT Data Response",
	[FRAME_VENDOR_SPECIFIC_COMMAND] = "Vendor Specific",
	[FRAME_SRM_REQUEST] = "SRM Request",
	[FRAME_SRM_RESPONSE] = "SRM Response",
	[FRAME_SRM_REPORT] = "SRM Report",
	[FRAME_SRM_INFORMATION] = "SRM Information",
};

const char *frame_command_name(unsigned id)
{
	return NAME_IN(commands, id);
}

static const char *const header_ies[] = {
	[FRAME_IE_VENDOR_HEADER] = "Vendor Specific",
	[FRAME_IE_CSL] = "CSL",
	[FRAME_IE_RIT] = "RIT",
	[FRAME_IE_DSME_PAN_DESCRIPTOR] = "DSME PAN Descriptor",
	[FRAME_IE_RENDEZVOUS_TIME] = "Rendezvous Time",
	[FRAME_IE_TIME_CORRECTION] = "Time Correction",
	[0x21] = "Extended DSME PAN Descriptor",
	[0x22] = "Fragment Sequence Context Description",
	[0x23] = "Simplified Superframe Specification",
	[0x24] = "Simplified GTS Specification",
	[0x25] = "LECIM Capabilities",
	[0x26] = "TRLE Descriptor",
	[0x27] = "RCC Capabilities",
	[0x28] = "RCCN Descriptor",
	[FRAME_IE_GLOBAL_TIME] = "Global Time",
	[FRAME_IE_WISUN_HEADER] = "Wi-SUN",
	[0x2b] = "DA",
	[FRAME_IE_HT1] = "Header Termination 1",
	[FRAME_IE_HT2] = "Header Termination 2",
};

static const char *const payload_ies[] = {
	[FRAME_IE_ESDU] = "ESDU",
	[FRAME_IE_MLME] = "MLME",
	[FRAME_IE_VENDOR_PAYLOAD] = "Vendor Specific",
	[FRAME_IE_MPX] = "MPX",
	[FRAME_IE_WISUN] = "Wi-SUN",
	[FRAME_IE_IETF] = "IETF",
	[FRAME_IE_TERMINATION] = "Payload Termination",
};

static const char *const nested_ies[] = {
	[FRAME_IE_VENDOR_NESTED] = "Vendor Specific",
	[FRAME_IE_CHANNEL_HOPPING] = "Channel Hopping",
	[FRAME_IE_TSCH_SYNCHRONIZATION] = "TSCH Synchronization",
	[FRAME_IE_TSCH_SLOTFRAME_AND_LINK] = "TSCH Slotframe and Link",
	[FRAME_IE_TSCH_TIMESLOT] = "TSCH Timeslot",
	[FRAME_IE_HOPPING_TIMING] = "Hopping Timing",
	[FRAME_IE_ENHANCED_BEACON_FILTER] = "Enhanced Beacon Filter",
	[0x1f] = "MAC Metrics",
	[0x20] = "All MAC Metrics",
	[0x21] = "Coexistence Specification",
	[0x22] = "SUN Device Capabilities",
	[0x23] = "SUN FSK Generic PHY",
	[0x24] = "Mode Switch Parameter",
	[0x25] = "PHY Parameter Change",
	[0x26] = "O-QPSK PHY Mode",
	[0x27] = "PCA Allocation",
	[0x28] = "LECIM DSSS Operating Mode",
	[0x29] = "LECIM FSK Operating Mode",
	[0x2b] = "TVWS PHY Operating Mode Description",
	[0x2c] = "TVWS Device Capabilities",
	[0x2d] = "TVWS Device Category",
	[0x2e] = "TVWS Device Identification",
	[0x2f] = "TVWS Device Location",
	[0x30] = "TVWS Channel Information Query",
	[0x31] = "TVWS Channel Information Source",
	[0x32] = "CTM",
	[0x33] = "Timestamp",
	[0x34] = "Timestamp Difference",
	[0x35] = "TMCTP Specification",
	[0x36] = "RCC PHY Operating Mode",
};

const char *frame_ie_name(enum frame_ie_kind kind, unsigned id)
{
	if (kind == FRAME_IE_HEADER)
		return NAME_IN(header_ies, id);
	if (kind == FRAME_IE_WISUN_NESTED)
		return payload_ies[FRAME_IE_WISUN];
	return kind == FRAME_IE_PAYLOAD ? NAME_IN(payload_ies, id) : NAME_IN(nested_ies, id);
}

const struct frame_name frame_hint_words[] = {
	[FRAME_HINT_UNKNOWN] = NAME("unknown"),
	[FRAME_HINT_ENCRYPTED] = NAME("encrypted"),
	[FRAME_HINT_6LOWPAN] = NAME("6LoWPAN"),
	[FRAME_HINT_ZIGBEE] = NAME("Zigbee"),
	[FRAME_HINT_THREAD_MLE] = NAME("Thread MLE"),
	[FRAME_HINT_ZIGBEE_GREEN_POWER] = NAME("Zigbee Green Power"),
};

const char *frame_hint_name(enum frame_hint hint)
{
	enum { COUNT = sizeof frame_hint_words / sizeof *frame_hint_words };

	return frame_hint_words[(unsigned)hint < COUNT ? hint : FRAME_HINT_UNKNOWN].words;
}

/* RFC 4944 5.1, RFC 6282 2, RFC 8025 3, RFC 8138, RFC 8931 5 */
static const struct {
	uint8_t mask, value;
	struct frame_name name;
} dispatches[] = {
	{0xe0, 0x60, NAME("IPHC")},  {0xff, 0x41, NAME("IPv6")},
	{0xff, 0x42, NAME("HC1")},   {0xff, 0x50, NAME("BC0")},
	{0xc0, 0x80, NAME("mesh")},  {0xf8, 0xc0, NAME("FRAG1")},
	{0xf8, 0xe0, NAME("FRAGN")}, {0xf0, 0xf0, NAME("page switch")},
	{0xfe, 0xe8, NAME("RFRAG")}, {0xfe, 0xea, NAME("RFRAG-ACK")},
};

const struct frame_name *frame_dispatch_words(uint8_t octet)
{
	for (unsigned i = 0; i < sizeof dispatches / sizeof *dispatches; i++)
		if ((octet & dispatches[i].mask) == dispatches[i].value)
			return &dispatches[i].name;
	return NULL;
}

const char *frame_dispatch_name(uint8_t octet)
{
	const struct frame_name *name = frame_dispatch_words(octet);

	return name ? name->words : NULL;
}
