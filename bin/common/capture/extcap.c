#include "capture/extcap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/version.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A brace would end the sentence that the text stands in, and a path that is escaped is another. */
static bool is_printable(const char *text)
{
	char shown[PATH_MAX];

	escape(shown, sizeof shown, text, strlen(text));
	return !strpbrk(text, "{}") && strcmp(shown, text) == 0;
}

static void print_port(void *extcap, const char *path, const char *words)
{
	const struct extcap *e = extcap;
	const char *more = is_printable(words) ? words : "";

	if (is_printable(path))
		printf("interface {value=%s}{display=%s %s%s%s%s}\n", path, e->port_display,
		       last_part(path), *more ? " (" : "", more, *more ? ")" : "");
}

static void print_interfaces(const struct extcap *e)
{
	printf("extcap {version=%s}{help=man:%s(1)}{display=%s}\n", FRAMEBUS_VERSION, e->tool,
	       e->display);
	printf("interface {value=%s}{display=%s}\n", e->tool, e->interface_display);
	if (e->list_ports)
		e->list_ports(print_port, (void *)e);
}

static void print_link_types(const struct extcap *e)
{
	printf("dlt {number=%u}{name=%s}{display=%s}\n", e->link_type, e->link_type_name,
	       e->link_type_display);
}

static void print_argument(const struct extcap_argument *a, unsigned number)
{
	printf("arg {number=%u}{call=%s}{display=%s}{type=%s}", number, a->option, a->display,
	       a->type);
	if (a->more)
		printf("%s", a->more);
	if (a->tooltip)
		printf("{tooltip=%s}", a->tooltip);
	printf("\n");
	for (const struct extcap_value *v = a->values; v && v->value; v++)
		printf("value {arg=%u}{value=%s}{display=%s}{default=%s}\n", number, v->value,
		       v->display, v == a->values ? "true" : "false");
}

static void print_arguments(const struct extcap *e, const char *interface)
{
	bool is_port = interface && interface[0] == '/';

	for (unsigned i = 0; e->arguments[i].option; i++)
		if (!is_port || !e->arguments[i].names_port)
			print_argument(&e->arguments[i], i);
}

bool extcap_print(const struct extcap *e, const struct extcap_options *asked)
{
	if (asked->interfaces)
		print_interfaces(e);
	else if (asked->dlts)
		print_link_types(e);
	else if (asked->config)
		print_arguments(e, asked->interface);
	return asked->interfaces || asked->dlts || asked->config;
}

int extcap_status(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_error("standard output: %s", strerror(errno));
	return EXIT_RUNNING;
}
