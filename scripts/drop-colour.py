"""A stage of one's own, in a pipe: drops the rows of colour 0 from an environment.

    mkenv ... -o - | python3 scripts/drop-colour.py | train ... - other.safetensors

It reads and writes safetensors with Python's standard library alone, to show the format: 8 bytes with
the header's length, the header in JSON, and the tensors' bytes.
"""

import json
import struct
import sys

raw = sys.stdin.buffer.read()
(length,) = struct.unpack("<Q", raw[:8])
header, data = json.loads(raw[8 : 8 + length]), raw[8 + length :]


def tensor(name):
    start, end = header[name]["data_offsets"]
    return header[name]["shape"], data[start:end]


(rows, *chw), images = tensor("images")
_, labels = tensor("labels")
_, colours = tensor("colors")
size = len(images) // rows
kept = [row for row in range(rows) if colours[row] != 0]
images = b"".join(images[row * size : (row + 1) * size] for row in kept)
labels = bytes(labels[row] for row in kept)

end = len(images) + len(labels)
header = json.dumps(
    {
        "images": {"dtype": "U8", "shape": [len(kept), *chw], "data_offsets": [0, len(images)]},
        "labels": {"dtype": "U8", "shape": [len(kept)], "data_offsets": [len(images), end]},
    }
).encode()
sys.stdout.buffer.write(struct.pack("<Q", len(header)) + header + images + labels)
