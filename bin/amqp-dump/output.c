#include "output.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stats.h"
#include "capture/path.h"
#include "describe.h"
#include "sources.h"

enum { WRITTEN, LEFT_OVER, NO_READER, OTHER_LINK_TYPE, FILES, OUTPUT_COUNTERS };

struct output {
	struct sink sink;
	struct sink_config config;
	bool begun, closed;
	struct sources sources;
	struct frame_keys *keys; /* NULL: none */
	uint64_t given;          /* to output_put */
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
	return describe(out, size, key, p, output.keys);
}

static size_t make_block(char *out, size_t size, const struct envelope_packet *p, const void *key)
{
	(void)key;
	return describe_block(out, size, p);
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

/* Nothing can be said against it yet: it is made, or taken another name for, when it is needed. */
static bool may_wait(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";

	if (path_kind(path) != PATH_IS_NONE && path_kind(path) != PATH_IS_REGULAR)
		return false;
	if (slash && (size_t)(slash - path) >= sizeof folder)
		return false;
	if (slash)
		snprintf(folder, sizeof folder, "%.*s", (int)(slash == path ? 1 : slash - path),
		         path);
	return access(folder, W_OK | X_OK) == 0;
}

struct output *output_open(const struct capture_output *options, bool pcapng, bool kept,
                           struct frame_keys *keys)
{
	struct output *o = &output;

	o->config = (struct sink_config){
		.path = options->path ? options->path : "-",
		.format = format_of(options->path, pcapng),
		.flush_each = options->unbuffered,
		.overwrite = options->overwrite,
		.reopen = !options->reopen ? SINK_REOPEN_NO
	                  : kept           ? SINK_REOPEN_WAIT
	                                   : SINK_REOPEN_DROP,
		.line = make_line,
		.block = log_shows(LOG_INFO) ? make_block : NULL,
		.colour = options->colour,
		.source = find_source,
	};

	o->keys = keys;
	stats_register("output", o->counters, OUTPUT_COUNTERS);
	if (!may_wait(o->config.path) && output_begin(o) == OUTPUT_FAILED)
		return NULL;
	return o;
}

enum output_state output_begin(struct output *o)
{
	if (o->begun)
		return o->sink.state;
	o->begun = true;
	sink_open(&o->sink, &o->config);
	return count(o);
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
	if (o->begun)
		sink_flush(&o->sink);
	return count(o);
}

int output_timeout_ms(const struct output *o)
{
	return o->begun ? sink_timeout_ms(&o->sink) : -1;
}

enum output_state output_idle(struct output *o)
{
	if (o->begun)
		sink_idle(&o->sink);
	return count(o);
}

int output_sync(struct output *o)
{
	return sink_sync(&o->sink);
}

int output_fd(const struct output *o)
{
	return o->begun ? sink_fd(&o->sink) : -1;
}

enum output_state output_reader_left(struct output *o)
{
	sink_reader_left(&o->sink);
	return count(o);
}

int output_close(struct output *o)
{
	if (o->begun && !o->closed)
		sink_close(&o->sink);
	o->closed = true;
	count(o);
	stats_set(&o->counters[LEFT_OVER],
	          o->given - sink_written(&o->sink) - o->sink.no_reader - o->sink.other_link_type);
	return o->sink.state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
