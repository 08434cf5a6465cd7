"""libframe against tshark, field by field and frame by frame: every Frame Control field, frames built here from a description
(by code that shares nothing with libframe), damaged ones, every kind of FCS, and every capture of the corpus.

The comparison itself is tests/oracles/compare.py; what may differ has its reason in docs/conformance.md."""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/oracles"))
import compare  # noqa: E402

pytestmark = pytest.mark.timeout(300)
CORPUS = pathlib.Path(os.environ.get("CORPUS", ROOT / "../shared/corpus"))


@pytest.fixture(autouse=True)
def _build(monkeypatch):
    monkeypatch.setenv("BUILD", str(ROOT / os.environ.get("BUILD", "build")))


@pytest.fixture
def dice():
    seed = int(os.environ.get("TEST_SEED", time.time()))
    print(f"TEST_SEED={seed}")
    return random.Random(seed)


def write_pcap(path, link_type, frames):
    records = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, link_type)]
    records += [struct.pack("<IIII", 1_700_000_000 + i, 0, len(f), len(f)) + f for i, f in enumerate(frames)]
    path.write_bytes(b"".join(records))
    return path


def compared(path, fcs="crc16"):
    table = compare.Table()
    table.add(path, fcs)
    print(table)
    unexplained = [line for reason, line in table.lines if not reason]
    assert not unexplained, "\n".join(unexplained[:20])
    return table


# --- an independent builder ---

def crc16(octets):
    crc = 0
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return struct.pack("<H", crc)


def crc32(octets):
    import zlib
    return struct.pack("<I", zlib.crc32(octets.ljust(4, b"\0")))


def address(mode, value):
    return {0: b"", 2: struct.pack("<H", value & 0xffff), 3: struct.pack("<Q", value)}[mode]


def shown(mode, value):
    short = f"0x{value & 0xffff:04x}" if mode == 2 else ""
    extended = ":".join(f"{octet:02x}" for octet in struct.pack(">Q", value)) if mode == 3 else ""
    return short, extended


def pan_ids_present(version, destination, source, compressed):
    """7.2.2.6, as its text says it."""
    if version < 2:
        return bool(destination), bool(source) and not compressed
    if not destination and not source:
        return compressed, False
    if not source:
        return not compressed, False
    if not destination:
        return False, not compressed
    if destination == source == 3:
        return not compressed, False
    return True, not compressed


def random_list(dice, form):
    """IEs of one list: (octets, ids)."""
    octets, ids = b"", []
    for _ in range(dice.randrange(4)):
        content = dice.randbytes(dice.randrange(12))
        if form == "header":
            ids.append(dice.choice([0x00, 0x1a, 0x1b, 0x1d, 0x1e, 0x29, 0x2a, 0x50]))
            octets += struct.pack("<H", ids[-1] << 7 | len(content)) + content
        elif dice.random() < 0.5:
            ids.append(dice.choice([8, 9]))
            octets += struct.pack("<H", 0x8000 | ids[-1] << 11 | len(content)) + content
        else:
            ids.append(dice.choice([0x1a, 0x1b, 0x1c, 0x1e, 0x20, 0x33]))
            octets += struct.pack("<H", ids[-1] << 8 | len(content)) + content
    return octets, ids


def random_ies(dice, encrypted):
    """Header and payload IEs: (octets, header ids, payload ids, nested ids). Payload IEs only where they are in clear, and never
    as the last octets, since tshark wants more than two behind a termination that promises them."""
    header, header_ids = random_list(dice, "header")
    if encrypted or dice.random() < 0.4:
        return header + struct.pack("<H", 0x7f << 7), header_ids + [0x7f], [], []
    nested, nested_ids = random_list(dice, "nested")
    payload = struct.pack("<H", 0x8000 | 1 << 11 | len(nested)) + nested
    vendor = b"\x9b\xb8\xea" + dice.randbytes(dice.randrange(4))
    payload += struct.pack("<H", 0x8000 | 2 << 11 | len(vendor)) + vendor + struct.pack("<H", 0x8000 | 0xf << 11)
    return header + struct.pack("<H", 0x7e << 7) + payload, header_ids + [0x7e], [1, 2, 0xf], nested_ids


def ids_text(ids):
    return ",".join(f"0x{i:04x}" for i in ids)


def random_security(dice, version):
    level, mode = dice.randrange(8), dice.randrange(4)
    suppressed = version == 2 and dice.random() < 0.3
    counter, source, index = dice.randrange(1 << 32), dice.randbytes({0: 0, 1: 0, 2: 4, 3: 8}[mode]), dice.randrange(256)
    octets = bytes([level | mode << 3 | suppressed << 5]) + (b"" if suppressed else struct.pack("<I", counter)) + source
    octets += bytes([index]) if mode else b""
    return level, octets, {
        "sec_level": f"0x{level:02x}", "key_id_mode": f"0x{mode:02x}", "frame_counter": "" if suppressed else str(counter),
        "key_index": f"0x{index:02x}" if mode else ""}


def random_frame(dice):
    """A frame of a random description, and what a reader must say of it."""
    version, kind = dice.randrange(3), dice.choice([0, 1, 1, 2, 3])
    destination, source = dice.choice([0, 2, 3]), dice.choice([0, 2, 3])
    compressed = dice.random() < 0.5 and (version == 2 or bool(destination and source))
    suppressed = version == 2 and dice.random() < 0.3
    secured, with_ies = version > 0 and dice.random() < 0.3, version == 2 and dice.random() < 0.5
    pans, addresses = [dice.randrange(1 << 16) for _ in "ds"], [dice.randrange(1 << 64) for _ in "ds"]
    sequence = dice.randrange(256)
    fcf = kind | secured << 3 | dice.randrange(4) << 4 | compressed << 6 | suppressed << 8 | with_ies << 9
    fcf |= destination << 10 | version << 12 | source << 14
    has = pan_ids_present(version, destination, source, compressed)

    octets = struct.pack("<H", fcf) + (b"" if suppressed else bytes([sequence]))
    octets += (struct.pack("<H", pans[0]) if has[0] else b"") + address(destination, addresses[0])
    octets += (struct.pack("<H", pans[1]) if has[1] else b"") + address(source, addresses[1])
    says = dict.fromkeys(compare.FIELDS, "")
    says.update(frame_type=f"0x{kind:04x}", version=str(version), seq_no="" if suppressed else str(sequence))
    says["dst_pan"], says["src_pan"] = (f"0x{pan:04x}" if there else "" for pan, there in zip(pans, has))
    says["dst16"], says["dst64"] = shown(destination, addresses[0])
    says["src16"], says["src64"] = shown(source, addresses[1])
    level = 0
    if secured:
        level, auxiliary, fields = random_security(dice, version)
        octets += auxiliary
        says.update(fields)
    if with_ies:
        ies, *ids = random_ies(dice, bool(level & 4))
        octets += ies
        says["header_ies"], says["payload_ies"], says["nested_ies"] = map(ids_text, ids)
    payload = dice.randbytes(dice.randrange(4, 40))
    if kind == 0 and version < 2:
        payload = b"\xff\xcf\0\0" + payload
    if kind == 3:
        payload = bytes([dice.randrange(1, 0x25)]) + payload
        says["cmd"] = f"0x{payload[0]:02x}" if version < 2 or not level & 4 else ""
    return octets + payload + dice.randbytes((0, 4, 8, 16)[level & 3]), says


# --- the tests ---

def test_every_frame_control_field(tmp_path, dice):
    filler = dice.randbytes(80)
    table = compared(write_pcap(tmp_path / "control.pcap", 230, [struct.pack("<H", i) + filler for i in range(65536)]))
    assert table.frames == 65536
    assert table.agree["dst_pan"] > 55000 and table.agree["seq_no"] > 40000


def test_frames_built_from_a_description(tmp_path, dice):
    frames, says = zip(*(random_frame(dice) for _ in range(5000)))
    path = write_pcap(tmp_path / "built.pcap", 230, frames)
    for number, (row, expected) in enumerate(zip(compare.ours(path, "crc16"), says), 1):
        assert not row.pop("fault"), f"frame {number}: {frames[number - 1].hex()}"
        assert row == expected, f"frame {number}: {frames[number - 1].hex()}"
    compared(path)


def test_every_truncation(tmp_path, dice):
    frames = [frame[:n] for frame, _ in (random_frame(dice) for _ in range(60)) for n in range(1, len(frame))]
    compared(write_pcap(tmp_path / "cut.pcap", 230, frames))


def test_random_octets(tmp_path, dice):
    compared(write_pcap(tmp_path / "noise.pcap", 230, [dice.randbytes(dice.randrange(1, 127)) for _ in range(20000)]))


@pytest.mark.parametrize("kind,check", [("crc16", crc16), ("crc32", crc32), ("ti", None)])
def test_check_sequences_of_link_type_195(tmp_path, dice, kind, check):
    frames = []
    for i in range(400):
        frame = random_frame(dice)[0]
        trailer = check(frame) if check else dice.randbytes(2)
        if i % 3 == 0 and check:
            trailer = bytes([trailer[0] ^ 1 << dice.randrange(8)]) + trailer[1:]
        frames.append(frame + trailer)
    table = compared(write_pcap(tmp_path / "fcs.pcap", 195, frames), kind)
    rows = compare.ours(tmp_path / "fcs.pcap", kind)
    assert {row["fcs_ok"] for row in rows} == {"0", "1"}
    assert table.agree["fcs_ok"] == 400


def tap(*tlvs):
    body = b"".join(struct.pack("<HH", kind, len(value)) + value.ljust((len(value) + 3) // 4 * 4, b"\0") for kind, value in tlvs)
    return struct.pack("<BBH", 0, 0, 4 + len(body)) + body


def test_tap(tmp_path, dice):
    frames = []
    for i in range(600):
        frame = random_frame(dice)[0]
        kind = i % 3
        trailer = (b"", crc16(frame), crc32(frame))[kind]
        if i % 4 == 0 and trailer:
            trailer = trailer[:-1] + bytes([trailer[-1] ^ 0x40])
        tlvs = [(0, bytes([kind])), (1, struct.pack("<f", -60.5)), (3, b"\x0f\0\0"), (10, b"\x80"), (0x7fff, b"?")]
        dice.shuffle(tlvs)
        frames.append(tap(*tlvs[:]) + frame + trailer)
    table = compared(write_pcap(tmp_path / "tap.pcap", 283, frames))
    assert table.agree["fcs_ok"] == 600


def test_every_capture_of_the_corpus():
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS}: no corpus here")
    table = compare.Table()
    for path in compare.captures([CORPUS]):
        table.add(path)
    print(table)
    unexplained = [line for reason, line in table.lines if not reason]
    assert not unexplained, "\n".join(unexplained[:20])
    assert table.files > 0


def test_every_reason_is_explained():
    words = (ROOT / "docs/conformance.md").read_text()
    explained = re.findall(r"^### `(\w+)`", words, re.M)
    assert sorted(explained) == sorted(compare.REASONS)


# --- reasons that were found for differences of captures from elsewhere ---

MLE = bytes.fromhex("41d805cefaffff88776f5e4d3c2b1a7f3b01f04d4c4d4c1234001507000000000000000160616263646566676869a1b2c3d4")


def behind_tap(frame, fcs_type):
    return struct.pack("<BBHHHI", 0, 0, 12, 0, 1, fcs_type) + frame


@pytest.mark.parametrize("link_type,frames,reasons", [
    (195, [MLE + crc16(MLE)], {"security_of_a_payload": 4}),
    (283, [behind_tap(f + crc32(f), 2) for f in (b"", b"\x02", b"\x02\x00", bytes.fromhex("02006a"), bytes.fromhex("02006a05"))], {"fcs32_of_a_short_frame"}),
    (195, [f + crc16(f) for f in (bytes.fromhex("00220100 3f0488091a0504"), bytes.fromhex("002201003f0488091a050400f8aa"))],
     {"nested_ie_beyond_its_group"}),
    (195, [f + crc16(f) for f in (bytes([kind, version, 42]) + bytes(range(20)) for kind in range(8) for version in (0xb8, 0x98, 0x88))],
     {"what_tshark_gave_up_before", "no_general_header"}),
    (195, [f + crc16(f) for f in (bytes.fromhex("008005cdab3412ff"), bytes.fromhex("012a05cdab3412030d010002803f"))], {"what_tshark_gave_up_before"}),
])
def test_every_difference_has_its_reason(tmp_path, link_type, frames, reasons):
    table = compared(write_pcap(tmp_path / "c.pcap", link_type, frames))
    found = [reason for reason, _ in table.lines]
    if isinstance(reasons, dict):
        assert {r: found.count(r) for r in set(found)} == reasons
    else:
        assert set(found) <= reasons | {"ie_beyond_the_frame", "half_a_frame_control_field", "content_that_tshark_trips_over"}


@pytest.mark.parametrize("captured", range(16, 23))
def test_cut_behind_a_pseudo_header(tmp_path, captured):
    frame = behind_tap(bytes.fromhex("61882acdab02000100") + bytes(40) + b"\1\2", 1)
    record = struct.pack("<IIII", 1_700_000_000, 0, captured, len(frame)) + frame[:captured]
    path = write_pcap(tmp_path / "c.pcap", 283, [])
    path.write_bytes(path.read_bytes() + record)
    table = compared(path)
    assert {reason for reason, _ in table.lines} <= {"cut_behind_a_pseudo_header"}


def test_interfaces_of_several_link_types(tmp_path):
    """Every one of ours is compared, and the others are not."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    frame = bytes.fromhex("61882acdab020001006869")
    packets = [(0, bytes(60)), (1, frame), (2, frame + crc16(frame)), (3, behind_tap(frame, 0))]
    octets = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    octets += b"".join(block(1, struct.pack("<HHI", t, 0, 64 * t)) for t in (1, 230, 195, 283))
    octets += b"".join(block(6, struct.pack("<IIIII", i, 0, 0, len(p), len(p)) + p) for i, p in packets)
    path = tmp_path / "c.pcapng"
    path.write_bytes(octets)
    table = compared(path)
    assert (table.frames, table.agree["src16"], table.lines) == (3, 3, [])


@pytest.mark.parametrize("arguments,words", [
    ([], "DIR is missing"), (["nowhere"], "nowhere: no such file or folder"), (["empty"], "empty: no capture of link type"),
])
def test_nothing_to_compare_is_an_error(tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/ethernet.pcap").write_bytes(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))
    run = subprocess.run([sys.executable, ROOT / "tests/oracles/compare.py", *arguments], cwd=tmp_path, stderr=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
    assert run.returncode != 0 and words in run.stderr
