#include "packet/ring_room.h"

#include "base/loop.h"
#include "base/wait_fd.h"

enum { STEP_MS = 2, STEPS = 1000 };

bool ring_room_await(struct ring_room *room, const struct ring *r, const _Atomic bool *waits)
{
	size_t removed = ring_removed(r);

	if (room->stalled && removed == room->removed)
		return false;
	for (unsigned i = 0;
	     (room->is_patient || i < STEPS) && (!waits || atomic_load(waits)) && !loop_stopping();
	     i++) {
		if (ring_removed(r) != removed)
			return true;
		wait_fd(-1, 0, STEP_MS);
	}
	room->stalled = true;
	room->removed = removed;
	return false;
}
