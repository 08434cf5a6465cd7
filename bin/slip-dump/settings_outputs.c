#include <string.h>
#include <strings.h>

#include "capture/same_file.h"
#include "settings.h"

static bool ends_in(const char *path, const char *extension)
{
	size_t n = strlen(path), m = strlen(extension);

	return n > m && strcasecmp(path + n - m, extension) == 0;
}

static enum sink_format format_of(const struct settings *s, const char *path)
{
	static const enum sink_format formats[] = {SINK_PCAP, SINK_PCAPNG, SINK_LINES, SINK_JSON};
	static const struct {
		const char *extension;
		enum sink_format format;
	} names[] = {
		{".pcapng", SINK_PCAPNG},
		{".json", SINK_JSON},
		{".jsonl", SINK_JSON},
		{".txt", SINK_LINES},
	};

	if (s->format >= 0)
		return formats[s->format];
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (ends_in(path, names[i].extension))
			return names[i].format;
	return SINK_PCAP;
}

static int check_pair(const struct dump_output *one, const struct dump_output *other,
                      struct why *why)
{
	bool lines = (other->format == SINK_LINES || other->format == SINK_JSON) &&
	             strcmp(other->path, "-") == 0;

	if (!same_file(one->path, other->path))
		return 0;
	if (lines)
		return why_set(why,
		               "-w %s is standard output, where the lines go (--print, --json): "
		               "write one of them to a file",
		               one->path);
	return why_set(why, "-w %s and -w %s are one and the same: each output needs its own",
	               one->path, other->path);
}

static int check_pairs(const struct settings *s, struct why *why)
{
	for (unsigned i = 1; i < s->output_count; i++)
		for (unsigned j = 0; j < i; j++)
			if (check_pair(&s->outputs[j], &s->outputs[i], why) < 0)
				return -1;
	return 0;
}

int settle_outputs(struct settings *s, struct why *why)
{
	bool lines = s->print || s->json || (!s->write.count && s->top <= 0);

	if (s->format >= 0 && !s->write.count)
		return why_set(why, "--format needs -w FILE");
	if (s->write.count + lines > OUTPUTS_MAX)
		return why_set(why, "%zu outputs: at the most %d are possible",
		               s->write.count + lines, OUTPUTS_MAX);
	for (size_t i = 0; i < s->write.count; i++)
		s->outputs[s->output_count++] =
			(struct dump_output){s->write.item[i], format_of(s, s->write.item[i])};
	if (lines)
		s->outputs[s->output_count++] =
			(struct dump_output){"-", s->json ? SINK_JSON : SINK_LINES};
	return check_pairs(s, why);
}
