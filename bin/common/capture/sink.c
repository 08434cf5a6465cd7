#include "capture/sink.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "capture/pcap.h"
#include "capture/pcapng.h"

enum { FLUSH_AFTER_MS = 1000 };

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

/* --- lines --- */

static enum output_state begin_lines(struct sink *s)
{
	return s->state;
}

static enum output_state put_line(struct sink *s, const struct envelope_packet *p,
                                  const void *about)
{
	char line[SINK_LINE_MAX];
	size_t length = s->config.line(line, sizeof line - 1, p, about);

	line[length++] = '\n';
	return file_add(s->file, true, &(struct iovec){line, length}, 1, &s->why);
}

/* --- pcap --- */

static enum output_state begin_pcap(struct sink *s)
{
	return pcap_put_header(s->file, s->link_type, &s->why);
}

static void leave_out(struct sink *s, uint16_t link_type)
{
	if (s->other_link_type++ == 0)
		log_warning("%s: a pcap file has one link type, here %u: packets of link type %u "
		            "are left out (a file named .pcapng takes both)",
		            name_of(s), s->link_type, link_type);
}

static enum output_state put_pcap(struct sink *s, const struct envelope_packet *p,
                                  const void *about)
{
	(void)about;
	return pcap_put_packet(s->file, p, &s->why);
}

/* --- pcapng --- */

static enum output_state begin_pcapng(struct sink *s)
{
	s->interfaces = 0;
	memset(s->interface_of, -1, sizeof s->interface_of);
	return pcapng_put_section(s->file, &s->why);
}

static enum output_state put_pcapng(struct sink *s, const struct envelope_packet *p,
                                    const void *about)
{
	const struct sink_source *source = s->config.source(p, about);

	if (!source) {
		why_set(&s->why, "%s: more sources and link types than a capture can describe (%d)",
		        name_of(s), SINK_SOURCES_MAX);
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

static const struct format formats[] = {
	[SINK_LINES] = {FILE_TEXT | FILE_FLUSH_EACH, begin_lines, put_line},
	[SINK_PCAP] = {0, begin_pcap, put_pcap},
	[SINK_PCAPNG] = {0, begin_pcapng, put_pcapng},
};

/* --- files --- */

/* A failure is told once, and counts also behind the end: what is left to be written may fail. */
static enum output_state note(struct sink *s, enum output_state state)
{
	bool fails = state == OUTPUT_FAILED && s->state != OUTPUT_FAILED;

	if (fails)
		log_error("%s", s->why.text);
	if (fails || s->state == OUTPUT_OPEN)
		s->state = state;
	return s->state;
}

/* time(2) may lag behind the clock that others read. */
static time_t seconds_now(void)
{
	return (time_t)(now_ns() / 1000000000);
}

static enum output_state close_file(struct sink *s)
{
	if (!s->file)
		return s->state;
	note(s, file_flush(s->file, &s->why));
	s->written_before += file_packets(s->file);
	note(s, file_close(s->file, &s->why));
	s->file = NULL;
	s->unflushed_since = 0;
	return s->state;
}

static enum output_state open_file(struct sink *s, uint16_t link_type)
{
	const struct sink_config *c = &s->config;
	const struct format *format = &formats[c->format];
	unsigned flags = format->file_flags | (c->flush_each ? FILE_FLUSH_EACH : 0);

	if (!rotation_name(&s->config.rotation, c->path, s->path, sizeof s->path)) {
		why_set(&s->why, "'%s': makes a name that is empty or too long", c->path);
		return note(s, OUTPUT_FAILED);
	}
	s->link_type = link_type;
	s->file = file_open(s->path, flags, &s->why);
	if (!s->file)
		return note(s, loop_stopping() ? OUTPUT_STOPPED : OUTPUT_FAILED);
	if (c->format != SINK_LINES) {
		s->files++;
		log_info("%s: opened", name_of(s));
	}
	return note(s, format->begin(s));
}

static enum output_state rotate(struct sink *s)
{
	struct rotation *r = &s->config.rotation;

	if (!r->octets && !r->seconds)
		return OUTPUT_OPEN;
	switch (rotation_step(r, file_octets(s->file), r->seconds ? seconds_now() : 0)) {
	case ROTATION_STAY:
		return OUTPUT_OPEN;
	case ROTATION_NEXT:
		return close_file(s) == OUTPUT_OPEN ? open_file(s, s->link_type) : s->state;
	default:
		return note(s, OUTPUT_COMPLETE);
	}
}

/* What a crash can take with it is the last second. */
static enum output_state flush_if_due(struct sink *s)
{
	if (s->state != OUTPUT_OPEN || !s->file || file_is_flushed(s->file)) {
		s->unflushed_since = 0;
		return s->state;
	}
	int64_t now = monotonic_ns();
	if (!s->unflushed_since)
		s->unflushed_since = now;
	if (now - s->unflushed_since < FLUSH_AFTER_MS * INT64_C(1000000))
		return s->state;
	s->unflushed_since = 0;
	return sink_flush(s);
}

/* --- all --- */

enum output_state sink_open(struct sink *s, const struct sink_config *config)
{
	bool waits = config->format == SINK_PCAP && !config->link_type;

	*s = (struct sink){.config = *config};
	rotation_begin(&s->config.rotation, seconds_now());
	if (!waits)
		return open_file(s, config->link_type);
	return note(s, file_check(config->path, &s->why) < 0 ? OUTPUT_FAILED : OUTPUT_OPEN);
}

enum output_state sink_put(struct sink *s, const struct envelope_packet *p, const void *about)
{
	if (s->state != OUTPUT_OPEN)
		return s->state;
	if (s->file && s->config.format == SINK_PCAP && p->link_type != s->link_type) {
		leave_out(s, p->link_type);
		return s->state;
	}
	if ((s->file ? rotate(s) : open_file(s, p->link_type)) != OUTPUT_OPEN)
		return s->state;
	if (note(s, formats[s->config.format].put(s, p, about)) == OUTPUT_OPEN)
		s->accepted++;
	return flush_if_due(s);
}

enum output_state sink_flush(struct sink *s)
{
	return s->file ? note(s, file_flush(s->file, &s->why)) : s->state;
}

int sink_sync(struct sink *s)
{
	struct why why;

	if (!s->file || file_sync(s->file, &why) == 0)
		return 0;
	if (s->state != OUTPUT_FAILED)
		s->why = why;
	note(s, OUTPUT_FAILED);
	return -1;
}

int sink_timeout_ms(const struct sink *s)
{
	return s->unflushed_since || s->config.rotation.seconds ? FLUSH_AFTER_MS : -1;
}

enum output_state sink_idle(struct sink *s)
{
	const struct rotation *r = &s->config.rotation;

	if (r->seconds && rotation_is_over(r, seconds_now()))
		note(s, OUTPUT_COMPLETE);
	return flush_if_due(s);
}

int sink_fd(const struct sink *s)
{
	return s->file ? file_fd(s->file) : -1;
}

enum output_state sink_close(struct sink *s)
{
	if (s->state == OUTPUT_OPEN && !s->file)
		open_file(s, ENVELOPE_LINK_RAW);
	close_file(s);
	return note(s, OUTPUT_COMPLETE);
}

uint64_t sink_written(const struct sink *s)
{
	return s->written_before + (s->file ? file_packets(s->file) : 0);
}
