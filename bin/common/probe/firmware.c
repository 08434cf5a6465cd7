#include "probe/firmware.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* The table: struct firmware firmware_NAME, and what --firmware calls it. */
#define FIRMWARES(X)                                                                               \
	X(raw, "raw")                                                                              \
	X(serial_radio, "serial-radio")                                                            \
	X(sensniff, "sensniff")                                                                    \
	X(nrf_sniffer, "nrf-sniffer")                                                              \
	X(spinel, "spinel")

#define DECLARATION(name, word) extern const struct firmware firmware_##name;
#define ADDRESS(name, word)     &firmware_##name,
#define WORD(name, word)        word,

FIRMWARES(DECLARATION)
static const struct firmware *const firmwares[] = {FIRMWARES(ADDRESS) NULL};
const char *const firmware_names[] = {FIRMWARES(WORD) NULL};

const struct firmware *firmware_at(unsigned number)
{
	return number < sizeof firmwares / sizeof firmwares[0] ? firmwares[number] : NULL;
}

/* --- what a firmware need not have --- */

void firmware_line_init(struct firmware_line *l, const struct firmware *f,
                        const struct firmware_config *config)
{
	memset(l, 0, sizeof *l);
	l->firmware = f;
	l->config = *config;
	if (l->config.max_frame > FIRMWARE_FRAME_MAX)
		l->config.max_frame = FIRMWARE_FRAME_MAX;
	l->channel = config->channel;
	f->init(l);
}

void firmware_start(struct firmware_line *l, int64_t now)
{
	l->out_length = 0;
	l->in_flight = false;
	if (l->firmware->start)
		l->firmware->start(l, now);
}

void firmware_start_again(struct firmware_line *l, int64_t now)
{
	if (l->firmware->boot_is_text && l->firmware->start)
		l->firmware->start(l, now);
}

void firmware_set_channel(struct firmware_line *l, int channel, bool is_there, int64_t now)
{
	const struct firmware *f = l->firmware;

	if (!f->sets_channel || channel < f->channel_min || channel > f->channel_max)
		return;
	l->config.channel = l->channel = channel;
	if (is_there && f->set_channel)
		f->set_channel(l, now);
	else if (is_there && f->start)
		f->start(l, now);
}

void firmware_stop(struct firmware_line *l)
{
	l->out_length = 0;
	if (l->firmware->stop)
		l->firmware->stop(l);
}

int64_t firmware_tick(struct firmware_line *l, int64_t now)
{
	return l->firmware->tick ? l->firmware->tick(l, now) : INT64_MAX;
}

bool firmware_may_send(const struct firmware_line *l)
{
	return l->firmware->longest && !l->in_flight &&
	       (!l->firmware->ready || l->firmware->ready(l));
}

void firmware_send(struct firmware_line *l, const uint8_t *frame, size_t length, int64_t now)
{
	l->in_flight = l->firmware->answer_ns > 0;
	l->firmware->send(l, frame, length, now);
}

size_t firmware_finish(struct firmware_line *l)
{
	return l->firmware->finish(l);
}

uint64_t firmware_count(const struct firmware_line *l, const char *name)
{
	const char *const *names = l->firmware->counters;

	for (unsigned i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return l->counts[i];
	return 0;
}

/* --- for the firmwares --- */

void firmware_write(struct firmware_line *l, const void *octets, size_t n)
{
	if (n > sizeof l->out - l->out_length)
		return;
	memcpy(l->out + l->out_length, octets, n);
	l->out_length += n;
}

void firmware_tell(struct firmware_line *l, int level, const char *format, ...)
{
	struct text t = {l->words, sizeof l->words, strlen(l->words)};
	char words[FIRMWARE_WORDS_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	l->words_level = t.length && l->words_level < level ? l->words_level : level;
	text_add(&t, "%s%s", t.length ? "; " : "", words);
}

void firmware_tell_overlong(struct firmware_line *l, unsigned count)
{
	if (l->counts[count]++ == 0)
		firmware_tell(l, LOG_WARNING,
		              "longer than %zu octets: left out, as all that are (--max-frame; "
		              "counted as %s.%s)",
		              l->config.max_frame, l->firmware->section,
		              l->firmware->counters[count]);
}

bool firmware_text_add(struct firmware_text *t, uint8_t octet, struct firmware_event *e)
{
	if (octet != '\n' && octet != '\r') {
		t->octets[t->length++] = octet;
		if (t->length < sizeof t->octets)
			return false;
	}
	return firmware_text_end(t, e);
}

bool firmware_text_end(struct firmware_text *t, struct firmware_event *e)
{
	bool printable = false;

	for (size_t i = 0; i < t->length; i++)
		printable |= t->octets[i] > ' ' && t->octets[i] < 0x7f;
	e->type = printable ? FIRMWARE_TEXT : FIRMWARE_MORE;
	e->text = t->octets;
	e->text_length = t->length;
	t->length = 0;
	return printable;
}
