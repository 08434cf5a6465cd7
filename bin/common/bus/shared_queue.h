/* shared_queue.h - a queue that several readers share, of whom the broker lets one read at a time
 * and the next one when that is gone (x-single-active-consumer). Stays when its readers go, until
 * it has been unused for a while. */
#ifndef SHARED_QUEUE_H
#define SHARED_QUEUE_H

#include "bus/link.h"
#include "bus/queue.h"

/* 0, or -1 with failure: also where it is there with other arguments. */
int shared_queue_declare(const struct link *link, const struct bus_queue *q,
                         struct failure *failure);

#endif
