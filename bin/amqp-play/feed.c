#include "feed.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/text.h"
#include "base/wait_fd.h"
#include "capture/reader.h"
#include "capture/choice.h"
#include "frame.h"
#include "packet/strip.h"
#include "packet/zep.h"
#include "voices.h"

enum { RING_SIZE = 1 << 20 };
enum { READ, NOT_IP, TOO_SHORT, TOO_LONG, CUT, DAMAGED, LINK_TYPE, NO_AGENT, STOPPED, BAD_FCS };

int feed_init(struct feed *f, struct why *why)
{
	static const char *const names[FEED_COUNTERS] = {
		[READ] = "read",
		[NOT_IP] = "rejected_not_ip",
		[TOO_SHORT] = "rejected_too_short",
		[TOO_LONG] = "rejected_too_long",
		[CUT] = "rejected_cut",
		[DAMAGED] = "rejected_damaged",
		[LINK_TYPE] = "rejected_link_type",
		[NO_AGENT] = "rejected_no_agent",
		[STOPPED] = "stopped",
		[BAD_FCS] = "bad_fcs",
	};

	for (unsigned i = 0; i < FEED_COUNTERS; i++)
		f->counters[i].name = names[i];
	stats_register("capture", f->counters, FEED_COUNTERS);
	f->name = path_in_words(f->path, "standard input");
	f->ring = ring_new(RING_SIZE);
	if (!f->ring)
		return why_errno(why, "ring between threads");
	f->event_fd = event_open();
	f->room_fd = event_open();
	if (f->event_fd < 0 || f->room_fd < 0)
		return why_errno(why, "events");
	return 0;
}

void feed_stopped(struct feed *f, uint64_t packets)
{
	stats_add(&f->counters[STOPPED], packets + ring_count(f->ring));
}

void feed_remove(struct feed *f)
{
	ring_remove(f->ring);
	if (atomic_exchange(&f->full, false))
		event_raise(f->room_fd);
}

/* False: the stop came first. */
static bool put(struct feed *f, const struct envelope_packet *p)
{
	while (!ring_put_tagged(f->ring, p, (uint32_t)f->voice)) {
		atomic_store(&f->full, true);
		/* It may have been emptied before it was marked as full. */
		if (ring_put_tagged(f->ring, p, (uint32_t)f->voice))
			return true;
		if (wait_fd(f->room_fd, POLLIN, -1) == WAIT_STOPPED || loop_stopping())
			return false;
		event_drain(f->room_fd);
	}
	return true;
}

/* --- what is told --- */

static void warn_of_bad_fcs(struct feed *f)
{
	if (stats_get(&f->counters[BAD_FCS]) == 0)
		log_warning("%s: a frame with a wrong FCS (or with something else in its place): "
		            "played without it",
		            f->name);
}

static void tell_of_fcs32(struct feed *f)
{
	if (f->strip.fcs != STRIP_FCS_AUTO || !f->strip.right32 || f->told_of_fcs32)
		return;
	f->told_of_fcs32 = true;
	log_warning("%s: frames end in an FCS of four octets (FCS-32): all four are taken off "
	            "(--fcs crc32 says so beforehand)",
	            f->name);
}

bool feed_takes(uint16_t link_type)
{
	return strip_knows(link_type);
}

static void warn_of_link_type(struct feed *f, uint16_t link_type)
{
	uint8_t *told = &f->told_of[link_type / 8], bit = (uint8_t)(1 << link_type % 8);

	if (!(*told & bit))
		log_warning("%s: packets of link type %u are left out: an agent "
		            "publishes " FEED_PLAYABLE,
		            f->name, link_type);
	*told |= bit;
}

static void list(struct text *t, uint64_t n, const char *what)
{
	if (n)
		text_add(t, "%s%" PRIu64 " %s", t->length ? ", " : "", n, what);
}

/* What was left out, and why, in one line. Returns the exit status: a capture of which nothing
 * could be played was the wrong one. */
static int tell_of_rest(const struct feed *f, const uint64_t before[FEED_COUNTERS])
{
	static const char *const words[FEED_COUNTERS] = {
		[NOT_IP] = "neither IPv4 nor IPv6",
		[TOO_SHORT] = "too short for their link type, or with a damaged pseudo-header",
		[TOO_LONG] = "over 65535 octets",
		[CUT] = "captured in part only (snapshot length)",
		[DAMAGED] = "in damaged records",
		[LINK_TYPE] = "of other link types, or ZEP's acknowledgments",
		[NO_AGENT] = "of interfaces that are no agent's, or of too many",
	};
	uint64_t n[FEED_COUNTERS], rest = 0;
	char reasons[512];
	struct text t = {reasons, sizeof reasons, 0};

	for (unsigned i = 0; i < FEED_COUNTERS; i++) {
		n[i] = stats_get(&f->counters[i]) - before[i];
		rest += words[i] ? n[i] : 0;
		list(&t, words[i] ? n[i] : 0, words[i]);
	}
	if (rest == 0)
		return EXIT_OK;
	if (rest < n[READ]) {
		log_warning("%s: %" PRIu64 " of %" PRIu64 " packets were left out: %s", f->name,
		            rest, n[READ], reasons);
		return EXIT_OK;
	}
	char type[24] = "";
	if (f->link_type)
		snprintf(type, sizeof type, "link type %u: ", f->link_type);
	log_error("%s: %snothing can be played of %" PRIu64 " packets: %s", f->name, type, rest,
	          reasons);
	return EXIT_RUNNING;
}

/* --- packets --- */

static void reject(struct feed *f, unsigned counter, const char *words)
{
	stats_add(&f->counters[counter], 1);
	log_info("%s: packet %" PRIu64 ": %s: left out", f->name, stats_get(&f->counters[READ]),
	         words);
}

/* A pseudo-header says itself what is wrong with it. */
static const char *why_too_short(const struct envelope_packet *p)
{
	struct frame_fault fault = {0};
	struct frame_tap tap;

	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP &&
	    frame_tap_parse(&tap, p->data, p->length, &fault) < 0)
		return fault.field;
	return "too short for its link type";
}

static void pass(struct feed *f, const struct envelope_packet *p)
{
	if (!put(f, p))
		stats_add(&f->counters[STOPPED], 1);
}

/* False: it has been told of, and counted. */
static bool is_playable(struct feed *f, const struct envelope_packet *p, enum zep_result zep)
{
	if (zep == ZEP_DAMAGED) {
		reject(f, TOO_SHORT, "a ZEP message that ends before its frame");
		return false;
	}
	if (zep == ZEP_ACK) {
		reject(f, LINK_TYPE, "an acknowledgment of ZEP");
		return false;
	}
	if (strip_knows(p->link_type))
		return true;
	warn_of_link_type(f, p->link_type);
	reject(f, LINK_TYPE, "its link type cannot be played");
	return false;
}

/* False: it has been told of, and counted. */
static bool find_voice(struct feed *f, const struct capture_reader *reader)
{
	const char *name;
	unsigned number = capture_reader_interface(reader, &name);

	f->voice = voices_find(number, name);
	if (f->voice >= 0)
		return true;
	if (f->voice == VOICES_NOBODY && !f->told_of_interface)
		log_warning("%s: interface %u%s%s is no agent's: its packets are left out (--map "
		            "%u=AGENT, or -n AGENT for all)",
		            f->name, number, *name ? ", " : "", name, number);
	f->told_of_interface |= f->voice == VOICES_NOBODY;
	reject(f, NO_AGENT, "of an interface that is no agent's");
	return false;
}

/* p: stripped. --filter sees the verdict and the channel, too. */
static bool is_wanted(struct feed *f, const struct envelope_packet *p, struct frame_tap tap,
                      bool bad_fcs)
{
	struct envelope_packet judged = *p;

	tap.fcs_type = FRAME_TAP_FCS16;
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS)
		tapped_put(&f->tapped, &judged, &tap, bad_fcs);
	return choice_takes(&judged);
}

/* STRIP_OK, also for a frame with a bad FCS; else it has been told of, and counted. */
static enum strip_result strip_packet(struct feed *f, struct envelope_packet *p, size_t missing,
                                      enum zep_result zep)
{
	struct strip_capture ti = {.fcs = STRIP_FCS_TI};
	enum strip_result result = strip_captured(zep == ZEP_TI ? &ti : &f->strip, p, missing);

	if (result == STRIP_NOT_IP)
		reject(f, NOT_IP, "neither IPv4 nor IPv6");
	else if (result == STRIP_CUT)
		reject(f, CUT, "captured in part only");
	else if (result == STRIP_TOO_SHORT)
		reject(f, TOO_SHORT, why_too_short(p));
	return result;
}

static void handle(struct feed *f, struct envelope_packet *p, size_t missing,
                   const struct capture_reader *reader)
{
	struct zep_radio radio;
	struct frame_tap tap;
	enum zep_result zep = zep_unwrap(p, &radio);

	stats_add(&f->counters[READ], 1);
	if (!is_playable(f, p, zep) || !find_voice(f, reader))
		return;
	if (p->length > ENVELOPE_PACKET_MAX) {
		reject(f, TOO_LONG, "over 65535 octets");
		return;
	}
	tapped_read(&tap, p, zep, &radio);
	enum strip_result result = strip_packet(f, p, missing, zep);
	if ((result != STRIP_OK && result != STRIP_BAD_FCS) ||
	    !is_wanted(f, p, tap, result == STRIP_BAD_FCS))
		return;
	if (result == STRIP_BAD_FCS) {
		warn_of_bad_fcs(f);
		stats_add(&f->counters[BAD_FCS], 1);
	}
	if (f->strip.keep_tap && (zep == ZEP_FCS || zep == ZEP_TI))
		tapped_put(&f->tapped, p, &tap, false);
	tell_of_fcs32(f);
	pass(f, p);
}

/* What the reader itself has passed over. */
static void count_passed_over(struct feed *f, const struct capture_reader *reader)
{
	uint64_t cut = capture_reader_cut(reader), damaged = capture_reader_damaged(reader);

	stats_add(&f->counters[READ], cut + damaged);
	stats_add(&f->counters[CUT], cut);
	stats_add(&f->counters[DAMAGED], damaged);
}

static int read_all(struct feed *f, struct capture_reader *reader)
{
	uint64_t before[FEED_COUNTERS];
	struct envelope_packet packet;
	struct why why;
	int result;

	for (unsigned i = 0; i < FEED_COUNTERS; i++)
		before[i] = stats_get(&f->counters[i]);
	while ((result = capture_reader_next(reader, &packet, &why)) > 0)
		handle(f, &packet, capture_reader_missing(reader), reader);
	count_passed_over(f, reader);
	feed_warn_of_fcs(f);
	int status = tell_of_rest(f, before);
	if (result == 0)
		return status;
	log_error("%s (what came before it is played)", why.text);
	return EXIT_RUNNING;
}

static bool is_file(const struct capture_reader *reader)
{
	struct stat status;

	return fstat(capture_reader_fd(reader), &status) == 0 && S_ISREG(status.st_mode);
}

static bool may_be_played(struct feed *f, const struct capture_reader *reader)
{
	uint16_t link_type = capture_reader_link_type(reader);

	f->link_type = link_type;
	if (link_type && !strip_knows(link_type)) {
		log_error("%s: link type %u: an agent publishes " FEED_PLAYABLE, f->name,
		          link_type);
		return false;
	}
	if (f->passes != 1 && !atomic_load(&f->from_file)) {
		log_error("%s: --loop needs a file: a pipe cannot be read again", f->name);
		return false;
	}
	return true;
}

static void set_flag(struct feed *f, _Atomic bool *flag)
{
	atomic_store(flag, true);
	event_raise(f->event_fd);
}

static int play_once(struct feed *f)
{
	struct why why;
	struct capture_reader *reader = capture_reader_open(f->path, &why);
	int status = EXIT_RUNNING;

	if (!reader && loop_stopping())
		return EXIT_OK;
	if (!reader) {
		log_error("%s", why.text);
		return EXIT_RUNNING;
	}
	atomic_store(&f->from_file, is_file(reader));
	if (may_be_played(f, reader)) {
		set_flag(f, &f->opened);
		status = read_all(f, reader);
	}
	capture_reader_close(reader);
	return status;
}

int feed_run(void *feed)
{
	struct feed *f = feed;
	int status = EXIT_OK;
	uint64_t before, pass = 0;

	do {
		before = stats_get(&f->counters[READ]);
		status = play_once(f);
		pass++;
	} while (status == EXIT_OK && pass != f->passes && stats_get(&f->counters[READ]) > before &&
	         !loop_stopping());
	atomic_store(&f->status, status);
	set_flag(f, &f->ended);
	/* What is in the ring is still to be published: that thread ends the tool. */
	wait_fd(-1, 0, -1);
	return EXIT_OK;
}
