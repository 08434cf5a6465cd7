"""--frame-keys: what secured frames hold, by lines and JSON; the witness is tshark, which has the same keys, and CCM of Python's
cryptography, which made the frames."""
import json
import os
import re
import subprocess
import threading

import pytest

import ccm
import harness
from ccm import EXTENDED, KEY, association_response, frame, mle, pcap, plain
from test_slip_dump import frames_of

# No 6LoWPAN: every dissector leaves it as it is.
PAYLOAD = b"\x1fwhat is inside"
NETWORK_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")
RAW = f"raw {KEY.hex()}\n"
IDENTIFIERS = {0: b"", 1: b"\1", 2: bytes.fromhex("04030201") + b"\1", 3: bytes.fromhex("0807060504030201") + b"\1"}


def run(*arguments, stdin=b"", status=0):
    """slip-dump of a capture to its end: (stdout, stderr, the last statistics)."""
    done = subprocess.run([str(harness.binaries_folder() / "slip-dump"), "--stats=json", *map(str, arguments)], input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    words = done.stderr.decode()
    assert done.returncode == status, f"status {done.returncode}: {words}"
    assert "Sanitizer" not in words and "runtime error" not in words, words
    reports = harness.Tool._reports(done.stderr)
    return done.stdout, words, reports[-1] if reports else None


@pytest.fixture
def keys(tmp_path):
    def write(text):
        path = tmp_path / "lab.keys"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o600)
        return path
    return write


def objects(frames, path, *more, interval=1.0):
    """(the JSON objects, the words, the statistics)"""
    out, words, stats = run("-r", "-", "--json", "--frame-keys", path, *more, stdin=pcap(frames, interval))
    return [json.loads(line) for line in out.decode().splitlines()], words, stats


def lines(frames, path, *more):
    out, _, _ = run("-r", "-", "--frame-keys", path, *more, stdin=pcap(frames))
    return [line.split(" ", 1)[1] for line in out.decode().splitlines()]


def outcomes(frames, path, *more, **how):
    return [o["keys"]["outcome"] for o in objects(frames, path, *more, **how)[0]]


def tshark_payloads(tmp_path, frames, *options):
    """What tshark shows of each payload, decrypted; "" where it could not."""
    path = tmp_path / "witness.pcap"
    path.write_bytes(pcap(frames))
    out = subprocess.run(["tshark", "-n", "-r", path, *options, "-T", "fields", "-e", "data.data"], check=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, timeout=60).stdout
    return out.splitlines()


def uat(key, index, how="No hash"):
    return ["-o", f'uat:ieee802154_keys:"{key.hex()}","{index}","{how}"']


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_every_level_and_key_identifier_mode(keys, tmp_path, version, mode):
    levels = [1, 2, 3, 4, 5, 6, 7]
    frames = [frame(PAYLOAD, level, mode, IDENTIFIERS[mode], version, counter=level) for level in levels]
    found, _, stats = objects(frames, keys(RAW))
    assert [o["opened"]["frame"]["payload"] for o in found] == [PAYLOAD.hex()] * 7
    assert [o["keys"]["outcome"] for o in found] == ["open"] * 3 + ["encrypted without MIC: cannot be verified"] + ["open"] * 3
    assert [o["frame"]["security"]["level"] for o in found] == levels, "what came is shown, too"
    assert all("security" not in o["opened"]["frame"] and "mic" not in o["opened"]["frame"] for o in found)
    assert (stats["keys.open"], stats["keys.without_mic"]) == (6, 1)
    witness = tshark_payloads(tmp_path, frames, *uat(KEY, 0 if mode == 0 else 1))
    assert [p for i, p in enumerate(witness) if levels[i] != 4] == [PAYLOAD.hex()] * 6


def test_a_key_is_for_the_identifiers_that_its_line_names(keys):
    frames = [frame(PAYLOAD, mode=m, identifier=i) for m, i in IDENTIFIERS.items()] + [frame(PAYLOAD, identifier=b"\2")]
    for words, wanted in [("", "11111"), ("mode=0", "1...."), ("index=1", ".111."), ("index=2", "....1"), ("mode=1", ".1..1"),
                          ("source=01020304", "..1.."), ("source=0102030405060708 index=1", "...1."), ("source=01020304 index=2", ".....")]:
        found = outcomes(frames, keys(f"raw {KEY.hex()} {words}\n"))
        assert found == ["open" if w == "1" else "no key" for w in wanted], words


def test_what_can_come_of_a_frame(keys):
    frames = [frame(PAYLOAD), plain(PAYLOAD), frame(PAYLOAD, key=bytes(16)), frame(PAYLOAD, source=0x1234), frame(PAYLOAD, identifier=b"\2"),
              frame(PAYLOAD, level=4, counter=6), frame(PAYLOAD, version=2, asn=77, suppressed=True), frame(PAYLOAD)[:14]]
    wanted = ["open", "not secured", "MIC wrong", "key fits, address not known", "no key", "encrypted without MIC: cannot be verified",
              "needs the ASN", "not tried"]
    path = keys(f"raw {KEY.hex()} index=1\n")
    # The sender of the first one is the only guess for the short address, and would be right.
    frames[3] = frame(PAYLOAD, source=0x1234, nonce_source=bytes(8))
    found, _, stats = objects(frames, path)
    assert [o["keys"]["outcome"] for o in found] == wanted
    assert ["opened" in o for o in found] == [w in (wanted[0], wanted[5]) for w in wanted]
    names = ["open", "not_secured", "mic_wrong", "address_not_known", "no_key", "without_mic", "needs_asn", "not_tried"]
    assert [stats["keys." + name] for name in names] == [1] * 8
    for line, word in zip(lines(frames, path), wanted):
        assert (", " + word in line) == (word != "not secured"), line


def test_lines_show_what_is_inside(keys):
    inside = bytes.fromhex("7f33f0") + bytes.fromhex("16331633 0000".replace(" ", "")) + b"hello"
    found, _, _ = objects([frame(inside), plain(inside)], keys(RAW))
    assert found[0]["opened"]["inside"] == found[1]["inside"] and "udp" in found[1]["inside"], "as it would be in clear"
    opened, clear = lines([frame(inside), plain(inside, sequence=7)], keys(RAW))
    assert opened == clear + ", open (ENC-MIC-32, counter 5, key 1, from 00124b0001020304)"


def test_blocks_hold_both(keys):
    out, words, _ = run("-v", "-r", "-", "--frame-keys", keys(RAW), stdin=pcap([frame(PAYLOAD), plain(PAYLOAD), frame(PAYLOAD, key=bytes(16))]))
    opened, clear, wrong = (block.splitlines() for block in re.split(r"\n(?=\d\d:)", out.decode()))
    assert "    keys: open (ENC-MIC-32, counter 5, key 1, from 00124b0001020304)" in opened
    inside = opened[opened.index("    opened:") + 1:]
    assert inside and all(line.startswith("      ") for line in inside)
    assert "      payload: " + PAYLOAD.hex() in inside and not any("security" in line for line in inside)
    assert "    payload: " + PAYLOAD.hex() not in opened, "what came is shown, too"
    assert not any("keys:" in line or "opened:" in line for line in clear)
    assert "    keys: MIC wrong" in wrong and "    opened:" not in wrong


def test_payload_ies_and_header_ies(keys, tmp_path):
    header_ie = bytes.fromhex("0400") + b"\1\2\3\4"  # a vendor's header IE of 4 octets
    ies = header_ie + bytes.fromhex("003f")
    content = bytes.fromhex("0590aabbccddee00f8")  # a vendor's payload IE, the list's end
    good = frame(content + PAYLOAD, version=2, ies=ies)
    changed = good[:good.index(header_ie) + 3] + b"\xff" + good[good.index(header_ie) + 4:]
    found, _, _ = objects([good, changed], keys(RAW))
    assert found[0]["opened"]["frame"]["payload"] == PAYLOAD.hex()
    assert found[0]["opened"]["frame"]["payload_ies"] and found[0]["opened"]["frame"]["header_ies"] == found[0]["frame"]["header_ies"]
    assert found[1]["keys"]["outcome"] == "MIC wrong", "header IEs are authenticated"
    assert PAYLOAD.hex() in tshark_payloads(tmp_path, [good], *uat(KEY, 1))[0]


def test_commands_and_beacons(keys):
    poll = frame(b"\4", kind=ccm.COMMAND, level=5, open_octets=1)
    thread_poll = frame(b"\4", kind=ccm.COMMAND, version=2, level=5, open_octets=1)
    hidden = frame(b"\4", kind=ccm.COMMAND, version=2, level=5)
    beacon = frame(bytes.fromhex("ffcf0000") + PAYLOAD, kind=ccm.BEACON, open_octets=4)
    found, _, _ = objects([poll, thread_poll, hidden, beacon], keys(RAW))
    assert [o["keys"]["outcome"] for o in found] == ["open"] * 4
    assert [o["opened"]["frame"]["command"]["name"] for o in found[:3]] == ["Data Request"] * 3


# --- addresses ---

def test_addresses_of_the_file(keys):
    frames = [frame(PAYLOAD, source=0x1234)]
    for words, wanted in [("addr 1234 " + EXTENDED.hex(), "open"), ("addr abcd/1234 00:12:4b:00:01:02:03:04", "open"),
                          ("addr abce/1234 " + EXTENDED.hex(), "key fits, address not known"), ("addr 1234 " + "00" * 8, "MIC wrong")]:
        assert outcomes(frames, keys(RAW + words)) == [wanted], words


def test_addresses_are_learned_from_an_association_response(keys, tmp_path):
    secured = frame(PAYLOAD, source=0x1234)
    found, _, stats = objects([secured, association_response(0x1234, EXTENDED), secured], keys(RAW))
    assert [o["keys"]["outcome"] for o in found] == ["key fits, address not known", "not secured", "open"]
    assert found[2]["keys"]["source"] == EXTENDED.hex()
    assert (stats["keys.addresses_learned"], stats["keys.addresses_disputed"]) == (2, 0), "claimed, then proven"


def test_addresses_are_learned_from_frames_that_are_left_out(keys):
    stream = pcap([association_response(0x1234, EXTENDED), frame(PAYLOAD, source=0x1234)])
    out, _, _ = run("-r", "-", "--json", "--frame-keys", keys(RAW), "--filter", "type=data", stdin=stream)
    assert [json.loads(line)["keys"]["outcome"] for line in out.decode().splitlines()] == ["open"]


def test_an_address_that_was_heard_in_the_pan_is_tried_and_proven(keys):
    found, _, _ = objects([plain(PAYLOAD), frame(PAYLOAD, source=0x1234), frame(PAYLOAD, source=0x1234, counter=6)], keys(RAW))
    assert [o["keys"]["outcome"] for o in found] == ["not secured", "open", "open"]


def test_addresses_are_learned_from_link_local_ones(keys):
    interface = bytes([EXTENDED[0] ^ 2]) + EXTENDED[1:]
    packet = plain(b"\x7b\x13" + b"\x3a" + interface + b"\x80\x00" + bytes(6), source=0x1234)
    assert outcomes([packet, frame(PAYLOAD, source=0x1234)], keys(RAW)) == ["not secured", "open"]


@pytest.mark.parametrize("compressed", [True, False])
def test_nothing_is_learned_of_who_is_behind_a_tunnel(keys, compressed):
    interface = bytes([EXTENDED[0] ^ 2]) + EXTENDED[1:]
    inside = b"\x7b\x13\x3a" + interface + b"\x80\x00" + bytes(6)
    if not compressed:
        inside = bytes.fromhex("6000000000083aff fe80000000000000") + interface + bytes.fromhex("fe80000000000000 0000000000000009") + b"\x80\x00" + bytes(6)
    packet = plain((b"\x7f\x33\xee" if compressed else b"\x7b\x33\x29") + inside, source=0x1234)
    assert outcomes([packet, frame(PAYLOAD, source=0x1234)], keys(RAW)) == ["not secured", "key fits, address not known"]


def test_a_liar_takes_no_address_over(keys):
    secured, lie = frame(PAYLOAD, source=0x1234), association_response(0x1234, bytes(7) + b"\1")
    more = [frame(PAYLOAD, source=0x1234, counter=6)]
    found, words, stats = objects([association_response(0x1234, EXTENDED), secured, lie, *more], keys(RAW))
    assert [o["keys"]["outcome"] for o in found] == ["not secured", "open", "not secured", "open"]
    assert stats["keys.addresses_disputed"] == 1
    assert "abcd/1234 is said to be 0000000000000001, and was 00124b0001020304 before" in words


def test_an_acknowledgment_is_from_whom_the_frame_was_for(keys):
    asks = plain(PAYLOAD, to=EXTENDED, source=bytes(7) + b"\2", sequence=99)
    asks = bytes([asks[0] | 0x20]) + asks[1:]
    header = bytes.fromhex("0a28") + b"\x63" + bytes.fromhex("cdab7856") + b"\x0d" + (5).to_bytes(4, "little") + b"\1"
    ack = header + ccm.seal(KEY, EXTENDED + (5).to_bytes(4, "big") + b"\5", header, b"", 5)
    assert outcomes([asks, ack], keys(RAW)) == ["not secured", "open"]
    assert outcomes([ack], keys(RAW)) == ["key fits, address not known"]


def test_a_hundred_thousand_senders(keys):
    """Bounded (a million: unit/test_keys_tables_ccm.c): memory does not grow, and what is known stays."""
    frames = [frame(PAYLOAD, source=0x1234)]
    head, response = pcap([]), bytearray(pcap([association_response(0x1234, EXTENDED)])[24:])
    parts = [head]
    for i in range(100_000):
        response[16 + 5:16 + 13] = (i + 1).to_bytes(8, "little")
        response[16 + 22:16 + 24] = (i % 0xFFF0).to_bytes(2, "little")
        parts.append(bytes(response))
    done = subprocess.run(["/usr/bin/env", "bash", "-c", 'ulimit -v 600000; exec "$@" >/dev/null', "-", harness.binaries_folder() / "slip-dump", "-q",
                           "-r", "-", "--json", "--frame-keys", keys(RAW + "addr 1234 " + EXTENDED.hex()), "--stats=json"],
                          input=b"".join(parts) + pcap(frames)[24:], stderr=subprocess.PIPE, timeout=120, check=True) \
        if os.environ.get("FLAVOUR", "gcc") != "asan" else None
    if done:
        stats = json.loads(done.stderr.decode().splitlines()[-1])
        assert stats["keys.open"] == 1 and stats["keys.not_secured"] == 100_000


# --- counters ---

def test_counters_that_come_again_or_go_back(keys):
    found, _, stats = objects([frame(PAYLOAD, counter=c) for c in (5, 900, 900, 6)], keys(RAW))
    assert [o["keys"].get("counter") for o in found] == [None, None, "again", "back"]
    assert found[3]["keys"]["counter_before"] == 900
    assert (stats["keys.counter_repeated"], stats["keys.counter_back"]) == (1, 1)
    shown = lines([frame(PAYLOAD, counter=c) for c in (900, 900, 6)], keys(RAW))
    assert "counter 900 again" in shown[1] and "counter 6 after 900" in shown[2]


def test_thread_counts_anew_with_each_sequence(keys):
    old, new = (ccm.thread_keys(NETWORK_KEY, n)[1] for n in (0, 1))
    frames = [frame(PAYLOAD, key=old, counter=900), frame(PAYLOAD, key=new, identifier=b"\2", counter=0)]
    found, _, _ = objects(frames, keys(f"thread {NETWORK_KEY.hex()}"))
    assert [o["keys"]["outcome"] for o in found] == ["open", "open"] and not any("counter" in o["keys"] for o in found)


# --- TSCH ---

def beacon_with_slot(asn):
    payload = bytes.fromhex("0888061a") + asn.to_bytes(5, "little") + b"\1" + bytes.fromhex("00f8")
    return bytes.fromhex("40ea05cdabffff") + EXTENDED[::-1] + bytes.fromhex("003f") + payload


def test_slots_come_from_beacons(keys):
    path = keys(RAW)
    hidden = frame(PAYLOAD, version=2, asn=1000 + 100, suppressed=True)
    counted = frame(PAYLOAD, version=2, asn=1000 + 200)
    late = frame(PAYLOAD, version=2, asn=1000 + 9999)
    assert outcomes([beacon_with_slot(1000), hidden, counted, late], path) == ["not secured", "open", "open", "needs the ASN"]
    assert outcomes([hidden], path) == ["needs the ASN"]


def test_a_slot_of_the_pseudo_header_is_sure(keys, tmp_path):
    octets = frame(PAYLOAD, version=2, asn=77, suppressed=True)
    for asn, wanted in ((77, "open"), (78, "MIC wrong")):
        tlvs = bytes.fromhex("00000100") + b"\0\0\0\0" + bytes.fromhex("07000800") + asn.to_bytes(8, "little")
        tap = b"\0\0" + (4 + len(tlvs)).to_bytes(2, "little") + tlvs + octets
        stream = bytearray(pcap([tap]))
        stream[20:24] = (283).to_bytes(4, "little")
        out, _, _ = run("-r", "-", "--json", "--frame-keys", keys(RAW), stdin=bytes(stream))
        assert json.loads(out)["keys"]["outcome"] == wanted


# --- Thread, Wi-SUN ---

@pytest.mark.parametrize("sequence", [0, 1, 127, 300])
def test_thread_mac_keys(keys, tmp_path, sequence):
    key = ccm.thread_keys(NETWORK_KEY, sequence)[1]
    frames = [frame(PAYLOAD, key=key, identifier=bytes([(sequence & 127) + 1]))]
    found, _, _ = objects(frames, keys(f"thread {NETWORK_KEY.hex()}\n"))
    assert found[0]["keys"] == {"outcome": "open", "line": 1, "source": EXTENDED.hex(), "sequence": sequence}
    assert found[0]["opened"]["frame"]["payload"] == PAYLOAD.hex()
    witness = tshark_payloads(tmp_path, frames, *uat(NETWORK_KEY, (sequence & 127) + 1, "Thread hash"), "-o",
                              f"thread.thr_seq_ctr:{sequence:08x}", "-o", "thread.thr_auto_acq_thr_seq_ctr:FALSE")
    assert witness == [PAYLOAD.hex()]


def test_a_thread_sequence_far_away_is_found_by_the_file_or_by_mle(keys):
    sequence = 128 * 1000 + 5
    data = frame(PAYLOAD, key=ccm.thread_keys(NETWORK_KEY, sequence)[1], identifier=b"\6")
    line = f"thread {NETWORK_KEY.hex()}"
    assert outcomes([data], keys(line)) == ["MIC wrong"]
    assert outcomes([data], keys(f"{line} sequence={sequence - 130}")) == ["open"]
    found, _, _ = objects([mle(NETWORK_KEY, sequence, b"\4\0\2\x10\0"), data], keys(line))
    assert [found[0]["mle_keys"]["outcome"], found[1]["keys"]["outcome"]] == ["open", "open"]


def test_mle_messages(keys, tmp_path):
    advertisement = b"\4" + bytes.fromhex("00021000") + bytes.fromhex("0b080000000140400001")
    message = mle(NETWORK_KEY, 0, advertisement)
    short = frame(PAYLOAD, key=ccm.thread_keys(NETWORK_KEY, 0)[1], source=0x1000, counter=3)
    path = keys(f"thread {NETWORK_KEY.hex()}")
    found, _, stats = objects([message, short], path)
    assert found[0]["mle_keys"] == {"outcome": "open", "line": 1, "source": EXTENDED.hex(), "sequence": 0}
    assert found[0]["opened"]["frame"]["payload"].endswith("ff" + advertisement.hex())
    assert ", MLE open (ENC-MIC-32, counter 9, key 1, from 00124b0001020304)" in lines([message], path)[0]
    assert found[1]["keys"]["outcome"] == "open", "its Source Address TLV says whose 1000 is"
    assert stats["keys.open"] == 2
    bad = message[:-1] + bytes([message[-1] ^ 1])
    assert objects([bad], path)[0][0]["mle_keys"]["outcome"] == "MIC wrong"
    assert objects([bad], keys(RAW))[0][0]["mle_keys"]["outcome"] == "no key"
    witness = tmp_path / "mle.pcap"
    witness.write_bytes(pcap([message, bad]))
    shown = subprocess.run(["tshark", "-r", witness, *uat(NETWORK_KEY, 1, "Thread hash"), "-T", "fields", "-e", "mle.cmd"], check=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.split()
    assert shown[0] == "4"


def test_a_child_s_short_address_is_learned_from_its_parent(keys):
    child = bytes.fromhex("00124b0009090909")
    response = mle(NETWORK_KEY, 0, b"\x0c" + bytes.fromhex("0a021001"), to=child)
    data = frame(PAYLOAD, key=ccm.thread_keys(NETWORK_KEY, 0)[1], source=0x1001, nonce_source=child)
    found, _, _ = objects([response, data], keys(f"thread {NETWORK_KEY.hex()}"))
    assert found[1]["keys"]["outcome"] == "open" and found[1]["keys"]["source"] == child.hex()


def test_wisun(keys, tmp_path):
    gtk = bytes.fromhex("461d435d6fa20994287b108632fcf6ff")
    key = ccm.gak("Wi-SUN Network", gtk)
    frames = [frame(PAYLOAD, 6, version=2, key=key, identifier=bytes([i])) for i in (1, 2)]
    line = f'wisun "Wi-SUN Network" {gtk.hex()}'
    assert outcomes(frames, keys(line)) == ["open", "open"]
    assert outcomes(frames, keys(line + " index=2")) == ["no key", "open"]
    assert outcomes(frames, keys(f"wisun Other {gtk.hex()}")) == ["MIC wrong"] * 2
    assert tshark_payloads(tmp_path, frames[:1], *uat(key, 1)) == [PAYLOAD.hex()]


# --- the tool ---

def test_captures_stay_as_they_came(keys, tmp_path):
    frames = [frame(PAYLOAD), plain(PAYLOAD)]
    out, _, _ = run("--fcs", "none", "-r", "-", "--dlt", "nofcs", "-w", tmp_path / "a.pcap", "--print", "--frame-keys", keys(RAW),
                    stdin=pcap(frames))
    assert b"open (" in out
    assert frames_of((tmp_path / "a.pcap").read_bytes()) == frames
    _, words, _ = run("-r", "-", "-w", tmp_path / "b.pcap", "--frame-keys", keys(RAW), status=2)
    assert "--frame-keys needs lines" in words and not (tmp_path / "b.pcap").exists()


def outcome_and_counter(words):
    """Of a line or an object: what both say."""
    if words.startswith("{"):
        told = json.loads(words)["keys"]
        return told["outcome"], told.get("counter")
    if ", MIC wrong" in words:
        return "MIC wrong", None
    how = re.search(r"open \(ENC-MIC-32, counter \d+( again)?( after \d+)?, key 1, from 00124b0001020304\)", words)
    return ("open", "again" if how[1] else "back" if how[2] else None) if how else ("not secured", None)


SHOWN = [("not secured", None), ("open", None), ("open", None), ("open", "again"), ("open", "back"), ("MIC wrong", None)]


def frames_to_show():
    """A short address that is learned, and counters that come again and go back: what each output must say by itself."""
    return [association_response(0x1234, EXTENDED)] + [frame(PAYLOAD, source=0x1234, counter=n) for n in (5, 900, 900, 7)] + [
        frame(PAYLOAD, source=0x1234, key=bytes(16), counter=901)]


def test_every_output_of_lines_shows_what_is_inside(keys, tmp_path):
    files = [tmp_path / name for name in ("a.jsonl", "b.txt", "c.json")]
    written = [x for path in files for x in ("-w", path)]
    out, _, stats = run("-r", "-", *written, "-w", tmp_path / "d.pcap", "--print", "--frame-keys", keys(RAW), stdin=pcap(frames_to_show()))
    for text in [out.decode(), *(path.read_text() for path in files)]:
        assert [outcome_and_counter(line) for line in text.splitlines()] == SHOWN, text
    for section in ("keys", "keys_2", "keys_3", "keys_4"):
        assert [stats[f"{section}.{name}"] for name in ("open", "mic_wrong", "counter_repeated", "counter_back")] == [4, 1, 1, 1], section
    assert "keys_5.open" not in stats


def test_every_output_shows_what_a_probe_hears(tool, probe, keys, tmp_path):
    mote = probe()
    dump = tool("slip-dump", "-p", tmp_path / "probe", "--fcs", "none", "-w", tmp_path / "a.jsonl", "--print", "-c", "6",
                "--frame-keys", keys(RAW))
    mote.send(*frames_to_show())
    dump.wait(status=0)
    for text in (dump.stdout.decode(), (tmp_path / "a.jsonl").read_text()):
        assert [outcome_and_counter(line) for line in text.splitlines()] == SHOWN, text


def test_what_is_filtered_out_is_learned_for_every_output(keys, tmp_path):
    out, _, _ = run("-r", "-", "-w", tmp_path / "a.jsonl", "--print", "--filter", "type=data", "--frame-keys", keys(RAW),
                    stdin=pcap(frames_to_show()))
    for text in (out.decode(), (tmp_path / "a.jsonl").read_text()):
        assert [outcome_and_counter(line) for line in text.splitlines()] == SHOWN[1:], text


def refused(path, *more):
    _, words, _ = run("-r", "-", "--frame-keys", path, *more, status=2)
    return words


def test_files_that_are_refused(keys, tmp_path):
    secret = KEY.hex()
    for text, words in [(secret, "line 1, column 1"), (f"raw {secret[:-1]}", "line 1, column 5: a key has 32 hexadecimal digits, not 31"),
                        (f"# a\n raw {secret}0\n", "line 2, column 6"), ("", "there is no key in it"),
                        (f"raw {secret} indx=1", "line 1, column 38"), (b"raw \0\0", "a NUL")]:
        said = refused(keys(text))
        assert words in said and secret[:8] not in said, said
    assert "Is a directory" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "none")
    huge = tmp_path / "huge"
    with open(huge, "wb") as file:
        file.truncate(1 << 30)
    assert "is over 1048576 octets long" in refused(huge)


def test_who_may_read_the_file(keys):
    path = keys(RAW)
    for mode, word in ((0o600, None), (0o640, None), (0o644, "can read it"), (0o602, "can write to it")):
        path.chmod(mode)
        words = objects([plain(PAYLOAD)], path)[1]
        assert (word or "everybody") in words if word else "everybody" not in words


def test_a_fifo_and_a_pipe(tmp_path, keys):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_text(RAW))
    writer.start()
    assert outcomes([frame(PAYLOAD)], fifo) == ["open"]
    writer.join()
    (tmp_path / "a.pcap").write_bytes(pcap([frame(PAYLOAD)]))
    out = subprocess.run(["bash", "-c", f'"$0" -q -r "$1" --frame-keys <(cat "$2")', harness.binaries_folder() / "slip-dump",
                          tmp_path / "a.pcap", keys(RAW)], check=True, stdout=subprocess.PIPE, text=True, timeout=20).stdout
    assert "open (" in out


def test_a_fifo_without_a_writer_is_told_and_ends_at_a_signal(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    dump = harness.Tool("slip-dump", "-r", "-", "--frame-keys", str(fifo))
    try:
        dump.wait_stderr("waiting for what writes to it")
        dump.process.terminate()
        assert dump.process.wait(5) != 0
    finally:
        dump.close()


def test_amqp_dump(bus_tool, witness, keys):
    dump = bus_tool("amqp-dump", "--frame-keys", keys(RAW), "-c", "2")
    sender = witness()
    for octets in (association_response(0x1234, EXTENDED), frame(PAYLOAD, source=0x1234)):
        sender.publish("fromAgent.probe_1.802154.serial.packet.raw",
                       {"_api_version": "1.2.15", "data": list(octets), "interface_name": "tun0", "timestamp": 1700000000.25})
    dump.wait(status=0)
    assert dump.stdout.decode().splitlines()[1].endswith("open (ENC-MIC-32, counter 5, key 1, from 00124b0001020304)")


def test_amqp_dump_shows_it_in_every_output(bus_tool, witness, keys, tmp_path):
    dump = bus_tool("amqp-dump", "--frame-keys", keys(RAW), "-w", tmp_path / "a.jsonl", "-w", tmp_path / "b.pcap", "--print", "-c", "6")
    sender = witness()
    for octets in frames_to_show():
        sender.publish("fromAgent.probe_1.802154.serial.packet.raw",
                       {"_api_version": "1.2.15", "data": list(octets), "interface_name": "tun0", "timestamp": 1700000000.25})
    dump.wait(status=0)
    for text in (dump.stdout.decode(), (tmp_path / "a.jsonl").read_text()):
        assert [outcome_and_counter(line) for line in text.splitlines()] == SHOWN, text
    stats = dump.final_stats()
    assert (stats["keys.open"], stats["keys.counter_repeated"]) == (4, 1), "each frame is opened once"


# --- many keys, many addresses ---

@pytest.mark.parametrize("sequence", [5, 300])
def test_the_last_of_as_many_keys_as_a_file_may_have(keys, sequence):
    """Of a network key of Thread several sequences are tried: it is many keys."""
    networks = [bytes([n]) * 16 for n in range(63)]
    path = keys("".join(f"thread {key.hex()}\n" for key in networks) + RAW)
    thread = frame(PAYLOAD, key=ccm.thread_keys(networks[-1], sequence)[1], identifier=bytes([(sequence & 127) + 1]))
    found, _, _ = objects([thread, frame(PAYLOAD, counter=900), frame(PAYLOAD, key=bytes([99]) * 16)], path)
    assert [(o["keys"]["outcome"], o["keys"].get("line")) for o in found] == [("open", 63), ("open", 64), ("MIC wrong", None)]


def test_every_address_that_the_file_has_for_a_short_one_is_tried(keys):
    others = "".join(f"addr 1234 {n:016x}\naddr abcd/1234 {n + 99:016x}\n" for n in range(15))
    for last in (f"addr 1234 {EXTENDED.hex()}", f"addr abcd/1234 {EXTENDED.hex()}"):
        assert outcomes([frame(PAYLOAD, source=0x1234)], keys(f"{RAW}{others}{last}\n")) == ["open"]
    said = refused(keys(RAW + "".join(f"addr 1234 {n:016x}\n" for n in range(17))))
    assert "line 18, column 11: more than 16 extended addresses for this short one" in said


def test_too_many_combinations_are_no_verdict(keys):
    networks = "".join(f"thread {bytes([n]).hex() * 16}\n" for n in range(64))
    addresses = "".join(f"addr 1234 {n:016x}\n" for n in range(16))
    assert outcomes([frame(PAYLOAD, source=0x1234)], keys(networks + addresses)) == ["not tried"]


@pytest.mark.parametrize("form", ["{}", "raw {}", "raw:{}", "thread:{}", "0x{}", "wisun Net {}", "raw={}"])
@pytest.mark.parametrize("place", [("--frame-keys",), (), ("--check", "--frame-keys"), ("--count",), ("--dump-options", "--frame-keys")])
def test_a_key_that_stands_in_the_place_of_a_file_is_not_said_again(form, place):
    for key in (KEY.hex(), KEY.hex().upper(), KEY.hex(":"), KEY.hex("-")):
        done = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "/dev/null", *place, form.format(key)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=10, check=False)
        assert done.returncode in (1, 2) or "--dump-options" in place
        said = (done.stderr + done.stdout).decode()
        assert key not in said and key[3:20] not in said, said
        if place == ("--frame-keys",):
            assert "wants a file, not a key" in said and "framebus-keys(5)" in said, said


def test_what_only_looks_like_a_key_is_said():
    for word in ("01234567-89ab-cdef-0123-456789abcdef", KEY.hex() + "0", KEY.hex()[1:], "/run/" + KEY.hex()):
        said = subprocess.run([harness.binaries_folder() / "slip-dump", "-r", "/dev/null", "--frame-keys", word], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, timeout=30, check=False).stderr.decode()
        assert f"--frame-keys {word}: No such file" in said, said
