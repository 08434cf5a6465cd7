/* bin/common/probe/recognise: streams are named by their beginning, whole and cut anywhere. */
#include "inputs.h"

#include "frame.h"
#include "probe/hdlc.h"
#include "probe/recognise.h"
#include "slip.h"

static struct recognised of(const uint8_t *octets, size_t n)
{
	return recognise(guarded(octets, n), n);
}

#define NAMED(text, wanted)                                                                        \
	cr_expect_eq(of((const uint8_t *)(text), sizeof(text) - 1).language, wanted, "%s: %s",     \
	             #text,                                                                        \
	             recognise_name(of((const uint8_t *)(text), sizeof(text) - 1).language))

Test(recognise, captures)
{
	NAMED("\xd4\xc3\xb2\xa1\2\0\4\0", LINE_PCAP);
	NAMED("\xa1\xb2\xc3\xd4\0\2\0\4", LINE_PCAP);
	NAMED("\x4d\x3c\xb2\xa1\2\0\4\0", LINE_PCAP);
	NAMED("\xa1\xb2\x3c\x4d\0\2\0\4", LINE_PCAP);
	NAMED("\x0a\x0d\x0d\x0a\x1c\0\0\0", LINE_PCAPNG);
	NAMED("\x1f\x8b\x08\0\xc0\x41\x88\xc0", LINE_COMPRESSED);
	cr_expect(recognise_may_be_capture((const uint8_t *)"\xd4\xc3", 2));
	cr_expect_not(recognise_may_be_capture((const uint8_t *)"\xc0", 1));
}

Test(recognise, lines_of_firmwares)
{
	NAMED("boot\r\n\xc1\x1f\xfe\x72\x02\x01\x00\x01\x0f", LINE_SENSNIFF);
	NAMED("uart:~$ receive\r\nreceived: 41880041 power: -60 lqi: 200 time: 12\r\n",
	      LINE_NRF_SNIFFER);
	NAMED("\xc0\x41\x88\x00\x41\x25\x01\x00\x02\x00\x7b\xc0", LINE_SLIP);
	NAMED("\xc0\x02\x00\x2a\xc0", LINE_SLIP);
	NAMED("*** Booting Zephyr OS build v3.7 ***\r\n[00:00:00] <inf> main: up\r\n", LINE_TEXT);
	NAMED("\xc0", LINE_UNKNOWN);
	NAMED("", LINE_UNKNOWN);
	NAMED("nothing", LINE_UNKNOWN);
}

Test(recognise, text_of_every_encoding)
{
	NAMED("Gr\xc3\xbc\xc3\x9f"
	      "e aus dem Labor\r\n",
	      LINE_TEXT);
	NAMED("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xf0\x9f\x90\x9d\xe2\x82\xac\n",
	      LINE_TEXT);
	NAMED("\xff\xfeh\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0,\0 \0l\0o\0g\0\n\0", LINE_TEXT);
	NAMED("\xfe\xff\0h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0,\0 \0l\0o\0g\0\n", LINE_TEXT);
	NAMED("h\0e\0l\0l\0o\0 \0w\0o\0r\0l\0d\0,\0 \0\xe4\0 \0l\0o\0g\0\n\0", LINE_TEXT);
	/* cut characters, octets that begin none */
	NAMED("\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3\xc3", LINE_UNKNOWN);
	NAMED("\0h\0\0\0l\0\0\0o\0\0\0w\0\0\0o\0\0\0r\0\0\0l\0\0\0d\0\0\0,", LINE_NOISE);
}

/* Of a file more is looked at, behind what may stand before a line's first words. */
Test(recognise, behind_noise_and_text)
{
	const uint8_t reset[] = {0x80, 0x06, 0x00, 0x70};
	static uint8_t file[RECOGNISE_ENOUGH * 3];

	for (unsigned kind = 0; kind < 3; kind++) {
		size_t n = RECOGNISE_ENOUGH * 2;

		for (size_t i = 0; i < n; i++)
			file[i] = kind == 0 ? (uint8_t) "boot log\n"[i % 9]
			                    : (uint8_t)(kind == 1 ? 0 : i * 37);
		n += (size_t)hdlc_encode(file + n, 64, reset, sizeof reset);
		cr_expect_neq(recognise_file(guarded(file, n), n).language, LINE_HDLC,
		              "one may be chance");
		n += (size_t)hdlc_encode(file + n, 64, reset, sizeof reset);
		cr_expect_eq(recognise_file(guarded(file, n), n).language, LINE_HDLC);
		cr_expect_neq(of(file, n).language, LINE_HDLC, "of a port, only the beginning");
	}
	memcpy(file + RECOGNISE_ENOUGH * 2, "\xc1\x1f\xfe\x72\x02\x01\x00\x01\x0f", 9);
	cr_expect_eq(recognise_file(file, RECOGNISE_ENOUGH * 2 + 9).language, LINE_SENSNIFF);
	memcpy(file + RECOGNISE_ENOUGH * 2, "received: 41 power: -6", 22);
	cr_expect_eq(recognise_file(file, RECOGNISE_ENOUGH * 2 + 22).language, LINE_NRF_SNIFFER);
}

Test(recognise, spinel)
{
	const uint8_t reset[] = {0x80, 0x06, 0x00, 0x70};
	uint8_t line[32];
	size_t n = hdlc_encode(line, sizeof line, reset, sizeof reset);

	cr_expect_eq(of(line, n).language, LINE_HDLC);
	line[3] ^= 1;
	cr_expect_neq(of(line, n).language, LINE_HDLC, "with a wrong FCS it says nothing");
}

/* A line of random octets is noise, and frames on it are SLIP, whatever is in them. */
Test(recognise, noise_and_frames)
{
	unsigned noise = 0, slip = 0;

	random_seed("test_recognise");
	for (unsigned run = 0; run < 1000; run++) {
		uint8_t line[4096], frame[100] = {0x61, 0x88, 0x00, 0x62, 0x1a, 1, 0, 2, 0};
		size_t n = 0;

		for (size_t i = 0; i < sizeof line; i++)
			line[i] = (uint8_t)random_next();
		noise += of(line, sizeof line).language == LINE_NOISE;
		for (unsigned f = 0; f < 10; f++) {
			for (size_t i = 9; i < sizeof frame; i++)
				frame[i] = (uint8_t)random_next();
			n += (size_t)slip_encode(line + n, sizeof line - n, frame,
			                         20 + random_next() % 80);
		}
		slip += of(line, n).language == LINE_SLIP;
	}
	cr_expect_geq(noise, 950, "%u", noise);
	cr_expect_eq(slip, 1000);
}

Test(recognise, names)
{
	for (int i = LINE_UNKNOWN; i <= LINE_COMPRESSED; i++) {
		enum line_language language = (enum line_language)i;
		const char *firmware = recognise_firmware(language);

		cr_expect(recognise_name(language));
		cr_expect(!firmware || recognise_language_of(firmware) == language);
	}
	cr_expect_eq(recognise_language_of("serial-radio"), LINE_SLIP);
}
