#include "envelope_control.h"

#include <string.h>

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define FIELDS(array) (array), COUNT(array)
#define FIELD(type, member, key_text, is_optional, is_cut)                                         \
	{                                                                                          \
		(key_text), offsetof(struct type, member), sizeof(((struct type *)0)->member),     \
			(is_optional), (is_cut)                                                    \
	}
#define TUN(member) FIELD(envelope_tun, member, #member, false, false)

const char envelope_no_forwarding[] = "ipv6_no_forwarding",
	   envelope_packets_to_drop[] = "number_of_packets_to_drop";

static const struct envelope_field tun_fields[] = {
	FIELD(envelope_tun, encodings, "framebus_encodings", true, false),
	FIELD(envelope_tun, mtu, "framebus_mtu", true, false),
	FIELD(envelope_tun, session, "framebus_session", true, false),
	FIELD(envelope_tun, ipv4_address, "ipv4_address", true, false),
	TUN(ipv4_host),
	TUN(ipv4_netmask),
	TUN(ipv4_network),
	TUN(ipv6_host),
	TUN(ipv6_prefix), /* ipv6_no_forwarding, which is no text, comes before it */
	TUN(name),
	TUN(re_route_packets_host),
	TUN(re_route_packets_if),
	TUN(re_route_packets_prefix),
};
static const struct envelope_field serial_fields[] = {
	FIELD(envelope_serial, boudrate, "boudrate", false, false),
	FIELD(envelope_serial, session, "framebus_session", true, false),
	FIELD(envelope_serial, name, "name", false, false),
	FIELD(envelope_serial, port, "port", false, false),
};
static const struct envelope_field component_fields[] = {
	FIELD(envelope_component, component, "component", false, false),
	FIELD(envelope_component, description, "description", false, true),
};
static const struct envelope_field terminate_fields[] = {
	FIELD(envelope_component, description, "description", false, true),
};

static const struct envelope_field alive_fields[] = {
	FIELD(envelope_alive, delivered, "delivered", true, false),
	FIELD(envelope_alive, session, "framebus_session", true, false),
	FIELD(envelope_alive, published, "published", true, false),
	FIELD(envelope_alive, uptime, "uptime", true, false),
};

static const struct envelope_shape shapes[] = {
	{ENVELOPE_COMPONENT_READY, FIELDS(component_fields), false, "testingtool.component.ready"},
	{ENVELOPE_COMPONENT_SHUTDOWN, FIELDS(component_fields), false,
         "testingtool.component.shutdown"},
	{ENVELOPE_TERMINATE, FIELDS(terminate_fields), false, "testingtool.terminate"},
	{ENVELOPE_TUN_START, FIELDS(tun_fields), true, "tun.start"},
	{ENVELOPE_TUN_STARTED, FIELDS(tun_fields), true, "tun.started"},
	{ENVELOPE_SERIAL_START, FIELDS(serial_fields), false, "serial.start"},
	{ENVELOPE_SERIAL_STARTED, FIELDS(serial_fields), false, "serial.started"},
	{ENVELOPE_ALIVE, FIELDS(alive_fields), false, "framebus.alive"},
	{ENVELOPE_LOSSY_LINK_START, NULL, 0, false, "routing.lossy.link.start"},
};

const struct envelope_shape *envelope_shape_of(enum envelope_kind kind)
{
	for (size_t i = 0; i < COUNT(shapes); i++)
		if (shapes[i].kind == kind)
			return &shapes[i];
	return NULL;
}

const struct envelope_shape *envelope_shape_of_type(const char *type)
{
	for (size_t i = 0; i < COUNT(shapes); i++)
		if (strcmp(shapes[i].type, type) == 0)
			return &shapes[i];
	return NULL;
}
