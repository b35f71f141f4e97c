"""Damage that knows the format: the file stays one of its kind, and one value in it is wrong. Used by mutations.py.

Random bytes seldom get past a header's length or a line's number of cells. These changes do: a value of the JSON header or of the
provenance, a cell or a column of a table, a size of an IDX file, with the lengths around it put right.
"""

import gzip
import json
import struct

NUMBERS = [0, 1, 2, 3, -1, 255, 256, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 0.5, -0.0, 1e-320, 1e308]
CELLS = ["", "0", "1", "-1", "0.5", "-0", "1e308", "1e-320", "NaN", "inf", "4294967296", "18446744073709551616", "true", "train", "all",
         "paper", '"', '"a""b"', "a b", "\u202e", "x" * 300]
WORDS = ["", "U8", "F32", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "images", "inputs", "labels", "fc1.weight", "fc9.bias", "environment",
         "checkpoint", "training-state", "train", "all", "1/2", "0/0", "9/2", "\u0000", "é" * 50]


def places(value, path=()):
    """The paths of all values in a JSON value."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def change(value, rng):
    """Changes one place of a JSON object: another value, one key less, a key under another name, a list longer or shorter."""
    path = rng.choice([path for path in places(value) if path])
    parent = value
    for key in path[:-1]:
        parent = parent[key]
    key, old = path[-1], parent[path[-1]]
    kind = rng.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1 and isinstance(parent, dict):
        parent[rng.choice(WORDS)] = parent.pop(key)
    elif kind == 2 and isinstance(old, list):
        old.insert(rng.randrange(len(old) + 1), rng.choice(NUMBERS))
    elif kind == 3 and isinstance(old, (int, float)):
        parent[key] = old + rng.choice((-1, 1, 7, -0.5))
    else:
        parent[key] = rng.choice([rng.choice(NUMBERS), rng.choice(WORDS), None, True, [], {}, [old], {"a": old}])


def of_safetensors(data, rng):
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.get("__metadata__", {})
    if "provenance" in metadata and rng.random() < 0.5:
        provenance = json.loads(metadata["provenance"])
        change(provenance, rng)
        metadata["provenance"] = json.dumps(provenance)
    else:
        change(header, rng)
    text = json.dumps(header).encode(errors="surrogatepass")
    return struct.pack("<Q", len(text)) + text + data[8 + length:]


def of_table(data, rng):
    lines = [line.split(",") for line in data.decode().splitlines()]
    kind = rng.randrange(6)
    row = rng.randrange(len(lines))
    column = rng.randrange(len(lines[row]))
    if kind == 0:
        lines.append(list(lines[row]))
    elif kind == 1:
        other = rng.randrange(len(lines[0]))
        for line in lines:
            line[column], line[other] = line[other], line[column]
    elif kind == 2:
        for line in lines:
            del line[column]
    elif kind == 3:
        del lines[row]
    else:
        lines[row][column] = rng.choice(CELLS)
    return "".join(",".join(line) + "\n" for line in lines).encode()


def of_idx(data, rng):
    data = bytearray(data)
    dimensions = data[3]
    place = 4 + 4 * rng.randrange(dimensions)
    kind = rng.randrange(4)
    if kind == 0:
        data[place:place + 4] = struct.pack(">I", rng.choice([n for n in NUMBERS if isinstance(n, int) and 0 <= n < 2**32]))
    elif kind == 1:
        data[2] = rng.choice((0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E))
    elif kind == 2:
        data[rng.randrange(4 + 4 * dimensions, len(data))] = rng.randrange(256)
    else:
        data[3] = rng.randrange(5)
    if rng.random() < 0.5:
        data = bytearray(gzip.compress(bytes(data), 1))
        if rng.random() < 0.5:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


OF_KIND = {"images": of_idx, "labels": of_idx, "environment": of_safetensors, "checkpoint": of_safetensors, "state": of_safetensors,
           "scores": of_table, "reference": of_table, "log": of_table}


def mutate(kind, data, rng):
    """`data`, a good file of `kind`, with one value that is another."""
    return OF_KIND[kind](data, rng)
