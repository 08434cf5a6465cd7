#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "describe.h"
#include "sources.h"

enum { WRITTEN, OTHER_LINK_TYPE, OUTPUT_COUNTERS };

struct output {
	struct sink sink;
	struct sources sources;
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output output = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [OTHER_LINK_TYPE] = {.name = "rejected_link_type"}},
};

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *key)
{
	return describe(out, size, key, p);
}

static const struct sink_source *find_source(const struct envelope_packet *p, const void *key)
{
	return sources_find(&output.sources, key, p->link_type);
}

static bool has_extension(const char *path, const char *extension)
{
	size_t n = strlen(path), m = strlen(extension);

	return n > m && strcmp(path + n - m, extension) == 0;
}

static enum sink_format format_of(const char *path, bool pcapng)
{
	if (!path)
		return SINK_LINES;
	return pcapng || has_extension(path, ".pcapng") ? SINK_PCAPNG : SINK_PCAP;
}

struct output *output_open(const char *path, bool pcapng, bool flush_each)
{
	struct output *o = &output;
	struct sink_config config = {
		.path = path ? path : "-",
		.format = format_of(path, pcapng),
		.flush_each = flush_each,
		.line = make_line,
		.source = find_source,
	};

	stats_register("output", o->counters, OUTPUT_COUNTERS);
	if (sink_open(&o->sink, &config) == OUTPUT_FAILED)
		exit(EXIT_RUNNING);
	return o;
}

enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written)
{
	uint64_t before = o->sink.accepted;
	enum output_state state = sink_put(&o->sink, p, key);

	*written = o->sink.accepted > before;
	stats_set(&o->counters[WRITTEN], o->sink.accepted);
	stats_set(&o->counters[OTHER_LINK_TYPE], o->sink.other_link_type);
	return state;
}

enum output_state output_flush(struct output *o)
{
	return sink_flush(&o->sink);
}

int output_sync(struct output *o)
{
	return sink_sync(&o->sink);
}

int output_fd(const struct output *o)
{
	return sink_fd(&o->sink);
}

int output_close(struct output *o)
{
	return sink_close(&o->sink) == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
