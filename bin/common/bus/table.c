#include "bus/table.h"

static amqp_table_entry_t entry(const char *key, uint8_t kind)
{
	return (amqp_table_entry_t){.key = amqp_cstring_bytes(key), .value.kind = kind};
}

amqp_table_entry_t table_text(const char *key, const char *value)
{
	amqp_table_entry_t e = entry(key, AMQP_FIELD_KIND_UTF8);

	e.value.value.bytes = amqp_cstring_bytes(value);
	return e;
}

amqp_table_entry_t table_number(const char *key, uint64_t value)
{
	amqp_table_entry_t e = entry(key, AMQP_FIELD_KIND_I64);

	e.value.value.i64 = (int64_t)value;
	return e;
}

amqp_table_entry_t table_true(const char *key)
{
	amqp_table_entry_t e = entry(key, AMQP_FIELD_KIND_BOOLEAN);

	e.value.value.boolean = 1;
	return e;
}

amqp_table_entry_t table_nested(const char *key, amqp_table_t value)
{
	amqp_table_entry_t e = entry(key, AMQP_FIELD_KIND_TABLE);

	e.value.value.table = value;
	return e;
}
