"""Gives the programs files that were made to break readers; `make trust` calls it.

    scripts/trust/hostile.py --bin out/bin

The collections: IDX files, safetensors files (with the attacks that the format's audit of 2023 describes: header lengths
beyond the file, overlapping or missing parts, duplicate keys, shapes whose product overflows, deep nesting), CSV files, and
faults of the system (a full device, closed and read-only streams, outputs that cannot be written).
"""

import argparse
import json
import pathlib
import struct
import subprocess
import tempfile
import time

import outcome
import programs
import samples



def idx():
    """(name, bytes) of image files that are none."""
    def header(magic, *sizes):
        return struct.pack(f">{1 + len(sizes)}I", magic, *sizes)

    body = bytes(60 * 28 * 28)
    yield from {
        "empty": b"",
        "half a magic number": b"\0\0",
        "of labels": header(2049, 60) + bytes(60),
        "of floats": header(0x0D03, 60, 28, 28) + body,
        "little-endian": struct.pack("<4I", 2051, 60, 28, 28) + body,
        "no sizes": header(2051),
        "4 billion rows": header(2051, 2**32 - 1, 28, 28) + body,
        "sizes whose product overflows": header(2051, 2**32 - 1, 2**32 - 1, 2**32 - 1) + body,
        "no rows": header(2051, 0, 28, 28),
        "images without height": header(2051, 60, 0, 28),
        "one row too few": header(2051, 60, 28, 28) + body[:-784],
        "one byte too many": header(2051, 60, 28, 28) + body + b"\0",
        "one dimension too many": header(2052, 60, 28, 28, 1) + body,
        "another number of rows": header(2051, 59, 28, 28) + body[784:],
        "gzip that ends early": b"\x1f\x8b\x08\0\0\0\0\0",
        "text": b"<!DOCTYPE html><title>404</title>" * 10,
        "images of one pixel": header(2051, 60, 1, 1) + bytes(60),
        "zeros": bytes(10000),
    }.items()


def safetensors():
    """(name, bytes) of environments that are none, or odd ones."""
    def file(header, body=b"", length=None):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return struct.pack("<Q", len(text) if length is None else length) + text + body

    def tensor(dtype, shape, begin, end):
        return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

    images = tensor("U8", [2, 1, 2, 2], 0, 8)
    labels = tensor("U8", [2], 8, 10)
    body = bytes([0, 255] * 4 + [0, 1])
    both = {"images": images, "labels": labels}
    yield "empty", b""
    yield "seven bytes", b"\0" * 7
    yield "header beyond the file", file(both, body, 10**6)
    yield "header of 2^63 bytes", file(both, body, 2**63)
    yield "header of 2^64 - 1 bytes", file(both, body, 2**64 - 1)
    yield "header of no bytes", file(b"", body)
    yield "header that is no object", file([1, 2], body)
    yield "header that is no JSON", file(b"{images", body)
    yield "header that is no UTF-8", file(b'{"\xff":1}', body)
    yield "deep nesting", file(b"[" * 100000 + b"]" * 100000, body)
    yield "deep nesting in a shape", file(b'{"images":{"dtype":"U8","shape":' + b"[" * 5000 + b"]" * 5000 + b',"data_offsets":[0,8]}}', body)
    yield "duplicate keys", file(json.dumps(both)[:-1].encode() + b',"labels":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}}', body)
    yield "duplicate metadata", file(b'{"__metadata__":{"a":"1","a":"2"},' + json.dumps(both)[1:].encode(), body)
    yield "overlap", file({"images": images, "labels": tensor("U8", [2], 6, 8)}, body)
    yield "a hole", file({"images": images, "labels": tensor("U8", [2], 9, 11)}, body + b"\0")
    yield "bytes after the end", file(both, body + b"polyglot")
    yield "offsets beyond the file", file({"images": images, "labels": tensor("U8", [2], 8, 2**40)}, body)
    yield "offsets that run backwards", file({"images": images, "labels": tensor("U8", [2], 10, 8)}, body)
    yield "a negative offset", file({"images": images, "labels": tensor("U8", [2], -2, 0)}, body)
    yield "an offset that is no number", file({"images": images, "labels": tensor("U8", [2], "8", 10)}, body)
    yield "a shape that overflows", file({"images": tensor("U8", [2**32, 2**32, 2, 2], 0, 8), "labels": labels}, body)
    yield "a shape of another size", file({"images": tensor("U8", [3, 1, 2, 2], 0, 8), "labels": labels}, body)
    yield "an unknown type", file({"images": tensor("U7", [2, 1, 2, 2], 0, 8), "labels": labels}, body)
    yield "no rows", file({"images": tensor("U8", [0, 1, 2, 2], 0, 0), "labels": tensor("U8", [0], 0, 0)})
    yield "no pixels", file({"images": tensor("U8", [2, 1, 0, 2], 0, 0), "labels": tensor("U8", [2], 0, 2)}, b"\0\1")
    yield "no labels", file({"images": tensor("U8", [2, 1, 2, 2], 0, 8)}, body[:8])
    yield "more labels than images", file({"images": images, "labels": tensor("U8", [3], 8, 11)}, body + b"\1")
    yield "metadata that is no text", file({"__metadata__": {"provenance": 1}, **both}, body)
    yield "provenance that is no JSON", file({"__metadata__": {"provenance": "{"}, **both}, body)
    yield "provenance deeply nested", file({"__metadata__": {"provenance": "[" * 100000}, **both}, body)
    yield "5,000 tensors", file({**both, **{f"t{n}": tensor("U8", [0], 10, 10) for n in range(5000)}}, body)
    yield "a name of 100,000 characters", file({**both, "x" * 100000: tensor("U8", [0], 10, 10)}, body)
    yield "a name that moves the cursor", file({**both, "\x1b[2J\n\u202e": tensor("U8", [0], 10, 10)}, body)
    yield "a label of 2^63", file({"images": images, "labels": tensor("I64", [2], 8, 24)}, body[:8] + struct.pack("<2Q", 0, 2**63))
    yield "a label of 10^9", file({"images": images, "labels": tensor("I64", [2], 8, 24)}, body[:8] + struct.pack("<2q", 0, 10**9))
    yield "a label of 254", file({"images": images, "labels": labels}, body[:8] + bytes([0, 254]))
    size = 1000 * 1000
    wide = {"images": tensor("U8", [2, 1, 1000, 1000], 0, 2 * size), "labels": tensor("U8", [2], 2 * size, 2 * size + 2)}
    yield "two images of a million pixels", file(wide, bytes([255]) + bytes(2 * size - 1) + b"\0\1")


def scores(good):
    """(name, bytes) of tables of scores that are none, or odd ones."""
    header, row, *_ = good.decode().splitlines()
    cells = dict(zip(header.split(","), row.split(",")))

    def one(**changed):
        values = {**cells, **changed}
        return "\n".join([header, ",".join(values[name] for name in header.split(","))]) + "\n"

    yield "empty", b""
    yield "header only", (header + "\n").encode()
    yield "no header", (row + "\n").encode()
    yield "a byte order mark", ("\ufeff" + header + "\n" + row + "\n").encode()
    yield "carriage returns", (header + "\r\n" + row + "\r\n").encode()
    yield "no UTF-8", header.encode() + b"\n\xff\xfe," + row.encode()
    yield "a NUL", one(objective="\0").encode()
    yield "an open quote", (header + '\n"' + row).encode()
    yield "100,000 columns", ("a," * 100000 + "b\n").encode()
    for name in ("accuracy", "risk", "p_e", "seed", "count", "classes", "n_per_env"):
        for value in ("NaN", "inf", "-inf", "1e999", "-1", "", "0x10", "1e-400", "9" * 400, "-0", "٣"):
            yield f"{name} = {value[:12]}", one(**{name: value}).encode()
    for value in ("x" * 70000, "<script>", "a|b", "$x$", "\\input", "[x]", "*x*", "\u202e", "日本語", "--", "`", "'", "a\tb"):
        for name in ("objective", "experiment", "checkpoint", "environment"):
            yield f"{name} = {value[:12]}", one(**{name: value}).encode()
    yield "the same row twice", (header + "\n" + row + "\n" + row + "\n").encode()


def reference(good):
    """(name, bytes) of tables of published numbers that are none, or odd ones."""
    header, row, *_ = good.decode().splitlines()
    yield "empty", b""
    yield "no header", row.encode()
    yield "the same cell twice", f"{header}\n{row}\n{row}\n".encode()
    yield "100,000 cells", (header + "\n" + "".join(f"t{n},erm,2,20,0.9,16.4,0.8,paper\n" for n in range(100000))).encode()
    for value in ("NaN", "inf", "-1", "1e999", "", "101"):
        yield f"mean = {value}", f"{header}\n{row.replace('16.4', value)}\n".encode()
        yield f"std = {value}", f"{header}\n{row.replace('0.8,', value + ',')}\n".encode()
        yield f"column = {value}", f"{header}\n{row.replace('0.9,', value + ',')}\n".encode()
    yield "an unknown origin", f"{header}\n{row.replace('paper', 'rumour')}\n".encode()


def cases(files, folder):
    """Each case, with its file written into `folder`."""
    commands = samples.commands(files)
    collections = {
        "images": idx(),
        "environment": safetensors(),
        "checkpoint": safetensors(),
        "scores": scores(files["scores"].read_bytes()),
        "reference": reference(files["reference"].read_bytes()),
    }
    for kind, collection in collections.items():
        for number, (name, data) in enumerate(collection):
            path = folder / f"{kind}-{number}"
            path.write_bytes(data)
            # Odd files may be read. The images are no images, but for one.
            codes = (1,) if kind == "images" and name != "images of one pixel" else (0, 1)
            for command in commands[kind]:
                words = [str(path) if word == "FILE" else word for word in command]
                yield programs.Case(f"{kind}: {name}: {command[0]}", words, codes=codes)


def system_faults(bin_folder, files, folder):
    """Lines on what went wrong where the system fails, and the number of cases."""
    table = [str(bin_folder / "report"), "table", "--experiment", "t", str(files["scores"])]
    env = [str(bin_folder / "mkenv"), "--images", str(files["images"]), "--labels", str(files["labels"]), "--subsample", "7", "--split", "train", "--p-e", "0.2"]
    train = [str(bin_folder / "train"), "--objective", "erm", "--hidden", "4", "--steps", "1", str(files["environment"])]
    shell = []
    for command in (table, env, train):
        words = " ".join(f"'{word}'" for word in command)
        shell += [
            (f"{words} -o /dev/full", 1), (f"{words} -o - >/dev/full", 1), (f"{words} -o - 1<'{files['log']}'", 1),
            (f"{words} -o - | true", 0), (f"{words} -o '{folder}'", 1), (f"{words} -o '{folder}/none/x'", 1),
            (f"{words} -o '{files['scores']}/x'", 1), (f"ulimit -f 0; {words} -o '{folder}/limited'", 1),
            (f"{words} -o - >&-", 1), (f"{words} -o '{folder}/ok' >&-", 0), (f"{words} -o '{folder}/ok' 2>&-", 0),
        ]
    found = []
    for line, code in shell:
        done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=programs.SECONDS)
        if done.returncode != code or b"panicked" in done.stderr:
            found.append(f"system: {line}: exit code {done.returncode}, expected {code}: {done.stderr[-300:]!r}")
    if (folder / "limited").exists():
        found.append("system: a part of a file is left where its size is limited")
    return found, len(shell)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    args = parser.parse_args()
    bin_folder = args.bin.resolve()
    begin = time.monotonic()
    programs.limit_memory()
    with tempfile.TemporaryDirectory() as place, programs.Runner(bin_folder) as runner:
        folder = pathlib.Path(place)
        (folder / "good").mkdir()
        files = samples.make(bin_folder, folder / "good")
        found, count = system_faults(bin_folder, files, folder)
        for case in cases(files, folder):
            count += 1
            found += [f"{case.name}: {fault}" for fault in runner.faults(case)]
    outcome.end("hostile", count, found, begin)


if __name__ == "__main__":
    main()
