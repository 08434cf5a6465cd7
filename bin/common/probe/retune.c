#include "probe/retune.h"

#include "base/event.h"

enum { NONE = -1 };

int retune_open(struct retune *r, struct why *why)
{
	atomic_store(&r->wanted, NONE);
	atomic_store(&r->channel, NONE);
	r->asked_fd = event_open();
	r->news_fd = event_open();
	return r->asked_fd < 0 || r->news_fd < 0 ? why_errno(why, "eventfd") : 0;
}

void retune_ask(struct retune *r, int channel)
{
	atomic_store(&r->wanted, channel);
	event_raise(r->asked_fd);
}

int retune_channel(const struct retune *r)
{
	return atomic_load(&r->channel);
}

int retune_news_fd(const struct retune *r)
{
	return r->news_fd;
}

int retune_asked_fd(const struct retune *r)
{
	return r ? r->asked_fd : -1;
}

void retune_woken(struct retune *r)
{
	event_drain(r->asked_fd);
}

void retune_do(struct retune *r, struct firmware_line *l, bool is_there, int64_t now)
{
	if (!r)
		return;
	int wanted = atomic_exchange(&r->wanted, NONE);

	if (wanted != NONE)
		firmware_set_channel(l, wanted, is_there, now);
	/* Also where it stays as it was: who asked for another one is to be told. */
	if (atomic_exchange(&r->channel, l->channel) != l->channel || wanted != NONE)
		event_raise(r->news_fd);
}
