/* What a pattern of amqp-dump can match. */
#include <criterion/criterion.h>
#include <string.h>

#include "../../bin/amqp-dump/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(pattern, what_no_key_can_match_is_refused_with_words)
{
	static const struct {
		const char *pattern, *words;
	} cases[] = {
		{"fromAgent#", "whole words"},   {"fromAgent.a*.#", "whole words"},
		{"fromAgent.**", "whole words"}, {"fromAgent.# toAgent.#", "a blank"},
		{".fromAgent.#", "empty word"},  {"fromAgent..raw", "empty word"},
		{"fromAgent.#.", "empty word"},  {"\tfromAgent", "a blank"},
	};
	struct why why;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(pattern_check(cases[i].pattern, &why), -1, "%s", cases[i].pattern);
		cr_expect_not_null(strstr(why.text, cases[i].words), "%s: %s", cases[i].pattern,
		                   why.text);
	}
	cr_expect_eq(pattern_check("fromAgent.*.ip.#", NULL), 0);
	cr_expect_eq(pattern_check("#", NULL), 0);
}

Test(pattern, what_agents_never_say_is_known)
{
	static const struct {
		const char *pattern;
		bool meets;
	} cases[] = {
		{"fromAgent.#", true},
		{"framebus.#", true},
		{"data.*.fromAgent.*", true},
		{"#", true},
		{"#.#", true},
		{"*.agent_1.#", true},
		{"#.raw", true},
		{"toAgent.agent_1.ip.tun.packet.raw", true},
		{"toAgent.agent_1.802154.serial.packet.raw", true},
		{"framebus.tun.agent_1.agent_2", true},
		{"framebus.alive.*", true},
		{"testingtool.#", true},
		{"#.fromAgent.#.packet.#", true},
		{"formAgent.#", false},
		{"fromagent.#", false},
		{"fromAgent", false},
		{"fromAgent.*", false},
		{"fromAgent.*.ip.tun.packet.rwa", false},
		{"fromAgent.*.ip.tun.packet.raw.*", false},
		{"nothing.here", false},
		{"#.#.*.#.*.#.*.#.*.#.*.#.*.#.*.#.*.#.*.#.*", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(pattern_meets_agents(cases[i].pattern), cases[i].meets, "%s",
		             cases[i].pattern);
}
