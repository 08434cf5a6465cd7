/* kept_queue.h - a kept queue on the broker: declared with the limits that are asked for, or used
 * with those that it has; one reader at a time. Never deletes anything. */
#ifndef KEPT_QUEUE_H
#define KEPT_QUEUE_H

#include "bus/link.h"
#include "bus/queue.h"

/* 0, or -1 with failure, of which taken says that another connection reads this queue. On the
 * connection, first: what shows others that it is read is an exclusive queue of the same name with
 * ".reader" behind it (quorum queues ignore exclusive consumers). A queue of that name with other
 * limits, or of another type, is used as it is, and *said gets the words of the last warning about
 * that: it is given again only where they differ. */
int kept_queue_declare(const struct link *link, const struct bus_queue *q, struct why *said,
                       struct failure *failure);

/* This broker drops what has come back to a quorum queue often, unless it is told not to. */
bool kept_queue_loses_returned(const struct link *link);

#endif
