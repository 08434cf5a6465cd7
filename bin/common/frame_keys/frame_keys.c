#include "frame_keys/frame_keys.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "frame_keys/opener.h"
#include "packet/block.h"
#include "packet/fields.h"
#include "packet/json_lines.h"
#include "packet/lines.h"
#include "packet/strip.h"

enum { BLOCK_DEPTH = 2, OPENED_BLOCK_MAX = 32 << 10 };
enum { JSON_ROOM = 640 }; /* of what stands behind json_frame's object, without "opened" */

static const char *const outcomes[KEYS_OUTCOMES] = {
	[KEYS_NOT_SECURED] = "not secured",
	[KEYS_OPEN] = "open",
	[KEYS_MIC_WRONG] = "MIC wrong",
	[KEYS_NO_ADDRESS] = "key fits, address not known",
	[KEYS_NO_KEY] = "no key",
	[KEYS_UNVERIFIED] = "encrypted without MIC: cannot be verified",
	[KEYS_NEEDS_ASN] = "needs the ASN",
	[KEYS_NOT_TRIED] = "not tried",
};

static int make_all(struct frame_keys *keys[], unsigned count, const struct keys_file *file,
                    struct why *why)
{
	for (unsigned i = 0; i < count; i++) {
		keys[i] = opener_new(file, why);
		if (!keys[i]) {
			while (i--)
				frame_keys_free(keys[i]);
			return -1;
		}
		keys[i]->counters_of = keys_stats_register(i);
	}
	return 0;
}

int frame_keys_new(struct frame_keys *keys[], unsigned count, const char *path, struct why *why)
{
	static struct keys_file file;
	int result = keys_file_read(&file, path, why);

	if (result == 0)
		result = make_all(keys, count, &file, why);
	keys_file_wipe(&file);
	return result;
}

void frame_keys_free(struct frame_keys *k)
{
	opener_free(k);
}

void frame_keys_learn(struct frame_keys *k, const struct envelope_packet *p)
{
	struct frame_view v;

	if (!k || !frame_view(&v, p))
		return;
	pthread_mutex_lock(&k->lock);
	opener_open(k, &v, p->time_ns);
	pthread_mutex_unlock(&k->lock);
}

void frame_keys_open(struct frame_keys *k, const struct envelope_packet *p)
{
	struct frame_view v;
	struct shown *s;

	if (!k)
		return;
	s = &k->shown;
	s->is_frame = frame_view(&v, p);
	if (!s->is_frame)
		return;
	s->bad_fcs = v.bad_fcs;
	s->tap = v.tap;
	pthread_mutex_lock(&k->lock);
	opener_open(k, &v, p->time_ns);
	s->opened.mac = k->opened.mac;
	s->opened.mle = k->opened.mle;
	s->opened.length = k->opened.length;
	memcpy(s->opened.octets, k->opened.octets, k->opened.length);
	pthread_mutex_unlock(&k->lock);
}

/* --- lines --- */

/* The frame in clear, with what its radio said, as a packet. */
static struct envelope_packet clear_packet(const struct shown *s, const struct envelope_packet *p,
                                           uint8_t room[FRAME_TAP_MAX + OPENED_MAX])
{
	const struct opened *o = &s->opened;
	struct envelope_packet clear = *p;
	struct frame_tap tap = s->tap;
	int header = 0;

	tap.fcs_type = FRAME_TAP_FCS_NONE;
	clear.link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		header = frame_tap_build(room, FRAME_TAP_MAX, &tap);
	if (header > 0)
		clear.link_type = p->link_type;
	else
		header = 0;
	memcpy(room + header, o->octets, o->length);
	clear.data = room;
	clear.length = (size_t)header + o->length;
	return clear;
}

static void add_opening(struct text *t, const struct opening *o)
{
	text_add(t, "%s", outcomes[o->outcome]);
	if (!o->line)
		return;
	text_add(t, " (%s", frame_security_level_name(o->security.level));
	if (!o->security.counter_suppressed)
		text_add(t, ", counter %u", o->security.counter);
	if (o->step == COUNTER_REPEATED)
		text_add(t, " again");
	if (o->step == COUNTER_BACK)
		text_add(t, " after %u", o->before);
	if (o->security.key_id_mode)
		text_add(t, ", key %u", o->security.key_index);
	text_add(t, ", from %016" PRIx64 ")", o->source);
}

/* A wrong FCS is told by itself. */
static bool is_told(const struct shown *s, const struct opening *o)
{
	return o->outcome != KEYS_NOT_SECURED && (o != &s->opened.mac || !s->bad_fcs);
}

static size_t shown_line(const struct shown *s, char *out, size_t size,
                         const struct envelope_packet *p)
{
	uint8_t room[FRAME_TAP_MAX + OPENED_MAX];
	const struct opened *o = &s->opened;
	struct envelope_packet clear = o->length ? clear_packet(s, p, room) : *p;
	struct text t = {out, size, readable_frame(out, size, &clear)};

	if (is_told(s, &o->mac)) {
		text_add(&t, ", ");
		add_opening(&t, &o->mac);
	}
	if (is_told(s, &o->mle)) {
		text_add(&t, ", MLE ");
		add_opening(&t, &o->mle);
	}
	return t.length;
}

size_t frame_keys_line(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p)
{
	return k && k->shown.is_frame ? shown_line(&k->shown, out, size, p)
	                              : readable_frame(out, size, p);
}

/* --- blocks --- */

static void add_outcome(struct fields *f, const struct opening *o, const char *name)
{
	char words[256];
	struct text t = {words, sizeof words, 0};

	add_opening(&t, o);
	fields_words(f, name, words);
}

size_t frame_keys_block(const struct frame_keys *k, char *out, size_t size,
                        const struct envelope_packet *p)
{
	size_t before = readable_block(out, size, p);
	struct fields f = {.text = {out, size, before}, .depth = BLOCK_DEPTH};
	char opened[OPENED_BLOCK_MAX];

	if (!k || !k->shown.is_frame)
		return f.text.length;
	const struct opened *o = &k->shown.opened;
	if (is_told(&k->shown, &o->mac))
		add_outcome(&f, &o->mac, "keys");
	if (is_told(&k->shown, &o->mle))
		add_outcome(&f, &o->mle, "mle_keys");
	if (o->length) {
		const struct envelope_packet clear = {o->octets, o->length, p->time_ns,
		                                      ENVELOPE_LINK_IEEE802_15_4_NOFCS};
		size_t length = readable_block(opened, sizeof opened, &clear);

		fields_open(&f, "opened");
		f.depth = 1; /* in addition to its own */
		fields_lines(&f, opened, length);
	}
	return f.text.length;
}

/* --- JSON --- */

static void add_opening_json(struct text *t, const struct opening *o, const char *name)
{
	text_add(t, ",\"%s\":{\"outcome\":\"%s\"", name, outcomes[o->outcome]);
	if (o->line) {
		text_add(t, ",\"line\":%u,\"source\":\"%016" PRIx64 "\"", o->line, o->source);
		if (o->is_thread)
			text_add(t, ",\"sequence\":%u", o->sequence);
	}
	if (o->outcome == KEYS_OPEN && o->step != COUNTER_AHEAD)
		text_add(t, ",\"counter\":\"%s\",\"counter_before\":%u",
		         o->step == COUNTER_REPEATED ? "again" : "back", o->before);
	text_add(t, "}");
}

size_t frame_keys_json(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p)
{
	struct text t = {out, size, 0};
	const struct opened *o;

	if (!k || size < 2 * JSON_ROOM || !k->shown.is_frame)
		return json_frame(out, size, p);
	o = &k->shown.opened;
	t.length = json_frame(out, size - JSON_ROOM, p) - 1;
	add_opening_json(&t, &o->mac, "keys");
	if (o->mle.outcome != KEYS_NOT_SECURED)
		add_opening_json(&t, &o->mle, "mle_keys");
	if (o->length) {
		text_add(&t, ",\"opened\":");
		t.length += json_frame_octets(out + t.length, size - t.length - 1, /* the '}' */
		                              o->octets, o->length);
	}
	text_add(&t, "}");
	return t.length;
}
