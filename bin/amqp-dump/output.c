#include "output.h"

#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "describe.h"
#include "sources.h"

enum { WRITTEN, LEFT_OVER, NO_READER, OTHER_LINK_TYPE, FILES, OUTPUT_COUNTERS };

struct output {
	struct sink sink;
	struct sources sources;
	uint64_t given; /* to output_put */
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output output = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [LEFT_OVER] = {.name = "left_over"},
                     [NO_READER] = {.name = "dropped_no_reader"},
                     [OTHER_LINK_TYPE] = {.name = "rejected_link_type"},
                     [FILES] = {.name = "files"}},
};

static enum output_state count(struct output *o)
{
	stats_set(&o->counters[WRITTEN], sink_written(&o->sink));
	stats_set(&o->counters[NO_READER], o->sink.no_reader);
	stats_set(&o->counters[OTHER_LINK_TYPE], o->sink.other_link_type);
	stats_set(&o->counters[FILES], o->sink.files);
	return o->sink.state;
}

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

struct output *output_open(const struct capture_output *options, bool pcapng, bool kept)
{
	struct output *o = &output;
	struct sink_config config = {
		.path = options->path ? options->path : "-",
		.format = format_of(options->path, pcapng),
		.flush_each = options->unbuffered,
		.overwrite = options->overwrite,
		.reopen = !options->reopen ? SINK_REOPEN_NO
	                  : kept           ? SINK_REOPEN_WAIT
	                                   : SINK_REOPEN_DROP,
		.line = make_line,
		.source = find_source,
	};

	stats_register("output", o->counters, OUTPUT_COUNTERS);
	if (sink_open(&o->sink, &config) == OUTPUT_FAILED)
		return NULL;
	count(o);
	return o;
}

enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written)
{
	uint64_t before = o->sink.accepted;

	sink_put(&o->sink, p, key);
	*written = o->sink.accepted > before;
	o->given++;
	return count(o);
}

enum output_state output_flush(struct output *o)
{
	sink_flush(&o->sink);
	return count(o);
}

int output_timeout_ms(const struct output *o)
{
	return sink_timeout_ms(&o->sink);
}

enum output_state output_idle(struct output *o)
{
	sink_idle(&o->sink);
	return count(o);
}

int output_sync(struct output *o)
{
	return sink_sync(&o->sink);
}

int output_fd(const struct output *o)
{
	return sink_fd(&o->sink);
}

enum output_state output_reader_left(struct output *o)
{
	sink_reader_left(&o->sink);
	return count(o);
}

int output_close(struct output *o)
{
	enum output_state state = sink_close(&o->sink);

	count(o);
	stats_set(&o->counters[LEFT_OVER],
	          o->given - sink_written(&o->sink) - o->sink.no_reader - o->sink.other_link_type);
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
