/* os.h - what every system does in a way of its own, called by what it is for. One file a system
 * serves this header and event.h (os_linux.c); what POSIX has is used as it is. Never ends the
 * process: failures are -1 and errno. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Random octets, unpredictable: 256 at the most. 0, or -1. */
int os_random(void *out, size_t n);

/* Signals as a descriptor: readable while one of them is pending. Blocks them in this thread and
 * in those that it starts from now on. The caller closes it. */
int os_signals_open(const int *signals, size_t n);
/* Whether this process ignores the signal, as it does from its start where its parent did. One that
 * os_signals_open blocks would be read there all the same. */
bool os_signal_is_ignored(int number);
/* The number of a signal that was pending; 0: none is. */
int os_signals_read(int fd);
/* Of the terminal that fd is. False: it is none, or does not say. */
bool os_terminal_size(int fd, int *height, int *width);
/* A number that is the same for all descriptors of one terminal, also where one of them is
 * /dev/tty; 0: it is none. As st_rdev has it, but for /dev/tty. */
uint64_t os_terminal(int fd);

/* A descriptor that is readable from a point of the monotonic clock on, in nanoseconds, until
 * os_timer_drain or the next os_timer_set. A point that has passed counts as reached. */
int os_timer_open(void);
void os_timer_set(int fd, int64_t when_ns);
void os_timer_drain(int fd);

/* While a TCP socket is corked it sends whole segments only; uncorking sends the rest. No more than
 * advice: where it cannot be had, nothing happens. */
void os_cork(int socket, bool on);
/* Octets that were written to a TCP socket and that the peer has not acknowledged; 0 also where the
 * system does not say. */
int os_unsent(int socket);

/* A TCP connection whose peer acknowledges nothing for so many seconds ends, also an idle one. No
 * more than advice. */
void os_keep_alive(int socket, unsigned seconds);

/* The calling thread's name in the lists of processes; 15 characters at the most. */
void os_name_thread(const char *name);

/* Whether somebody keeps the clock of the day right; true where the system does not say. */
bool os_clock_is_kept(void);

/* Where path lies on a file system that the kernel makes up, and that takes no files of ours: what
 * it is called ("proc"), static. NULL: it does not, or cannot be told. */
const char *os_kernel_file_system(const char *path);

#endif
