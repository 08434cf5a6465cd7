#include "unheard.h"

#include <string.h>

#include "base/text.h"

static void wait_for(struct unheard *u, const struct links *l)
{
	char names[300] = "";
	struct text t = {names, sizeof names, 0};

	for (unsigned i = 0; !l->all && i < l->count; i++)
		if (!u->heard[i])
			text_add(&t, "%s%s", t.length ? ", " : "", l->names[i]);
	u->is_on = l->all || t.length;
	if (u->is_on)
		progress_begin_wait(
			&u->waits, PROGRESS_WAIT_MS,
			"nothing has come from %s yet (on this broker, virtual host and "
			"exchange, without --peer, and called so?)",
			l->all ? "any agent" : names);
	else
		progress_end_wait(&u->waits);
}

void unheard_begin(struct unheard *u, const struct links *l)
{
	memset(u->heard, 0, sizeof u->heard);
	wait_for(u, l);
}

void unheard_note(struct unheard *u, const struct links *l, const char *name)
{
	if (!u->is_on)
		return;
	int agent = l->all ? LINKS_NONE : links_find(l, name);

	if (l->all) {
		u->is_on = false;
		progress_end_wait(&u->waits);
	} else if (agent != LINKS_NONE && !u->heard[agent]) {
		u->heard[agent] = true;
		wait_for(u, l);
	}
}
