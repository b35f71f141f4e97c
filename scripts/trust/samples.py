"""Small good files of every kind that the programs read, made by the programs themselves."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(bin_folder, folder):
    """{kind: path} of an environment, a second one, a checkpoint, a training state, a training log, scores, both IDX files and a reference."""
    folder = pathlib.Path(folder)
    images = ROOT / "fixtures/mnist/train-images-idx3-ubyte"
    labels = ROOT / "fixtures/mnist/train-labels-idx1-ubyte"
    files = {name: folder / name for name in ("environment", "second", "test", "checkpoint", "log", "scores", "images", "labels", "reference")}
    files["state"] = folder / "state.resume.safetensors"
    files["images"].write_bytes(cut_idx(images.read_bytes(), 16, 60 * 28 * 28))
    files["labels"].write_bytes(cut_idx(labels.read_bytes(), 8, 60))
    files["reference"].write_text("experiment,objective,classes,n_per_env,column,mean,std,origin\nt,erm,2,20,0.9,16.4,0.8,paper\n")

    def run(program, *arguments):
        subprocess.run([str(pathlib.Path(bin_folder) / program), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    idx = ("--images", files["images"], "--labels", files["labels"], "--subsample", 7)
    run("mkenv", *idx, "--split", "train", "--part", "1/2", "--p-e", 0.2, "--limit", 20, "-o", files["environment"])
    run("mkenv", *idx, "--split", "train", "--part", "2/2", "--p-e", 0.1, "--limit", 20, "-o", files["second"])
    run("mkenv", *idx, "--split", "test", "--p-e", 0.9, "-o", files["test"])
    run("train", "--objective", "erm", "--experiment", "t", "--hidden", 4, "--steps", 2, "--log", files["log"],
        "-o", files["checkpoint"], files["environment"], files["second"])
    run("train", "--objective", "erm", "--hidden", 4, "--steps", 2, "--checkpoint-every", 1,
        "-o", folder / "state.safetensors", files["environment"], files["second"])
    run("eval", files["checkpoint"], "--env", files["test"], "-o", files["scores"])
    return files


def cut_idx(data, header, size):
    """An IDX file's first rows: its number of rows stands in the bytes 4 to 8."""
    rows = size if header == 8 else size // (28 * 28)
    return data[:4] + rows.to_bytes(4, "big") + data[8:header + size]


def commands(files):
    """{kind: commands that read a file of that kind}, with FILE in its place."""
    f = {name: str(path) for name, path in files.items()}
    mkenv = ["mkenv", "--subsample", "7", "--split", "train", "--p-e", "0.2", "-o", "OUT"]
    train = ["train", "--objective", "erm", "--hidden", "4", "--steps", "1", "-o", "OUT"]
    return {
        "images": [mkenv + ["--images", "FILE", "--labels", f["labels"]]],
        "labels": [mkenv + ["--images", f["images"], "--labels", "FILE"]],
        "environment": [
            train + ["FILE", f["second"]],
            ["eval", f["checkpoint"], "--env", "FILE", "-o", "OUT"],
            ["inspect", "FILE"],
            ["inspect", "FILE", f["second"]],
        ],
        "checkpoint": [["eval", "FILE", "--env", f["test"], "-o", "OUT"], ["inspect", "FILE"]],
        "state": [["train", "--objective", "erm", "--hidden", "4", "--steps", "3", "--resume", "FILE", "-o", "OUT", f["environment"], f["second"]]],
        "scores": [["report", "table", "--experiment", "t", "-o", "OUT", "FILE"]],
        "reference": [["report", "table", "--experiment", "t", "--reference", "FILE", "-o", "OUT", f["scores"]]],
        "log": [["report", "figure", "training", "--format", "svg", "-o", "OUT", "FILE"]],
    }
