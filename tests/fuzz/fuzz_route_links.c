/* A file of links: the first octet says whether --all, the rest is its text. What is read reaches
 * both ways or not at all where only links are said, nobody reaches himself, what is done lies
 * within its bounds, and the same text gives the same; what is not gives its reason with the line.
 * Then agents are met. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/amqp-route/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

static bool is_between(double value, double minimum, double maximum)
{
	return isfinite(value) && value >= minimum && value <= maximum;
}

static void check_way(const struct impair_settings *s)
{
	if (!is_between(s->loss, 0, 100) || !is_between(s->reorder, 0, 100) ||
	    !is_between(s->duplicate, 0, 100) || !is_between(s->corrupt, 0, 100) ||
	    !is_between(s->delay, 0, 3600000) || !is_between(s->jitter, 0, 3600000) ||
	    !is_between(s->rate, 0, 100000000) || !is_between(s->burst, 0, 1000000) ||
	    s->drop > 1000000000 || s->skip > 1000000000 || impair_check(s, NULL) < 0)
		abort();
}

static void check(struct links *l)
{
	if (l->count > LINKS_AGENTS_MAX || l->only_count > LINKS_ONLY_MAX)
		abort();
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++)
		for (unsigned j = 0; j < LINKS_AGENTS_MAX; j++) {
			if (links_reach(l, i, j) != links_reach(l, j, i) ||
			    (i == j && links_reach(l, i, j)))
				abort();
			if (links_reach(l, i, j))
				check_way(&l->ways[i][j]);
		}
	for (unsigned i = 0; i < l->count; i++)
		if (envelope_name_check(l->names[i]) < 0 || links_find(l, l->names[i]) != (int)i)
			abort();
}

static struct links *read_text(bool all, const char *text, struct why *why)
{
	static const struct impair_settings none;
	struct links *l = links_new(all, &none, NULL, why);

	if (!l)
		abort();
	if (links_add_lines(l, text, why) == 0)
		return l;
	if (strncmp(why->text, "line ", 5) != 0)
		abort();
	check(l);
	links_free(l);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	bool all = n && in[0] & 1;
	char *text = calloc(1, n + 1);
	struct why why = {""};

	if (!text)
		return 0;
	if (n)
		memcpy(text, in + 1, n - 1);
	struct links *l = read_text(all, text, &why),
		     *again = l ? read_text(all, text, &why) : NULL;
	if (l && (!again || !links_equal(l, again)))
		abort();
	if (l) {
		check(l);
		if (all && links_meet(l, "met") == LINKS_NONE && l->count < LINKS_AGENTS_MAX)
			abort();
		check(l);
	}
	links_free(l);
	links_free(again);
	free(text);
	return 0;
}
