#include "names.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

enum { NAME_LENGTH_MAX = 64 };

/* A name that cannot be a path. */
static void load(const char *name, size_t length)
{
	char library[NAME_LENGTH_MAX + sizeof "libnss_.so.2"];

	if (!length || length > NAME_LENGTH_MAX || memchr(name, '/', length))
		return;
	snprintf(library, sizeof library, "libnss_%.*s.so.2", (int)length, name);
	/* For good: the C library finds it by this name. */
	dlopen(library, RTLD_NOW | RTLD_LOCAL);
}

/* "files mdns4_minimal [NOTFOUND=return] dns" */
static void load_listed(const char *list)
{
	for (list += strspn(list, BLANKS); *list && *list != '#'; list += strspn(list, BLANKS)) {
		size_t length = strcspn(list, BLANKS "[");

		if (*list == '[')
			length = strcspn(list, "]") + (strchr(list, ']') != NULL);
		else
			load(list, length);
		list += length;
	}
}

void names_load_modules(void)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		const char *text = line + strspn(line, BLANKS);

		if (strncmp(text, "hosts:", strlen("hosts:")) == 0)
			load_listed(text + strlen("hosts:"));
	}
	free(line);
	if (file)
		fclose(file);
}
