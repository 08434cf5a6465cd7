#include "probe/listen.h"

#include <inttypes.h>
#include <string.h>

#include "base/limit.h"
#include "probe/text.h"

#define SECOND INT64_C(1000000000)

enum { LOOK_AGAIN = 32, NOISE_ENOUGH = 96, TEXT_ENOUGH = 24, SHOWN = 60, NOISY_MAX = 2 };
#define TELL_AFTER  (5 * SECOND / 2) /* of traffic */
#define SPEED_AFTER SECOND           /* of traffic, or of silence where there is an answer */

/* The usual ones first. */
static const unsigned speeds[] = {115200, 460800, 230400, 921600,  1000000, 57600,
                                  38400,  500000, 250000, 2000000, 9600,    19200};
enum { SPEEDS = sizeof speeds / sizeof speeds[0] };

void listen_init(struct listen *l, const char *name, const char *firmware, unsigned baud)
{
	l->name = name;
	l->firmware = firmware;
	l->settled = l->known = false;
	l->automatic = l->searching = !baud;
	l->speed = 0;
	l->baud = baud ? baud : speeds[0];
}

static void begin_speed(struct listen *l, int64_t now)
{
	l->begun_ns = now;
	l->since_ns = 0;
	l->length = l->looked_at = 0;
}

void listen_begin(struct listen *l, int64_t now)
{
	begin_speed(l, now);
	l->settled = l->known = false;
	l->noisy = 0;
}

/* --- words --- */

static void tell_language(struct listen *l, enum line_language language)
{
	limited_warning("%s: this is %s, which --firmware %s does not read: is it --firmware %s?",
	                l->name, recognise_name(language), l->firmware,
	                recognise_firmware(language));
}

static void tell_text(struct listen *l)
{
	const uint8_t *line;
	size_t at = 0, n = 0;
	char shown[SHOWN + 1] = "";

	probe_text_line(l->octets, l->length, &at, &line, &n);
	for (size_t i = 0; i < n && i < SHOWN; i++)
		shown[i] = probe_text_only(line + i, 1) ? (char)line[i] : '.';
	limited_warning("%s: says nothing but text so far ('%s'): does the mote run the firmware "
	                "of a probe?",
	                l->name, shown);
}

static void tell_noise(struct listen *l)
{
	unsigned likely = l->baud == speeds[0] ? speeds[1] : speeds[0];

	limited_warning(
		"%s: no frame checks in the first %zu octets at %u baud: the speed is likely "
		"wrong (-b %u is usual too; -b auto tries all that are)",
		l->name, l->length, l->baud, likely);
}

/* Whether it is known now what the port says. */
static bool tell(struct listen *l, enum line_language language)
{
	enum line_language expected = recognise_language_of(l->firmware);

	if (language == expected)
		return true;
	if (recognise_firmware(language))
		tell_language(l, language);
	else if (language == LINE_TEXT)
		tell_text(l);
	else if (language == LINE_NOISE)
		tell_noise(l);
	else
		return false;
	return true;
}

/* --- octets --- */

static void keep(struct listen *l, const uint8_t *octets, size_t n, int64_t now)
{
	size_t room = sizeof l->octets - l->length;

	if (!l->since_ns)
		l->since_ns = now;
	n = n < room ? n : room;
	memcpy(l->octets + l->length, octets, n);
	l->length += n;
}

static bool is_of_a_firmware(enum line_language language)
{
	return recognise_firmware(language) != NULL;
}

static bool is_full(const struct listen *l)
{
	return l->length == sizeof l->octets;
}

/* Text between ENDs, too, where there is nothing else in so much of it. */
static enum line_language language_of(const struct listen *l)
{
	enum line_language language = recognise(l->octets, l->length).language;
	size_t text = 0;

	if (language != LINE_UNKNOWN || !is_full(l))
		return language;
	for (size_t i = 0; i < l->length; i++)
		text += probe_text_only(l->octets + i, 1);
	return text >= l->length - l->length / 8 ? LINE_TEXT : LINE_UNKNOWN;
}

static enum listen_answer try_next(struct listen *l, int64_t now)
{
	limited_info("%s: nothing that checks at %u baud", l->name, l->baud);
	l->searching = true;
	l->speed = (l->speed + 1) % SPEEDS;
	l->baud = speeds[l->speed];
	begin_speed(l, now);
	return LISTEN_NEXT;
}

/* Of a speed that had been found. A mote that boots may print at another one first. */
static enum listen_answer hear_noise(struct listen *l, int64_t now)
{
	l->since_ns = now;
	if (l->length < NOISE_ENOUGH)
		return LISTEN_PASS;
	if (++l->noisy >= NOISY_MAX)
		return try_next(l, now);
	begin_speed(l, now);
	return LISTEN_PASS;
}

/* Octets that come at the right speed, unless another probe is on the port since it was found. */
static enum listen_answer listen_for_firmware(struct listen *l, int64_t now)
{
	bool over = is_full(l) || now - l->since_ns >= TELL_AFTER;

	if (l->length < l->looked_at + LOOK_AGAIN && !over)
		return LISTEN_PASS;
	l->looked_at = l->length;
	enum line_language language = language_of(l);
	if (!over && !is_of_a_firmware(language))
		return LISTEN_PASS;
	if (l->automatic && language == LINE_NOISE)
		return hear_noise(l, now);
	l->known = tell(l, language);
	l->settled = l->known || is_full(l);
	l->since_ns = now;
	return LISTEN_PASS;
}

/* --- the speed --- */

static enum listen_answer find(struct listen *l, enum line_language language)
{
	l->searching = false;
	limited_warning("%s: the speed is %u baud, at which there is %s", l->name, l->baud,
	                recognise_name(language));
	tell(l, language);
	l->settled = l->known = true;
	return LISTEN_FOUND;
}

static enum listen_answer listen_for_speed(struct listen *l, bool over, int64_t now)
{
	struct recognised r = recognise(l->octets, l->length);
	bool only_right = r.sure || r.checked > 1 || (over && r.checked && !r.wrong);

	if (r.language == LINE_SLIP ? only_right : is_of_a_firmware(r.language))
		return find(l, r.language);
	if (r.language == LINE_TEXT && l->length >= TEXT_ENOUGH)
		return find(l, r.language);
	if (over || l->length >= NOISE_ENOUGH)
		return try_next(l, now);
	return LISTEN_HOLD;
}

/* --- what is called --- */

enum listen_answer listen_to(struct listen *l, const uint8_t *octets, size_t n, int64_t now)
{
	l->held = l->searching ? l->length : 0;
	if (l->settled && !l->searching)
		return LISTEN_PASS;
	keep(l, octets, n, now);
	return l->searching ? listen_for_speed(l, false, now) : listen_for_firmware(l, now);
}

int64_t listen_due(const struct listen *l)
{
	if (l->searching && l->since_ns)
		return l->since_ns + SPEED_AFTER;
	if (l->searching)
		return l->speaks_first ? l->begun_ns + SPEED_AFTER : INT64_MAX;
	return l->settled || !l->since_ns ? INT64_MAX : l->since_ns + TELL_AFTER;
}

enum listen_answer listen_tick(struct listen *l, int64_t now)
{
	l->held = l->searching ? l->length : 0;
	if (now < listen_due(l))
		return LISTEN_PASS;
	return l->searching ? listen_for_speed(l, true, now) : listen_for_firmware(l, now);
}

enum listen_answer listen_end(struct listen *l, int64_t now)
{
	l->held = l->searching ? l->length : 0;
	return l->held ? listen_for_speed(l, true, now) : LISTEN_PASS;
}

bool listen_is_settled(const struct listen *l)
{
	return l->known ||
	       recognise(l->octets, l->length).language == recognise_language_of(l->firmware);
}
