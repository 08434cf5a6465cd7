#include "base/clock.h"
#include "capture/folders.h"
#include "capture/sink.h"

enum { READER_RETRY_MS = 50 };

bool sink_can_wait(const struct sink_config *config)
{
	return folders_can_wait(&config->rotation, config->path);
}

int sink_timeout_ms(const struct sink *s)
{
	if (s->away)
		return READER_RETRY_MS;
	return s->unflushed_since || s->unsynced_since || s->config.rotation.seconds
	               ? SINK_FLUSH_AFTER_MS
	               : -1;
}

enum output_state sink_flush(struct sink *s)
{
	return s->file ? sink_note(s, file_flush(s->file, &s->why)) : s->state;
}

int sink_sync(struct sink *s)
{
	struct why why;

	if (s->state == OUTPUT_OPEN && sink_flush(s) == OUTPUT_FAILED)
		return -1;
	s->unsynced_since = 0;
	if (!s->file || file_sync(s->file, &why) == 0)
		return 0;
	if (s->state != OUTPUT_FAILED)
		s->why = why;
	sink_note(s, OUTPUT_FAILED);
	return -1;
}

/* What a loss of power can take with it is the last second: a disk is not asked for each frame. */
static enum output_state sync_if_due(struct sink *s)
{
	int64_t now = monotonic_ns();

	if (!s->config.durable || s->state != OUTPUT_OPEN || !s->file || !s->unsynced_since ||
	    now - s->unsynced_since < SINK_FLUSH_AFTER_MS * INT64_C(1000000))
		return s->state;
	sink_sync(s);
	return s->state;
}

/* What a crash can take with it is the last second. */
static enum output_state flush_if_due(struct sink *s)
{
	if (s->state != OUTPUT_OPEN || !s->file || file_is_flushed(s->file)) {
		s->unflushed_since = 0;
		return s->state;
	}
	int64_t now = monotonic_ns();
	if (!s->unflushed_since)
		s->unflushed_since = now;
	if (now - s->unflushed_since < SINK_FLUSH_AFTER_MS * INT64_C(1000000))
		return s->state;
	s->unflushed_since = 0;
	return sink_flush(s);
}

enum output_state sink_write_due(struct sink *s)
{
	flush_if_due(s);
	return sync_if_due(s);
}
