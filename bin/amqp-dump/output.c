#include "output.h"

#include "base/log.h"
#include "capture/openable.h"
#include "describe.h"
#include "describe_json.h"
#include "raw.h"
#include "sources.h"
#include "who.h"

static struct sources sources;
static struct frame_keys *keys; /* NULL: none */

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *key)
{
	return describe(out, size, key, p, keys);
}

static size_t make_block(char *out, size_t size, const struct envelope_packet *p, const void *key)
{
	(void)key;
	return describe_block(out, size, p, keys);
}

static size_t make_json(char *out, size_t size, const struct envelope_packet *p, const void *key)
{
	return describe_json(out, size, key, p, keys);
}

static size_t make_raw_line(char *out, size_t size, const struct envelope_packet *p,
                            const void *message)
{
	return raw_line(out, size, message, p);
}

static size_t make_raw_json(char *out, size_t size, const struct envelope_packet *p,
                            const void *message)
{
	return raw_json(out, size, message, p);
}

/* By what is shown: a line, an object. */
static size_t (*const makers[][2])(char *out, size_t size, const struct envelope_packet *p,
                                   const void *about) = {
	[OUTPUT_PACKETS] = {make_line, make_json},
	[OUTPUT_MESSAGES] = {make_raw_line, make_raw_json},
	[OUTPUT_AGENTS] = {who_line, who_json},
};

static const struct sink_source *find_source(const struct envelope_packet *p, const void *key)
{
	return sources_find(&sources, key, p->link_type);
}

static const struct sink_source *source_at(uint32_t number)
{
	return &sources.known[number].source;
}

static struct sink_config configure(const struct capture_output *options,
                                    const struct writes_options *writes,
                                    const struct write_choice *choice, bool kept,
                                    enum output_shows shows)
{
	return (struct sink_config){
		.path = choice->path,
		.format = choice->format,
		.flush_each = options->unbuffered,
		.durable = options->unbuffered,
		.gather = true,
		.overwrite = options->overwrite,
		.reopen = !options->reopen ? SINK_REOPEN_NO
	                  : kept           ? SINK_REOPEN_WAIT
	                                   : SINK_REOPEN_DROP,
		.rotation = writes_rotation(writes, choice->path),
		.line = makers[shows][choice->format == SINK_JSON],
		.block = shows == OUTPUT_PACKETS && log_shows(LOG_INFO) ? make_block : NULL,
		.colour = options->colour,
		.source = find_source,
	};
}

int output_open(const struct capture_output *options, const struct writes_options *writes,
                bool kept, enum output_shows shows, bool awaits_room, struct frame_keys *frame_keys)
{
	struct write_choice choices[LANES_MAX];
	struct lanes_config config = {.source_at = source_at, .awaits_room = awaits_room};
	struct why why;
	int count = writes_choose(writes, choices, LANES_MAX, &why);

	if (count < 0 ||
	    openable_check(writes, choices, (unsigned)count, options->overwrite, &why) < 0) {
		log_error("%s", why.text);
		return -1;
	}
	keys = frame_keys;
	config.count = (unsigned)count;
	config.rings = count > 1 && !kept;
	for (int i = 0; i < count; i++)
		config.sinks[i] = configure(options, writes, &choices[i], kept, shows);
	return lanes_open(&config);
}

enum output_state output_put(const struct envelope_key *key, const struct envelope_packet *p,
                             bool *written)
{
	frame_keys_open(keys, p);
	return lanes_put(p, key, written);
}

enum output_state output_put_line(const void *about, int64_t time_ns, bool *written)
{
	const struct envelope_packet when = {
		.data = (const uint8_t *)"", .time_ns = time_ns, .link_type = ENVELOPE_LINK_RAW};

	return lanes_put(&when, about, written);
}
