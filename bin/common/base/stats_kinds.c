#include <stdio.h>
#include <string.h>

#include "base/stats_internal.h"

/* section NULL: whatever it is. The first that fits is meant. */
static const struct known {
	const char *section, *name;
	enum stats_kind kind;
	const char *words;
} table[] = {
	/* from a probe */
	{"line", "dropped_no_room", STATS_LOSS, "dropped (what follows did not keep up)"},
	{"line", "dropped_bad_fcs", STATS_LOSS, "dropped (wrong FCS)"},
	{"slip", "bad_escape", STATS_LOSS, "dropped (damaged SLIP)"},
	{"slip", "overlong", STATS_LOSS, "dropped (over the length limit)"},
	{"slip", "unfinished", STATS_LOSS, "dropped (the input ended inside a frame)"},
	{"sensniff", "overlong", STATS_LOSS, "dropped (over the length limit)"},
	{"sensniff", "unfinished", STATS_LOSS, "dropped (the input ended inside a frame)"},
	{"sensniff", "wrong_length", STATS_LOSS, "dropped (of a length that cannot be)"},
	{"nrf_sniffer", "overlong", STATS_LOSS, "dropped (over the length limit)"},
	{"nrf_sniffer", "unfinished", STATS_LOSS, "dropped (the input ended inside a frame)"},
	{"nrf_sniffer", "malformed", STATS_LOSS, "dropped (damaged lines)"},
	{"spinel", "overlong", STATS_LOSS, "dropped (over the length limit)"},
	{"spinel", "unfinished", STATS_LOSS, "dropped (the input ended inside a frame)"},
	{"spinel", "hdlc_bad_fcs", STATS_LOSS, "dropped (damaged HDLC)"},
	{"probe", "too_short", STATS_LOSS, "dropped (too short for an FCS)"},
	{"probe", "decisions", STATS_LEVEL, NULL},
	/* into a file or a pipe */
	{"output", "left_over", STATS_LOSS, "not written (the output had ended)"},
	{"output", "dropped_no_room", STATS_LOSS, "dropped (the output did not keep up)"},
	{"output", "dropped_no_reader", STATS_LOSS, "dropped (the FIFO had no reader)"},
	{"output", "rejected_link_type", STATS_LOSS, "left out (another link type than the file)"},
	{"output", "files", STATS_LEVEL, NULL},
	{"tee", "left_over", STATS_LOSS, "left out of the tee (it had ended)"},
	{"tee", "dropped_no_room", STATS_LOSS, "left out of the tee (it did not keep up)"},
	{"tee", "dropped_no_reader", STATS_LOSS, "left out of the tee (its FIFO had no reader)"},
	/* out of a capture */
	{"capture", "rejected_not_ip", STATS_LOSS, "left out (neither IPv4 nor IPv6)"},
	{"capture", "rejected_too_short", STATS_LOSS, "left out (too short)"},
	{"capture", "rejected_too_long", STATS_LOSS, "left out (over the length limit)"},
	{"capture", "rejected_cut", STATS_LOSS, "left out (captured in part only)"},
	{"capture", "rejected_damaged", STATS_LOSS, "left out (damaged records)"},
	{"capture", "rejected_link_type", STATS_LOSS, "left out (link type)"},
	{"capture", "rejected_no_agent", STATS_LOSS, "left out (an interface of no agent)"},
	{"capture", "stopped", STATS_LOSS, "not played (stopped before)"},
	/* to the bus */
	{"uplink", "dropped_ack", STATS_COUNT, NULL},
	{"uplink", "dropped_no_broker", STATS_LOSS, "dropped (no connection to the broker)"},
	{"uplink", "dropped_not_ip", STATS_LOSS, "dropped (no IP packet)"},
	{"uplink", "dropped_header", STATS_LOSS, "dropped (wrong offload header)"},
	{"uplink", "dropped_too_big", STATS_LOSS, "dropped (over the receiver's MTU)"},
	{"uplink", "dropped_bad_fcs", STATS_LOSS, "dropped (wrong FCS)"},
	{"route", "dropped_at_end", STATS_LOSS, "not passed on (stopped before)"},
	{"uplink", "dropped_at_end", STATS_LOSS, "not published (stopped before)"},
	{"interface", "tx_dropped", STATS_LOSS, "dropped by the interface (its queue was full)"},
	{NULL, "unroutable", STATS_LOSS, "messages came back (nobody listened)"},
	{"bus_uplink", "refused", STATS_LOSS, "messages refused by the broker"},
	{NULL, "control_dropped", STATS_LOSS, "control messages dropped (too many waited)"},
	{NULL, "pending", STATS_LEVEL, NULL},
	{"spool", "rejected", STATS_LOSS, "messages set aside in the spool"},
	{"spool", "waiting", STATS_LEVEL, NULL},
	{"spool", "full", STATS_LEVEL, NULL},
	/* from the bus */
	{NULL, "lost_on_bus", STATS_LOSS, "messages lost on the bus (a queue was full)"},
	{NULL, "control_lost", STATS_LOSS, "control messages lost on the bus"},
	{NULL, "dropped_by_router", STATS_LOSS, "messages dropped on purpose by a router"},
	{"bus_downlink", "rejected_too_long", STATS_LOSS, "messages left out (over --max-message)"},
	{"bus_downlink", "rejected_foreign_key", STATS_LOSS, "messages left out (foreign keys)"},
	{"bus_downlink", "rejected_foreign_user", STATS_LOSS, "messages left out (foreign users)"},
	{"control", "rejected", STATS_LOSS, "control messages left out (unreadable)"},
	{"downlink", "rejected_no_interface", STATS_LOSS, "left out (no interface yet)"},
	{"downlink", "rejected_destination", STATS_LOSS, "left out (to no address of this end)"},
	{"downlink", "rejected_source", STATS_LOSS, "left out (not the sender's source address)"},
	{"downlink", "rejected_over_mtu", STATS_LOSS, "left out (over the MTU)"},
	{"downlink", "rejected_interface", STATS_LOSS, "refused by the interface"},
	{"downlink", "rejected_passive", STATS_LOSS, "left out (the probe is passive)"},
	{"downlink", "rejected_bad_fcs", STATS_LOSS, "left out (wrong FCS)"},
	{"downlink", "rejected_too_long", STATS_LOSS, "left out (over the length limit)"},
	{"downlink", "rejected_key", STATS_LOSS, "messages left out (keys of no agent)"},
	{"downlink", "dropped_port_busy", STATS_LOSS, "dropped (the port was busy)"},
	{"downlink", "dropped_too_old", STATS_LOSS, "dropped (over a second old)"},
	{"downlink", "dropped_port_gone", STATS_LOSS, "dropped (the port was gone)"},
	{"downlink", "dropped_at_end", STATS_LOSS, "not sent to the probe (stopped before)"},
	/* all */
	{NULL, "waiting", STATS_LEVEL, NULL},
	{NULL, "connections", STATS_LEVEL, NULL},
	{NULL, "namesakes", STATS_LEVEL, NULL},
};

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), m = strlen(with);

	return n > m && strcmp(name + n - m, with) == 0;
}

/* "rejected_octet": "rejected (octet)" */
static enum stats_kind kind_by_name(const char *name, char words[STATS_WORDS_SIZE])
{
	static const char *const losses[] = {"dropped_", "rejected_", "lost_"};

	for (unsigned i = 0; i < sizeof losses / sizeof losses[0]; i++) {
		size_t n = strlen(losses[i]);

		if (strncmp(name, losses[i], n) != 0)
			continue;
		snprintf(words, STATS_WORDS_SIZE, "%.*s (%s)", (int)n - 1, name, name + n);
		for (char *c = words; (c = strchr(c, '_'));)
			*c = ' ';
		return STATS_LOSS;
	}
	return ends(name, "_ms") || ends(name, "_us") ? STATS_LEVEL : STATS_COUNT;
}

/* "output_2" is one of several of the section "output". */
static bool is_of(const char *section, const char *known)
{
	size_t n = strlen(known);

	return strncmp(section, known, n) == 0 &&
	       (!section[n] || (section[n] == '_' &&
	                        strspn(section + n + 1, "0123456789") == strlen(section + n + 1)));
}

enum stats_kind stats_kind_of(const char *section, const char *name, char words[STATS_WORDS_SIZE])
{
	for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct known *k = &table[i];

		if (strcmp(k->name, name) != 0 || (k->section && !is_of(section, k->section)))
			continue;
		bool numbered = k->section && strcmp(k->section, section) != 0;
		snprintf(words, STATS_WORDS_SIZE, "%s%s%s", k->words ? k->words : "",
		         numbered ? " in " : "", numbered ? section : "");
		return k->kind;
	}
	return kind_by_name(name, words);
}
