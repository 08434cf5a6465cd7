"""Compares libframe with tshark, field by field and frame by frame, over every capture of link type 195, 230 and 283.

    compare.py [-v] FOLDER|FILE...

prints a table: for every field how often the two agree, how often they differ for a reason that docs/conformance.md gives,
and how often for none. Every difference without a reason is shown (with -v those with one too), and makes the exit status 1.
"""
import collections
import os
import pathlib
import struct
import subprocess
import sys

LINK_TYPES = (195, 230, 283)
# our column: tshark's field
FIELDS = {
    "frame_type": "wpan.frame_type",
    "version": "wpan.version",
    "seq_no": "wpan.seq_no",
    "dst_pan": "wpan.dst_pan",
    "dst16": "wpan.dst16",
    "dst64": "wpan.dst64",
    "src_pan": "wpan.src_pan",
    "src16": "wpan.src16",
    "src64": "wpan.src64",
    "sec_level": "wpan.aux_sec.sec_level",
    "key_id_mode": "wpan.aux_sec.key_id_mode",
    "frame_counter": "wpan.aux_sec.frame_counter",
    "key_index": "wpan.aux_sec.key_index",
    "cmd": "wpan.cmd",
    "header_ies": "wpan.header_ie.id",
    "payload_ies": "wpan.payload_ie.id",
    "nested_ies": "wpan.mlme.ie.id",
    "fcs_ok": "wpan.fcs_ok",
}
# what else tshark is asked, to know what it did
CONTEXT = ("wpan.fcf", "wpan.mpf_version", "wpan.src_addr_mode", "wpan.fcs", "wpan.fcs32", "wpan.rssi", "_ws.malformed",
           "wpan.header_ie", "_ws.expert.message", "wpan.security", "wpan-tap.fcs_type", "frame.protocols", "frame.len", "frame.cap_len",
           "wpan-tap.length")
FORMATS = {"crc16": "ITU-T CRC-16", "crc32": "ITU-T CRC-32", "ti": "TI CC24xx metadata"}


def link_types(path):
    """Of a pcap or pcapng file; empty for any other."""
    with open(path, "rb") as file:
        head = file.read(24)
        for magic, order in ((b"\xd4\xc3\xb2\xa1", "<"), (b"\x4d\x3c\xb2\xa1", "<"), (b"\xa1\xb2\xc3\xd4", ">"),
                             (b"\xa1\xb2\x3c\x4d", ">")):
            if head.startswith(magic) and len(head) >= 24:
                return {struct.unpack_from(order + "I", head, 20)[0] & 0xffff}
        return interfaces(head + file.read()) if head.startswith(b"\x0a\x0d\x0d\x0a") else set()


def interfaces(octets):
    """The link types of a pcapng's interfaces, as far as its blocks can be followed."""
    found, at, order = set(), 0, "<"
    while at + 12 <= len(octets):
        if octets[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if octets[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", octets, at)
        if kind == 1 and length >= 20 and at + 10 <= len(octets):
            found.add(struct.unpack_from(order + "H", octets, at + 8)[0])
        if length < 12:
            break
        at += length
    return found


def captures(paths):
    """Ends the program where a path is not there or has nothing to compare: a wrong DIR is no success."""
    for path in map(pathlib.Path, paths):
        if not path.exists():
            sys.exit(f"{path}: no such file or folder")
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        found = [file for file in found if file.is_file() and link_types(file) & set(LINK_TYPES)]
        if not found:
            sys.exit(f"{path}: no capture of link type 195, 230 or 283 (pcap or pcapng) is there")
        yield from found


def program():
    build = pathlib.Path(os.environ.get("BUILD", "build"))
    for folder in (build, build / "check/gcc"):
        if (folder / "tests/frame_fields").exists():
            return folder / "tests/frame_fields"
    sys.exit(f"{build}/tests/frame_fields: not built (make unit)")


def ours(path, fcs):
    output = subprocess.run([program(), path, fcs], check=True, stdout=subprocess.PIPE, text=True).stdout
    names, *rows = [line.split("\t") for line in output.splitlines()]
    return [dict(zip(names, row)) for row in rows]


def theirs(path, fcs):
    names = list(FIELDS.values()) + list(CONTEXT)
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-o", f"wpan.fcs_format:{FORMATS[fcs]}"]
    for name in names:
        command += ["-e", name]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return [tidied(dict(zip(names, line.split("\t"))) | {"fcs": fcs}) for line in output.splitlines()]


def tidied(row):
    """tshark's answer without what it made up: a verdict where there is no FCS, an extended address that it remembers for
    a short one, and a version that multipurpose frames keep in a field of their own."""
    if not (row["wpan.fcs"] or row["wpan.fcs32"] or row["wpan.rssi"]):
        row["wpan.fcs_ok"] = ""
    if row["wpan.src_addr_mode"] not in ("0x0003", "3"):
        row["wpan.src64"] = ""
    row["wpan.version"] = row["wpan.version"] or row["wpan.mpf_version"]
    return row


def fcf(row):
    return int(row["wpan.fcf"] or "0", 16)


def same_list(mine, other):
    return [int(i, 0) for i in mine.split(",") if i] == [int(i, 0) for i in other.split(",") if i]


# --- the reasons: each has its paragraph in docs/conformance.md under this name ---

GENERAL_TYPES = (0, 1, 2, 3)


def mine_type(row):
    return int(row["frame_type"] or "4", 16)


def no_general_header(row, other, column):
    """reserved, fragment and extended frames"""
    return mine_type(row) in (4, 6, 7) and row[column] == ""


def suppression_bit_of_old_versions(row, other, column):
    """sequence number suppression in version 0 or 1"""
    return mine_type(row) in GENERAL_TYPES and row["version"] in "01" and fcf(other) & 0x0100 and other["wpan.seq_no"] == ""


def security_of_2003(row, other, column):
    """a command's identifier in a frame of version 0 with security"""
    return column == "cmd" and "UNSUPPORTED_LEGACY" in row["fault"] and row[column] == ""


def authenticated_only(row, other, column):
    """a payload in clear behind a MIC that tshark has no key for"""
    return (column in ("cmd", "payload_ies", "nested_ies") and row["sec_level"] != "" and not int(row["sec_level"], 16) & 4
            and other[FIELDS[column]] == "")


def multipurpose_security(row, other, column):
    """the auxiliary security header of multipurpose frames, and what follows it"""
    return (mine_type(row) == 5 and fcf(other) & 0x0208 == 0x0208
            and column in ("sec_level", "key_id_mode", "frame_counter", "key_index", "header_ies", "payload_ies", "nested_ies"))


def ie_beyond_the_frame(row, other, column):
    """an IE that runs past the frame, and a verdict that tshark does not come to because of it"""
    return (row["fault"].startswith("7.4") and column in ("header_ies", "payload_ies", "nested_ies", "fcs_ok", "cmd"))


def half_a_frame_control_field(row, other, column):
    """the type of a frame that is one octet long"""
    return column == "frame_type" and other["wpan.fcf"] == "" and other["wpan.frame_type"] == "" and row["seq_no"] == ""


AUXILIARY_SECURITY = ("sec_level", "key_id_mode", "frame_counter", "key_index")


def security_of_a_payload(row, other, column):
    """the security header of MLE in the payload, which tshark shows in the fields of the MAC's; those of the MAC come first"""
    parts = other[FIELDS[column]].split(",") if column in AUXILIARY_SECURITY else []
    own = row[column].split(",") if row[column] else []
    return "mle" in other["frame.protocols"].split(":") and len(parts) > len(own) and parts[:len(own)] == own


def cut_behind_a_pseudo_header(row, other, column):
    """what was captured of a frame behind a TAP header that says more"""
    return (other["frame.protocols"] == "wpan-tap" and other["frame.cap_len"] != other["frame.len"] and other["wpan.fcf"] == ""
            and other[FIELDS[column]] == "")


def fcs32_of_a_short_frame(row, other, column):
    """the FCS-32 of fewer than four octets, which are padded for it"""
    fcs32 = other["wpan-tap.fcs_type"] == "2" or ("wpan-tap" not in other["frame.protocols"] and other["fcs"] == "crc32")
    before = int(other["wpan-tap.length"] or 0)
    return column == "fcs_ok" and fcs32 and int(other["frame.len"]) - before - 4 < 4


def nested_ie_beyond_its_group(row, other, column):
    """a nested IE that runs past its payload IE, and what tshark does not come to because of it"""
    mine, others = ([i for i in ids.split(",") if i] for ids in (row["nested_ies"], other["wpan.mlme.ie.id"]))
    overrun = "contained item exceeds" in other["_ws.malformed"] and same_list(",".join(mine), ",".join(others[:len(mine)]))
    return overrun and column in ("payload_ies", "nested_ies", "cmd", "fcs_ok")


def what_tshark_gave_up_before(row, other, column):
    """a command, IEs or a verdict behind what tshark calls malformed or does not know"""
    return column in ("cmd", "payload_ies", "nested_ies", "fcs_ok") and other[FIELDS[column]] == "" and other["_ws.malformed"] != ""


def out_of_the_mic(row, other, column):
    """a command or IEs that tshark reads out of the octets that can only be the MIC"""
    return (column in ("header_ies", "payload_ies", "nested_ies", "cmd") and row[column] == ""
            and row["sec_level"] != "" and int(row["sec_level"], 16) & 3 != 0 and (not row["fault"] or "MIC" in row["fault"]))


def a_list_of_two_octets(row, other, column):
    """a payload IE without content that is all there is behind Header Termination 1"""
    return (column in ("payload_ies", "cmd") and other["wpan.payload_ie.id"] == ""
            and row["payload_ies"] in (f"0x{i:04x}" for i in range(16)))


def content_that_tshark_trips_over(row, other, column):
    """an IE of a known ID whose content is too short: tshark leaves it out of its list"""
    return (column.endswith("_ies") and other["_ws.malformed"] != ""
            and is_part(other[FIELDS[column]].split(","), row[column].split(",")))


def is_part(part, whole):
    rest = iter(whole)
    return all(any(i == j for j in rest) for i in part if i)


REASONS = {function.__name__: function for function in (
    no_general_header, suppression_bit_of_old_versions, security_of_2003, authenticated_only, multipurpose_security,
    ie_beyond_the_frame, cut_behind_a_pseudo_header, half_a_frame_control_field, out_of_the_mic, a_list_of_two_octets,
    content_that_tshark_trips_over, security_of_a_payload, fcs32_of_a_short_frame, nested_ie_beyond_its_group,
    what_tshark_gave_up_before)}


def differences(path, fcs="crc16"):
    """Yields (frame number, our column, our value, tshark's value, reason or None) for every field of every frame; the values
    are equal where the two agree."""
    mine, others = ours(path, fcs), theirs(path, fcs)
    if len(mine) != len(others):
        yield 0, "frames", str(len(mine)), str(len(others)), None
    for number, (row, other) in enumerate(zip(mine, others), 1):
        if row["frame_type"] == "other link type":
            continue
        for column, name in FIELDS.items():
            a, b = row[column], other[name]
            if column.endswith("_ies") and same_list(a, b):
                b = a
            reason = None if a == b else next((r for r, holds in REASONS.items() if holds(row, other, column)), None)
            yield number, column, a, b, reason


class Table:
    """Sums of agreements and differences, by field."""

    def __init__(self):
        self.agree = collections.Counter()
        self.differ = collections.Counter()
        self.unexplained = collections.Counter()
        self.frames = self.files = 0
        self.lines = []

    def add(self, path, fcs="crc16"):
        self.files += 1
        for number, column, mine, other, reason in differences(path, fcs):
            self.frames += column == "frame_type"
            if mine == other:
                self.agree[column] += 1
                continue
            (self.differ if reason else self.unexplained)[column] += 1
            self.lines.append((reason, f"{path}: frame {number}: {column}: libframe {mine or '-'}, tshark {other or '-'}"
                                       f" ({reason or 'NO REASON KNOWN'})"))

    def __str__(self):
        rows = [f"{'field':<14}{'agree':>9}{'explained':>11}{'unexplained':>13}"]
        for column in list(FIELDS) + ["frames"]:
            if self.agree[column] or self.differ[column] or self.unexplained[column]:
                rows.append(f"{column:<14}{self.agree[column]:>9}{self.differ[column]:>11}{self.unexplained[column]:>13}")
        reasons = collections.Counter(reason for reason, _ in self.lines if reason)
        rows += [f"{count:>9} differences: {reason}" for reason, count in sorted(reasons.items())]
        rows.append(f"{self.frames} frames in {self.files} captures")
        return "\n".join(rows)


def main(arguments):
    verbose = "-v" in arguments
    paths = [a for a in arguments if a != "-v"]
    if not paths:
        sys.exit("DIR is missing: make check-corpus DIR=FOLDER\n\n" + __doc__)
    table = Table()
    for path in captures(paths):
        table.add(path)
    for reason, line in table.lines:
        if verbose or not reason:
            print(line)
    print(table)
    return 1 if sum(table.unexplained.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
