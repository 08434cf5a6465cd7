/* absent.c - what stands in the place of this room where the build has no libcrypto. */
#include "frame_keys/frame_keys.h"
#include "packet/block.h"
#include "packet/json_lines.h"
#include "packet/lines.h"

int frame_keys_new(struct frame_keys *keys[], unsigned count, const char *path, struct why *why)
{
	(void)keys;
	(void)count;
	return why_set(why,
	               "--frame-keys %s: this one was built without libcrypto, which decrypts "
	               "(install libssl-dev and build it again)",
	               path);
}

void frame_keys_free(struct frame_keys *k)
{
	(void)k;
}

size_t frame_keys_line(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p)
{
	(void)k;
	return readable_frame(out, size, p);
}

size_t frame_keys_json(const struct frame_keys *k, char *out, size_t size,
                       const struct envelope_packet *p)
{
	(void)k;
	return json_frame(out, size, p);
}

size_t frame_keys_block(const struct frame_keys *k, char *out, size_t size,
                        const struct envelope_packet *p)
{
	(void)k;
	return readable_block(out, size, p);
}

void frame_keys_open(struct frame_keys *k, const struct envelope_packet *p)
{
	(void)k;
	(void)p;
}

void frame_keys_learn(struct frame_keys *k, const struct envelope_packet *p)
{
	(void)k;
	(void)p;
}
