#include "frame_keys/devices.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"

enum { SETS = 512, WAYS = 4, HEARD_MAX = 64, ANY_PAN = 0x10000 };

struct entry {
	uint16_t pan, address;
	uint8_t count;                                           /* 0: free */
	struct address_candidate candidates[ADDRESS_CANDIDATES]; /* best standing first */
	uint64_t noted;
};

struct heard {
	uint64_t extended;
	uint16_t pan;
	uint64_t noted; /* 0: free */
};

struct given {
	uint32_t pan; /* ANY_PAN: whichever */
	uint16_t address;
	uint64_t extended;
};

struct devices {
	struct entry sets[SETS][WAYS];
	struct heard heard[2][HEARD_MAX]; /* claimed, proven */
	struct given *given;              /* sorted */
	unsigned given_count;
	uint64_t seed; /* whoever chooses addresses cannot choose a set */
	uint64_t clock;
};

static int by_address(const void *a_, const void *b_)
{
	const struct given *a = a_, *b = b_;

	if (a->pan != b->pan)
		return a->pan < b->pan ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

struct devices *devices_new(const struct address_line *given, unsigned count)
{
	struct devices *a = calloc(1, sizeof *a);

	if (a)
		a->given = calloc(count + 1, sizeof *a->given);
	if (!a || !a->given) {
		devices_free(a);
		return NULL;
	}
	os_random(&a->seed, sizeof a->seed);
	for (unsigned i = 0; i < count; i++)
		a->given[i] = (struct given){given[i].has_pan ? given[i].pan : ANY_PAN,
		                             given[i].address, given[i].extended};
	a->given_count = count;
	qsort(a->given, count, sizeof *a->given, by_address);
	return a;
}

void devices_free(struct devices *a)
{
	if (!a)
		return;
	free(a->given);
	free(a);
}

/* --- learned --- */

static struct entry *set_of(struct devices *a, uint16_t pan, uint16_t address)
{
	uint64_t mixed = ((uint64_t)pan << 16 | address) ^ a->seed;

	mixed = (mixed ^ mixed >> 29) * UINT64_C(0x9e3779b97f4a7c15);
	return a->sets[(mixed ^ mixed >> 32) % SETS];
}

static struct entry *find(struct devices *a, uint16_t pan, uint16_t address)
{
	struct entry *set = set_of(a, pan, address);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].count && set[i].pan == pan && set[i].address == address)
			return &set[i];
	return NULL;
}

/* Free ones first, then those that are only claimed, then the oldest. */
static bool gives_way_before(const struct entry *a, const struct entry *b)
{
	if (!a->count || !b->count)
		return !a->count;
	if (a->candidates[0].standing != b->candidates[0].standing)
		return a->candidates[0].standing < b->candidates[0].standing;
	return a->noted < b->noted;
}

static struct entry *make_room(struct devices *a, uint16_t pan, uint16_t address)
{
	struct entry *set = set_of(a, pan, address), *least = set;

	for (unsigned i = 1; i < WAYS; i++)
		if (gives_way_before(&set[i], least))
			least = &set[i];
	*least = (struct entry){.pan = pan, .address = address};
	return least;
}

static unsigned index_of(const struct entry *e, uint64_t extended)
{
	unsigned i = 0;

	while (i < e->count && e->candidates[i].extended != extended)
		i++;
	return i;
}

/* In front of those of the same standing: the latest is tried first. */
static void insert(struct entry *e, struct address_candidate c)
{
	unsigned at = 0;

	if (e->count == ADDRESS_CANDIDATES)
		e->count--; /* the last: of the least standing, the oldest */
	while (at < e->count && e->candidates[at].standing > c.standing)
		at++;
	if (at == ADDRESS_CANDIDATES)
		return;
	memmove(&e->candidates[at + 1], &e->candidates[at],
	        (e->count - at) * sizeof e->candidates[0]);
	e->candidates[at] = c;
	e->count++;
}

static void take_out(struct entry *e, unsigned i)
{
	memmove(&e->candidates[i], &e->candidates[i + 1],
	        (e->count - 1 - i) * sizeof e->candidates[0]);
	e->count--;
}

static unsigned find_given(const struct devices *a, uint32_t pan, uint16_t address,
                           struct address_candidate *out, unsigned room)
{
	const struct given wanted = {pan, address, 0};
	unsigned low = 0, high = a->given_count, n = 0;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (by_address(&a->given[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; n < room && low < a->given_count && !by_address(&a->given[low], &wanted); low++)
		out[n++] = (struct address_candidate){a->given[low].extended, ADDRESS_GIVEN};
	return n;
}

static unsigned find_all_given(const struct devices *a, uint16_t pan, uint16_t address,
                               struct address_candidate out[2 * KEYS_SAME_ADDRESS_MAX])
{
	unsigned n = find_given(a, pan, address, out, KEYS_SAME_ADDRESS_MAX);

	return n + find_given(a, ANY_PAN, address, out + n, KEYS_SAME_ADDRESS_MAX);
}

/* What is given is not to be learned; else DEVICE_DISPUTED where another one is. */
static enum device_news compare_with_given(const struct devices *a, uint16_t pan, uint16_t address,
                                           uint64_t extended, uint64_t *before)
{
	struct address_candidate given[2 * KEYS_SAME_ADDRESS_MAX];
	unsigned n = find_all_given(a, pan, address, given);

	for (unsigned i = 0; i < n; i++)
		if (given[i].extended == extended)
			return DEVICE_KNOWN;
	if (!n)
		return DEVICE_LEARNED;
	*before = given[0].extended;
	return DEVICE_DISPUTED;
}

enum device_news devices_note(struct devices *a, uint16_t pan, uint16_t address,
                              struct address_candidate said, uint64_t *before)
{
	enum device_news news = compare_with_given(a, pan, address, said.extended, before);
	struct entry *e;
	unsigned i;

	if (address >= 0xfffe || news == DEVICE_KNOWN)
		return DEVICE_KNOWN;
	e = find(a, pan, address);
	if (!e)
		e = make_room(a, pan, address);
	e->noted = ++a->clock;
	i = index_of(e, said.extended);
	if (i < e->count && (e->candidates[i].standing >= said.standing)) {
		bool is_back = said.standing == ADDRESS_PROVEN && i > 0;

		if (is_back) {
			*before = e->candidates[0].extended;
			take_out(e, i);
			insert(e, said);
		}
		return is_back ? DEVICE_DISPUTED : DEVICE_KNOWN;
	}
	if (i < e->count)
		take_out(e, i);
	if (e->count && news != DEVICE_DISPUTED) {
		news = DEVICE_DISPUTED;
		*before = e->candidates[0].extended;
	}
	insert(e, said);
	return news;
}

/* --- heard --- */

void devices_note_heard(struct devices *a, uint16_t pan, uint64_t extended, bool proven)
{
	struct heard *list = a->heard[proven], *oldest = list;

	for (unsigned i = 0; i < HEARD_MAX; i++) {
		if (list[i].noted && list[i].extended == extended && list[i].pan == pan) {
			list[i].noted = ++a->clock;
			return;
		}
		if (list[i].noted < oldest->noted)
			oldest = &list[i];
	}
	*oldest = (struct heard){extended, pan, ++a->clock};
}

static bool has(const uint64_t *list, unsigned n, uint64_t value)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

static unsigned add_latest(const struct heard *list, uint16_t pan, uint64_t *out, unsigned n,
                           unsigned room)
{
	uint64_t below = UINT64_MAX;

	while (n < room) {
		const struct heard *latest = NULL;

		for (unsigned i = 0; i < HEARD_MAX; i++)
			if (list[i].noted && list[i].noted < below && list[i].pan == pan &&
			    (!latest || list[i].noted > latest->noted))
				latest = &list[i];
		if (!latest)
			break;
		below = latest->noted;
		if (!has(out, n, latest->extended))
			out[n++] = latest->extended;
	}
	return n;
}

unsigned devices_guess(const struct devices *a, uint16_t pan, uint64_t out[ADDRESS_GUESSES])
{
	unsigned n = add_latest(a->heard[1], pan, out, 0, ADDRESS_GUESSES / 2);

	return add_latest(a->heard[0], pan, out, n, ADDRESS_GUESSES);
}

unsigned devices_find(const struct devices *a, uint16_t pan, uint16_t address,
                      struct address_candidate out[ADDRESSES_FOUND])
{
	unsigned n = find_all_given(a, pan, address, out);
	const struct entry *e = find((struct devices *)a, pan, address);

	for (unsigned i = 0; e && i < e->count; i++)
		out[n++] = e->candidates[i];
	return n;
}
