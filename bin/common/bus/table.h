/* table.h - entries of an AMQP table (AMQP 0-9-1, 4.2.5.5). Nothing is copied: texts must outlive
 * the entry. */
#ifndef TABLE_H
#define TABLE_H

#include <amqp.h>

amqp_table_entry_t table_text(const char *key, const char *value);
amqp_table_entry_t table_number(const char *key, uint64_t value);
amqp_table_entry_t table_true(const char *key);
amqp_table_entry_t table_nested(const char *key, amqp_table_t value);

static inline amqp_table_t table_of(amqp_table_entry_t *entries, int count)
{
	return (amqp_table_t){.num_entries = count, .entries = entries};
}

#endif
