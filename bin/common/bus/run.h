/* run.h - what tells this run of the tool from every other one on the bus. */
#ifndef RUN_H
#define RUN_H

/* 16 hex digits, the same until the tool ends. Message ids are "<run>-<sequence>", a sequence a
 * routing key; the started messages of ioppytest carry it as framebus_session. From any thread. */
const char *bus_run(void);

#endif
