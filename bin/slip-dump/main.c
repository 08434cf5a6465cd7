/* slip-dump - the frames of a probe mote, from a serial port or a file, as a capture or as readable
 * lines. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/summary.h"
#include "capture/choice.h"
#include "capture/path.h"
#include "dump_checks.h"
#include "extcap.h"
#include "from_file.h"
#include "outputs.h"
#include "probes.h"
#include "settings.h"
#include "sources.h"
#include "toolbar.h"
#include "top.h"

/* --- the end that is read --- */

static void open_input(const struct settings *s)
{
	struct why why;

	if ((s->port.path ? probes_open(&why) : from_file_open(&why)) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

/* What is left out may say whose an address is. */
/* Those that stand between others that are left out go together. */
static size_t put(void *none, const struct envelope_packet *packets, size_t n)
{
	size_t first = 0, judged = choice_is_asked() ? n : 0;

	(void)none;
	for (size_t i = 0; i < judged; i++) {
		if (choice_takes(&packets[i]))
			continue;
		outputs_put(packets + first, i - first);
		outputs_learn(&packets[i]);
		first = i + 1;
	}
	outputs_put(packets + first, n - first);
	return n;
}

static bool put_into_rings(const struct envelope_packet *p, unsigned number)
{
	if (choice_takes(p))
		return outputs_put_into_rings(p, number);
	outputs_learn(p);
	return true;
}

static void prepare_input(const struct settings *s)
{
	struct why why;

	if (outputs_prepare(s) < 0)
		die(EXIT_RUNNING, "ring between threads: %s", strerror(errno));
	if (sources_init(s) < 0)
		die(EXIT_RUNNING, "out of memory");
	if ((s->port.path ? probes_prepare(s, put_into_rings, toolbar_retune(), &why)
	                  : from_file_prepare(s, put, &why)) < 0)
		die(EXIT_RUNNING, "%s", why.text);
}

/* A FIFO's reader is waited for first, so that no frame waits for it in the port. Else the port
 * comes first: one that is not there leaves no file behind. 0, or -1: the output cannot be written,
 * which has been reported. */
static int open_ends(const struct settings *s)
{
	bool waits = s->output_count == 1 && path_kind(s->outputs[0].path) == PATH_IS_FIFO;

	prepare_input(s);
	choice_init(&s->choice);
	if (!waits)
		open_input(s);
	if (outputs_open() < 0)
		return -1;
	if (waits && !loop_stopping())
		open_input(s);
	if (!loop_stopping())
		report_ready();
	return 0;
}

/* --- workers --- */

static int run(const struct settings *s)
{
	struct worker all[PROBES_MAX + 3 + OUTPUTS_MAX];

	if (!s->port.path) {
		all[0] = from_file_worker();
		return loop_run(all, 1 + outputs_workers(all + 1));
	}
	unsigned n = probes_workers(all);
	n += outputs_workers(all + n);
	n += toolbar_workers(all + n);
	if (s->top <= 0)
		return loop_run(all, n);
	top_open(probes_air(), s->top, s->probe_count);
	all[n++] = top_worker();
	int status = loop_run(all, n);
	top_close();
	return status;
}

static int close_ends(const struct settings *s)
{
	int status = EXIT_OK;

	if (s->port.path)
		probes_close();
	else
		status = from_file_close();
	int closed = outputs_close();
	return closed ? closed : status;
}

static struct summary_part summary[] = {
	{"output", "written", "frame", "frames", 1},
	{"probe", "fcs_bad", "with a bad FCS", "with a bad FCS", 0},
	{"capture", "bad_fcs", "with a bad FCS", "with a bad FCS", 0},
	{"filter", "left_out", "filtered out", "filtered out", 0},
	{.section = NULL},
};

int main(int argc, char **argv)
{
	static struct settings settings;
	struct why why;

	toolbar_expect(argc, argv);
	settings_parse(argc, argv, &settings);
	if (settings.port.list)
		return port_list();
	if (extcap_answer(&settings.extcap))
		return extcap_status();
	if (common_options.check)
		return dump_check(&settings);
	/* --top alone. */
	if (!settings.output_count)
		summary[0] = (struct summary_part){"line", "passed", "frame", "frames", 1};
	summary_of(summary);
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	toolbar_open(&settings.extcap);
	if (open_ends(&settings) < 0) {
		outputs_close();
		return EXIT_RUNNING;
	}
	loop_stop_after(settings.output.duration);
	int status = loop_stopping() ? EXIT_OK : run(&settings);
	int closed = close_ends(&settings);
	if (settings.port.path)
		probes_say();
	loop_report_at_exit();
	return status ? status : closed;
}
