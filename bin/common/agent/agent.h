/* agent.h - the name of an agent: what it may be, and what follows from it. */
#ifndef AGENT_H
#define AGENT_H

/* NULL, or why no agent can be called so: words that finish "--name 'NAME': ...". */
const char *agent_name_unfit(const char *name);

/* The same, of an option ("name", "peer"): ends the tool with status 2 and words. */
void agent_check_name(const char *option, const char *name);

/* The digits of a name that ends in "_K", K from 1 to 254 without leading zeros; NULL: no such
 * name. They point into it. */
const char *agent_number(const char *name);

#endif
