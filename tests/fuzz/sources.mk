# Fuzz targets that need less than their whole room (FUZZ_SOURCES_NAME), and flags of their own (FUZZ_FLAGS_NAME).
FUZZ_SOURCES_fuzz_capture_pcapng = bin/common/capture/pcapng_parse.c
FUZZ_SOURCES_fuzz_capture_control = bin/common/capture/extcap_control.c
FUZZ_SOURCES_fuzz_tun_requests = bin/amqp-tun/privileged/verdict.c bin/amqp-tun/protocol.c bin/amqp-tun/address.c $(call sources,bin/common/base)
FUZZ_SOURCES_fuzz_tun_check = $(addprefix bin/amqp-tun/,check.c icmp.c sources.c address.c) $(wildcard libenvelope/envelope_ip*.c libenvelope/envelope_checksum.c libenvelope/envelope_vnet.c) bin/common/base/words.c bin/common/base/text.c
FUZZ_SOURCES_fuzz_probe_hdlc = bin/common/probe/hdlc.c
FUZZ_SOURCES_fuzz_probe_text = $(addprefix bin/common/probe/,text.c fcs.c recognise.c hdlc.c) $(call sources,libslip) $(call sources,libframe)
FUZZED_PROBE = $(filter-out %_hdlc %_text,$(filter fuzz_probe_%,$(FUZZERS)))
$(foreach f,$(FUZZED_PROBE),$(eval FUZZ_SOURCES_$(f) = $$(wildcard $$(addprefix bin/common/,probe/firmware*.c probe/hdlc.c probe/own_echo.c \
	probe/recognise.c probe/spinel.c probe/sensniff.c probe/stand_in.c probe/text.c base/text.c base/words.c)) $$(call sources,libslip) $$(call sources,libframe)))
FUZZ_SOURCES_fuzz_capture_reader = $(addprefix bin/common/capture/,input.c pcapng_parse.c reader.c) $(foreach part,bin/common/base bin/common/packet libframe,$(call sources,$(part))) \
                                   libenvelope/envelope_ip.c
FUZZ_SOURCES_fuzz_bus_url = bin/common/bus/url.c bin/common/bus/query.c $(call sources,bin/common/base)
# What lives as long as a tool ends with an input: tests/fuzz/fuzz_memory.h.
FUZZ_FLAGS_fuzz_base_options = -Wl,--wrap=malloc,--wrap=strdup,--wrap=free
FUZZ_FLAGS_fuzz_capture_reader = -Wl,--wrap=calloc,--wrap=free
FUZZ_FLAGS_fuzz_bus_url = $(FUZZ_FLAGS_fuzz_base_options)
FUZZ_SOURCES_fuzz_bus_properties = $(addprefix bin/common/bus/,properties.c content.c) $(addprefix bin/common/base/,json_text.c text.c)
FUZZ_SOURCES_fuzz_keys_file = $(addprefix bin/common/frame_keys/,keys_file.c keys_words.c) bin/common/base/words.c bin/common/base/text.c
FUZZ_SOURCES_fuzz_keys_open = $(foreach part,bin/common/frame_keys bin/common/base bin/common/packet libframe libframe-ccm,$(call sources,$(part))) libenvelope/envelope_ip.c
FUZZ_FLAGS_fuzz_keys_open = -lcrypto -Wl,--wrap=CRYPTO_memcmp
FUZZED_ROUTE = $(sort agent capture $(call closure,agent) $(call closure,capture))
FUZZ_SOURCES_fuzz_route_links = $(addprefix bin/amqp-route/,links.c look.c impair.c random.c) $(foreach part,$(FUZZED_ROUTE),$(call sources,$(if $(filter $(part),$(ROOMS)),bin/common/)$(part)))
FUZZ_FLAGS_fuzz_route_links = $(call pkg,--cflags --libs,$(foreach p,$(FUZZED_ROUTE),$(PKGS_$(p))))
