#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "describe.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "pcapng.h"
#include "stats.h"
#include "wait_fd.h"

enum { WRITTEN, OTHER_LINK_TYPE, OUTPUT_COUNTERS };
enum { INTERFACES_MAX = 256 };

struct interface {
	struct envelope_key key; /* the agent and direction that it stands for */
	uint16_t link_type;
};

struct output {
	const char *path;
	enum output_form form;
	enum output_state state;
	bool flush_each, warned;
	uint16_t link_type; /* of the pcap file */
	struct capture_writer *pcap;
	struct pcapng_writer *pcapng;
	struct interface interfaces[INTERFACES_MAX];
	unsigned interface_count;
	struct counter counters[OUTPUT_COUNTERS];
};

static struct output output = {
	.counters = {[WRITTEN] = {.name = "written"},
                     [OTHER_LINK_TYPE] = {.name = "rejected_link_type"}},
};

static enum output_state fail(struct output *o, const char *why)
{
	log_error("%s: %s", path_in_words(o->path, "standard output"), why);
	return o->state = OUTPUT_FAILED;
}

static enum output_state take_result(struct output *o, int result, const char *why)
{
	if (result < 0)
		return fail(o, why);
	return o->state = result == 0 ? OUTPUT_OPEN : OUTPUT_ENDED;
}

/* --- pcap --- */

/* The header waits for the first packet; that the file can be written is known before. */
static void check_writable(const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			die(EXIT_RUNNING, "standard output is a terminal: send the capture to a "
			                  "file or a program (| tshark -r -)");
		return;
	}
	/* Opening a FIFO and closing it would look like our end to its reader. */
	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode))
		return;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		die(EXIT_RUNNING, "%s: %s", path, strerror(errno));
	close(fd);
}

static enum output_state open_pcap(struct output *o, uint16_t link_type)
{
	const char *why;

	o->link_type = link_type;
	o->pcap = capture_create(o->path, link_type, o->flush_each, &why);
	if (o->pcap)
		return OUTPUT_OPEN;
	return loop_stopping() ? (o->state = OUTPUT_ENDED) : fail(o, why);
}

static void warn_of_link_type(struct output *o, uint16_t link_type)
{
	if (!o->warned)
		log_warning("%s: a pcap file has one link type, here %u: packets of link type %u "
		            "are left out (a file "
		            "named .pcapng takes both)",
		            path_in_words(o->path, "standard output"), o->link_type, link_type);
	o->warned = true;
}

static enum output_state put_pcap(struct output *o, const struct envelope_packet *p, bool *written)
{
	const char *why = "";

	if (!o->pcap && open_pcap(o, p->link_type) != OUTPUT_OPEN)
		return o->state;
	if (p->link_type != o->link_type) {
		warn_of_link_type(o, p->link_type);
		stats_add(&o->counters[OTHER_LINK_TYPE], 1);
		return OUTPUT_OPEN;
	}
	*written = take_result(o, capture_write(o->pcap, p, &why), why) == OUTPUT_OPEN;
	return o->state;
}

/* --- pcapng --- */

static bool is_interface(const struct interface *i, const struct envelope_key *key,
                         uint16_t link_type)
{
	return i->link_type == link_type && i->key.direction == key->direction &&
	       i->key.kind == key->kind && strcmp(i->key.name, key->name) == 0;
}

static const char *device(const struct envelope_key *key)
{
	return key->kind == ENVELOPE_TUN_PACKET ? "ip.tun" : "802154.serial";
}

/* Names come from the bus: they must not fill the memory. The last places are for all that have
 * none of their own. */
static struct envelope_key place_for(const struct output *o, const struct envelope_key *key)
{
	struct envelope_key other = *key;

	if (o->interface_count >= INTERFACES_MAX - 16)
		memcpy(other.name, "others", sizeof "others");
	return other;
}

static enum output_state find_interface(struct output *o, const struct envelope_key *wanted,
                                        uint16_t link_type, unsigned *number)
{
	struct envelope_key key;
	char name[ENVELOPE_NAME_MAX + 64];
	const char *why = "";

	for (*number = 0; *number < o->interface_count; ++*number)
		if (is_interface(&o->interfaces[*number], wanted, link_type))
			return OUTPUT_OPEN;
	key = place_for(o, wanted);
	for (*number = 0; *number < o->interface_count; ++*number)
		if (is_interface(&o->interfaces[*number], &key, link_type))
			return OUTPUT_OPEN;
	if (o->interface_count == INTERFACES_MAX)
		return fail(o, "more link types than a file can describe");
	o->interfaces[o->interface_count++] = (struct interface){key, link_type};
	snprintf(name, sizeof name, "%s %s %s", key.name,
	         key.direction == ENVELOPE_FROM_AGENT ? "fromAgent" : "toAgent", device(&key));
	return take_result(o, pcapng_interface(o->pcapng, name, link_type, number, &why), why);
}

static enum output_state put_pcapng(struct output *o, const struct envelope_key *key,
                                    const struct envelope_packet *p, bool *written)
{
	const char *why = "";
	unsigned number;

	if (find_interface(o, key, p->link_type, &number) != OUTPUT_OPEN)
		return o->state;
	*written = take_result(o, pcapng_write(o->pcapng, number, p, &why), why) == OUTPUT_OPEN;
	return o->state;
}

/* --- lines --- */

static enum output_state put_line(struct output *o, const struct envelope_key *key,
                                  const struct envelope_packet *p, bool *written)
{
	char line[DESCRIBE_MAX];
	size_t n = describe(line, key, p);

	for (size_t done = 0; done < n;) {
		if (wait_fd(STDOUT_FILENO, POLLOUT, -1) == WAIT_STOPPED)
			return o->state = OUTPUT_ENDED;
		ssize_t now = write(STDOUT_FILENO, line + done, n - done);
		if (now < 0 && errno == EPIPE)
			return o->state = OUTPUT_ENDED;
		if (now < 0 && errno != EINTR && errno != EAGAIN)
			return fail(o, strerror(errno));
		done += now > 0 ? (size_t)now : 0;
	}
	*written = true;
	return OUTPUT_OPEN;
}

/* --- all --- */

static bool has_extension(const char *path, const char *extension)
{
	size_t n = strlen(path), m = strlen(extension);

	return n > m && strcmp(path + n - m, extension) == 0;
}

static void open_pcapng(struct output *o)
{
	const char *why;

	o->pcapng = pcapng_create(o->path, o->flush_each, &why);
	if (!o->pcapng && !loop_stopping())
		die(EXIT_RUNNING, "%s: %s", o->path, why);
	if (!o->pcapng)
		o->state = OUTPUT_ENDED;
}

struct output *output_open(const char *path, bool pcapng, bool flush_each)
{
	struct output *o = &output;

	stats_register("output", o->counters, OUTPUT_COUNTERS);
	o->path = path ? path : "standard output";
	o->flush_each = flush_each;
	if (!path) {
		o->form = OUTPUT_LINES;
	} else if (pcapng || has_extension(path, ".pcapng")) {
		o->form = OUTPUT_PCAPNG;
		open_pcapng(o);
	} else {
		o->form = OUTPUT_PCAP;
		check_writable(path);
	}
	return o;
}

enum output_state output_put(struct output *o, const struct envelope_key *key,
                             const struct envelope_packet *p, bool *written)
{
	*written = false;
	if (o->state != OUTPUT_OPEN)
		return o->state;
	if (o->form == OUTPUT_PCAP)
		put_pcap(o, p, written);
	else if (o->form == OUTPUT_PCAPNG)
		put_pcapng(o, key, p, written);
	else
		put_line(o, key, p, written);
	if (*written)
		stats_add(&o->counters[WRITTEN], 1);
	return o->state;
}

enum output_state output_flush(struct output *o)
{
	const char *why = "";

	if (o->state == OUTPUT_OPEN && o->pcap)
		take_result(o, capture_flush(o->pcap, &why), why);
	if (o->state == OUTPUT_OPEN && o->pcapng)
		take_result(o, pcapng_flush(o->pcapng, &why), why);
	return o->state;
}

int output_fd(const struct output *o)
{
	if (o->form == OUTPUT_LINES)
		return STDOUT_FILENO;
	return o->pcap ? capture_writer_fd(o->pcap) : o->pcapng ? pcapng_fd(o->pcapng) : -1;
}

/* A capture without packets is a capture, with a header. */
static void finish_empty(struct output *o)
{
	if (o->form == OUTPUT_PCAP && !o->pcap && o->state == OUTPUT_OPEN)
		open_pcap(o, ENVELOPE_LINK_RAW);
}

int output_close(struct output *o)
{
	const char *why = "";
	enum output_state before;

	finish_empty(o);
	before = o->state;
	if (o->pcap)
		take_result(o, capture_close(o->pcap, &why), why);
	if (o->pcapng)
		take_result(o, pcapng_close(o->pcapng, &why), why);
	o->pcap = NULL;
	o->pcapng = NULL;
	return before == OUTPUT_FAILED || o->state == OUTPUT_FAILED ? EXIT_RUNNING : EXIT_OK;
}
