/* restorer.h - a third process, which undoes what was changed in the system if the keeper itself is
 * killed. It is there only while something would outlive the interface: re-routing, or a persistent
 * interface. Never does anything before that: it reads a pipe that only the keeper can close. */
#ifndef RESTORER_H
#define RESTORER_H

/* Runs in the keeper, after undo_open, before the first change. device: of a persistent interface
 * with offload, which ends with the rest, or -1. 0 or a negative errno. */
int restorer_start(int device);
/* Runs in the keeper when everything is undone. May be called without a start. */
void restorer_end(void);

#endif
