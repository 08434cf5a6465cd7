#include "voices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"
#include "agent/names.h"
#include "base/log.h"

static struct voice voices[VOICES_MAX];
static unsigned count;
static const struct voices_options *options;
static bool has_told_of_too_many;
static bool has_spoken[OPTION_LIST_MAX], has_any_spoken; /* of each --map; whoever it was */

/* An agent's name may have no dot and no blank, but '='; an interface's may have anything. */
static const char *agent_of(const char *map)
{
	const char *equals = strrchr(map, '=');

	return equals ? equals + 1 : "";
}

int voices_check_map(const char *value, struct why *why)
{
	const char *agent = agent_of(value);

	if (agent - value < 2)
		return why_set(why, "must be INTERFACE=AGENT, with a name or a number of an "
		                    "interface (capinfos FILE lists them)");
	return agent_name_check(agent, why);
}

int voices_check_maps(const struct option_strings *map, struct why *why)
{
	for (size_t i = 0; i < map->count; i++) {
		const char *item = map->item[i];
		size_t length = (size_t)(agent_of(item) - item);

		for (size_t j = 0; j < i; j++)
			if (strncmp(item, map->item[j], length) == 0 &&
			    agent_of(map->item[j]) == map->item[j] + length)
				return why_set(why, "'%s' and '%s' are of one interface",
				               map->item[j], item);
	}
	return 0;
}

/* A capture is what no old agent could read: it goes under a key of our own, and injected both
 * devices' packets go under one. */
static int write_key(char out[ENVELOPE_KEY_MAX + 1], const struct voice *v, enum envelope_kind kind,
                     struct why *why)
{
	if (options->pcap && v->direction == ENVELOPE_TO_AGENT)
		kind = ENVELOPE_PACKET;
	return keys_write(out, kind, options->pcap ? ENVELOPE_OWN : options->api, v->direction,
	                  v->agent, "", why);
}

static int find(const char *agent, size_t length, enum envelope_direction direction,
                struct why *why)
{
	struct voice *v = &voices[count];

	for (unsigned i = 0; i < count; i++)
		if (strlen(voices[i].agent) == length &&
		    memcmp(voices[i].agent, agent, length) == 0 && voices[i].direction == direction)
			return (int)i;
	if (count == VOICES_MAX)
		return why_set(why, "more than %d agents", VOICES_MAX);
	snprintf(v->agent, sizeof v->agent, "%.*s", (int)length, agent);
	v->direction = direction;
	if (envelope_name_check(v->agent) != ENVELOPE_OK)
		return why_set(why, "'%s' can be no agent's name", v->agent);
	if (write_key(v->tun_key, v, ENVELOPE_TUN_PACKET, why) < 0 ||
	    write_key(v->serial_key, v, ENVELOPE_SERIAL_PACKET, why) < 0)
		return -1;
	return (int)count++;
}

static enum envelope_direction direction_of_options(void)
{
	return options->to ? ENVELOPE_TO_AGENT : ENVELOPE_FROM_AGENT;
}

int voices_init(const struct voices_options *o, struct why *why)
{
	options = o;
	if (o->name && find(o->name, strlen(o->name), direction_of_options(), why) < 0)
		return -1;
	for (size_t i = 0; i < o->map.count; i++) {
		const char *agent = agent_of(o->map.item[i]);

		if (find(agent, strlen(agent), direction_of_options(), why) < 0)
			return -1;
	}
	return 0;
}

/* A number is that of an interface without such a name. */
static bool is_meant(const char *map, unsigned number, const char *name)
{
	size_t length = (size_t)(agent_of(map) - map) - 1;
	char digits[16];

	if (strlen(name) == length && memcmp(map, name, length) == 0)
		return true;
	snprintf(digits, sizeof digits, "%u", number);
	return strlen(digits) == length && memcmp(map, digits, length) == 0;
}

/* "NAME fromAgent ip.tun", as sources.c of amqp-dump writes it. */
static int find_by_name(const char *name)
{
	static const char from[] = "fromAgent ", to[] = "toAgent ";
	const char *blank = strchr(name, ' ');
	const char *rest = blank ? blank + 1 : "";
	bool is_to = strncmp(rest, to, sizeof to - 1) == 0;
	const char *device = rest + (is_to ? sizeof to - 1 : sizeof from - 1);
	struct why why;
	int voice;

	if (!is_to && strncmp(rest, from, sizeof from - 1) != 0)
		return VOICES_NOBODY;
	if (strcmp(device, "ip.tun") != 0 && strcmp(device, "802154.serial") != 0)
		return VOICES_NOBODY;
	voice = find(name, (size_t)(blank - name),
	             is_to || options->to ? ENVELOPE_TO_AGENT : ENVELOPE_FROM_AGENT, &why);
	if (voice != VOICES_NOBODY || count < VOICES_MAX)
		return voice;
	if (!has_told_of_too_many)
		log_warning("packets of over %d agents: those of the others are left out (--map "
		            "gives several interfaces to one agent)",
		            VOICES_MAX);
	has_told_of_too_many = true;
	return VOICES_TOO_MANY;
}

int voices_of_map(const char *map)
{
	const char *agent = agent_of(map);
	struct why why;

	return find(agent, strlen(agent), direction_of_options(), &why);
}

int voices_find(unsigned number, const char *name)
{
	struct why why;

	has_any_spoken = true;
	for (size_t i = 0; i < options->map.count; i++)
		if (is_meant(options->map.item[i], number, name)) {
			has_spoken[i] = true;
			return voices_of_map(options->map.item[i]);
		}
	if (options->name)
		return find(options->name, strlen(options->name), direction_of_options(), &why);
	return find_by_name(name);
}

void voices_tell_silent(void)
{
	for (size_t i = 0; i < options->map.count; i++)
		if (has_any_spoken && !has_spoken[i])
			log_warning("--map '%s': no packet of such an interface was read "
			            "(capinfos FILE lists names and numbers)",
			            options->map.item[i]);
}

const struct voice *voices_at(unsigned voice)
{
	return &voices[voice];
}
