"""Runs the examples of a document from top to bottom, as its reader would, in the working directory:

    python run_document.py DOCUMENT.md [--all] [--without-commands]

Blocks that begin with ```python numpy need numpy and safetensors. Those that begin with ```python all need more, and
run with --all; else they are only compiled. Lines of ```console blocks that begin with $ go to a shell, with the lines that follow up to the next $.
All Python is one session, all commands see its files. Prints what the blocks print; ends with 1 at the first that fails.
"""

import argparse
import subprocess
import sys
import traceback
from pathlib import Path


def blocks(text):
    """(kind, first line's number, text) of each fenced block, in order."""
    kind, begin, lines = None, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if kind is None and line.startswith("```"):
            kind, begin, lines = line[3:], number + 1, []
        elif kind is not None and line == "```":
            yield kind, begin, "\n".join(lines)
            kind = None
        elif kind is not None:
            lines.append(line)


def commands(block):
    """The shell's commands in a console block, without the dollar signs."""
    return "\n".join(line.removeprefix("$ ") for line in block.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("--all", action="store_true", help="also run the blocks that need more packages")
    parser.add_argument("--without-commands", action="store_true", help="run the Python blocks alone")
    arguments = parser.parse_args()
    kinds = ["python numpy"] + ["python all"] * arguments.all
    session, ran = {}, 0
    for kind, line, block in blocks(arguments.document.read_text()):
        place = f"{arguments.document}, line {line}"
        if kind in ("python numpy", "python all"):
            try:
                code = compile("\n" * (line - 1) + block, arguments.document, "exec")
                if kind not in kinds:
                    continue
                exec(code, session)
            except Exception:
                traceback.print_exc()
                sys.exit(f"{place}: this block failed")
        elif kind == "console" and not arguments.without_commands:
            sys.stdout.flush()
            if subprocess.run(["sh", "-ec", commands(block)]).returncode != 0:
                sys.exit(f"{place}: these commands failed")
        else:
            continue
        ran += 1
    if ran == 0:
        sys.exit(f"{arguments.document}: found no block to run")


if __name__ == "__main__":
    main()
