#include "capture/sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/stats.h"
#include "base/summary.h"
#include "capture/appended.h"
#include "capture/pcap.h"

enum { PUTS_A_CLOCK = 64 };

struct format {
	unsigned file_flags;
	enum output_state (*begin)(struct sink *s);
	enum output_state (*put)(struct sink *s, const struct envelope_packet *p,
	                         const void *about);
};

static const char *name_of(const struct sink *s)
{
	return path_in_words(s->path, "standard output");
}

static bool is_capture(const struct sink *s)
{
	return s->config.format == SINK_PCAP || s->config.format == SINK_PCAPNG;
}

/* --- pcap --- */

static enum output_state begin_pcap(struct sink *s)
{
	return pcap_put_header(s->file, s->link_type, &s->why);
}

static enum output_state put_pcap(struct sink *s, const struct envelope_packet *p,
                                  const void *about)
{
	(void)about;
	return pcap_put_packet(s->file, p, &s->why);
}

static const struct format formats[] = {
	[SINK_LINES] = {FILE_TEXT, sink_begin_lines, sink_put_line},
	[SINK_JSON] = {FILE_TEXT, sink_begin_lines, sink_put_json},
	[SINK_PCAP] = {0, begin_pcap, put_pcap},
	[SINK_PCAPNG] = {0, sink_begin_pcapng, sink_put_pcapng},
};

/* --- files --- */

/* A FIFO is written record by record: nothing waits in its buffer. */
static enum output_state lose_reader(struct sink *s)
{
	s->written_before += file_packets(s->file);
	file_close(s->file, NULL);
	s->file = NULL;
	s->begun = false;
	s->away = true;
	(s->told_away ? log_info : log_warning)("%s: its reader has gone: waiting for the next",
	                                        s->path);
	s->told_away = true;
	return s->state;
}

static const char *cause_of(const struct sink *s, enum output_state state)
{
	const char *words = s->file ? room_words(file_error(s->file)) : NULL;

	switch (state) {
	case OUTPUT_FAILED:
		return words ? words : "the output had failed";
	case OUTPUT_CLOSED:
		return "nobody read it any more";
	case OUTPUT_STOPPED:
		return "nobody read it";
	default:
		return NULL;
	}
}

/* A failure is told once, and counts also behind the end: what is left to be written may fail. */
enum output_state sink_note(struct sink *s, enum output_state state)
{
	bool fails = state == OUTPUT_FAILED && s->state != OUTPUT_FAILED;

	if (state == OUTPUT_CLOSED && s->config.reopen && s->state == OUTPUT_OPEN && s->file)
		return lose_reader(s);
	if (fails)
		log_error("%s", s->why.text);
	if (fails || (s->state == OUTPUT_OPEN && state != OUTPUT_OPEN)) {
		s->cause = cause_of(s, state);
		s->state = state;
	}
	return s->state;
}

static bool is_kept_in_file(const struct sink *s)
{
	return is_capture(s) || (file_is_regular(s->file) && strcmp(s->config.path, "-") != 0);
}

/* The last file is named beside the statistics, which hold numbers only. */
static void say_closed(const struct sink *s, bool last)
{
	bool aloud = last && common_options.stats != STATS_NONE && file_is_regular(s->file);

	if (!is_kept_in_file(s))
		return;
	unsigned long long packets = file_packets(s->file);
	(aloud ? log_warning : log_info)("%s: closed, %llu %s", name_of(s), packets,
	                                 packets == 1 ? "packet" : "packets");
}

static enum output_state close_file(struct sink *s, bool last)
{
	if (!s->file)
		return s->state;
	sink_note(s, file_flush(s->file, &s->why));
	if (s->config.durable && s->state != OUTPUT_FAILED)
		sink_sync(s);
	s->written_before += file_packets(s->file);
	say_closed(s, last);
	sink_note(s, file_close(s->file, &s->why));
	s->file = NULL;
	s->begun = false;
	s->unflushed_since = s->unsynced_since = 0;
	return s->state;
}

/* Also a folder may have no room for one more. */
static struct file *open_next(struct sink *s, unsigned flags)
{
	for (;;) {
		errno = 0;
		struct file *f = names_open(&s->names, flags, s->path, &s->why);
		if (f || !s->files || !s->config.room || !room_is_missing(errno) ||
		    !room_await(s->config.room, s->path, errno))
			return f;
	}
}

/* A FIFO whose readers come and go is written record by record: see lose_reader. */
static unsigned flags_of(const struct sink *s)
{
	const struct sink_config *c = &s->config;
	bool gathers = c->gather && !c->flush_each && c->reopen == SINK_REOPEN_NO;

	return formats[c->format].file_flags | (gathers ? FILE_GATHER : 0) |
	       (c->flush_each || (!is_capture(s) && !gathers) ? FILE_FLUSH_EACH : 0) |
	       (c->write_behind ? FILE_WRITE_BEHIND : 0);
}

static enum output_state open_file(struct sink *s)
{
	s->file = open_next(s, flags_of(s));
	if (!s->file)
		return sink_note(s, loop_stopping() ? OUTPUT_STOPPED : OUTPUT_FAILED);
	if (is_kept_in_file(s))
		log_info("%s: opened", name_of(s));
	if (s->files)
		file_await_room(s->file, s->config.room);
	return s->state;
}

static enum output_state begin(struct sink *s, uint16_t link_type)
{
	s->begun = true;
	s->link_type = link_type;
	s->in_file = 0;
	s->files += is_kept_in_file(s);
	sink_note(s, formats[s->config.format].begin(s));
	if (s->file)
		file_await_room(s->file, s->config.room);
	return s->state;
}

/* False: there is none yet, or s->state says why there will be none. */
static bool meet_reader(struct sink *s, bool waits)
{
	unsigned flags = flags_of(s) | PATH_FIFO;

	s->file = file_open(s->path, flags | (waits ? 0 : PATH_NOWAIT), &s->why);
	if (!s->file && !waits && errno == ENXIO)
		return false;
	if (!s->file) {
		sink_note(s, loop_stopping() ? OUTPUT_STOPPED : OUTPUT_FAILED);
		return false;
	}
	s->away = false;
	log_info("%s: a reader is there", s->path);
	if (s->config.format != SINK_PCAP || s->link_type)
		begin(s, s->link_type);
	return !s->away && s->state == OUTPUT_OPEN;
}

static enum output_state rotate(struct sink *s)
{
	struct rotation *r = &s->config.rotation;

	if (!file_is_regular(s->file))
		return rotation_is_over(r, rotation_now()) ? sink_note(s, OUTPUT_COMPLETE)
		                                           : OUTPUT_OPEN;
	switch (rotation_step(r, file_octets(s->file), s->in_file,
	                      r->seconds ? rotation_now() : (struct rotation_time){0})) {
	case ROTATION_STAY:
		return OUTPUT_OPEN;
	case ROTATION_NEXT:
		return close_file(s, false) == OUTPUT_OPEN && open_file(s) == OUTPUT_OPEN
		               ? begin(s, s->link_type)
		               : s->state;
	default:
		return sink_note(s, OUTPUT_COMPLETE);
	}
}

/* --- all --- */

/* A FIFO that may have no reader yet. */
static enum output_state open_later(struct sink *s)
{
	snprintf(s->path, sizeof s->path, "%s", s->config.path);
	s->link_type = s->config.link_type;
	s->away = true;
	if (!meet_reader(s, false) && s->state == OUTPUT_OPEN) {
		s->told_away = true;
		log_warning("%s: has no reader yet: what comes until then is not written", s->path);
	}
	return s->state;
}

enum output_state sink_open(struct sink *s, const struct sink_config *config)
{
	bool waits = config->format == SINK_PCAP && !config->link_type;

	*s = (struct sink){.config = *config};
	rotation_begin(&s->config.rotation, rotation_now());
	s->rotates =
		config->rotation.octets || config->rotation.packets || config->rotation.seconds;
	s->names = (struct names){.pattern = config->path,
	                          .rotation = &s->config.rotation,
	                          .overwrite = config->overwrite};
	if (is_capture(s) &&
	    appended_check(config->path, config->format == SINK_PCAPNG, &s->why) < 0)
		return sink_note(s, OUTPUT_FAILED);
	if (config->no_wait && path_kind(config->path) == PATH_IS_FIFO)
		return open_later(s);
	return open_file(s) == OUTPUT_OPEN && !waits ? begin(s, config->link_type) : s->state;
}

static bool is_for_other_file(struct sink *s, uint16_t link_type)
{
	if (!s->link_type || s->config.format != SINK_PCAP || link_type == s->link_type)
		return false;
	if (s->other_link_type++ == 0)
		pcap_tell_left_out(name_of(s), s->link_type, link_type);
	return true;
}

/* There is a file, and nothing to be done before a packet of this link type. */
static bool is_ready(const struct sink *s, uint16_t link_type)
{
	return s->begun && !s->rotates && s->state == OUTPUT_OPEN &&
	       (link_type == s->link_type || s->config.format != SINK_PCAP);
}

/* False: no file takes the packet; s->state says why, or s->away. */
static bool make_ready(struct sink *s, uint16_t link_type)
{
	if (s->state != OUTPUT_OPEN)
		return false;
	if (s->away && !meet_reader(s, s->config.reopen == SINK_REOPEN_WAIT))
		return false;
	return (s->begun ? rotate(s) : begin(s, link_type)) == OUTPUT_OPEN && !s->away;
}

static inline bool put(struct sink *s, const struct envelope_packet *p, const void *about)
{
	enum output_state state = formats[s->config.format].put(s, p, about);

	if (state != OUTPUT_OPEN && (sink_note(s, state) != OUTPUT_OPEN || s->away))
		return false;
	s->accepted++;
	s->in_file++;
	return true;
}

/* What is not written to the file that is there: its reader may have gone. */
static void put_to_next_reader(struct sink *s, const struct envelope_packet *p, const void *about)
{
	bool waits = s->config.reopen == SINK_REOPEN_WAIT;

	while (waits && s->away && s->state == OUTPUT_OPEN)
		if (make_ready(s, p->link_type) && put(s, p, about))
			return;
	s->no_reader += s->away && s->state == OUTPUT_OPEN;
}

/* Reading the clock takes longer than the rest. */
static bool is_clock_due(struct sink *s, size_t n)
{
	unsigned before = s->puts;

	s->puts += (unsigned)n;
	return s->puts / PUTS_A_CLOCK != before / PUTS_A_CLOCK || !s->unflushed_since ||
	       (s->config.durable && !s->unsynced_since);
}

static void put_one(struct sink *s, const struct envelope_packet *p, const void *about)
{
	bool ready = is_ready(s, p->link_type);

	if (!ready && s->state == OUTPUT_OPEN && is_for_other_file(s, p->link_type))
		return;
	if (!(ready || make_ready(s, p->link_type)) || !put(s, p, about))
		put_to_next_reader(s, p, about);
}

/* Those of a capture that is written without anything else to be done; returns how many. */
static size_t put_together(struct sink *s, const struct envelope_packet *packets, size_t n)
{
	if (s->config.format != SINK_PCAP || !is_ready(s, s->link_type))
		return 0;
	size_t put = pcap_put_packets(s->file, s->link_type, packets, n);

	s->accepted += put;
	s->in_file += put;
	return put;
}

enum output_state sink_put(struct sink *s, const struct envelope_packet *packets, size_t n,
                           const void *about)
{
	for (size_t i = put_together(s, packets, n); i < n; i++)
		put_one(s, &packets[i], about);
	if (s->state != OUTPUT_OPEN || !is_clock_due(s, n))
		return s->state;
	if (s->config.durable && !s->unsynced_since)
		s->unsynced_since = monotonic_ns();
	return sink_write_due(s);
}

enum output_state sink_rest(struct sink *s)
{
	bool waited_for = s->file && (!is_capture(s) || !file_is_regular(s->file));

	return waited_for && !file_is_flushed(s->file) ? sink_flush(s) : s->state;
}

enum output_state sink_idle(struct sink *s)
{
	const struct rotation *r = &s->config.rotation;

	if (r->seconds && rotation_is_over(r, rotation_now()))
		sink_note(s, OUTPUT_COMPLETE);
	if (s->away && s->state == OUTPUT_OPEN)
		meet_reader(s, false);
	return sink_write_due(s);
}

enum output_state sink_reader_left(struct sink *s)
{
	return s->file ? sink_note(s, OUTPUT_CLOSED) : s->state;
}

enum output_state sink_close(struct sink *s)
{
	s->config.reopen = SINK_REOPEN_NO;
	if (s->state == OUTPUT_OPEN && s->file && !s->begun)
		begin(s, ENVELOPE_LINK_RAW);
	close_file(s, true);
	return sink_note(s, OUTPUT_COMPLETE);
}

void sink_say_cause(const struct sink *s, const char *section)
{
	const char *waits = s->config.room ? room_cause(s->config.room) : NULL;

	if (waits || s->cause)
		summary_because(section, "left_over", waits ? waits : s->cause);
}

uint64_t sink_written(const struct sink *s)
{
	return s->written_before + (s->file ? file_packets(s->file) : 0);
}
