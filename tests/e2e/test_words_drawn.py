"""What lines and JSON say of frames that are drawn at random from the standards, against tshark: beacons of each version with what they
announce, TSCH, Wi-SUN FAN, 6P, MPX, MLE, CoAP, RPL, headers before 6LoWPAN, Zigbee's layers. Every line is one line, every object JSON."""
import os
import random
import struct
import time

import pytest

from test_words import compare, ours, tool, write_pcap

pytestmark = pytest.mark.timeout(300)
TO, FROM = bytes.fromhex("1817161514131211"), bytes.fromhex("0807060504030201")
TERMINATION_1, TERMINATION_2 = struct.pack("<H", 0x7e << 7), struct.pack("<H", 0x7f << 7)


@pytest.fixture
def dice():
    seed = int(os.environ.get("TEST_SEED", time.time()))
    print(f"TEST_SEED={seed}")
    return random.Random(seed)


def header_ie(number, content):
    return struct.pack("<H", len(content) | number << 7) + content


def payload_ie(number, content):
    return struct.pack("<H", len(content) | number << 11 | 0x8000) + content


def short_nested(number, content):
    return struct.pack("<H", len(content) | number << 8) + content


def some(dice, chance, make):
    return make() if dice.random() < chance else b""


def words(dice, length):
    return bytes(dice.choice(b"abcdefgh ABC0123456789-_.") for _ in range(length))


def version_2(kind, header_ies, payload=b"", to=b"\xff\xff"):
    """From an extended address of PAN abcd, to a short one or an extended one."""
    modes = 3 << 14 | (2 if len(to) == 2 else 3) << 10
    return struct.pack("<HB", kind | 2 << 12 | 0x200 | modes, 9) + b"\xcd\xab" + to + (b"\xcd\xab" if len(to) == 2 else b"") + FROM + header_ies + payload


def data(payload, extended=False):
    if extended:
        return bytes.fromhex("41dc02cdab") + TO + FROM + payload
    return bytes.fromhex("419801cdab02000100") + payload


# --- beacons ---

def old_beacon(dice):
    slots, shorts = dice.choice([0, dice.randrange(8)]), dice.choice([0, dice.randrange(8)])
    extended = dice.choice([0, dice.randrange(8 - shorts)])
    content = struct.pack("<HB", dice.randrange(0x10000) & ~0x2000, slots | dice.randrange(2) << 7)
    if slots:
        content += dice.randbytes(1) + b"".join(struct.pack("<HB", dice.randrange(0xfff8), dice.randrange(256)) for _ in range(slots))
    content += bytes([shorts | extended << 4]) + dice.randbytes(2 * shorts + 8 * extended)
    announced = [b"", b"\x00\x22" + dice.randbytes(9) + b"\xff\xff\xff" + dice.randbytes(1), b"\x03" + dice.randbytes(1) + words(dice, 16) + dice.randbytes(8),
                 b"\x02" + dice.randbytes(1) + words(dice, 9).ljust(16, b"\0")]
    return struct.pack("<HBHH", 2 << 14 | dice.randrange(2) << 12, 7, 0xabcd, 1) + content + dice.choice(announced)


def slotframes(dice):
    frames = [bytes([dice.randrange(256)]) + dice.randbytes(2) + bytes([links]) + b"".join(dice.randbytes(4) + bytes([dice.randrange(32)]) for _ in range(links))
              for links in (dice.randrange(4) for _ in range(dice.randrange(4)))]
    return bytes([len(frames)]) + b"".join(frames)


def tsch_beacon(dice):
    ies = some(dice, 0.5, lambda: header_ie(0x1e, struct.pack("<H", dice.randrange(0x1000) | dice.randrange(2) << 15)))
    ies += some(dice, 0.2, lambda: header_ie(0x29, dice.randbytes(4)))
    nested = [short_nested(0x1a, dice.randbytes(6)), short_nested(0x1b, slotframes(dice)), short_nested(0x1c, dice.randbytes(dice.choice([1, 25]))),
              payload_ie(0x9, dice.randbytes(1))]
    dice.shuffle(nested)
    return version_2(0, ies + TERMINATION_1, payload_ie(1, b"".join(nested[:dice.randrange(1, 5)])) + some(dice, 0.5, lambda: payload_ie(0xf, b"")))


# --- Wi-SUN, MPX, 6P ---

def schedule(dice):
    function = dice.randrange(3)
    content = dice.randbytes(3) + bytes([function << 3]) + dice.randbytes(2)
    return content + (struct.pack("<H", dice.randrange(130)) if function == 0 else b"")


def multiplexed(dice):
    return payload_ie(3, dice.choice([b"\0\1\0" + bytes([dice.choice([1, 6, 7])]) + dice.randbytes(12), bytes([1 | 2 << 3]) + b"\1" + bytes.fromhex("7a333a8500000000000000"),
                                      bytes([2 | 5 << 3, 0]) + struct.pack("<HH", 300, 1) + dice.randbytes(9), bytes([4 | 5 << 3, 2]) + dice.randbytes(9),
                                      b"\0\xed\xa0" + bytes.fromhex("7a333a8500000000000000")]))


def wisun(dice):
    kind = dice.choice([0, 1, 2, 3, 4, 6, 9, 10, 11, 12, 13])
    def sub(number, content):
        return header_ie(0x2a, bytes([number]) + content)
    ies = sub(10, bytes([kind]) + dice.randbytes(5)) if kind > 8 else sub(1, bytes([kind]) + dice.randbytes(3))
    ies += some(dice, 0.5, lambda: sub(11 if kind > 8 else 2, dice.randbytes(5))) + some(dice, 0.4, lambda: sub(4, dice.randbytes(1)))
    ies += some(dice, 0.3, lambda: sub(9, dice.randbytes(8))) + some(dice, 0.3, lambda: sub(18, dice.randbytes(2)))
    nested = some(dice, 0.6, lambda: payload_ie(1, schedule(dice))) or payload_ie(2, dice.randbytes(6) + schedule(dice))
    nested += some(dice, 0.6, lambda: short_nested(4, dice.randbytes(5))) + some(dice, 0.6, lambda: short_nested(5, words(dice, dice.randrange(1, 33))))
    nested += some(dice, 0.6, lambda: short_nested(6, dice.randbytes(2))) + some(dice, 0.3, lambda: short_nested(7, dice.randbytes(32)))
    return version_2(1, ies + TERMINATION_1, payload_ie(4, nested) + some(dice, 0.4, lambda: multiplexed(dice)), dice.choice([b"\xff\xff", TO]))


def sixp(dice):
    kind, code = dice.choice([(0, dice.randrange(1, 8)), (1, dice.randrange(10)), (2, dice.randrange(10))])
    cells = dice.randrange(3)
    bodies = {1: dice.randbytes(2) + bytes([dice.randrange(8), cells]) + dice.randbytes(4 * cells), 4: dice.randbytes(2) + bytes([dice.randrange(8)]),
              5: dice.randbytes(2) + bytes([dice.randrange(8), 0]) + dice.randbytes(4), 7: dice.randbytes(2)}
    body = bodies.get(code, b"") if kind == 0 else b""
    return version_2(1, TERMINATION_1, payload_ie(5, bytes([0xc9, kind << 4, code]) + dice.randbytes(2) + body) + payload_ie(0xf, b""), TO)


# --- 6LoWPAN and what is in it ---

def udp(ports, content):
    return b"\x7e\x33\xf0" + struct.pack(">HHH", *ports, 0x1234) + content


def coap(dice):
    token = dice.randrange(9)
    path = b"".join(bytes([(0xb0 if n == 0 else 0) | 6]) + words(dice, 6) for n in range(dice.randrange(3)))
    code = dice.choice([1, 2, 3, 4, 5, 6, 7, 0x41, 0x44, 0x45, 0x5f, 0x80, 0x84, 0x9d, 0xa0, 0xa5])
    content = bytes([0x40 | dice.randrange(4) << 4 | token, code]) + dice.randbytes(2 + token) + path + some(dice, 0.5, lambda: b"\xffhello")
    return data(udp(dice.choice([(5683, 5683), (40000, 5683), (61631, 61631)]), content))


def mle(dice):
    discovery = b"\x80\x02\x20\x00" + some(dice, 0.6, lambda: b"\x02\x08" + dice.randbytes(8)) + some(dice, 0.6, lambda: b"\x03\x0a" + words(dice, 10))
    content = bytes([dice.randrange(21)]) + some(dice, 0.5, lambda: b"\0\2" + dice.randbytes(2)) + some(dice, 0.5, lambda: b"\3\x08" + dice.randbytes(8))
    return data(udp((19788, 19788), b"\xff" + content + some(dice, 0.5, lambda: bytes([26, len(discovery)]) + discovery)), True)


def before_a_packet(dice):
    packet = b"\x7a\x33\x3a\x85\0\0\0\0\0\0\0"
    short = [dice.randrange(2), dice.randrange(2)]
    mesh = bytes([0x80 | short[0] << 5 | short[1] << 4 | dice.randrange(1, 15)]) + dice.randbytes(sum(2 if s else 8 for s in short))
    size = dice.randrange(1, 5)
    return data(dice.choice([mesh + packet, mesh + b"\x50" + dice.randbytes(1) + packet, bytes([0xc0, 130]) + dice.randbytes(2) + packet,
                             bytes([0xe8]) + dice.randbytes(1) + struct.pack(">HH", dice.randrange(1024), dice.randrange(1, 2048)) + packet,
                             b"\xf1" + bytes([0x80, 5]) + dice.randbytes(3) + packet, b"\xf1" + bytes([0x80 | size - 1, 1]) + dice.randbytes(2 * size) + packet]))


def rpl(dice):
    return data(b"\x7a\x33\x3a\x9b" + dice.choice([b"\1\0\0" + dice.randbytes(24), b"\2\0\0" + dice.randbytes(1) + b"\x40\0" + dice.randbytes(17), b"\3\0\0" + dice.randbytes(1) + b"\0"
                                                   + dice.randbytes(2)]))


# --- Zigbee ---

def zigbee(dice):
    network = bytes([0x48, 0]) + dice.randbytes(4) + bytes([30]) + dice.randbytes(1)
    delivery = dice.choice([0, 2, 3])
    library = bytes([dice.choice([0, 8, 0x10]), 7, dice.randrange(6)]) + dice.randbytes(4)
    cluster = struct.pack("<HH", dice.choice([6, 0x402, 0xfc01]), 0x104)
    application = [bytes([delivery << 2]) + dice.randbytes(2 if delivery == 3 else 1) + cluster + b"\1\2" + library,
                   b"\1" + dice.randbytes(1) + bytes([dice.choice([6, 7])]) + dice.randbytes(11), b"\2\1" + cluster + b"\1\2", b"\x12" + dice.randbytes(1)]
    return data(dice.choice([bytes([0x49]) + network[1:] + bytes([dice.randrange(1, 13)]) + dice.randbytes(12), network + dice.choice(application)]))


def test_drawn(dice, tmp_path):
    """In one capture: what takes the time is to start tshark."""
    draws = [old_beacon, tsch_beacon, wisun, sixp, coap, mle, before_a_packet, rpl, zigbee]
    frames = [draw(dice) for draw in draws for _ in range(100)]
    path = write_pcap(tmp_path / "d.pcap", 230, frames)
    agreed, wrong = compare(path)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:20])
    print(agreed, "fields agree")
    assert agreed > 2500
    lines = tool("-r", path)
    assert len(lines) == len(ours(path)) == len(frames)
    assert not [line for line in lines if ", bad: " in line]
