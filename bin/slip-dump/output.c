#include "output.h"

#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "base/summary.h"
#include "capture/ring_writer.h"
#include "packet/lines.h"
#include "packet/words.h"
#include "sources.h"

enum { WRITTEN, LEFT_OVER, NO_READER, FILES, NO_ROOM, OUTPUT_COUNTERS };

struct output {
	struct sink sink;
	struct room room;
	struct frame_keys *keys; /* NULL: none */
	unsigned number;
	const char *path;
	uint64_t count; /* packets that are asked for; 0: no end */
	uint64_t given; /* to output_put */
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output outputs[OUTPUTS_MAX];
_Static_assert((int)OUTPUTS_MAX <= (int)RING_WRITERS_MAX, "each may have a thread");
_Static_assert((int)FRAME_KEYS_MAX >= (int)OUTPUTS_MAX, "each output may have lines");

static const char *const counter_names[OUTPUT_COUNTERS] = {
	[WRITTEN] = "written", [LEFT_OVER] = "left_over",     [NO_READER] = "dropped_no_reader",
	[FILES] = "files",     [NO_ROOM] = "dropped_no_room",
};

/* What lines are made with. */
struct about {
	unsigned source;
	const struct frame_keys *keys;
};

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *about_)
{
	const struct about *about = about_;
	struct text t = {out, size, readable_time(out, size, p->time_ns)};
	const char *source = sources_in_line(about->source);

	if (*source)
		words_add(&t, source);
	size_t n = t.length;
	return n + frame_keys_line(about->keys, out + n, size - n, p);
}

static size_t make_block(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	return frame_keys_block(((const struct about *)about)->keys, out, size, p);
}

static size_t make_json(char *out, size_t size, const struct envelope_packet *p, const void *about_)
{
	const struct about *about = about_;
	const char *source = sources_in_json(about->source);
	struct text t = {out, size, 0};

	words_add(&t, "{");
	if (*source)
		words_add(&t, source);
	size_t before = t.length - 1; /* its own '{' is written over */
	char last = out[before];
	size_t n = frame_keys_json(about->keys, out + before, size - before, p);
	out[before] = last;
	return before + n;
}

static const struct sink_source *find_source(const struct envelope_packet *p, const void *about)
{
	(void)p;
	return sources_at(((const struct about *)about)->source);
}

static void count_written(struct output *o)
{
	stats_set(&o->counters[WRITTEN], sink_written(&o->sink));
	stats_set(&o->counters[NO_READER], o->sink.no_reader);
	stats_set(&o->counters[FILES], o->sink.files);
}

/* The counter of what its ring had no room for is the line's where there is one output. */
static void register_counters(struct output *o, bool is_alone)
{
	for (unsigned i = 0; i < OUTPUT_COUNTERS; i++)
		o->counters[i].name = counter_names[i];
	stats_register(ring_writer_name(o->number), o->counters,
	               is_alone ? NO_ROOM : OUTPUT_COUNTERS);
}

static bool channels_tell_probes_apart(const struct settings *s)
{
	for (unsigned i = 0; i < s->probe_count; i++) {
		if (s->probes[i].probe.channel < 0)
			return false;
		for (unsigned k = 0; k < i; k++)
			if (s->probes[k].probe.channel == s->probes[i].probe.channel)
				return false;
	}
	return true;
}

static void tell_what_is_lost(const struct settings *s, const struct write_choice *choice)
{
	const char *name = path_in_words(choice->path, "standard output");

	if (choice->format != SINK_PCAP || s->probe_count < 2)
		return;
	if (s->link_type != ENVELOPE_LINK_IEEE802_15_4_TAP)
		log_warning("%s: says neither which probe heard a frame nor on which channel "
		            "(--dlt tap says the channel, .pcapng both)",
		            name);
	else if (channels_tell_probes_apart(s))
		log_info("%s: does not say which probe heard a frame, but its channel (.pcapng "
		         "says both)",
		         name);
	else
		log_warning("%s: does not say which probe heard a frame (--format pcapng does)",
		            name);
}

/* Outputs are written by threads of their own, and each shows every frame: each has keys of its
 * own.
 */
static struct frame_keys *find_keys(const struct settings *s, unsigned number)
{
	unsigned before = 0;

	for (unsigned i = 0; i < number; i++)
		before += sink_format_has_lines(s->outputs[i].format);
	return sink_format_has_lines(s->outputs[number].format) ? s->frame_keys.keys[before] : NULL;
}

struct output *output_prepare(const struct settings *s, unsigned number)
{
	struct output *o = &outputs[number];

	o->number = number;
	o->path = s->outputs[number].path;
	o->keys = find_keys(s, number);
	register_counters(o, s->output_count == 1 && s->probe_count <= 1);
	if (s->room.on_full == ROOM_WAIT)
		room_init(&o->room, ring_writer_name(number));
	o->count = s->output.count;
	return o;
}

enum output_state output_open(struct output *o, const struct settings *s, bool waits)
{
	const struct write_choice *choice = &s->outputs[o->number];
	struct sink_config config = {
		.path = choice->path,
		.format = choice->format,
		.link_type = s->link_type,
		.flush_each = s->output.unbuffered,
		.durable = s->output.unbuffered,
		.gather = true,
		.write_behind = s->file != NULL,
		.overwrite = s->output.overwrite,
		.room = s->room.on_full == ROOM_WAIT ? &o->room : NULL,
		.reopen = !s->output.reopen ? SINK_REOPEN_NO
	                  : s->file         ? SINK_REOPEN_WAIT
	                                    : SINK_REOPEN_DROP,
		.no_wait = !waits,
		.rotation = writes_rotation(&s->writes, choice->path),
		.line = choice->format == SINK_JSON ? make_json : make_line,
		.block = log_shows(LOG_INFO) ? make_block : NULL,
		.colour = s->output.colour,
		.source = find_source,
		.known = s->probe_count > 1 ? sources_of_probes : NULL,
	};

	tell_what_is_lost(s, choice);
	if (sink_open(&o->sink, &config) != OUTPUT_FAILED)
		count_written(o);
	return o->sink.state;
}

bool output_has_keys(const struct output *o)
{
	return o->keys;
}

void output_learn(struct output *o, const struct envelope_packet *p)
{
	frame_keys_learn(o->keys, p);
}

static bool is_complete(const struct output *o)
{
	return o->count && o->sink.accepted >= o->count;
}

enum output_state output_state(const struct output *o)
{
	return o->sink.state == OUTPUT_OPEN && is_complete(o) ? OUTPUT_COMPLETE : o->sink.state;
}

static void put_one(struct output *o, const struct envelope_packet *p, const struct about *about)
{
	if (is_complete(o))
		return;
	if (o->keys && o->sink.state == OUTPUT_OPEN)
		frame_keys_open(o->keys, p);
	sink_put(&o->sink, p, 1, about);
}

void output_put(struct output *o, const struct envelope_packet *packets, size_t n, unsigned source)
{
	const struct about about = {source, o->keys};

	o->given += n;
	if (!o->keys && !o->count) {
		sink_put(&o->sink, packets, n, &about);
		return;
	}
	for (size_t i = 0; i < n; i++)
		put_one(o, &packets[i], &about);
}

enum output_state output_rest(struct output *o)
{
	if (output_state(o) != OUTPUT_FAILED)
		sink_rest(&o->sink);
	count_written(o);
	return output_state(o);
}

void output_flush(struct output *o)
{
	if (output_state(o) != OUTPUT_FAILED)
		sink_flush(&o->sink);
	count_written(o);
}

void output_dropped(struct output *o)
{
	if (stats_get(&o->counters[NO_ROOM]) == 0)
		log_warning("%s: frames are dropped: what they go to does not keep up (counted as "
		            "%s.dropped_no_room)",
		            path_in_words(o->path, "standard output"), ring_writer_name(o->number));
	stats_add(&o->counters[NO_ROOM], 1);
}

int output_timeout_ms(const struct output *o)
{
	return sink_timeout_ms(&o->sink);
}

enum output_state output_idle(struct output *o)
{
	sink_idle(&o->sink);
	count_written(o);
	return output_state(o);
}

int output_fd(const struct output *o)
{
	return sink_fd(&o->sink);
}

enum output_state output_reader_left(struct output *o)
{
	sink_reader_left(&o->sink);
	return output_state(o);
}

static void count_left_over(struct output *o, uint64_t left_over)
{
	sink_say_cause(&o->sink, ring_writer_name(o->number));
	stats_set(&o->counters[LEFT_OVER],
	          o->given + left_over - sink_written(&o->sink) - o->sink.no_reader);
}

int output_leave(struct output *o, uint64_t left_over)
{
	log_error("%s: does not take what is written to it: left as it is",
	          path_in_words(o->sink.config.path, "standard output"));
	count_left_over(o, left_over);
	return EXIT_RUNNING;
}

int output_close(struct output *o, uint64_t left_over)
{
	bool is_complete = output_state(o) == OUTPUT_COMPLETE;
	enum output_state state = sink_close(&o->sink);

	count_written(o);
	if (is_complete && state != OUTPUT_FAILED) {
		summary_leave_out(ring_writer_name(o->number), "left_over");
		/* among them, too */
		summary_leave_out("probe", "fcs_bad");
		summary_leave_out("capture", "bad_fcs");
		summary_leave_out("filter", "left_out");
	}
	count_left_over(o, left_over);
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
