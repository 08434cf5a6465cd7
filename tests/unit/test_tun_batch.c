/* amqp-tun: packets to message bodies, one batch a receiver. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/batch.h"
#include "tun_test.h"

struct sent {
	char keys[8][256], copies[8][256];
	const char *types[8];
	unsigned units[8], count, packets;
	size_t octets;
	uint8_t last_octets[8]; /* of the last packet of a gso body */
};

static void note_sent(void *context, const struct bus_publication *p)
{
	struct sent *sent = context;

	cr_assert_lt(sent->count, 8);
	snprintf(sent->keys[sent->count], sizeof sent->keys[0], "%s", p->key);
	snprintf(sent->copies[sent->count], sizeof sent->copies[0], "%s",
	         p->copy_of ? p->copy_of : "");
	sent->types[sent->count] = p->content_type;
	sent->units[sent->count++] = p->units;
	sent->packets += p->units;
	if (strcmp(p->content_type, ENVELOPE_PCAP) == 0) {
		struct envelope_pcap_reader reader;
		struct envelope_packet packet;
		unsigned found = 0;

		cr_assert_eq(envelope_pcap_reader_init(&reader, p->body, p->length), ENVELOPE_OK);
		while (envelope_pcap_read(&reader, &packet) == 1) {
			found++;
			sent->octets += packet.length;
		}
		cr_assert_eq(found, p->units);
	}
	if (strcmp(p->content_type, ENVELOPE_GSO) == 0) {
		struct envelope_gso_reader reader;
		struct envelope_gso_packet packet;
		unsigned found = 0;

		cr_assert_eq(envelope_gso_reader_init(&reader, p->body, p->length), ENVELOPE_OK);
		while (envelope_gso_read(&reader, &packet) == 1) {
			found++;
			sent->octets += packet.packet.length;
			sent->last_octets[sent->count - 1] =
				packet.packet.data[packet.packet.length - 1];
		}
		cr_assert_eq(found, p->units);
	}
}

static void open_batches(struct tunnel *t, const struct settings *s, struct sent *sent,
                         struct batches **b)
{
	*t = (struct tunnel){.settings = s, .peers = peers_new(s), .device = -1};
	snprintf(t->interface.name, sizeof t->interface.name, "tun0");
	memset(sent, 0, sizeof *sent);
	*b = batches_new(t, note_sent, sent);
	cr_assert(*b);
}

static void close_batches(struct tunnel *t, struct batches *b)
{
	batches_free(b);
	peers_free(t->peers);
}

static unsigned put_super(struct batches *b, int receiver, const struct envelope_vnet *vnet,
                          const struct envelope_packet *p)
{
	uint8_t *room = batches_room(b);

	envelope_vnet_build(room, vnet);
	memcpy(room + ENVELOPE_VNET_HEADER, p->data, p->length);
	return batches_add(b, receiver, ENVELOPE_VNET_HEADER + p->length, p->time_ns);
}

static void put(struct batches *b, int receiver, const struct envelope_packet *p)
{
	cr_expect_eq(put_super(b, receiver, &(struct envelope_vnet){.flags = 0}, p), 1);
}

Test(tun, json_has_one_packet_a_message)
{
	struct settings s = RESOLVED(.name = "agent_1");
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                            ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	put(b, PEERS_NOBODY, &p);
	cr_expect_eq(sent.count, 1, "a lone packet is not held back");
	put(b, PEERS_NOBODY, &p);
	batches_flush(b);
	cr_expect_eq(sent.count, 2);
	cr_expect_str_eq(sent.keys[0], "fromAgent.agent_1.ip.tun.packet.raw");
	cr_expect_str_eq(sent.types[0], ENVELOPE_JSON);
	close_batches(&t, b);
}

Test(tun, pcap_has_all_that_waits)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	static uint8_t octets[65535];
	struct envelope_packet small = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                                ENVELOPE_LINK_RAW},
			       large = {octets, 65535, 1, ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "pcap");
	for (unsigned i = 0; i < 100; i++)
		put(b, PEERS_NOBODY, &small);
	cr_expect_eq(sent.count, 0);
	batches_flush(b);
	cr_expect_eq(sent.count, 1);
	cr_expect_eq(sent.units[0], 100);
	batches_flush(b);
	cr_expect_eq(sent.count, 1, "nothing twice");
	for (unsigned i = 0; i < 3; i++)
		put(b, PEERS_NOBODY, &large);
	batches_flush(b);
	cr_expect_eq(sent.packets, 103);
	cr_expect_eq(sent.octets, 100 * small.length + 3 * large.length);
	close_batches(&t, b);
}

Test(tun, gso_has_super_packets_and_the_others_what_they_stand_for)
{
	static const struct {
		const char *reads, *type;
		unsigned packets, bodies;
	} cases[] = {{"json,pcap,gso", ENVELOPE_GSO, 1, 1},
	             {"json,pcap", ENVELOPE_PCAP, 4, 1},
	             {"json", ENVELOPE_JSON, 4, 4}};
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	uint8_t octets[512];
	struct envelope_vnet vnet;
	struct envelope_packet p = tcp_super(octets, &vnet);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tunnel t;
		struct sent sent;
		struct batches *b;

		open_batches(&t, &s, &sent, &b);
		t.interface.offload = true;
		hear(t.peers, 0, "bbbb", "2", "s", cases[i].reads);
		cr_expect_eq(put_super(b, PEERS_NOBODY, &vnet, &p), cases[i].packets);
		batches_flush(b);
		cr_assert_eq(sent.count, cases[i].bodies);
		cr_expect_str_eq(sent.types[0], cases[i].type);
		cr_expect_eq(sent.packets, cases[i].packets);
		if (i == 1)
			cr_expect_eq(sent.octets, 4 * 60 + 320,
			             "the headers four times, the payload once");
		close_batches(&t, b);
	}
}

Test(tun, gso_goes_out_when_the_next_one_might_not_fit)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	static uint8_t octets[65535];
	struct envelope_packet small = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                                ENVELOPE_LINK_RAW},
			       large = {octets, 65535, 1, ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "json,pcap,gso");
	put(b, PEERS_NOBODY, &small);
	batches_flush(b);
	cr_expect_str_eq(sent.types[0], ENVELOPE_PCAP,
	                 "a device without super-packets gains nothing");
	t.interface.offload = true;
	put(b, PEERS_NOBODY, &small);
	put(b, PEERS_NOBODY, &small);
	put(b, PEERS_NOBODY, &large);
	cr_expect_eq(sent.count, 1);
	put(b, PEERS_NOBODY, &large);
	cr_assert_eq(sent.count, 2, "what came first goes first");
	cr_expect_eq(sent.units[1], 3);
	cr_expect_eq(sent.octets, small.length + 2 * small.length + large.length);
	hear(t.peers, 0, "bbbb", "2", "t", "json,pcap");
	put(b, PEERS_NOBODY, &small);
	cr_expect_eq(sent.count, 3);
	hear(t.peers, 0, "bbbb", "2", "u", "json,pcap,gso");
	put(b, PEERS_NOBODY, &small);
	cr_assert_eq(sent.count, 4, "another encoding: the batch that has begun goes first");
	cr_expect_str_eq(sent.types[3], ENVELOPE_PCAP);
	cr_expect_eq(put_super(b, PEERS_NOBODY, &(struct envelope_vnet){.hdr_len = 100}, &small), 0,
	             "an impossible header");
	hear(t.peers, 0, "bbbb", "2", "v", "json");
	put(b, PEERS_NOBODY, &small);
	batches_flush(b);
	cr_assert_eq(sent.count, 6);
	cr_expect_str_eq(sent.types[4], ENVELOPE_GSO);
	cr_expect_str_eq(sent.types[5], ENVELOPE_JSON);
	cr_expect_eq(sent.packets, 8);
	close_batches(&t, b);
}

/* A packet is read into the body for the peer of the last one. */
Test(tun, each_peer_gets_its_own)
{
	static const unsigned units[] = {1, 4, 2}, last[] = {3, 6, 5};
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b", "c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                            ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	t.interface.offload = true;
	for (unsigned peer = 0; peer < 2; peer++)
		hear(t.peers, peer, "bbbb", peer ? "3" : "2", "s", "json,pcap,gso");
	for (unsigned i = 0; i < 7; i++) {
		int receiver = i == 3 ? PEERS_NOBODY : (int)(i % 2);

		octets[p.length - 1] = (uint8_t)i;
		put(b, receiver, &p);
	}
	cr_expect_eq(sent.count, 0);
	batches_flush(b);
	cr_assert_eq(sent.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(sent.units[i], units[i]);
		cr_expect_eq(sent.last_octets[i], last[i]);
	}
	cr_expect_str_eq(sent.keys[0], "framebus.tun.agent_1");
	cr_expect_str_eq(sent.keys[2], "framebus.tun.agent_1.c");
	octets[p.length - 1] = 9;
	put(b, 1, &p);
	hear(t.peers, 1, "bbbb", "3", "t", "json,pcap");
	put(b, 1, &p);
	cr_assert_eq(sent.count, 4);
	cr_expect_eq(sent.last_octets[3], 9,
	             "whole, though the next one was read into the same body");
	batches_flush(b);
	cr_expect_eq(sent.octets, 8 * p.length + p.length);
	close_batches(&t, b);
}

static void expect_keys(const struct sent *sent, unsigned count, const char *const *keys)
{
	cr_assert_eq(sent->count, count);
	for (unsigned i = 0; i < count; i++)
		cr_expect_str_eq(sent->keys[i], keys[i]);
}

Test(tun, an_old_peer_is_reached_by_one_way_alone)
{
	static const char *const plain[] = {"fromAgent.a.ip.tun.packet.raw"},
				 *const direct[] = {"toAgent.c.ip.tun.packet.raw"},
				 *const both[] = {"toAgent.b.ip.tun.packet.raw",
	                                          "toAgent.c.ip.tun.packet.raw"},
				 *const mixed[] = {"toAgent.c.ip.tun.packet.raw", "framebus.tun.a"};
	struct settings s = RESOLVED(.name = "a", .peers = LIST("b", "c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                            ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	put(b, 1, &p);
	expect_keys(&sent, 1, plain);
	peers_note_nobody(t.peers);
	sent.count = 0;
	put(b, 1, &p);
	expect_keys(&sent, 1, direct);
	sent.count = sent.packets = 0;
	put(b, PEERS_NOBODY, &p);
	expect_keys(&sent, 2, both);
	cr_expect_eq(sent.packets, 1);
	peers_note_unreached(t.peers, 1);
	sent.count = 0;
	put(b, 1, &p);
	expect_keys(&sent, 1, plain);
	hear(t.peers, 0, "bbbb", "2", "s", "json,pcap");
	hear(t.peers, 1, "bbbb", "3", "", "");
	sent.count = sent.packets = 0;
	put(b, PEERS_NOBODY, &p);
	batches_flush(b);
	expect_keys(&sent, 2, mixed);
	cr_expect_eq(sent.packets, 1);
	peers_give_up_own_keys(t.peers);
	sent.count = 0;
	put(b, 0, &p);
	expect_keys(&sent, 1, plain);
	close_batches(&t, b);
}

Test(tun, who_is_said_to_be_old_is_reached_directly_whatever_it_says)
{
	static const char *const direct[] = {"toAgent.c.ip.tun.packet.raw"};
	struct settings s = RESOLVED(.name = "a", .peers_old = LIST("c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                            ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "3", "s", "json,pcap,gso");
	peers_note_unreached(t.peers, 0);
	put(b, PEERS_NOBODY, &p);
	expect_keys(&sent, 1, direct);
	close_batches(&t, b);
}

Test(tun, what_is_for_one_peer_has_its_key)
{
	struct settings s = RESOLVED(.name = "a", .peers = LIST("b", "c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                            ENVELOPE_LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "pcap");
	put(b, 0, &p);
	put(b, 1, &p);
	put(b, PEERS_NOBODY, &p);
	put(b, 0, &p);
	batches_flush(b);
	cr_assert_eq(sent.count, 4);
	cr_expect_str_eq(sent.keys[0], "fromAgent.a.ip.tun.packet.raw",
	                 "c has not said what it is");
	cr_expect_str_eq(sent.types[0], ENVELOPE_JSON);
	cr_expect_str_eq(sent.copies[0], "");
	cr_expect_str_eq(sent.keys[1], "fromAgent.a.ip.tun.packet.raw");
	cr_expect_str_eq(sent.copies[1], "framebus.tun.a", "b has it by another way");
	cr_expect_str_eq(sent.keys[2], "framebus.tun.a");
	cr_expect_str_eq(sent.types[2], ENVELOPE_PCAP);
	cr_expect_str_eq(sent.keys[3], "framebus.tun.a.b");
	cr_expect_str_eq(sent.types[3], ENVELOPE_PCAP);
	cr_expect_eq(sent.units[3], 2);
	cr_expect_eq(sent.packets, 4, "each packet counts once");
	close_batches(&t, b);
}

/* Other ends refuse segments as short as these. */
Test(tun, short_segments_of_this_hosts_kernel_are_cut_up_here)
{
	static const char *const reads[] = {"json,pcap,gso", "json,pcap", ""};
	uint8_t super_octets[512];
	struct envelope_vnet vnet;
	struct envelope_packet super = tcp_super(super_octets, &vnet);

	vnet.gso_size = 40;
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
		struct tunnel t;
		struct sent sent;
		struct batches *b;

		open_batches(&t, &s, &sent, &b);
		t.interface.offload = true;
		hear(t.peers, 0, "bbbb", "2", reads[i][0] ? "s" : "", reads[i]);
		for (unsigned again = 0; again < (i < 2 ? 2 : 1); again++) {
			cr_expect_eq(put_super(b, PEERS_NOBODY, &vnet, &super), 8, "%s", reads[i]);
			cr_expect_eq(batches_octets(b), 8 * (60 + 40));
		}
		batches_flush(b);
		cr_expect_eq(sent.packets, i < 2 ? 16 : 8, "%s", reads[i]);
		cr_expect_eq(sent.count, i < 2 ? 1 : 8);
		vnet.gso_size = 0;
		cr_expect_eq(put_super(b, PEERS_NOBODY, &vnet, &super), 0, "cannot be true");
		vnet.gso_size = 40;
		close_batches(&t, b);
	}
}

Test(tun, what_is_too_long_for_the_receiver_is_cut)
{
	static const char *const reads[] = {"json,pcap,gso", "json,pcap", ""};
	static uint8_t octets[5000];
	struct envelope_vnet none = {.flags = 0};
	struct envelope_packet p = {octets, sizeof octets, 1, ENVELOPE_LINK_RAW};

	make_packet(octets, "10.2.0.1", "10.2.0.2");
	octets[2] = sizeof octets >> 8;
	octets[3] = sizeof octets & 0xff;
	octets[9] = 17;
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
		struct tunnel t;
		struct sent sent;
		struct batches *b;

		open_batches(&t, &s, &sent, &b);
		t.interface.offload = true;
		hear(t.peers, 0, "bbbb", "2", reads[i][0] ? "s" : "", reads[i]);
		put(b, PEERS_NOBODY, &p);
		uint8_t *room = batches_room(b);
		envelope_vnet_build(room, &none);
		memcpy(room + ENVELOPE_VNET_HEADER, octets, sizeof octets);
		cr_expect_eq(batches_add_within(b, PEERS_NOBODY,
		                                ENVELOPE_VNET_HEADER + sizeof octets, 1, 1500),
		             4, "%s", reads[i]);
		cr_expect_eq(batches_octets(b), sizeof octets + 3 * 20);
		batches_flush(b);
		cr_expect_eq(sent.packets, 5);
		if (i < 2)
			cr_expect_eq(sent.octets, 2 * sizeof octets + 3 * 20);
		close_batches(&t, b);
	}
}
