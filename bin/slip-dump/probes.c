#include "probes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "merge.h"
#include "packet/air_report.h"
#include "probe/reader.h"

static struct probe_line {
	struct probe_reader reader;
	struct port port;
	char thread[16];
} lines[PROBES_MAX];

static const struct settings *settings;
static probes_put *put_on;
static struct air *air_of_all; /* of several */

static size_t put_of_one(void *none, const struct envelope_packet *packets, size_t n)
{
	size_t taken = 0;

	(void)none;
	for (size_t i = 0; i < n; i++)
		taken += put_on(&packets[i], 0);
	return taken;
}

static void put_merged(const struct envelope_packet *p, unsigned number)
{
	put_on(p, number);
}

static bool are_several(void)
{
	return settings->probe_count > 1;
}

static int prepare(unsigned i, struct why *why)
{
	const struct dump_probe *p = &settings->probes[i];
	struct probe_reader *r = &lines[i].reader;

	if (are_several())
		probe_reader_init(r, p->name, &p->probe, settings->link_type, merge_put,
		                  merge_lane(i));
	else
		probe_reader_init(r, p->name, &p->probe, settings->link_type, put_of_one, NULL);
	r->port = &lines[i].port;
	if (probe_reader_report_air(r, are_several() ? i + 1 : 0, why) < 0)
		return -1;
	air_belongs_to(r->hand_on.air, air_of_all);
	return 0;
}

int probes_prepare(const struct settings *s, probes_put *put, struct retune *retune,
                   struct why *why)
{
	int result = 0;

	settings = s;
	put_on = put;
	if (are_several() &&
	    (!(air_of_all = air_new()) || merge_open(s->probe_count, put_merged) < 0))
		return why_errno(why, "ring between threads");
	if (!are_several())
		lines[0].reader.retune = retune;
	if (air_of_all)
		air_report(air_of_all, 0, NULL);
	for (unsigned i = 0; i < s->probe_count && result == 0; i++) {
		stats_register_for(are_several() ? i + 1 : 0);
		result = prepare(i, why);
	}
	stats_register_for(0);
	return result;
}

const struct air *probes_air(void)
{
	return air_of_all ? air_of_all : lines[0].reader.hand_on.air;
}

int probes_open(struct why *why)
{
	int result = 0;

	for (unsigned i = 0; i < settings->probe_count && result == 0; i++) {
		const struct port_options *o = &settings->probes[i].port;

		stats_register_for(are_several() ? i + 1 : 0);
		result = are_several() ? port_open_or_await(&lines[i].port, o, why)
		                       : port_open(&lines[i].port, o, why);
		if (result < 0)
			why_set(why, "%s: %s", o->path, why->text);
	}
	stats_register_for(0);
	return result;
}

unsigned probes_workers(struct worker *workers)
{
	unsigned n = 0;

	for (; n < settings->probe_count; n++) {
		struct probe_line *l = &lines[n];

		snprintf(l->thread, sizeof l->thread, n ? "port_%u" : "port", n + 1);
		workers[n] = (struct worker){
			.name = l->thread, .run = probe_reader_run, .context = &l->reader};
	}
	if (are_several())
		workers[n++] = merge_worker();
	return n;
}

void probes_close(void)
{
	if (are_several())
		merge_finish();
	for (unsigned i = 0; i < settings->probe_count; i++)
		port_close(&lines[i].port);
}

static void say(unsigned i)
{
	uint64_t frames = stats_value_for(i + 1, "line", "passed");
	uint64_t dropped = stats_value_for(i + 1, "line", "dropped_no_room") +
	                   stats_value_for(i + 1, "line", "dropped_bad_fcs");
	uint64_t bad = stats_value_for(i + 1, "probe", "fcs_bad");
	uint64_t lost = stats_value_for(i + 1, "port", "lost");
	char number[TEXT_NUMBER_SIZE], words[200];
	struct text t = {words, sizeof words, 0};

	text_add(&t, "%s frame%s", text_number(number, frames), frames == 1 ? "" : "s");
	text_add(&t, ", %s dropped", text_number(number, dropped));
	if (bad)
		text_add(&t, ", %s with a bad FCS", text_number(number, bad));
	if (lost)
		text_add(&t, ", its port was gone %s time%s", text_number(number, lost),
		         lost == 1 ? "" : "s");
	log_warning("%s: %s", settings->probes[i].name, words);
}

void probes_say(void)
{
	if (progress_is_off())
		return;
	for (unsigned i = 0; are_several() && i < settings->probe_count; i++)
		say(i);
}
