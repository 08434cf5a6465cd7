"""Fuzz corpora as they are kept: one file a target, one input a line in hex, sorted, so that git shows what came and went.

    corpus.py pack FOLDER FILE.hex      the inputs of a libFuzzer corpus folder into a file
    corpus.py unpack FILE.hex FOLDER    and back again, for libFuzzer to start from
"""
import hashlib
import pathlib
import sys


def pack(folder, file):
    inputs = {path.read_bytes() for path in pathlib.Path(folder).iterdir()}
    lines = sorted((data.hex() for data in inputs), key=lambda line: (len(line), line))
    pathlib.Path(file).write_text("".join(line + "\n" for line in lines))


def unpack(file, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if pathlib.Path(file).exists():
        for line in pathlib.Path(file).read_text().split("\n"):
            data = bytes.fromhex(line)
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
        sys.exit(__doc__)
    {"pack": pack, "unpack": unpack}[sys.argv[1]](*sys.argv[2:])
