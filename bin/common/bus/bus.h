/* bus.h - what every program that uses this room sees: publishers and consumers, sessions with an
 * AMQP 0-9-1 broker. Each is one connection in one direction that connects and reconnects by
 * itself, declares its queues anew each time, keeps heartbeats, repairs cancelled consumers and
 * closed channels, and counts all that it does (section "bus_DIRECTION" of the statistics). Never
 * prints a password, never lets the broker make it allocate without bound. No other room includes
 * rabbitmq-c.
 *
 * docs/examples/bus_example.c is a whole tool. In short, for a consumer (a publisher is the same
 * with its own functions):
 *
 *     options_parse(...);                              with bus_specs among its tables
 *     bus_settings_finish(&settings);
 *     loop_open(&why);
 *     c = consumer_new(&config, &why);                 before threads start
 *     loop_run(workers, n);                            with run, and with watch and interrupt that
 *                                                      call consumer_watch, consumer_interrupt
 *     run:
 *     while (!loop_stopping()) {
 *             n = consumer_prepare(c, fds, &timeout);  add the stop and the device
 *             poll(fds, n, timeout);
 *             status = consumer_work(c);               connects, answers
 *             if (status != EXIT_OK)
 *                     return status;                   the reason has been printed
 *             while (consumer_next(c, &message) > 0)   some at a time, so that the stop is seen
 *                     ...
 *     }
 *     consumer_close(c);
 *
 * Threads: each belongs to the thread that calls _prepare, which calls everything else, too. Any
 * thread may call publisher_post, the main thread _watch and _interrupt. One thread may own
 * several, but while one publishes into a full window (until publisher_watch ends that) the others
 * wait: tools give each direction a thread.
 *
 * Brokers: each has its own settings, so a process may speak to several.
 *
 * Errors: an outage is none. _work is the only function that says that a session is over. The rest
 * return at once while there is no connection: consumer_next 0, publisher_publish
 * PUBLISHER_AGAIN. */
#ifndef BUS_H
#define BUS_H

enum { BUS_FDS = 3 }; /* that a publisher or a consumer wants to wait for, at the most */

#endif
