#include "feed.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/stat.h>

#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "base/wait_fd.h"
#include "capture/reader.h"
#include "packet/strip.h"

enum { RING_SIZE = 1 << 20 };
enum { READ, NOT_IP, TOO_SHORT, CUT, STOPPED, BAD_FCS };

int feed_init(struct feed *f, struct why *why)
{
	static const char *const names[FEED_COUNTERS] = {
		[READ] = "read",
		[NOT_IP] = "rejected_not_ip",
		[TOO_SHORT] = "rejected_too_short",
		[CUT] = "rejected_cut",
		[STOPPED] = "stopped",
		[BAD_FCS] = "bad_fcs",
	};

	for (unsigned i = 0; i < FEED_COUNTERS; i++)
		f->counters[i].name = names[i];
	stats_register("capture", f->counters, FEED_COUNTERS);
	f->name = path_in_words(f->path, "standard input");
	f->ring = ring_new(RING_SIZE);
	if (!f->ring)
		return why_set(why, "out of memory");
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
	while (!ring_put(f->ring, p)) {
		atomic_store(&f->full, true);
		/* It may have been emptied before it was marked as full. */
		if (ring_put(f->ring, p))
			return true;
		if (wait_fd(f->room_fd, POLLIN, -1) == WAIT_STOPPED || loop_stopping())
			return false;
		event_drain(f->room_fd);
	}
	return true;
}

static void warn_of_bad_fcs(struct feed *f)
{
	if (stats_get(&f->counters[BAD_FCS]) == 0)
		log_warning("%s: a frame with a wrong FCS (or with something else in its place): "
		            "played without it",
		            f->name);
}

static void handle(struct feed *f, struct envelope_packet *p)
{
	static const int counter_of[STRIP_RESULTS] = {
		[STRIP_NOT_IP] = NOT_IP, [STRIP_TOO_SHORT] = TOO_SHORT};
	enum strip_result result = strip(p, f->keep_tap);

	stats_add(&f->counters[READ], 1);
	if (result == STRIP_NOT_IP || result == STRIP_TOO_SHORT) {
		stats_add(&f->counters[counter_of[result]], 1);
		log_info("%s: packet %" PRIu64 ": %s: left out", f->name,
		         stats_get(&f->counters[READ]),
		         result == STRIP_NOT_IP ? "neither IPv4 nor IPv6"
		                                : "too short for its link type");
		return;
	}
	if (result == STRIP_BAD_FCS) {
		warn_of_bad_fcs(f);
		stats_add(&f->counters[BAD_FCS], 1);
	}
	if (!put(f, p))
		stats_add(&f->counters[STOPPED], 1);
}

static int read_all(struct feed *f, struct capture_reader *reader)
{
	struct envelope_packet packet;
	struct why why;
	int result;

	while ((result = capture_reader_next(reader, &packet, &why)) > 0)
		handle(f, &packet);
	uint64_t cut = capture_reader_cut(reader);
	stats_add(&f->counters[READ], cut);
	stats_add(&f->counters[CUT], cut);
	if (cut)
		log_warning("%s: %" PRIu64
		            " packets were captured in part only (snapshot length): left out",
		            f->name, cut);
	if (result == 0)
		return EXIT_OK;
	log_error("%s (what came before it is played)", why.text);
	return EXIT_RUNNING;
}

static bool is_file(const struct capture_reader *reader)
{
	struct stat status;

	return fstat(capture_reader_fd(reader), &status) == 0 && S_ISREG(status.st_mode);
}

static bool is_playable(const struct feed *f, const struct capture_reader *reader)
{
	uint16_t link_type = capture_reader_link_type(reader);

	if (!strip_knows(link_type)) {
		log_error("%s: link type %u: an agent publishes raw IP (101, 228, 229) or IEEE "
		          "802.15.4 (195, 230, 283)",
		          f->name, link_type);
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

	if (!reader) {
		if (!loop_stopping())
			log_error("%s", why.text);
		return EXIT_RUNNING;
	}
	atomic_store(&f->from_file, is_file(reader));
	if (is_playable(f, reader)) {
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
