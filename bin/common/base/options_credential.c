#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options_internal.h"

static const char PREFIX[] = "credential:";

static bool names_credential(const char *value)
{
	return strncmp(value, PREFIX, sizeof PREFIX - 1) == 0;
}

int option_refuse_credential(const char *value, struct why *why)
{
	if (!names_credential(value))
		return 0;
	return why_set(why,
	               "is a credential, which is only read as a file (one of that name: ./%s)",
	               value);
}

const char *option_find_credential(const char *value, struct why *why)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *name = value + sizeof PREFIX - 1;
	char *path;

	if (!names_credential(value))
		return value;
	if (!*name || strchr(name, '/') || strcmp(name, "..") == 0 || strcmp(name, ".") == 0)
		return why_set(why, "must be credential: and a name without slashes"), NULL;
	if (!folder || !*folder)
		return why_set(why, "there is no $CREDENTIALS_DIRECTORY: only a service that "
		                    "loads it has a credential (LoadCredential in its unit)"),
		       NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return why_set(why, "out of memory"), NULL;
	return path;
}
