#include <string.h>

#include "capture/pcapng.h"
#include "capture/sink.h"

enum output_state sink_begin_pcapng(struct sink *s)
{
	s->interfaces = 0;
	memset(s->interface_of, -1, sizeof s->interface_of);
	return pcapng_put_section(s->file, &s->why);
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
	int16_t *interface = &s->interface_of[source->number];
	if (*interface < 0) {
		enum output_state state =
			pcapng_put_interface(s->file, source->name, p->link_type, &s->why);
		if (state != OUTPUT_OPEN)
			return state;
		*interface = (int16_t)s->interfaces++;
	}
	return pcapng_put_packet(s->file, (unsigned)*interface, p, &s->why);
}
