#include "agent/old_options.h"

int old_option_pass_over(void *target, const char *value, struct why *why)
{
	(void)target;
	(void)value;
	(void)why;
	return 0;
}

int old_option_is_of_amqp_tun(void *target, const char *value, struct why *why)
{
	(void)target;
	(void)value;
	return why_set(why, "is for IP packets: use amqp-tun, which has it");
}

int old_option_is_of_amqp_serial(void *target, const char *value, struct why *why)
{
	(void)target;
	(void)value;
	return why_set(why, "is for a probe on a serial port: use amqp-serial");
}
