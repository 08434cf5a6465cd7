#include "bus/kept_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "bus/table.h"

enum { ARGUMENTS_MAX = 8, VALUE_SIZE = 64 };

struct arguments {
	amqp_table_entry_t entries[ARGUMENTS_MAX];
	int count;
};

/* An argument of the queue that is there, against ours. */
struct difference {
	char argument[VALUE_SIZE], asked[VALUE_SIZE], current[VALUE_SIZE];
};

/* What the command line calls an argument, and in which unit. */
static const struct {
	const char *argument, *option, *unit;
	uint64_t divisor;
} options[] = {
	{"x-expires", "--keep-for", " s", 1000},
	{"x-max-length-bytes", "--keep-octets", "", 1},
};

/* --- one reader --- */

static int declare_queue(const struct link *link, amqp_queue_declare_t *request, const char *doing,
                         struct failure *failure)
{
	return link_call(link, AMQP_QUEUE_DECLARE_METHOD, request, AMQP_QUEUE_DECLARE_OK_METHOD,
	                 doing, failure);
}

static int claim(const struct link *link, const struct bus_queue *q, struct failure *failure)
{
	char name[LINK_TEXT_SIZE], doing[LINK_TEXT_SIZE + 32];

	snprintf(name, sizeof name, "%.240s.reader", q->name);
	amqp_queue_declare_t request = {.queue = amqp_cstring_bytes(name), .exclusive = 1};
	snprintf(doing, sizeof doing, "declaring the queue %.255s", name);
	if (declare_queue(link, &request, doing, failure) == 0)
		return 0;
	failure->taken = failure->code == AMQP_RESOURCE_LOCKED;
	return failure->taken ? why_set(&failure->why, "%s", q->taken) : -1;
}

/* --- its arguments --- */

static bool is_called(const amqp_table_entry_t *e, const char *name)
{
	return e->key.len == strlen(name) && memcmp(e->key.bytes, name, e->key.len) == 0;
}

/* Since 4.0 RabbitMQ drops what has come back to a quorum queue 20 times, lost connections counted,
 * unless it is told -1; before, -1 means 0. */
bool kept_queue_loses_returned(const struct link *link)
{
	return strcmp(link->product, "RabbitMQ") == 0 && strtol(link->version, NULL, 10) >= 4;
}

static void ask_for(struct arguments *a, const struct link *link, const struct bus_queue *q)
{
	a->count = 0;
	a->entries[a->count++] = table_text("x-queue-type", "quorum");
	if (q->expires_ms)
		a->entries[a->count++] = table_number("x-expires", q->expires_ms);
	if (q->max_octets)
		a->entries[a->count++] = table_number("x-max-length-bytes", q->max_octets);
	if (q->max_messages)
		a->entries[a->count++] = table_number("x-max-length", q->max_messages);
	if (q->message_ttl_ms)
		a->entries[a->count++] = table_number("x-message-ttl", q->message_ttl_ms);
	if (kept_queue_loses_returned(link))
		a->entries[a->count++] = table_number("x-delivery-limit", (uint64_t)-1);
}

static int find(const struct arguments *a, const char *name)
{
	for (int i = 0; i < a->count; i++)
		if (is_called(&a->entries[i], name))
			return i;
	return -1;
}

/* A number of which there is none goes. True: the next declaration is another one. */
static bool adopt(struct arguments *a, const struct difference *d)
{
	int at = find(a, d->argument);
	char *end;
	long long number = strtoll(d->current, &end, 10);
	bool is_number = d->current[0] && !*end;

	if (at < 0 || a->entries[at].value.kind != AMQP_FIELD_KIND_I64 ||
	    (is_number && a->entries[at].value.value.i64 == number))
		return false;
	if (is_number)
		a->entries[at].value.value.i64 = number;
	else
		a->entries[at] = a->entries[--a->count];
	return true;
}

/* --- what differs --- */

/* "the value '60000' of type 'long'", "'true'" or "none". False: the text ends before it does. */
static bool read_value(const char *text, const char *before, char value[VALUE_SIZE])
{
	const char *at = strstr(text, before);

	if (!at)
		return false;
	at += strlen(before);
	if (strncmp(at, "none", 4) == 0) {
		snprintf(value, VALUE_SIZE, "none");
		return true;
	}
	at += strcspn(at, "'");
	size_t n = *at ? strcspn(at + 1, "'") : 0;
	if (!*at || at[1 + n] != '\'')
		return false;
	snprintf(value, VALUE_SIZE, "%.*s", n < VALUE_SIZE ? (int)n : VALUE_SIZE - 1, at + 1);
	return true;
}

static bool read_difference(const char *text, struct difference *d)
{
	return read_value(text, "inequivalent arg ", d->argument) &&
	       read_value(text, ": received ", d->asked) &&
	       read_value(text, " but current is ", d->current);
}

static void describe_value(struct text *t, const char *value, unsigned option)
{
	char *end;
	unsigned long long number = strtoull(value, &end, 10);

	if (*value && !*end && number % options[option].divisor == 0)
		text_add(t, "%llu%s", number / options[option].divisor, options[option].unit);
	else
		text_add(t, "%s", value);
}

static void describe_difference(struct text *t, const struct difference *d)
{
	text_add(t, "%s", t->length ? "; " : "");
	for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
		if (strcmp(d->argument, options[i].argument) != 0)
			continue;
		text_add(t, "%s is ", options[i].option);
		describe_value(t, d->current, i);
		text_add(t, " there, not ");
		describe_value(t, d->asked, i);
		text_add(t, " (");
	}
	bool named = t->length && t->out[t->length - 1] == '(';
	text_add(t, "%s %s against %s%s", d->argument, d->current, d->asked, named ? ")" : "");
}

static void say(const struct bus_queue *q, const char *differences, struct why *said)
{
	struct why why;

	why_set(&why,
	        "the queue %.100s is there already and stays as it is: %.300s (--delete-queue "
	        "removes it at the end)",
	        q->name, differences);
	if (strcmp(said->text, why.text) != 0)
		log_warning("%s", why.text);
	*said = why;
}

/* --- declaring it --- */

/* 0; -1 with failure; 1: the broker has said what does not fit, and the channel is a new one. */
static int try(const struct link *link, const struct bus_queue *q, bool passive,
               const struct arguments *a, char words[LINK_TEXT_SIZE], struct failure *failure)
{
	char doing[LINK_TEXT_SIZE + 32];
	amqp_queue_declare_t request = {
		.queue = amqp_cstring_bytes(q->name), .passive = passive, .durable = 1};

	if (!passive)
		request.arguments = (amqp_table_t){a->count, (amqp_table_entry_t *)a->entries};
	snprintf(doing, sizeof doing, "declaring the queue %.255s", q->name);
	if (declare_queue(link, &request, doing, failure) == 0)
		return 0;
	if (failure->code != AMQP_PRECONDITION_FAILED)
		return -1;
	struct failure reopening;
	snprintf(words, LINK_TEXT_SIZE, "%s", failure->words);
	if (link_reopen_channel(link, &reopening) == 0)
		return 1;
	*failure = reopening;
	return -1;
}

/* The broker names one difference at a time: what it has is asked for next, until nothing differs
 * or it is something that cannot be asked for. */
static int declare(const struct link *link, const struct bus_queue *q, struct why *said,
                   struct failure *failure)
{
	struct arguments a;
	char words[LINK_TEXT_SIZE], differences[400] = "";
	struct text t = {differences, sizeof differences, 0};
	struct failure first;
	struct difference d;
	bool adopted = true;
	int status;

	ask_for(&a, link, q);
	/* Each argument once: a broker that names one again does not mean it. */
	int tries = a.count;
	while ((status = try(link, q, false, &a, words, failure)) > 0 && adopted) {
		first = *failure;
		if (read_difference(words, &d)) {
			describe_difference(&t, &d);
			adopted = adopt(&a, &d) && tries-- > 0;
		} else {
			text_add(&t, "%s%s", t.length ? "; " : "", words);
			adopted = false;
		}
		if (!adopted)
			break;
	}
	if (status > 0 && (status = try(link, q, true, &a, words, failure)) != 0)
		*failure = first;
	if (status == 0 && t.length)
		say(q, differences, said);
	return status ? -1 : 0;
}

int kept_queue_declare(const struct link *link, const struct bus_queue *q, struct why *said,
                       struct failure *failure)
{
	if (claim(link, q, failure) < 0)
		return -1;
	return declare(link, q, said, failure);
}
