#include "output.h"

#include "base/log.h"
#include "base/stats.h"
#include "base/summary.h"
#include "packet/lines.h"

enum { WRITTEN, LEFT_OVER, NO_READER, FILES, OUTPUT_COUNTERS };

struct output {
	struct sink sink;
	uint64_t count; /* packets that are asked for; 0: no end */
	uint64_t given; /* to output_put */
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output output = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [LEFT_OVER] = {.name = "left_over"},
                     [NO_READER] = {.name = "dropped_no_reader"},
                     [FILES] = {.name = "files"}},
};

static size_t make_line(char *out, size_t size, const struct envelope_packet *p, const void *about)
{
	size_t n = readable_time(out, size, p->time_ns);

	(void)about;
	return n + readable_frame(out + n, size - n, p);
}

static void count_written(struct output *o)
{
	stats_set(&o->counters[WRITTEN], sink_written(&o->sink));
	stats_set(&o->counters[NO_READER], o->sink.no_reader);
	stats_set(&o->counters[FILES], o->sink.files);
}

struct output *output_open(const struct settings *s)
{
	struct output *o = &output;
	struct sink_config config = {
		.path = s->output.path ? s->output.path : "-",
		.format = s->output.path ? SINK_PCAP : SINK_LINES,
		.link_type = s->link_type,
		.flush_each = s->output.unbuffered,
		.overwrite = s->output.overwrite,
		.reopen = !s->output.reopen ? SINK_REOPEN_NO
	                  : s->file         ? SINK_REOPEN_WAIT
	                                    : SINK_REOPEN_DROP,
		.rotation = {.octets = s->file_octets,
	                     .seconds = s->file_seconds,
	                     .files = s->file_count},
		.line = make_line,
	};

	stats_register("output", o->counters, OUTPUT_COUNTERS);
	o->count = s->output.count;
	if (sink_open(&o->sink, &config) == OUTPUT_FAILED)
		return NULL;
	count_written(o);
	return o;
}

static enum output_state state_of(const struct output *o)
{
	bool complete = o->count && o->sink.accepted >= o->count;

	return o->sink.state == OUTPUT_OPEN && complete ? OUTPUT_COMPLETE : o->sink.state;
}

enum output_state output_put(struct output *o, const struct envelope_packet *p)
{
	if (state_of(o) == OUTPUT_OPEN)
		sink_put(&o->sink, p, NULL);
	o->given++;
	count_written(o);
	return state_of(o);
}

int output_timeout_ms(const struct output *o)
{
	return sink_timeout_ms(&o->sink);
}

enum output_state output_idle(struct output *o)
{
	sink_idle(&o->sink);
	count_written(o);
	return state_of(o);
}

int output_fd(const struct output *o)
{
	return sink_fd(&o->sink);
}

enum output_state output_reader_left(struct output *o)
{
	sink_reader_left(&o->sink);
	return state_of(o);
}

int output_close(struct output *o, uint64_t left_over)
{
	bool is_complete = state_of(o) == OUTPUT_COMPLETE;
	enum output_state state = sink_close(&o->sink);

	count_written(o);
	if (is_complete && state != OUTPUT_FAILED) {
		summary_leave_out("output", "left_over");
		summary_leave_out("probe", "fcs_bad"); /* among them, too */
	}
	stats_set(&o->counters[LEFT_OVER],
	          o->given + left_over - sink_written(&o->sink) - o->sink.no_reader);
	return state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
