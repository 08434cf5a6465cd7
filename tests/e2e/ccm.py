"""Secured IEEE 802.15.4 frames, by another CCM and another hash than ours: for tests of --frame-keys."""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

KEY = bytes(range(0xC0, 0xD0))
EXTENDED = bytes.fromhex("00124b0001020304")
PAN, TO = 0xABCD, 0x5678
BEACON, DATA, ACK, COMMAND = range(4)
MIC = (0, 4, 8, 16)
ASN_IN_NONCE, NO_COUNTER = 0x40, 0x20


def seal(key, nonce, clear, message, level):
    """What follows the octets that stay in clear."""
    mic = MIC[level & 3]
    if level & 4 and not mic:
        encryptor = Cipher(algorithms.AES(key), modes.CTR(b"\1" + nonce + b"\0\1")).encryptor()
        return encryptor.update(message)
    if not level & 4:
        return message + AESCCM(key, tag_length=mic).encrypt(nonce, b"", clear + message)
    return AESCCM(key, tag_length=mic).encrypt(nonce, message, clear)


def addresses(source, to=TO):
    """Of a frame with a short or extended address at each end: its bits of the frame control, and the fields."""
    def octets(address):
        return address[::-1] if isinstance(address, bytes) else struct.pack("<H", address)
    bits = (3 if isinstance(to, bytes) else 2) << 10 | (3 if isinstance(source, bytes) else 2) << 14
    return bits | 0x40, struct.pack("<H", PAN) + octets(to) + octets(source)


def frame(payload, level=5, mode=1, identifier=b"\1", version=1, source=EXTENDED, nonce_source=EXTENDED, counter=5, key=KEY, kind=DATA,
          ies=b"", open_octets=0, asn=None, suppressed=False, sequence=7, to=TO, ack_request=False):
    bits, fields = addresses(source, to)
    control = kind | 8 | bits | version << 12 | (0x200 if ies else 0) | (0x20 if ack_request else 0)
    if version == 2 and isinstance(source, bytes) and isinstance(to, bytes):
        control &= ~0x40
    header = struct.pack("<HB", control, sequence) + fields
    header += bytes([level | mode << 3 | (ASN_IN_NONCE if asn is not None else 0) | (NO_COUNTER if suppressed else 0)])
    header += (b"" if suppressed else struct.pack("<I", counter)) + identifier + ies
    nonce = nonce_source + (struct.pack(">Q", asn)[3:] if asn is not None else struct.pack(">IB", counter, level))
    clear = header + payload[:open_octets]
    return clear + seal(key, nonce, clear, payload[open_octets:], level)


def plain(payload, source=EXTENDED, to=TO, kind=DATA, version=1, sequence=8):
    bits, fields = addresses(source, to)
    return struct.pack("<HB", kind | bits | version << 12, sequence) + fields + payload


def association_response(short, device):
    return plain(struct.pack("<BHB", 2, short, 0), source=bytes.fromhex("0807060504030201"), to=device, kind=COMMAND, version=0)


def pcap(frames, interval=1.0):
    """Link type 230; ten frames a second or so."""
    out = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 230)
    for i, octets in enumerate(frames):
        ns = 1_000_000_000_000 + round(i * interval * 1e9)
        out += struct.pack("<IIII", ns // 10**9, ns % 10**9, len(octets), len(octets)) + octets
    return out


# --- Thread ---

def thread_keys(network_key, sequence):
    """(MLE key, MAC key)"""
    both = hmac.new(network_key, struct.pack(">I", sequence) + b"Thread", hashlib.sha256).digest()
    return both[:16], both[16:]


def link_local(extended):
    return bytes.fromhex("fe80000000000000") + bytes([extended[0] ^ 2]) + extended[1:]


def mle(network_key, sequence, command, source=EXTENDED, counter=9, to=0xFFFF):
    """An MLE message in a data frame, to ff02::1 or to the extended address `to`."""
    key = thread_keys(network_key, sequence)[0]
    header = b"\x15" + struct.pack("<I", counter) + struct.pack(">IB", sequence, (sequence & 127) + 1)
    group = to == 0xFFFF
    ipv6_to = bytes.fromhex("ff02") + bytes(13) + b"\1" if group else link_local(to)
    nonce = source + struct.pack(">IB", counter, 5)
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, command, link_local(source) + ipv6_to + header)
    udp = b"\xf0" + struct.pack(">HHH", 19788, 19788, 0x1234)
    iphc = b"\x7f\x3b\x01" if group else b"\x7f\x33"
    return plain(iphc + udp + b"\0" + header + sealed, source=source, to=to)


def gak(name, gtk):
    return hashlib.sha256(name.encode() + gtk).digest()[:16]
