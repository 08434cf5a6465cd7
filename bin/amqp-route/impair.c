#include "impair.h"

#include <string.h>

#include "base/options.h"

#define MS INT64_C(1000000) /* nanoseconds */
/* One bit a second: what may wait for it at the most is due within what the clock can say. */
#define RATE_MIN 0.001

/* REORDER_MS: how much later than its turn. QUEUE_MS: what may wait for a line that is slow. */
enum { REORDER_MS = 100, QUEUE_MS = 1000 };
enum { PERCENT = 100, MS_MAX = 3600000, BURST_MAX = 1000000, RATE_MAX = 100000000 };

static const struct known {
	const char *name;
	size_t target;
	double minimum, maximum;
	bool is_count;
} known[] = {
	{"skip", offsetof(struct impair_settings, skip), 0, 1e9, true},
	{"drop", offsetof(struct impair_settings, drop), 0, 1e9, true},
	{"loss", offsetof(struct impair_settings, loss), 0, PERCENT, false},
	{"burst", offsetof(struct impair_settings, burst), 1, BURST_MAX, false},
	{"delay", offsetof(struct impair_settings, delay), 0, MS_MAX, false},
	{"jitter", offsetof(struct impair_settings, jitter), 0, MS_MAX, false},
	{"reorder", offsetof(struct impair_settings, reorder), 0, PERCENT, false},
	{"duplicate", offsetof(struct impair_settings, duplicate), 0, PERCENT, false},
	{"corrupt", offsetof(struct impair_settings, corrupt), 0, PERCENT, false},
	{"rate", offsetof(struct impair_settings, rate), 0, RATE_MAX, false},
};

int impair_set(struct impair_settings *s, const char *name, const char *value, struct why *why)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct known *k = &known[i];
		void *target = (char *)s + k->target;
		double n;

		if (strcmp(k->name, name) != 0)
			continue;
		if (!option_decimal(&n, value) || n < k->minimum || n > k->maximum ||
		    (k->is_count && n != (double)(uint64_t)n))
			return why_set(why, "%s='%.100s': must be a %snumber from %.0f to %.0f",
			               name, value, k->is_count ? "whole " : "", k->minimum,
			               k->maximum);
		if (k->is_count)
			*(uint64_t *)target = (uint64_t)n;
		else
			*(double *)target = n + 0.0; /* -0 is 0 */
		return 0;
	}
	return why_set(why,
	               "'%.100s': must be one of skip, drop, loss, burst, delay, jitter, reorder, "
	               "duplicate, corrupt, rate, only",
	               name);
}

bool impair_equal(const struct impair_settings *a, const struct impair_settings *b)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const char *of_a = (const char *)a + known[i].target;
		const char *of_b = (const char *)b + known[i].target;

		if (memcmp(of_a, of_b, known[i].is_count ? sizeof(uint64_t) : sizeof(double)) != 0)
			return false;
	}
	return true;
}

/* The chance with which a burst begins after a packet that passed. */
static double burst_chance(const struct impair_settings *s)
{
	return s->loss / (s->burst * (PERCENT - s->loss));
}

int impair_check(const struct impair_settings *s, struct why *why)
{
	if (s->burst > 0 && s->loss <= 0)
		return why_set(why, "burst says how losses lie: it needs loss");
	if (s->burst > 0 && s->loss < PERCENT && burst_chance(s) > 1)
		return why_set(why,
		               "loss=%g with burst=%g: so many are lost that bursts are longer "
		               "(%.1f at the least)",
		               s->loss, s->burst, s->loss / (PERCENT - s->loss));
	if (s->rate > 0 && s->rate < RATE_MIN)
		return why_set(why, "rate=%g: must be 0 (no bound) or at least %g kbit/s", s->rate,
		               RATE_MIN);
	if (s->skip && !s->drop)
		return why_set(why, "skip says where drop begins: it needs drop");
	return 0;
}

bool impair_needs_seed(const struct impair_settings *s)
{
	return s->loss > 0 || s->jitter > 0 || s->reorder > 0 || s->duplicate > 0 || s->corrupt > 0;
}

bool impair_does(const struct impair_settings *s)
{
	return impair_needs_seed(s) || s->drop || s->delay > 0 || s->rate > 0;
}

void impair_init(struct impair *i, uint64_t seed, uint64_t stream)
{
	*i = (struct impair){.is_bad = false};
	random_seed(&i->random, seed, stream);
}

/* --- one packet --- */

static bool happens(struct impair *i, double percent)
{
	return percent > 0 && random_unit(&i->random) * PERCENT < percent;
}

static bool is_dropped(struct impair *i, const struct impair_settings *s)
{
	if (i->dropped == s->drop)
		return false;
	if (i->skipped < s->skip) {
		i->skipped++;
		return false;
	}
	i->dropped++;
	return true;
}

/* Gilbert's and Elliott's model, of which the good state loses nothing and the bad one all: bursts
 * have the mean length `burst`, and the share of the bad state is `loss`. */
static bool is_lost(struct impair *i, const struct impair_settings *s)
{
	if (s->loss <= 0)
		return false;
	if (s->burst <= 0 || s->loss >= PERCENT)
		return happens(i, s->loss);
	double chance = i->is_bad ? 1 - 1 / s->burst : burst_chance(s);
	i->is_bad = random_unit(&i->random) < chance;
	return i->is_bad;
}

/* False: too much waits for the line. */
static bool send_at_rate(struct impair *i, const struct impair_settings *s, int64_t *due_ns,
                         size_t octets, bool may_queue)
{
	if (s->rate <= 0)
		return true;
	int64_t begin = i->free_ns > *due_ns ? i->free_ns : *due_ns;
	if (!may_queue && begin - *due_ns > QUEUE_MS * MS)
		return false;
	i->free_ns = begin + (int64_t)((double)octets * 8 / s->rate * (double)MS);
	*due_ns = i->free_ns;
	return true;
}

static int64_t late_ns(struct impair *i, const struct impair_settings *s)
{
	double ms = s->delay;

	if (s->jitter > 0)
		ms += (2 * random_unit(&i->random) - 1) * s->jitter;
	return ms > 0 ? (int64_t)(ms * (double)MS) : 0;
}

struct impair_verdict impair_decide(struct impair *i, const struct impair_settings *s,
                                    int64_t now_ns, size_t octets, bool may_queue)
{
	struct impair_verdict v = {.fate = IMPAIR_PASS, .due_ns = now_ns};

	if (is_dropped(i, s))
		v.fate = IMPAIR_DROP;
	else if (is_lost(i, s))
		v.fate = IMPAIR_LOSS;
	else if (!send_at_rate(i, s, &v.due_ns, octets, may_queue))
		v.fate = IMPAIR_RATE;
	if (v.fate != IMPAIR_PASS)
		return v;
	v.due_ns += late_ns(i, s);
	v.duplicated = happens(i, s->duplicate);
	v.corrupted = happens(i, s->corrupt);
	if (v.corrupted)
		v.bit = random_next(&i->random);
	v.reordered = happens(i, s->reorder);
	if (v.reordered)
		v.due_ns += REORDER_MS * MS;
	return v;
}
