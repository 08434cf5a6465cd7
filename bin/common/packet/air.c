#include "packet/air.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "packet/frame_view.h"

enum { BUCKETS = 1024, NOBODY = AIR_SOURCES_MAX, AHEAD_MAX = 127 };
enum numbering { BEACONS, OTHERS, NUMBERINGS };
static const int64_t silence_ns = INT64_C(60) * 1000000000;

struct run { /* of sequence numbers */
	bool begun;
	uint8_t last;
	int64_t heard_ns;
};

struct entry {
	struct air_source source;
	struct run runs[NUMBERINGS];
	uint16_t next;  /* in its bucket; NOBODY: none */
	uint64_t heard; /* what of air: the clock of the day may be set back */
};

struct air {
	struct entry entries[AIR_SOURCES_MAX];
	uint16_t buckets[BUCKETS];
	struct air_channel channels[AIR_CHANNELS];
	uint64_t count, given_way, unknown_bad, heard;
	uint64_t seed; /* whoever chooses addresses cannot choose a bucket */
	pthread_mutex_t lock;
	struct air *all; /* NULL: none */
};

struct air *air_new(void)
{
	struct air *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	os_random(&a->seed, sizeof a->seed);
	for (unsigned i = 0; i < BUCKETS; i++)
		a->buckets[i] = NOBODY;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void air_free(struct air *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	free(a);
}

void air_belongs_to(struct air *a, struct air *all)
{
	a->all = all;
}

/* --- the table --- */

static uint16_t *bucket_of(struct air *a, const struct air_source *s)
{
	uint64_t mixed = (s->address ^ a->seed) * UINT64_C(0x9e3779b97f4a7c15);

	if (!s->is_extended)
		mixed = (mixed ^ s->pan ^ a->seed >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return &a->buckets[mixed >> 54];
}

bool air_is_same(const struct air_source *a, const struct air_source *b)
{
	if (a->address != b->address || a->is_extended != b->is_extended)
		return false;
	return a->is_extended || (a->has_pan == b->has_pan && a->pan == b->pan);
}

static struct entry *find(struct air *a, const struct air_source *wanted)
{
	uint16_t at = *bucket_of(a, wanted);

	while (at != NOBODY && !air_is_same(&a->entries[at].source, wanted))
		at = a->entries[at].next;
	return at == NOBODY ? NULL : &a->entries[at];
}

static unsigned take_oldest(struct air *a)
{
	unsigned oldest = 0;
	uint16_t *link;

	for (unsigned i = 1; i < a->count; i++)
		if (a->entries[i].heard < a->entries[oldest].heard)
			oldest = i;
	link = bucket_of(a, &a->entries[oldest].source);
	while (*link != oldest)
		link = &a->entries[*link].next;
	*link = a->entries[oldest].next;
	a->given_way++;
	return oldest;
}

static struct entry *add(struct air *a, const struct air_source *source)
{
	unsigned i = a->count < AIR_SOURCES_MAX ? (unsigned)a->count++ : take_oldest(a);
	uint16_t *bucket = bucket_of(a, source);

	a->entries[i] = (struct entry){.source = *source, .next = *bucket};
	*bucket = (uint16_t)i;
	return &a->entries[i];
}

/* --- a frame --- */

static bool read_source(struct air_source *s, const struct frame *f)
{
	const struct frame_address *pan = f->source.has_pan ? &f->source : &f->destination;

	if (f->type == FRAME_ACK || f->source.mode < FRAME_ADDRESS_SHORT)
		return false;
	*s = (struct air_source){
		.address = f->source.value,
		.is_extended = f->source.mode == FRAME_ADDRESS_EXTENDED,
		.has_pan = pan->has_pan,
		.pan = pan->has_pan ? pan->pan : 0,
	};
	return true;
}

static void note_sequence(struct air_source *s, struct run *r, uint8_t sequence, int64_t now)
{
	unsigned ahead = (uint8_t)(sequence - r->last);
	bool fresh = r->begun && now - r->heard_ns < silence_ns;

	if (fresh && ahead == 0)
		s->duplicates++;
	else if (fresh && ahead <= AHEAD_MAX)
		s->missing += ahead - 1;
	*r = (struct run){true, sequence, now};
}

static void note_signal(struct air_source *s, const struct frame_tap *tap)
{
	if (tap->has_rss && tap->rss >= INT8_MIN && tap->rss <= INT8_MAX) {
		s->has_rssi = true;
		s->rssi = (int8_t)tap->rss;
	}
	if (tap->has_lqi) {
		s->has_lqi = true;
		s->lqi = tap->lqi;
	}
}

static void note_good(struct entry *e, const struct frame_view *v, const struct air_source *now,
                      int64_t time_ns)
{
	struct air_source *s = &e->source;
	enum numbering numbering = v->frame.type == FRAME_BEACON ? BEACONS : OTHERS;

	s->secured += v->frame.security_enabled;
	if (s->frames++ == 0)
		s->first_ns = time_ns;
	s->last_ns = time_ns;
	if (now->has_pan) {
		s->has_pan = true;
		s->pan = now->pan;
	}
	if (v->frame.has_sequence)
		note_sequence(s, &e->runs[numbering], v->frame.sequence, time_ns);
	note_signal(s, &v->tap);
}

static void note(struct air *a, const struct frame_view *v, int64_t time_ns)
{
	struct air_source source;
	struct entry *e;

	if (!read_source(&source, &v->frame)) {
		a->unknown_bad += v->bad_fcs;
		return;
	}
	e = find(a, &source);
	if (v->bad_fcs) {
		*(e ? &e->source.bad_fcs : &a->unknown_bad) += 1;
		return;
	}
	e = e ? e : add(a, &source);
	e->heard = ++a->heard;
	note_good(e, v, &source, time_ns);
}

static bool has_fcs(const struct frame_view *v, const struct envelope_packet *p)
{
	return p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	       (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP &&
	        v->tap.fcs_type != FRAME_TAP_FCS_NONE);
}

bool air_has_rate(const struct air_channel *c, unsigned place)
{
	enum { FIRST = 11, LAST = 26 }; /* of O-QPSK at 2.4 GHz */

	if (place == AIR_CHANNEL_OTHERS)
		return false;
	return place == AIR_CHANNEL_UNKNOWN ||
	       (c->page == 0 && c->number >= FIRST && c->number <= LAST);
}

static unsigned place_of_channel(struct air *a, const struct frame_tap *tap)
{
	unsigned i = AIR_CHANNEL_UNKNOWN + 1;

	if (!tap->has_channel)
		return AIR_CHANNEL_UNKNOWN;
	for (; i < AIR_CHANNEL_OTHERS && a->channels[i].frames; i++)
		if (a->channels[i].number == tap->channel && a->channels[i].page == tap->page)
			return i;
	if (i < AIR_CHANNEL_OTHERS)
		a->channels[i] = (struct air_channel){.number = tap->channel, .page = tap->page};
	return i;
}

static void note_channel(struct air *a, const struct frame_view *v, const struct envelope_packet *p)
{
	enum { PREAMBLE_SFD_LENGTH = 6, FCS = 2, NS_PER_OCTET = 32000 };
	unsigned place = place_of_channel(a, &v->tap);
	size_t octets = (size_t)(p->data + p->length - v->octets) + (has_fcs(v, p) ? 0 : FCS);
	struct air_channel *c = &a->channels[place];

	c->frames++;
	c->bad_fcs += v->bad_fcs;
	if (air_has_rate(c, place))
		c->airtime_ns += (PREAMBLE_SFD_LENGTH + octets) * NS_PER_OCTET;
}

void air_note(struct air *a, const struct envelope_packet *p)
{
	struct frame_view v;

	if (!frame_view(&v, p))
		return;
	for (; a; a = a->all) {
		pthread_mutex_lock(&a->lock);
		note_channel(a, &v, p);
		note(a, &v, p->time_ns);
		pthread_mutex_unlock(&a->lock);
	}
}

/* --- what is read of it --- */

static int busier_first(const void *a_, const void *b_)
{
	const struct air_source *a = a_, *b = b_;

	if (a->frames != b->frames)
		return a->frames < b->frames ? 1 : -1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->pan > b->pan) - (a->pan < b->pan);
}

unsigned air_busiest(const struct air *a, struct air_source *out, unsigned n)
{
	struct air_source all[AIR_SOURCES_MAX];
	pthread_mutex_t *lock = (pthread_mutex_t *)&a->lock;
	unsigned count;

	pthread_mutex_lock(lock);
	count = (unsigned)a->count;
	for (unsigned i = 0; i < count; i++)
		all[i] = a->entries[i].source;
	pthread_mutex_unlock(lock);
	qsort(all, count, sizeof all[0], busier_first);
	if (count > n)
		count = n;
	memcpy(out, all, count * sizeof all[0]);
	return count;
}

void air_channels(const struct air *a, struct air_channel out[AIR_CHANNELS])
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&a->lock;

	pthread_mutex_lock(lock);
	memcpy(out, a->channels, sizeof a->channels);
	pthread_mutex_unlock(lock);
}

static uint64_t read_locked(const struct air *a, const uint64_t *count)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&a->lock;
	uint64_t value;

	pthread_mutex_lock(lock);
	value = *count;
	pthread_mutex_unlock(lock);
	return value;
}

unsigned air_count(const struct air *a)
{
	return (unsigned)read_locked(a, &a->count);
}

uint64_t air_given_way(const struct air *a)
{
	return read_locked(a, &a->given_way);
}

uint64_t air_unknown_bad(const struct air *a)
{
	return read_locked(a, &a->unknown_bad);
}

size_t air_name(char *out, size_t size, const struct air_source *s)
{
	struct text t = {out, size, 0};

	if (s->is_extended)
		text_add(&t, "%016" PRIx64, s->address);
	else if (s->has_pan)
		text_add(&t, "0x%04x in 0x%04x", (unsigned)s->address, s->pan);
	else
		text_add(&t, "0x%04x", (unsigned)s->address);
	return t.length;
}
