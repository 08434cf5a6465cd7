#include "base/text.h"
#include "probe/serial.h"

static void make_text(char *out, size_t size)
{
	for (size_t i = 0; i < size && out[i]; i++)
		if ((unsigned char)out[i] < 0x20 || (unsigned char)out[i] > 0x7e)
			out[i] = '.';
}

void serial_describe(char *out, size_t size, const struct serial_info *info)
{
	struct text t = {out, size, 0};

	*out = '\0';
	text_add(&t, "%s%s%s", info->vendor, info->vendor[0] && info->product[0] ? " " : "",
	         info->product);
	if (info->serial[0])
		text_add(&t, "%sserial %s", t.length ? ", " : "", info->serial);
	make_text(out, size);
}
