#include "probe/port.h"

enum { BAUD_MIN = 50, BAUD_MAX = 12000000 };

const struct option_spec port_specs[] = {
	{SECTION_PROBE, 'p', "port", "PORT", OPTION_FILE(struct port_options, path),
         .help = "serial port of the probe",
         .more = "8N1, no flow control; it is locked against others."},
	{SECTION_PROBE, 'b', "baud", "N",
         OPTION_UNSIGNED(struct port_options, baud, BAUD_MIN, BAUD_MAX), .standard = "115200",
         .help = "its speed"},
	{SECTION_PROBE, 0, "hangup", NULL, OPTION_FLAG(struct port_options, hangup),
         .help = "drop DTR at the end (resets many boards)"},
	{.name = NULL},
};
