#include "dump_checks.h"

#include "base/check.h"
#include "base/path_checks.h"
#include "probe/port_checks.h"

int dump_check(const struct settings *s)
{
	check_run(host_checks, NULL);
	for (unsigned i = 0; s->port.path && i < s->probe_count; i++)
		check_run(port_checks, &s->probes[i].port);
	check_input_path("input", s->file);
	for (size_t i = 0; i < s->writes.files.count; i++)
		check_output_path("output", s->writes.files.item[i]);
	return check_end();
}
