/* What frames in SLIP may say: see fuzz_firmware.h. */
#include "fuzz_firmware.h"

FUZZ_FIRMWARE(0, FUZZ_FRAME, "\xc0\xc0\x41\x88\x07\xcd\xab\x02\x00\x01\x00\x68\x65\x6c\x6c\x6f\xc0")
