#include "capture/extcap.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/version.h"
#include "capture/path.h"

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

static void print_values(const char *of, unsigned number, const struct extcap_value *values)
{
	for (const struct extcap_value *v = values; v && v->value; v++)
		printf("value {%s=%u}{value=%s}{display=%s}{default=%s}\n", of, number, v->value,
		       v->display, v == values ? "true" : "false");
}

static void print_controls(const struct extcap *e)
{
	for (unsigned i = 0; e->controls && e->controls[i].type; i++) {
		const struct extcap_control *c = &e->controls[i];

		printf("control {number=%u}{type=%s}{display=%s}{tooltip=%s}%s\n", i, c->type,
		       c->display, c->tooltip, c->more ? c->more : "");
		print_values("control", i, c->values);
	}
}

static void print_interfaces(const struct extcap *e)
{
	printf("extcap {version=%s}{help=man:%s(1)}{display=%s}\n", FRAMEBUS_VERSION, e->tool,
	       e->display);
	printf("interface {value=%s}{display=%s}\n", e->tool, e->interface_display);
	if (e->list_ports)
		e->list_ports(print_port, (void *)e);
	print_controls(e);
}

static void print_link_types(const struct extcap *e)
{
	printf("dlt {number=%u}{name=%s}{display=%s}\n", e->link_type, e->link_type_name,
	       e->link_type_display);
}

/* --- arguments --- */

static void print_argument(const struct extcap *e, unsigned number)
{
	const struct extcap_argument *a = &e->arguments[number];

	printf("arg {number=%u}{call=%s}{display=%s}{type=%s}", number, a->option, a->display,
	       a->type);
	if (a->more)
		printf("%s", a->more);
	if (a->tooltip)
		printf("{tooltip=%s}", a->tooltip);
	printf("\n");
	print_values("arg", number, a->values);
}

static bool is_port(const char *interface)
{
	return interface && interface[0] == '/';
}

static void print_arguments(const struct extcap *e, const char *interface)
{
	for (unsigned i = 0; e->arguments[i].option; i++)
		if (!is_port(interface) || !e->arguments[i].names_port)
			print_argument(e, i);
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

bool extcap_asks_of_filter(const struct extcap_options *o)
{
	return o->filter && !o->capture && !o->interfaces && !o->dlts && !o->config;
}

void extcap_print_filter(const struct why *why)
{
	if (why)
		printf("%s\n", why->text);
}

/* --- what cannot be --- */

/* Each has an answer of its own, of which one would be left out. */
static int check_questions(const struct extcap_options *o, struct why *why)
{
	const char *question = o->dlts ? "--extcap-dlts" : "--extcap-config";

	if (o->interfaces + o->dlts + o->config + o->capture > 1)
		return why_set(why, "--extcap-interfaces, --extcap-dlts, --extcap-config and "
		                    "--capture exclude each other");
	if ((o->dlts || o->config) && !o->interface)
		return why_set(why,
		               "%s needs --extcap-interface NAME (--extcap-interfaces lists "
		               "them)",
		               question);
	return 0;
}

/* Wireshark asks only of what it has been told of; a terminal that nobody lists is a port, too. */
int extcap_check(const struct extcap *e, const struct extcap_options *o, struct why *why)
{
	const char *interface = o->interface;
	struct stat status;

	if (check_questions(o, why) < 0)
		return -1;
	if (!interface || o->interfaces || strcmp(interface, e->tool) == 0)
		return 0;
	if (!e->list_ports || !is_port(interface))
		return why_set(why,
		               "--extcap-interface '%s': no such interface (--extcap-interfaces "
		               "lists those of %s)",
		               interface, e->tool);
	if (o->capture || (stat(interface, &status) == 0 && S_ISCHR(status.st_mode)))
		return 0;
	return why_set(why,
	               "--extcap-interface '%s': no such port (is the probe plugged in? "
	               "--extcap-interfaces lists those that are)",
	               interface);
}

static int refuse_nothing(struct why *why)
{
	const char *unknown = common_options.passed_over;

	return why_set(why,
	               "%s%snothing is asked for: --extcap-interfaces, --extcap-dlts, "
	               "--extcap-config or --capture",
	               unknown, *unknown ? ": no such option, and " : "");
}

int extcap_check_capture(const struct extcap *e, const struct extcap_options *o, struct why *why)
{
	struct stat status;

	if (!o->capture)
		return refuse_nothing(why);
	if (!o->fifo)
		return why_set(why, "--capture needs --fifo FILE, which Wireshark makes");
	if (extcap_check(e, o, why) < 0)
		return -1;
	if (!path_stat(o->fifo, &status))
		return why_set(why, "--fifo '%s': no such FIFO (Wireshark makes it; mkfifo does)",
		               o->fifo);
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return why_set(why, "--fifo '%s': is no FIFO (a file is written with -w)", o->fifo);
	return 0;
}

int extcap_status(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	log_error("standard output: %s", strerror(errno));
	return EXIT_RUNNING;
}
