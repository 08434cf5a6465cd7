#include "frame_keys/frame_keys.h"

const struct option_spec frame_keys_specs[] = {
	{SECTION_OUTPUT, 0, "frame-keys", "FILE", OPTION_FILE(struct frame_keys_options, path),
         .yields = "who raw", .help = "keys of secured 802.15.4 frames: lines show what is inside",
         .more = "With outputs of lines, of text or JSON. See 'Secured frames'. The file is "
                 "described "
                 "in framebus-keys(5)."},
	{.name = NULL},
};

int frame_keys_options_settle(struct frame_keys_options *o, unsigned count, struct why *why)
{
	if (!o->path || (!count && option_yields("frame-keys", NULL)))
		return 0;
	if (!count)
		return why_set(why, "--frame-keys needs lines, of text or JSON: captures are "
		                    "written as the frames came");
	return frame_keys_new(o->keys, count, o->path, why);
}
