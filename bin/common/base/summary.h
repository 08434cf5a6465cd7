/* summary.h - the line that every tool says at its end, whatever ended it: how much crossed, and
 * what was lost, by name: "1 204 frames, 0 dropped, 2 with a bad FCS, 61 s". What is a loss is said
 * in one table for all tools (stats_kinds.c). Counts nothing itself. */
#ifndef SUMMARY_H
#define SUMMARY_H

/* A counter that is named whatever the losses are. Where its section counts connections, as a
 * publisher's does, and there was none, nothing of it has left this machine: what is named also
 * where it is 0 is 0 then, and the other is messages that were not sent. */
struct summary_part {
	const char *section, *name; /* NULL ends the parts */
	const char *one, *many;     /* behind the number: "frame", "frames" */
	int when_zero;              /* it is named also where it is 0 */
};

/* The tool's own; parts outlive it. Before threads start. */
void summary_of(const struct summary_part *parts);
/* Not named: a loss that was asked for (-c) is none. */
void summary_leave_out(const char *section, const char *name);

/* What made this loss where it was not what the counter's words say: "the disk was full". Both
 * names and the cause outlive the tool. */
void summary_because(const char *section, const char *name, const char *cause);

/* The line, at the default level, once; behind progress_off only where there are losses. When all
 * threads have ended. */
void summary_say(void);

#endif
