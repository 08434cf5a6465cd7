/* slip_encode.c - frames to the line. */
#include "slip.h"

#include "kernels/slip_kernels.h"

size_t slip_encoded_size(const uint8_t *in, size_t n)
{
	return n + slip_kernels()->count(in, n) + 2;
}

long slip_encode(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run;

	if (size < 2)
		return SLIP_ESPACE;
	out[0] = SLIP_END;
	run = slip_kernels()->escape(out + 1, size - 2, in, n);
	if (run.used < n)
		return SLIP_ESPACE;
	out[1 + run.written] = SLIP_END;
	return (long)(run.written + 2);
}

long slip_encode_pieces(struct slip_piece *pieces, size_t max, const uint8_t *in, size_t n)
{
	static const uint8_t end[] = {SLIP_END}, esc_end[] = {SLIP_ESC, SLIP_ESC_END},
			     esc_esc[] = {SLIP_ESC, SLIP_ESC_ESC};
	const struct slip_kernels *kernels = slip_kernels();
	size_t count = 0, used = 0;

	if (max < 2)
		return SLIP_ESPACE;
	pieces[count++] = (struct slip_piece){end, 1};
	while (used < n) {
		size_t length = kernels->span(in + used, n - used);

		if (count == max)
			return SLIP_ESPACE;
		if (length > 0) {
			pieces[count++] = (struct slip_piece){in + used, length};
			used += length;
		} else {
			pieces[count++] =
				(struct slip_piece){in[used] == SLIP_END ? esc_end : esc_esc, 2};
			used++;
		}
	}
	if (count == max)
		return SLIP_ESPACE;
	pieces[count++] = (struct slip_piece){end, 1};
	return (long)count;
}

enum state { READY, OPEN, OWES_ESC_END, OWES_ESC_ESC };

void slip_encoder_init(struct slip_encoder *e)
{
	e->state = READY;
}

/* The opening END, or the second octet of an escape that the last buffer had no room for. */
static size_t write_owed(struct slip_encoder *e, uint8_t *out, size_t size)
{
	if (e->state == OPEN || size == 0)
		return 0;
	out[0] = e->state == READY          ? SLIP_END
	         : e->state == OWES_ESC_END ? SLIP_ESC_END
	                                    : SLIP_ESC_ESC;
	e->state = OPEN;
	return 1;
}

size_t slip_encoder_push(struct slip_encoder *e, uint8_t *out, size_t size, size_t *written,
                         const uint8_t *in, size_t n)
{
	struct slip_run run;

	*written = 0;
	if (n == 0)
		return 0;
	*written = write_owed(e, out, size);
	run = slip_kernels()->escape(out + *written, size - *written, in, n);
	*written += run.written;
	if (run.used < n && *written < size) {
		e->state = in[run.used++] == SLIP_END ? OWES_ESC_END : OWES_ESC_ESC;
		out[(*written)++] = SLIP_ESC;
	}
	return run.used;
}

bool slip_encoder_end(struct slip_encoder *e, uint8_t *out, size_t size, size_t *written)
{
	*written = write_owed(e, out, size);
	if (e->state != OPEN || *written == size)
		return false;
	out[(*written)++] = SLIP_END;
	e->state = READY;
	return true;
}
