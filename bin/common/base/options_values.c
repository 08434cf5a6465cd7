#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/options_internal.h"
#include "base/secret.h"
#include "base/text.h"

enum { SECONDS_MAX = 1000000000 };

bool option_is_secret(const struct option_spec *spec)
{
	return spec->kind == KIND_URL || spec->kind == KIND_SECRET;
}

bool option_is_of_command_line(const struct option_spec *spec)
{
	return spec->kind >= KIND_HELP || spec->section == SECTION_WIRESHARK ||
	       spec->is_of_command_line;
}

int option_number(uint64_t *number, const char *value, uint64_t minimum, uint64_t maximum,
                  struct why *why)
{
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (*value >= '0' && *value <= '9' && !*end && !errno && n >= minimum &&
	    (!maximum || n <= maximum)) {
		*number = n;
		return 0;
	}
	if (!maximum)
		return why_set(why, "must be a whole number from %llu on",
		               (unsigned long long)minimum);
	return why_set(why, "must be a whole number from %llu to %llu", (unsigned long long)minimum,
	               (unsigned long long)maximum);
}

/* strtod(3) also takes 0x10, inf, nan and blanks. */
bool option_decimal(double *n, const char *value)
{
	char *end;

	if (!*value || value[strspn(value, "+-.0123456789eE")])
		return false;
	*n = strtod(value, &end);
	return !*end && isfinite(*n);
}

int option_seconds(void *seconds, const char *value, struct why *why)
{
	double n;

	if (!option_decimal(&n, value) || n < 0.1 || n > SECONDS_MAX)
		return why_set(why, "must be a number of seconds from 0.1 on, to %d", SECONDS_MAX);
	*(double *)seconds = n;
	return 0;
}

static int read_signed(const struct option_spec *spec, int64_t *target, const char *value,
                       struct why *why)
{
	const char *digits = value + (*value == '-' || *value == '+');
	char *end;

	errno = 0;
	long long n = strtoll(value, &end, 10);
	if (*digits < '0' || *digits > '9' || *end || errno || n < spec->minimum ||
	    n > (int64_t)spec->maximum)
		return why_set(why, "must be a whole number from %lld to %lld",
		               (long long)spec->minimum, (long long)spec->maximum);
	*target = n;
	return 0;
}

static int read_decimal(const struct option_spec *spec, double *target, const char *value,
                        struct why *why)
{
	double n;

	if (!option_decimal(&n, value) || n < (double)spec->minimum || n > (double)spec->maximum)
		return why_set(why, "must be a number from %lld to %llu", (long long)spec->minimum,
		               (unsigned long long)spec->maximum);
	*target = n;
	return 0;
}

static int read_choice(const struct option_spec *spec, int *target, const char *value,
                       struct why *why)
{
	char words[400] = "";
	struct text t = {words, sizeof words, 0};

	for (int i = 0; spec->choices[i]; i++) {
		if (strcmp(value, spec->choices[i]) == 0) {
			*target = i;
			return 0;
		}
		text_add(&t, " %s", spec->choices[i]);
	}
	const char *nearest = nearest_word(spec->choices, value, strlen(value));
	return why_set(why, "must be one of%s%s%s%s", words, nearest ? "; did you mean " : "",
	               nearest ? nearest : "", nearest ? "?" : "");
}

/* Other texts are returned as they are. */
static const char *resolve_path(const struct option_spec *spec, const char *value, struct why *why)
{
	bool is_read = spec->kind == KIND_FILE && !spec->is_no_file_to_read;

	if (is_read)
		return option_find_credential(value, why);
	if (spec->kind != KIND_FILE && spec->kind != KIND_FOLDER)
		return value;
	return option_refuse_credential(value, why) < 0 ? NULL : value;
}

static int read_text(const struct option_spec *spec, void *target, const char *value,
                     struct why *why)
{
	struct option_strings *list = target;

	if (!*value)
		return why_set(why, "is empty");
	if (spec->check && spec->check(value, why) < 0)
		return -1;
	if (!(value = resolve_path(spec, value, why)))
		return -1;
	if (spec->many && list->count == OPTION_LIST_MAX)
		return why_set(why, "is given too many times (at the most %d)", OPTION_LIST_MAX);
	if (option_is_secret(spec) && !(value = strdup(value)))
		return why_set(why, "out of memory");
	if (spec->many)
		list->item[list->count++] = value;
	else
		*(const char **)target = value;
	return 0;
}

static bool is_unit(const char *argument)
{
	static const char *const units[] = {"SECONDS", "MS",   "OCTETS", "MIB",
	                                    "MB",      "KBIT", "DB",     "PERCENT"};

	for (unsigned i = 0; argument && i < sizeof units / sizeof units[0]; i++)
		if (strcmp(argument, units[i]) == 0)
			return true;
	return false;
}

/* "10s", "16M", "10%": which unit it is in, and that it is not written. */
static int explain_unit(const struct option_spec *spec, const char *value, struct why *why)
{
	size_t digits = value ? strspn(value, "+-.0123456789") : 0;

	if (digits && value[digits] && is_unit(spec->argument))
		why_set(why, "%s (in %s, the number alone)", why->text, spec->argument);
	return -1;
}

static int read_number(const struct option_spec *spec, void *target, const char *value,
                       struct why *why)
{
	if (spec->kind == KIND_UNSIGNED)
		return option_number(target, value, (uint64_t)spec->minimum, spec->maximum, why);
	return spec->kind == KIND_SIGNED ? read_signed(spec, target, value, why)
	                                 : read_decimal(spec, target, value, why);
}

int option_read(const struct option_spec *spec, void *into, const char *value, struct why *why)
{
	void *target = (char *)into + spec->target;

	switch (spec->kind) {
	case KIND_FLAG:
		*(bool *)target = true;
		return 0;
	case KIND_UNSIGNED:
	case KIND_SIGNED:
	case KIND_DECIMAL:
		return read_number(spec, target, value, why) < 0 ? explain_unit(spec, value, why)
		                                                 : 0;
	case KIND_CHOICE:
		return read_choice(spec, target, value, why);
	case KIND_OWN:
		return spec->read(target, value, why) < 0 ? explain_unit(spec, value, why) : 0;
	default:
		return read_text(spec, target, value, why);
	}
}

void option_blank(const struct option_spec *spec, char *value)
{
	if (spec->kind == KIND_SECRET)
		memset(value, 'x', strlen(value));
	if (spec->kind == KIND_URL)
		secret_blank(value);
}

int option_check_twice(const struct option_entry *entry, struct why *why)
{
	const struct option_spec *spec = &entry->spec;

	if (!entry->given || spec->many || !option_takes_value(spec))
		return 0;
	if (spec->kind == KIND_FILE || spec->kind == KIND_FOLDER)
		return why_set(why, "--%s: is given twice, and takes one", spec->name);
	log_warning("--%s: is given twice: the last one counts", spec->name);
	return 0;
}
