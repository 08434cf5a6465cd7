"""What lines and JSON say of the layers above the MAC, against tshark: random headers of 6LoWPAN built here, a vector for each message
by name, and every capture of the corpus. tshark joins fragments and guesses contexts; neither is compared."""
import ipaddress
import json
import os
import random
import re
import struct
import subprocess
import time

import pytest

from harness import CORPUS, ROOT, binaries_folder

pytestmark = pytest.mark.timeout(300)


def number(text):
    return int(text, 0)


def hexadecimal(text):
    return int(text.replace(":", "").replace("0x", ""), 16)


def address(text):
    return ipaddress.ip_address(text)


def flag(text):
    return text in ("1", "True")


def words(text):
    return text


def nested(frame, name):
    for group in frame.get("payload_ies", ()):
        for ie in group.get("nested", [group]):
            if ie["name"] == name:
                yield ie


def wisun_header(frame, name):
    return next((ie for ie in frame.get("header_ies", ()) if ie.get("wisun") == name), {})


def first(values):
    return next(iter(values), {})


def inside(row, layer):
    return row.get("inside", {}).get(layer, {})


def registration(row):
    return inside(row, "icmpv6").get("registration", {})


# tshark's field: how its text is read, and what of our JSON it is to be; None: we say nothing of it.
FIELDS = {
    "ipv6.src": (address, lambda r: inside(r, "ipv6").get("source")),
    "ipv6.dst": (address, lambda r: inside(r, "ipv6").get("destination")),
    "ipv6.hlim": (number, lambda r: inside(r, "ipv6").get("hop_limit")),
    "udp.srcport": (number, lambda r: inside(r, "udp").get("source")),
    "udp.dstport": (number, lambda r: inside(r, "udp").get("destination")),
    "tcp.srcport": (number, lambda r: inside(r, "tcp").get("source")),
    "tcp.dstport": (number, lambda r: inside(r, "tcp").get("destination")),
    "icmpv6.type": (number, lambda r: inside(r, "icmpv6").get("type")),
    "icmpv6.code": (number, lambda r: inside(r, "icmpv6").get("code")),
    "icmpv6.echo.identifier": (number, lambda r: inside(r, "icmpv6").get("identifier")),
    "icmpv6.echo.sequence_number": (number, lambda r: inside(r, "icmpv6").get("sequence")),
    "icmpv6.opt.aro.status": (number, lambda r: registration(r).get("status")),
    "icmpv6.opt.aro.registration_lifetime": (number, lambda r: registration(r).get("lifetime_min")),
    "icmpv6.opt.aro.eui64": (hexadecimal, lambda r: int(registration(r).get("owner", "0"), 16) or None),
    "icmpv6.6lowpannd.da.status": (number, lambda r: registration(r).get("status")),
    "icmpv6.6lowpannd.da.lifetime": (number, lambda r: registration(r).get("lifetime_min")),
    "icmpv6.6lowpannd.da.eui64": (hexadecimal, lambda r: int(registration(r).get("owner", "0"), 16) or None),
    "icmpv6.opt.prefix": (address, lambda r: inside(r, "icmpv6").get("prefix", {}).get("prefix")),
    "icmpv6.opt.prefix.length": (number, lambda r: inside(r, "icmpv6").get("prefix", {}).get("length")),
    "icmpv6.opt.6co.flag.cid": (number, lambda r: inside(r, "icmpv6").get("context", {}).get("number")),
    "icmpv6.opt.6co.context_length": (number, lambda r: inside(r, "icmpv6").get("context", {}).get("length")),
    "icmpv6.opt.6co.context_prefix": (address, lambda r: inside(r, "icmpv6").get("context", {}).get("prefix")),
    "ipv6.opt.rpl.instance_id": (number, lambda r: inside(r, "rpl_packet_information").get("instance")),
    "ipv6.opt.rpl.sender_rank": (number, lambda r: inside(r, "rpl_packet_information").get("sender_rank")),
    "ipv6.opt.mpl.sequence": (number, lambda r: inside(r, "mpl").get("sequence")),
    "ipv6.opt.mpl.seed_id": (hexadecimal, lambda r: int(inside(r, "mpl").get("seed", "0"), 16) or None),
    "ipv6.routing.rpl.addr_count": (number, lambda r: r.get("inside", {}).get("routing_hops")),
    "dtls.handshake.type": (number, lambda r: HANDSHAKES.get(inside(r, "application").get("word"))),
    "dhcpv6.msgtype": (number, lambda r: {"Solicit": 1, "Relay-reply": 13}.get(inside(r, "application").get("word"))),
    "dns.flags.response": (flag, lambda r: {"query": False, "response": True}.get(inside(r, "application").get("word"))),
    "icmpv6.rpl.dio.instance": (number, lambda r: inside(r, "rpl").get("instance")),
    "icmpv6.rpl.dio.version": (number, lambda r: inside(r, "rpl").get("version")),
    "icmpv6.rpl.dio.rank": (number, lambda r: inside(r, "rpl").get("rank")),
    "icmpv6.rpl.dao.sequence": (number, lambda r: inside(r, "rpl").get("sequence")),
    "icmpv6.rpl.daoack.sequence": (number, lambda r: inside(r, "rpl").get("sequence")),
    "icmpv6.rpl.daoack.status": (number, lambda r: inside(r, "rpl").get("status")),
    "coap.type": (number, lambda r: {"CON": 0, "NON": 1, "ACK": 2, "RST": 3}.get(inside(r, "coap").get("type"))),
    "coap.code": (number, lambda r: inside(r, "coap").get("code")),
    "coap.mid": (number, lambda r: inside(r, "coap").get("message_id")),
    "mle.cmd": (number, lambda r: inside(r, "mle").get("command")),
    "6lowpan.frag.tag": (hexadecimal, lambda r: inside(r, "fragment").get("tag")),
    "6lowpan.frag.size": (number, lambda r: inside(r, "fragment").get("size")),
    "6lowpan.rfrag.tag": (number, lambda r: inside(r, "fragment").get("tag")),
    "6lowpan.rfrag.sequence": (number, lambda r: inside(r, "fragment").get("sequence")),
    "6lowpan.rfrag.size": (number, lambda r: inside(r, "fragment").get("size")),
    "6lowpan.rfrag.datagram_size": (number, lambda r: inside(r, "fragment").get("datagram_size")),
    "6lowpan.mesh.hops": (number, lambda r: inside(r, "mesh").get("hops")),
    "6lowpan.mesh.orig16": (hexadecimal, lambda r: int(inside(r, "mesh").get("originator", "0"), 16) or None),
    "6lowpan.bcast.seqnum": (number, lambda r: r.get("inside", {}).get("broadcast_sequence")),
    "wpan.tsch.asn": (number, lambda r: first(nested(r["frame"], "TSCH Synchronization")).get("asn")),
    "wpan.tsch.join_metric": (number, lambda r: first(nested(r["frame"], "TSCH Synchronization")).get("join_metric")),
    "wpan.6top_code": (number, lambda r: first(nested(r["frame"], "IETF")).get("code")),
    "wpan.6top_seqnum": (number, lambda r: first(nested(r["frame"], "IETF")).get("sequence")),
    "wpan.6top_sfid": (number, lambda r: first(nested(r["frame"], "IETF")).get("sfid")),
    "wpan.mpx.kmp.id": (number, lambda r: KMP.get(first(nested(r["frame"], "MPX")).get("kmp"))),
    "wisun.uttie.type": (number, lambda r: wisun_header(r["frame"], "UTT").get("frame_type")),
    "wisun.uttie.ufsi": (number, lambda r: wisun_header(r["frame"], "UTT").get("fraction")),
    "wisun.btie.slot": (number, lambda r: wisun_header(r["frame"], "BT").get("slot")),
    "wisun.btie.bio": (number, lambda r: wisun_header(r["frame"], "BT").get("offset_ms")),
    "wisun.eaie.eui": (hexadecimal, lambda r: int(wisun_header(r["frame"], "EA").get("authenticator", "0"), 16) or None),
    "wisun.panidie.panid": (number, lambda r: int(wisun_header(r["frame"], "PANID").get("pan", "0"), 16) or None),
    "wisun.netnameie.name": (words, lambda r: first(nested(r["frame"], "NETNAME")).get("network_name")),
    "wisun.panie.size": (number, lambda r: first(nested(r["frame"], "PAN")).get("pan_size")),
    "wisun.panie.cost": (number, lambda r: first(nested(r["frame"], "PAN")).get("routing_cost")),
    "wisun.panie.flags.version": (number, lambda r: first(nested(r["frame"], "PAN")).get("fan_version")),
    "wisun.panie.flags.parent_bsie": (flag, lambda r: first(nested(r["frame"], "PAN")).get("parent_schedule")),
    "wisun.panverie.version": (number, lambda r: first(nested(r["frame"], "PANVER")).get("version")),
    "wisun.usie.channel.function": (number, lambda r: FUNCTIONS.get((first(nested(r["frame"], "US")) or first(nested(
        r["frame"], "BS"))).get("channel_function"))),
    "wisun.usie.dwell": (number, lambda r: (first(nested(r["frame"], "US")) or first(nested(r["frame"], "BS"))).get("dwell_ms")),
    "wisun.bsie.interval": (number, lambda r: first(nested(r["frame"], "BS")).get("interval_ms")),
    "wisun.bsie.schedule": (number, lambda r: first(nested(r["frame"], "BS")).get("schedule_id")),
    "wpan.beacon_order": (number, lambda r: r["frame"].get("beacon", {}).get("beacon_order")),
    "wpan.superframe_order": (number, lambda r: r["frame"].get("beacon", {}).get("superframe_order")),
    "wpan.assoc_permit": (flag, lambda r: r["frame"].get("beacon", {}).get("association_permit")),
    "zbee_beacon.profile": (number, lambda r: network(r, "Zigbee").get("profile")),
    "zbee_beacon.depth": (number, lambda r: network(r, "Zigbee").get("depth")),
    "zbee_beacon.ext_panid": (hexadecimal, lambda r: int(network(r, "Zigbee").get("extended_pan", "0"), 16) or None),
    "zbip_beacon.network_id": (words, lambda r: network(r, "Zigbee IP").get("name")),
    "thread_bcn.network_name": (words, lambda r: network(r, "Thread").get("name")),
    "thread_bcn.epid": (hexadecimal, lambda r: int(network(r, "Thread").get("extended_pan", "0"), 16) or None),
    "thread_bcn.joining": (flag, lambda r: network(r, "Thread").get("joining")),
    "thread_bcn.version": (number, lambda r: network(r, "Thread").get("version")),
    "thread_meshcop.tlv.net_name": (words, lambda r: inside(r, "mle").get("network_name")),
    "thread_meshcop.tlv.xpan_id": (hexadecimal, lambda r: int(inside(r, "mle").get("extended_pan", "0"), 16) or None),
    "zbee_nwk.radius": (number, lambda r: inside(r, "zigbee").get("radius")),
    "zbee_nwk.seqno": (number, lambda r: inside(r, "zigbee").get("sequence")),
    "zbee_nwk.cmd.id": (number, lambda r: inside(r, "zigbee").get("command")),
    "zbee_nwk_gp.source_id": (number, lambda r: int(inside(r, "zigbee").get("device", "0"), 16) or None),
    "zbee_nwk_gp.command_id": (number, lambda r: inside(r, "zigbee").get("command")),
    "zbee_nwk_gp.security_frame_counter": (number, lambda r: inside(r, "zigbee").get("counter")),
    "zbee_aps.type": (number, lambda r: {"data": 0, "command": 1, "ack": 2}.get(inside(r, "zigbee").get("aps_type"))),
    "zbee_aps.cmd.id": (number, lambda r: inside(r, "zigbee").get("aps_command")),
    "zbee_aps.profile": (hexadecimal, lambda r: hexadecimal(inside(r, "zigbee").get("profile", "")) if "profile" in inside(r, "zigbee") else None),
    "zbee_zcl.cmd.id": (number, lambda r: None if inside(r, "zigbee").get("zcl_for_cluster") else inside(r, "zigbee").get("zcl_command")),
    "wisun.luttie.usn": (number, lambda r: wisun_header(r["frame"], "LUTT").get("slot")),
    "wisun.luttie.uio": (number, lambda r: wisun_header(r["frame"], "LUTT").get("fraction")),
    "zbee_aps.cluster": (number, lambda r: int(inside(r, "zigbee").get("cluster", "0"), 16) or None),
    "wpan.assoc.status": (number, lambda r: r["frame"].get("command", {}).get("status")),
    "wpan.disassoc.reason": (number, lambda r: r["frame"].get("command", {}).get("reason")),
}
KMP = {"IEEE 802.1X": 1, "HIP": 2, "IKEv2": 3, "PANA": 4, "Dragonfly": 5, "IEEE 802.11 4-way handshake": 6,
       "IEEE 802.11 group key handshake": 7, "ETSI TS 102 887-2": 8, "vendor's": 255}
HANDSHAKES = {"Client Hello": 1, "Server Hello": 2, "Hello Verify Request": 3, "Finished": 20}
FUNCTIONS = {"fixed": 0, "TR51CF": 1, "DH1CF": 2, "vendor's": 3}
CONTEXT = ("6lowpan.fragment", "6lowpan.reassembled.in", "_ws.malformed", "frame.protocols", "6lowpan.frag.offset")


def network(row, kind):
    found = row["frame"].get("beacon", {}).get("network", {})
    return found if found.get("kind") == kind else {}


def tool(*arguments):
    return subprocess.run([binaries_folder() / "slip-dump", "-q", *arguments], stdout=subprocess.PIPE, check=False).stdout.decode().splitlines()


def ours(path):
    return [json.loads(line) for line in tool("-r", path, "--json")]


def theirs(path):
    names = [*FIELDS, *CONTEXT]
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-o", "wpan.fcs_format:ITU-T CRC-16"]
    for name in names:
        command += ["-e", name]
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
    return [dict(zip(names, line.split("\t"))) for line in output.splitlines()]


def same(mine, text, read, context):
    values = [text] if read is words else text.split(",")
    if read is words and "\\" in mine:
        return True  # escaped
    if read is address:
        half = (1 << 64) - 1
        found = [int(address(v)) for v in values]
        own = int(address(mine))
        return own & half in [v & half for v in found] if context else own in found
    return mine in [read(v) for v in values]


def differences(mine, other):
    """What is not the same in a frame, and how much is."""
    agreed, wrong = 0, []
    for name, (read, get) in FIELDS.items():
        value, text = get(mine), other[name]
        if value is None or not text:
            if value is None and text and expected(name, mine, other):
                wrong.append(f"{name}: {text}, and nothing")
            continue
        context = name in ("ipv6.src", "ipv6.dst") and ("source" if name == "ipv6.src" else "destination") + "_context" in inside(
            mine, "ipv6")
        if same(value, text, read, context):
            agreed += 1
        else:
            wrong.append(f"{name}: {text}, and {value}")
    return agreed, wrong


def expected(name, mine, other):
    """tshark's fields that we must have too: not what it has joined from fragments, nor what a fault keeps us from."""
    if other["6lowpan.fragment"] or other["6lowpan.reassembled.in"] or other["6lowpan.frag.offset"] or "fragment" in mine.get("inside", {}):
        return name.startswith("6lowpan.frag")
    if inside(mine, "zigbee").get("secured") or other["_ws.malformed"] or "fault" in mine["frame"] or "fault" in mine.get("inside", {}):
        return False
    # Quoted in an ICMPv6 error; behind HC1, which is not read; behind a security that tshark looks through.
    return inside(mine, "icmpv6").get("type", 128) >= 128 and mine.get("inside", {}).get("dispatch") != "HC1" and \
        "reserved" not in first(nested(mine["frame"], "MPX")).get("kmp", "")


def compare(path):
    """Of a capture with frames that slip-dump refuses (cut, too short) nothing is compared."""
    agreed, wrong, mine_, theirs_ = 0, [], ours(path), theirs(path)
    if len(mine_) != len(theirs_):
        return 0, []
    for n, (mine, other) in enumerate(zip(mine_, theirs_), 1):
        if "frame" not in mine:
            continue
        count, bad = differences(mine, other)
        agreed += count
        wrong += [f"{path} frame {n}: {b}" for b in bad]
    return agreed, wrong


def write_pcap(path, link_type, frames):
    records = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link_type)]
    records += [struct.pack("<IIII", 1_700_000_000 + i, 0, len(f), len(f)) + f for i, f in enumerate(frames)]
    path.write_bytes(b"".join(records))
    return path


def captures(link_type):
    """tcpdump's are frames that were cut, which slip-dump refuses."""
    for path in sorted(CORPUS.rglob("*.pcap")):
        head = path.read_bytes()[:24]
        if head[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") and struct.unpack_from("<I", head, 20)[0] == link_type and \
                "tcpdump" not in path.parts:
            yield path


@pytest.mark.parametrize("link_type", [195, 230])
def test_the_corpus(tmp_path, link_type):
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS}: no corpus here")
    merged = tmp_path / "merged.pcap"
    subprocess.run(["mergecap", "-a", "-F", "pcap", "-w", merged, *captures(link_type)], check=True)
    agreed, wrong = compare(merged)
    print(agreed, "fields agree")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:40])
    assert agreed > 20


# --- vectors, and what is drawn ---

SHORT = bytes.fromhex("4188 01 cdab 0200 0100".replace(" ", ""))
LONG = bytes.fromhex("41cc 02 cdab 0807060504030201 1817161514131211".replace(" ", ""))
IPHC = "7e33"  # hop limit 64, both addresses from the link, a compressed next header
VECTORS = [
    # ICMPv6 and RPL, one each; not compressed: next header 58
    *[(f"7a33 3a {t:02x}00 0000" + "00000000" + "fe80" + "00" * 13 + "05", name) for t, name in
      ((128, "ICMPv6 echo request id 0 seq 0"), (129, "ICMPv6 echo reply id 0 seq 0"), (133, "ICMPv6 RS"), (134, "ICMPv6 RA"),
       (135, "ICMPv6 NS of fe80::5"), (136, "ICMPv6 NA of fe80::5"), (1, "ICMPv6 destination unreachable"),
       (2, "ICMPv6 packet too big"), (3, "ICMPv6 time exceeded"), (4, "ICMPv6 parameter problem"))],
    ("7a33 3a 9d00 0000 01 00 0005 0102030405060708 fe80000000000000 0000000000000007", "ICMPv6 DAR of fe80::7"),
    ("7a33 3a 9e00 0000 01 00 0005 0102030405060708 fe80000000000000 0000000000000007", "ICMPv6 DAC of fe80::7"),
    ("7a33 3a 9b00 0000 0000", "RPL DIS"),
    ("7a33 3a 9b01 0000 1e f0 0100 8800 0000 fd00000000000000 0000000000000001", "RPL DIO instance 30 version 240 rank 256 DODAG fd00::1"),
    ("7a33 3a 9b02 0000 1e 40 00 f1 fd00000000000000 0000000000000001", "RPL DAO instance 30 seq 241 DODAG fd00::1"),
    ("7a33 3a 9b03 0000 1e 00 f1 00", "RPL DAO-ACK instance 30 seq 241 status 0"),
    # UDP, with each form of ports
    (IPHC + "f0 1633 1633 0000 40 01 0007 b4 74656d70", 'CoAP CON GET mid 7 "/temp"'),
    (IPHC + "f4 1633 1633 50 02 1234 b4 74656d70 03 6d6178 ff 31", 'CoAP NON POST mid 4660 "/temp/max"'),
    (IPHC + "f5 1633 b1 61 45 0007 aa c0 ff 31", "CoAP ACK 2.05 Content mid 7"),
    (IPHC + "f6 b1 1633 70 00 0007", "CoAP RST empty mid 7"),
    (IPHC + "f4 1633 1633 40 03 0008 b3 1b5b6d", r'CoAP CON PUT mid 8 "/\x1b[m"'),
    (IPHC + "f7 12 0102", "UDP"),
    # MLE
    (IPHC + "f4 4d4c 4d4c 00 15 05000000 00000000 01 aabbccdd eeff0011", "MLE secured ENC-MIC-32 counter 5"),
    (IPHC + "f4 4d4c 4d4c ff 10 1a 04 8002 2000", "MLE Discovery Request"),
    (IPHC + "f4 4d4c 4d4c ff 11 1a 18 8102 2000 0208 dead00beef00cafe 0304 4f54682d 1202 03e8",
     'MLE Discovery Response "OTh-" extended PAN de:ad:00:be:ef:00:ca:fe joiner port 1000'),
    (IPHC + "f4 4d4c 4d4c ff 0f 00 02 fc00", "MLE Announce from fc00"),
    # before the packet
    ("c0ff 0011 7a33 3a 8700", "FRAG1 tag 17 size 255"),
    ("e0ff 0011 0a 55", "FRAGN tag 17 size 255 offset 80"),
    ("b5 0007 0009 7a33 3a 8500 0000 00000000", "mesh 0007 > 0009 hops 5, fe80::ff:fe00:7 > fe80::ff:fe00:9 hop limit 64, ICMPv6 RS"),
    ("b5 0007 ffff 50 2a 7a33 3a 8500 0000 00000000", "mesh 0007 > ffff hops 5, BC0 sequence 42"),
    ("41 6000000000083a40 fe800000000000000000000000000001 ff020000000000000000000000000002 8500 0000 00000000",
     "fe80::1 > ff02::2 hop limit 64, ICMPv6 RS"),
    # what RFC 8138 6.3 leaves out: of the rank its last octet, of the instance all
    ("f1 8005 1e 0102 7a33 3a 8500 0000 00000000", "RPL instance 30 sender rank 258, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("f1 8105 1e 02 7a33 3a 8500 0000 00000000", "RPL instance 30 sender rank 512, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("f1 8205 0102 7a33 3a 8500 0000 00000000", "RPL instance 0 sender rank 258, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("f1 8305 1e 7a33 3a 8500 0000 00000000", "RPL instance 0 sender rank 7680, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    # a routing header for each size of address
    ("f1 8101 0001 0002 7a33 3a 8500 0000 00000000", "routed over 2, fe80"),
    ("f1 8003 0000000000000001 8101 0001 0002 8305 01 7a33 3a 8500 0000 00000000", "routed over 3, RPL instance 0 sender rank 256, fe80"),
    # fragments that are recovered (RFC 8931), headers that are named only, pages
    ("e805 003c 00c8 7a33 3a 8700 0000", "RFRAG tag 5 sequence 0 size 60 of 200, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 NS"),
    ("e905 0c3c 0040 55", "RFRAG tag 5 sequence 3 size 60 offset 64"),
    ("ea05 f0000001", "RFRAG-ACK tag 5 bitmap f0000001"),
    ("42 fb 40 00112233", ", HC1"),
    ("f2 00112233", ", page 2"),
    ("f0 7a33 3a 8500 0000 00000000", "(6LoWPAN), fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("f1 a106 40 7a33 3a 8500 0000 00000000", "in a tunnel, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    (IPHC + "d4 1633 1633 00", "fe80::ff:fe00:1.5683 > fe80::ff:fe00:2.5683 hop limit 64, GHC UDP"),
    (IPHC + "df 04 9b010000", "hop limit 64, GHC ICMPv6"),
    (IPHC + "b0 3a 049b010000", "hop limit 64, GHC extension header"),
    (IPHC + "c0 00", "hop limit 64, unknown compression of the next header"),
    # extension headers: RPL's option by either number, MPL's, a source route, compressed and not; the middle of a packet
    ("7a33 00 3a00 6304 001e 0100 8500 0000 00000000", "RPL instance 30 sender rank 256, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    (IPHC + "e0 3a 06 2304 001e 0100 8500 0000 00000000", "RPL instance 30 sender rank 256"),
    ("7a33 00 1100 00 6d02 0009 00 0001 0002 0008 0000", "MPL seq 9, fe80::ff:fe00:1.1 > fe80::ff:fe00:2.2 hop limit 64, UDP"),
    ("7a33 00 1100 6d04 4009 abcd 0001 0002 0008 0000", "MPL seq 9 seed abcd"),
    ("7a33 2b 3a02 0301 ee40 0000 0102 0304 00000000 00000000 8500 0000 00000000", "routed over 6"),
    (IPHC + "e2 3a 0e 0301 ee00 0000 0102 0304 0506 0708 8500 0000 00000000", "routed over 4"),
    ("7a33 2b 3a26 0301 ff00 0000" + "00" * 304 + "8500 0000 00000000", "routed over 304, "),
    ("7a33 2c 3a00 0008 12345678 0102", "hop limit 64, IPv6 fragment"),
    # in a tunnel: what is elided follows from the header outside (RFC 6282 3.2.2); not compressed; behind an extension header
    ("7e11 0000000000000007 0000000000000009 ee 7a33 3a 8500 0000 00000000", "in a tunnel, fe80::7 > fe80::9 hop limit 64, ICMPv6 RS"),
    ("7e22 0007 0009 ee 7a33 3a 8500 0000 00000000", "in a tunnel, fe80::ff:fe00:7 > fe80::ff:fe00:9 hop limit 64, ICMPv6 RS"),
    ("7e33 ee 7a33 3a 8500 0000 00000000", "in a tunnel, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("7a33 29 6000000000083a40 fe800000000000000000000000000007 fe800000000000000000000000000009 8500 0000 00000000",
     "in a tunnel, fe80::7 > fe80::9 hop limit 64, ICMPv6 RS"),
    ("7a33 00 2900 6304 001e 0100 6000000000083a40 fe800000000000000000000000000007 fe800000000000000000000000000009 8500 0000 00000000",
     "RPL instance 30 sender rank 256, in a tunnel, fe80::7 > fe80::9 hop limit 64, ICMPv6 RS"),
    ("c0ff 0011 42fb 40 00112233", "FRAG1 tag 17 size 255, HC1"),
    ("7a33 06 1f90 0050 00000001 00000002 5012 1000 0000 0000", "fe80::ff:fe00:1.8080 > fe80::ff:fe00:2.80 hop limit 64, TCP"),
    # errors by their codes; what a message says behind its type
    *[(f"7a33 3a {t:02x}{c:02x} 0000 00000000", w) for t, c, w in
      ((1, 0, "ICMPv6 destination unreachable, no route"), (1, 4, "unreachable, port unreachable"), (1, 9, "unreachable code 9"),
       (1, 7, "unreachable, error in source routing header"), (3, 0, "time exceeded, hop limit"), (4, 2, "problem, unknown option"),
       (4, 4, "problem, error in segment routing's upper-layer header"), (4, 10, "problem, option too big"), (4, 11, "problem code 11"))],
    *[(f"7a33 3a {t:02x}00 0000" + "00000000" * 8, name) for t, name in
      ((138, "ICMPv6 router renumbering"), (139, "ICMPv6 node information query"), (151, "ICMPv6 multicast router advertisement"),
       (159, "ICMPv6 MPL control"), (156, "ICMPv6 locator update"), (162, "ICMPv6 type 162"))],
    ("7a33 3a 8700 0000 00000000 fe800000000000000000000000000005 0102 0807060504030201 000000000000 2102 0000 0000 003c 0807060504030201",
     "ICMPv6 NS of fe80::5 registration 08:07:06:05:04:03:02:01 for 60 min"),
    ("7a33 3a 8800 0000 60000000 fe800000000000000000000000000005 2102 0100 0000 003c 0807060504030201",
     "ICMPv6 NA of fe80::5 registration 08:07:06:05:04:03:02:01 for 60 min, duplicate address"),
    ("7a33 3a 8800 0000 60000000 fe800000000000000000000000000005 2102 0000 0000 003c 0807060504030201", "for 60 min, success"),
    ("7a33 3a 8800 0000 60000000 fe800000000000000000000000000005 2102 0b00 0000 003c 0807060504030201", "for 60 min, registration refresh requested"),
    ("7a33 3a 9e00 0000 02 00 0005 0102030405060708 fe80000000000000 0000000000000007", "for 5 min, neighbor cache full"),
    ("7a33 3a 8600 0000 40000708 00000000 00000000 0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000"
     "2202 4012 0000 ffff 20010db800000000", "ICMPv6 RA prefix 2001:db8::/64 context 2 is 2001:db8::/64"),
    ("7a33 3a 9b07 0000 1e 40 81 f1 fd00000000000000 0000000000000001", "RPL DCO instance 30 seq 241 status 129 DODAG fd00::1"),
    ("7a33 3a 9b06 0000 1e 00 00 00", "RPL Measurement Object"),
    ("7a33 3a 9b84 0000 1e 00 f1 05", "RPL secure P2P-DRO"),
    ("7a33 3a 9b85 0000 1e 00 f1 05", "RPL secure P2P-DRO-ACK"),
    ("7a33 3a 9b86 0000 1e 00 f1 05", "RPL secure Measurement Object"),
    ("7a33 3a 9b08 0000 1e 00 f1 05", "RPL DCO-ACK instance 30 seq 241 status 5"),
    ("7a33 3a 9b87 0000 1e 00 f1 05", "RPL secure DCO"),
    ("7a33 3a 9b04 0000 1e 00 8000 fd00000000000000 0000000000000001", "RPL P2P-DRO instance 30 DODAG fd00::1"),
    # UDP by its port, and DTLS on any
    (IPHC + "f0 14e9 14e9 0000 0000 8400 0000 0000 0000 0000", "fe80::ff:fe00:2.5353 hop limit 64, mDNS response"),
    (IPHC + "f0 9c40 0035 0000 1234 0100 0000 0000 0000 0000", "DNS query"),
    (IPHC + "f0 0222 0223 0000 01 123456", "DHCPv6 Solicit"),
    (IPHC + "f0 03e8 03e9 0000 16 fefd 0000 000000000000 0010 01 000004 0000 000000 000004 00000000", "DTLS Client Hello"),
    (IPHC + "f0 1634 1634 0000 17 fefd 0001 000000000000 0004 01020304", "DTLS Application Data"),
    (IPHC + "f0 1634 1634 0000 2f 01020304", ", DTLS"),
    (IPHC + "f0 1633 1633 0000 40 89 0007", "CoAP CON 4.09 Conflict mid 7"),
    (IPHC + "f0 1633 1633 0000 60 a8 0007", "CoAP ACK 5.08 Hop Limit Reached mid 7"),
    (IPHC + "f4 4d4c 4d4c ff 12 00 02 fc00", "MLE Link Metrics Management Request from fc00"),
    (IPHC + "f4 4d4c 4d4c ff 63 00 02 fc00", "MLE Time Sync from fc00"),
    # Zigbee's commands in clear, behind each option of its header
    ("0902 0000 3412 1e 4d 01020304", "NWK command 1234 > 0000 radius 30 seq 77 secured"),
    ("0910 0000 3412 1e 4d 0807060504030201 01 00 00 0000 00", "NWK command Route Request 1234 > 0000 radius 30 seq 77"),
    ("0918 0000 3412 1e 4d 0807060504030201 1817161514131211 04 00", "NWK command Leave 1234 > 0000"),
    ("0914 0000 3412 1e 4d 0807060504030201 01 00 0500 05 00", "NWK command Route Record 1234 > 0000"),
    ("0800 0000 3412 1e 4d 00 01 0600 0401 01 05 01 05 02", "seq 77 cluster 0006 profile 0104"),
    ("0801 ffff 3412 1e 4d 05 0c 0700 0600 0401 01 05 01 05 02", "seq 77 cluster 0006 profile 0104"),
    ("0800 0000 3412 1e 4d 02 01 0600 0401 01 05", "seq 77 cluster 0006 profile 0104"),
    ("0800 0000 3412 1e 4d 12 05", "NWK data 1234 > 0000 radius 30 seq 77"),
    # of the application layer: commands, acknowledgments, and of the cluster library the command
    *[(f"0800 0000 3412 1e 4d 01 05 {n:02x} 0000 0000 0000 0000", f"seq 77 APS command {name}") for n, name in
      ((5, "Transport Key"), (6, "Update Device"), (8, "Request Key"), (16, "Confirm Key"), (99, "99"))],
    ("0800 0000 3412 1e 4d 21 05 10 01000000 aabbccdd", "seq 77 APS command secured"),
    ("0800 0000 3412 1e 4d 02 01 0600 0401 01 05", "seq 77 cluster 0006 profile 0104 APS ack"),
    ("0800 0000 3412 1e 4d 12 05", "seq 77 APS ack"),
    ("0800 0000 3412 1e 4d 00 01 0600 0401 01 05 00 07 00 0000", "cluster 0006 profile 0104 ZCL Read Attributes"),
    ("0800 0000 3412 1e 4d 00 01 0600 0401 01 05 00 07 99", "cluster 0006 profile 0104 ZCL general command 99"),
    ("0800 0000 3412 1e 4d 00 01 0600 0401 01 05 01 07 02", "cluster 0006 profile 0104 ZCL command 02"),
    ("0800 0000 3412 1e 4d 00 01 0600 0401 01 05 05 5f11 07 02", "cluster 0006 profile 0104 ZCL maker's command 02"),
    ("0800 0000 3412 1e 4d 20 01 0600 0401 01 05 10 01000000 aabbccdd", "cluster 0006 profile 0104 APS secured"),
    ("0801 ffff 3412 1e 4d 05 0c 0700 0600 0401 01 05 18 05 0a 0000", "cluster 0006 profile 0104 ZCL Report Attributes"),
    ("0800 0000 3412 1e 4d 00 00 1300 0000 00 05 01 0000 0102030405060708 80", "cluster 0013 profile 0000"),
    ("7a33 3a a000 0000 1234 07 01 00000000", "ICMPv6 extended echo request id 4660 seq 7"),
    ("7a33 3a a100 0000 1234 07 60", "ICMPv6 extended echo reply id 4660 seq 7"),
    ("0b00 0b 0010 5ec0 11 00 00 11223344", "inter-PAN cluster 1000 profile c05e"),
    ("7ee6 10 0001 0002 e1 00 f7 12 0102", "[context 1]::ff:fe00:1.61617 > [context 0]::ff:fe00:2.61618 hop limit 64, UDP"),
]


def test_vectors(tmp_path):
    path = write_pcap(tmp_path / "v.pcap", 230, [SHORT + bytes.fromhex(v.replace(" ", "")) for v, _ in VECTORS])
    for line, (octets, words_) in zip(tool("-r", path), VECTORS, strict=True):
        assert words_ in line and "bad:" not in line, f"{octets}: {line}"
        assert len(line) < 240
    agreed, wrong = compare(path)
    assert not wrong, "\n".join(wrong)
    assert agreed > 100


# What is wrong: the octet where it is, in a frame whose payload begins at octet 9, and its clause.
FAULTS = [
    (IPHC + "f0 1633 1633 0000 80 01 0007", "unknown version at octet 18 (RFC 7252 3 message format)"),
    (IPHC + "f0 1633 1633 0000 49 01 0007", "reserved token length at octet 18 (RFC 7252 3 message format)"),
    (IPHC + "f0 1633 1633 0000 40 01 0007 f0", "reserved option length at octet 22 (RFC 7252 3.1 option format)"),
    (IPHC + "f0 1633 1633 0000 40 01 0007 0f", "reserved option length at octet 22 (RFC 7252 3.1 option format)"),
    (IPHC + "f0 1633 1633 0000 40 01 0007 b5 74", "ends inside a field at octet 23 (RFC 7252 3.1 option format)"),
    (IPHC + "f0 4d4c 4d4c 0000 07 01", "unknown security suite at octet 18 (Thread 4.4 MLE message format)"),
    (IPHC + "f0 4d4c 4d4c 0000 ff 04 00ff 0400", "length of more than one octet at octet 21 (Thread 4.5 MLE TLV format)"),
    (IPHC + "f0 4d4c 4d4c 0000 ff 04 0004 0400", "ends inside a field at octet 22 (Thread 4.5 MLE TLV format)"),
    ("7a34 3a 8500 0000 00000000", "reserved addressing mode at octet 10 (RFC 6282 3.1.1 LOWPAN_IPHC: DAM)"),
    ("41 4500", "not version 6 at octet 10 (RFC 8200 3 IPv6 header)"),
    ("f1 8309 00 7a33", "unknown critical routing header at octet 11 (RFC 8138 4.2 critical format)"),
    ("f1 8303 00 7a33", "ends inside a field at octet 12 (RFC 8138 5.1 SRH-6LoRH header)"),
    ("f1 8005 00", "ends inside a field at octet 12 (RFC 8138 6.3 RPI-6LoRH header)"),
    ("f1 a306 40", "ends inside a field at octet 12 (RFC 8138 4.1 elective format)"),
    ("7a33 06 1f90", "ends inside a field at octet 12 (RFC 9293 3.1 TCP header)"),
    ("7a33 29 60000000", "ends inside a field at octet 12 (RFC 8200 3 IPv6 header)"),
    ("7a33 3a 9b07 0000 1e 00", "ends inside a field at octet 16 (RFC 9009 4.3 Destination Cleanup Object)"),
    ("7a33 3a 8700 0000 00000000 fe80", "ends inside a field at octet 16 (RFC 4861 4 Neighbor Discovery messages)"),
    # what a length says, and what there is
    ("41 6000000000183a40 fe800000000000000000000000000001 ff020000000000000000000000000002 8500 0000 00000000",
     "longer than the frame at octet 14 (RFC 8200 3 IPv6 header: Payload Length)"),
    ("7a33 11 0001 0002 0009 0000", "longer than the frame at octet 16 (RFC 768 UDP header: Length)"),
    ("7a33 11 0001 0002 0007 0000", "shorter than its header at octet 16 (RFC 768 UDP header: Length)"),
    ("7a33 00 3a00 6305 001e 0100 8500 0000 00000000", "ends inside a field at octet 14 (RFC 8200 4.2 options)"),
    (IPHC + "f0 1633 1633 0000 40 01 0007 ff", "no payload behind the marker at octet 22 (RFC 7252 3 message format)"),
    (IPHC + "f0 1633 1633 0000 40 01 0007 b0 45 00", "ends inside a field at octet 24 (RFC 7252 3.1 option format)"),
    (IPHC + "f0 1633 1633 0000 70 00 0007 00", "something in an empty message at octet 19 (RFC 7252 4.1 messages and endpoints)"),
    (IPHC + "f0 1633 1633 0000 71 00 0007 00", "something in an empty message at octet 19 (RFC 7252 4.1 messages and endpoints)"),
    ("7a33 3a 8600 0000 00000000 fe80", "ends inside a field at octet 16 (RFC 4861 4 Neighbor Discovery messages)"),
]


def test_the_octet_of_a_fault_and_its_clause(tmp_path):
    path = write_pcap(tmp_path / "f.pcap", 230, [SHORT + bytes.fromhex(v.replace(" ", "")) for v, _ in FAULTS])
    for line, (octets, words_) in zip(tool("-r", path), FAULTS, strict=True):
        assert line.endswith(f", bad: {words_}"), f"{octets}: {line}"
    for row, (octets, words_) in zip(ours(path), FAULTS, strict=True):
        fault = row["inside"]["fault"]
        assert f"{fault['words']} at octet {fault['offset']} ({fault['clause']})" == words_, octets


# No source: Green Power.
GREEN_POWER = [
    ("0c 11223344 20", "GP data command 20 from 44332211"),
    ("8c10 11223344 01000000 20 aabbccdd", "GP data command 20 from 44332211 counter 1 secured"),
    ("8c18 11223344 01000000 20 aabbccdd", "GP data from 44332211 counter 1 secured"),
    ("0d e3 85", "GP maintenance command e3"),
    ("8d00 11223344 e3 85", "GP maintenance command e3 from 44332211"),
]
MULTIPLEXED = [
    ("00 dd86 6000000000083a40 fe800000000000000000000000000001 ff020000000000000000000000000002 8500 0000 00000000",
     "MPX IPv6, fe80::1 > ff02::2 hop limit 64, ICMPv6 RS"),
    ("11 01 7a33 3a 8500 0000 00000000", "MPX Wi-SUN 6LoWPAN, fe80::ff:fe00:1 > fe80::ff:fe00:2 hop limit 64, ICMPv6 RS"),
    ("00 0100 09", "MPX KMP reserved 0x09"),
]


# Of which tshark 4.0 reads something else: identifiers of more than 64 bits (RFC 8505 4.2); a dispatch on a page that has none.
OTHERWISE = [
    ("7a33 3a 9d01 0000 01 00 0005 0102030405060708 fe80000000000000 0000000000000007",
     "ICMPv6 DAR code 1 of fe80::7 registration 01:02:03:04:05:06:07:08 for 5 min, duplicate address"),
    *[(f"7a33 3a {t:02x}0{n} 0000 01 00 0005 {'00' * 8 * (n - 1)} 0102030405060708 fe80000000000000 0000000000000007",
       f"code {n} of fe80::7 registration 01:02:03:04:05:06:07:08 for 5 min, duplicate address") for t in (0x9d, 0x9e) for n in (2, 3, 4)],
    ("f2 7a33 3a 8500 0000 00000000", "payload 12 (6LoWPAN), page 2"),
    ("ff 7e33 f4 4d4c 4d4c ff 10 1a 04 8002 2000", "payload 16 (6LoWPAN), page 15"),
]


def test_vectors_that_tshark_reads_otherwise(tmp_path):
    path = write_pcap(tmp_path / "o.pcap", 230, [SHORT + bytes.fromhex(v.replace(" ", "")) for v, _ in OTHERWISE])
    for line, (octets, words_) in zip(tool("-r", path), OTHERWISE, strict=True):
        assert line.endswith(words_), f"{octets}: {line}"


def multiplexed(content):
    octets = bytes.fromhex(content.replace(" ", ""))
    header = struct.pack("<HBHHH", 0xaa41, 9, 0xabcd, 2, 1)
    return header + struct.pack("<HH", 0x7e << 7, 0x8000 | 3 << 11 | len(octets)) + octets


def test_vectors_that_are_no_plain_data_frames(tmp_path):
    frames = [bytes.fromhex("0108 07 ffffffff".replace(" ", "") + v.replace(" ", "")) for v, _ in GREEN_POWER]
    path = write_pcap(tmp_path / "v.pcap", 230, frames + [multiplexed(v) for v, _ in MULTIPLEXED])
    for line, (octets, words_) in zip(tool("-r", path), GREEN_POWER + MULTIPLEXED, strict=True):
        assert line.endswith(words_) and "bad:" not in line, f"{octets}: {line}"
    agreed, wrong = compare(path)
    assert not wrong, "\n".join(wrong)
    assert agreed > 10


def draw_iphc(dice):
    """A header as RFC 6282 3.1.1 has it, with the octets that its modes take."""
    tf, nh, hlim = dice.randrange(4), dice.randrange(2), dice.randrange(4)
    cid, sac, sam, m, dac = (dice.randrange(2) for _ in range(5))
    sam, dam = dice.randrange(4), dice.randrange(4)
    if m and dac:
        dam = 0
    if not m and dac and not dam:
        dam = 1
    if dice.random() < 0.7:
        sac = dac = 0
    octets = bytes([0x60 | tf << 3 | nh << 2 | hlim, cid << 7 | sac << 6 | sam << 4 | m << 3 | dac << 2 | dam])
    octets += dice.randbytes(cid) + bytes([0, 0, 0, 0])[:(4, 3, 1, 0)[tf]]
    octets += b"" if nh else bytes([58])
    octets += b"" if hlim else dice.randbytes(1)
    octets += dice.randbytes(0 if sac and not sam else (16, 8, 2, 0)[sam])
    if m and not dac:
        octets += (b"\xff\x02" + dice.randbytes(14), b"\x02" + dice.randbytes(5), b"\x02" + dice.randbytes(3), dice.randbytes(1))[dam]
    elif m:
        octets += dice.randbytes(6)
    else:
        octets += dice.randbytes((16, 8, 2, 0)[dam])
    return octets, nh


def draw_udp(dice):
    form = dice.randrange(4)
    return bytes([0xf0 | form]) + dice.randbytes((4, 3, 3, 1)[form]) + b"\x12\x34" + dice.randbytes(4)


def test_headers_drawn_at_random(tmp_path):
    seed = int(os.environ.get("TEST_SEED", time.time()))
    print(f"TEST_SEED={seed}")
    dice = random.Random(seed)
    frames = []
    for _ in range(500):
        header, compressed = draw_iphc(dice)
        body = draw_udp(dice) if compressed else bytes([dice.choice([128, 129, 133, 135]), 0, 0, 0]) + dice.randbytes(24)
        frames.append(dice.choice([SHORT, LONG]) + header + body)
    agreed, wrong = compare(write_pcap(tmp_path / "r.pcap", 230, frames))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:30])
    assert agreed > 1000


def test_the_frames_of_the_unit_tests(tmp_path):
    """Beacons, commands and IEs, whose lines tests/unit/test_frame_words.c holds."""
    source = (ROOT / "tests/unit/test_frame_words.c").read_text()
    source = source[source.index("words[] = {"):source.index("\n};")]
    found = [bytes.fromhex("".join(re.findall(r'"([0-9a-f ]+)"', entry)).replace(" ", ""))
             for entry in re.findall(r'\{((?:\s*"[0-9a-f ]+")+),', source)]
    assert len(found) > 35
    agreed, wrong = compare(write_pcap(tmp_path / "u.pcap", 230, found))
    print(agreed, "fields agree")
    assert not wrong, "\n".join(wrong)
    assert agreed > 60
