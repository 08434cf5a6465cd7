#include <string.h>

#include "capture/pcapng.h"
#include "capture/sink.h"

static enum output_state describe(struct sink *s, const struct sink_source *source,
                                  uint16_t link_type)
{
	enum output_state state = pcapng_put_interface(s->file, source->name, link_type, &s->why);

	if (state == OUTPUT_OPEN)
		s->interface_of[source->number] = (int16_t)s->interfaces++;
	return state;
}

enum output_state sink_begin_pcapng(struct sink *s)
{
	s->interfaces = 0;
	memset(s->interface_of, -1, sizeof s->interface_of);
	enum output_state state = pcapng_put_section(s->file, &s->why);
	const struct sink_source *source = s->config.known ? s->config.known(0) : NULL;

	for (unsigned i = 1; state == OUTPUT_OPEN && source; source = s->config.known(i++))
		state = describe(s, source, s->config.link_type);
	return state;
}

enum output_state sink_put_pcapng(struct sink *s, const struct envelope_packet *p,
                                  const void *about)
{
	const struct sink_source *source = s->config.source(p, about);

	if (!source) {
		why_set(&s->why, "%s: more sources and link types than a capture can describe (%d)",
		        path_in_words(s->path, "standard output"), SINK_SOURCES_MAX);
		return OUTPUT_FAILED;
	}
	if (s->interface_of[source->number] < 0) {
		enum output_state state = describe(s, source, p->link_type);

		if (state != OUTPUT_OPEN)
			return state;
	}
	return pcapng_put_packet(s->file, (unsigned)s->interface_of[source->number], p, &s->why);
}
