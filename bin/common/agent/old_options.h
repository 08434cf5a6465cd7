/* old_options.h - the command line of ioppytest's agent, where it goes beyond our own: what means
 * nothing here is passed over, what belongs to another tool is answered with its name. So a line
 * that started the old agent starts ours. None of it is in --help. */
#ifndef OLD_OPTIONS_H
#define OLD_OPTIONS_H

#include "base/options.h"

/* Its subcommand, the only one. */
#define OLD_FIRST_WORD "connect"

/* Values for option_spec.read: accepts what there is; refuses it, with words that name the tool. */
int old_option_pass_over(void *target, const char *value, struct why *why);
int old_option_is_of_amqp_tun(void *target, const char *value, struct why *why);
int old_option_is_of_amqp_serial(void *target, const char *value, struct why *why);

/* Lines of a table; into: any struct. */
#define OLD_OPTION(name_, argument_, reader)                                                       \
	{                                                                                          \
		.section = SECTION_OLD_AGENT, .name = name_, .argument = argument_,                \
		.kind = KIND_OWN, .read = reader                                                   \
	}

#endif
