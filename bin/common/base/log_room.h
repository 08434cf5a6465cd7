/* log_room.h - standard error that nobody reads: a full pipe, a stopped terminal. No thread of a
 * tool that is at work waits there for longer than a moment: what has no room is left out, counted,
 * and told as soon as there is room again. Never changes the flags of a descriptor that others
 * share. */
#ifndef LOG_ROOM_H
#define LOG_ROOM_H

#include <sys/types.h>

/* From now on lines of log.h are written so; a file is written as before. Before threads start. */
void log_room_begin(void);
/* What log_write_with is given in the place of write(2); before log_room_begin it is that. */
ssize_t log_room_write(int fd, const void *octets, size_t count);
/* The tool ends by itself: what is said from now on waits until somebody reads it, or until
 * signal_fd is readable. Behind all threads. */
void log_room_wait(int signal_fd);

#endif
