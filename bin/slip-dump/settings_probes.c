#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "probe/port_name.h"
#include "settings.h"

static int settle_probe(struct dump_probe *p, const struct settings *s, const char *value,
                        struct why *why)
{
	struct port_name name;

	if (port_name_read(&name, value, why) < 0)
		return -1;
	p->port = s->port;
	p->port.path = name.path;
	p->probe = probe_options;
	if (name.channel >= 0) {
		p->probe.channel = name.channel;
		if (probe_options_check_channel(&p->probe, "-p", value, why) < 0)
			return -1;
	}
	return probe_options_check(&p->probe, why);
}

/* The port alone where it is the only one, and its channel was not named with it. */
static void settle_name(struct dump_probe *p, bool is_alone)
{
	struct text t = {p->name, sizeof p->name, 0};

	text_add(&t, "%s", p->port.path);
	if (p->probe.channel >= 0 && (!is_alone || p->probe.channel != probe_options.channel))
		text_add(&t, "@%d", (int)p->probe.channel);
}

static int check_others(const struct settings *s, unsigned number, struct why *why)
{
	const char *path = s->probes[number].port.path;

	for (unsigned i = 0; i < number; i++)
		if (port_name_is_same(s->probes[i].port.path, path))
			return why_set(why,
			               "-p %s and -p %s are one and the same port: a probe each",
			               s->probes[i].port.path, path);
	return 0;
}

int settle_probes(struct settings *s, struct why *why)
{
	if (!s->ports.count && s->port.path)
		s->ports.item[s->ports.count++] = s->port.path;
	if (s->ports.count > PROBES_MAX)
		return why_set(why, "%zu probes: at the most %d are possible", s->ports.count,
		               PROBES_MAX);
	unsigned named = 0;

	for (unsigned i = 0; i < s->ports.count; i++) {
		if (settle_probe(&s->probes[i], s, s->ports.item[i], why) < 0 ||
		    check_others(s, i, why) < 0)
			return -1;
		settle_name(&s->probes[i], s->ports.count == 1);
		named += s->probes[i].probe.channel != probe_options.channel;
		s->probe_count++;
	}
	if (probe_options.channel >= 0 && named && named == s->probe_count &&
	    !option_yields("channel", "port"))
		return why_set(why, "--channel %d does nothing: each -p PORT@CHANNEL has its own",
		               (int)probe_options.channel);
	return 0;
}
