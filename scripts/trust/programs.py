"""Runs the programs on bad input and says what they did that they must not do: shared by mutations.py and hostile.py."""

import contextlib
import dataclasses
import os
import pathlib
import resource
import signal
import tempfile

# Longer messages bury what they say; the longest that is meant names two files and two shapes.
LONGEST_MESSAGE = 2000
SECONDS = 60
# A small file must not make a program take so much memory. Bytes of address space.
MEMORY = 4 << 30
# The exit code of train where training diverged, as it may from parameters that are finite and huge.
DIVERGED = 3
OLDER = b"older"
# Python ignores these signals; a program begins with what the system does with them.
UNIGNORED = [signal.SIGPIPE, signal.SIGXFSZ]
# Files here are in memory, so that a program need not wait for a disk. Other systems have no such folder.
IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None


@dataclasses.dataclass
class Case:
    """One run of a program."""

    name: str
    command: list  # the program's name first; OUT stands for the output's path
    codes: tuple = (0, 1)  # the exit codes that are right


def limit_memory():
    """Limits this process and the programs that it starts to MEMORY."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Runner(contextlib.AbstractContextManager):
    """Runs cases one after the other, in a folder of its own. Its files are used again for each case, because a million cases are run."""

    def __init__(self, bin_folder):
        self.bin_folder = pathlib.Path(bin_folder)
        self.folder = tempfile.TemporaryDirectory(dir=IN_MEMORY)
        self.out = str(pathlib.Path(self.folder.name) / "out")
        with open(self.out, "wb") as file:
            file.write(OLDER)
        self.stdin = os.open("/dev/null", os.O_RDONLY)
        # Without names. A program appends, so that what it writes begins at the start of an emptied file.
        self.stdout, self.stderr = (self._nameless() for _ in range(2))
        streams = enumerate((self.stdin, self.stdout, self.stderr))
        self.streams = [(os.POSIX_SPAWN_DUP2, stream, number) for number, stream in streams]
        self.environment = dict(os.environ)
        signal.signal(signal.SIGALRM, self._late)

    def _nameless(self):
        path = str(pathlib.Path(self.folder.name) / "stream")
        stream = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        return stream

    def __exit__(self, *_):
        for stream in (self.stdin, self.stdout, self.stderr):
            os.close(stream)
        self.folder.cleanup()

    def _late(self, *_):
        os.kill(self.child, signal.SIGKILL)
        self.is_late = True

    def run(self, command):
        """(exit code, standard error) of `command`, or None where it does not end."""
        for stream in (self.stdout, self.stderr):
            if os.fstat(stream).st_size:
                os.ftruncate(stream, 0)
        self.is_late = False
        # Not subprocess: it takes longer than the program, mostly for a copy of this process's memory.
        self.child = os.posix_spawn(command[0], command, self.environment, file_actions=self.streams, setsigdef=UNIGNORED)
        signal.alarm(SECONDS)
        _, status = os.waitpid(self.child, 0)
        signal.alarm(0)
        if self.is_late:
            return None
        return os.waitstatus_to_exitcode(status), os.pread(self.stderr, os.fstat(self.stderr).st_size, 0)

    def faults(self, case):
        """What `case` did wrong, a line each."""
        program = case.command[0]
        command = [str(self.bin_folder / program)]
        command += [self.out if word == "OUT" else word for word in case.command[1:]]
        done = self.run(command)
        if done is None:
            return self.left_behind() + [f"no end within {SECONDS} s"]
        code, stderr = done
        found = []
        codes = case.codes + (DIVERGED,) * (program == "train" and 0 in case.codes)
        if code not in codes:
            found.append(f"exit code {code}, expected one of {codes}: {stderr[-300:]!r}")
        if b"panicked" in stderr:
            found.append(f"panic: {stderr[:300]!r}")
        if code in (1, DIVERGED):
            lines = stderr.decode(errors="replace").splitlines()
            own = [line for line in lines if line.startswith(program + ": ")]
            if len(own) != len(lines) or not own:
                found.append(f"an error that is not one line: {stderr[:300]!r}")
            if len(stderr) > LONGEST_MESSAGE:
                found.append(f"a message of {len(stderr)} bytes: {stderr[:200]!r}")
        if "OUT" in case.command:
            is_older = self.is_older()
            if code in (1, DIVERGED) and not is_older:
                found.append("it failed, and the older output is gone")
            if code == 0 and is_older:
                found.append("exit code 0, and no output")
            if not is_older:
                with open(self.out, "wb") as file:
                    file.write(OLDER)
        return found + self.left_behind()

    def is_older(self):
        """Whether the output is the one from before the program."""
        try:
            with open(self.out, "rb", buffering=0) as file:
                return file.read(len(OLDER) + 1) == OLDER
        except FileNotFoundError:
            return False

    def left_behind(self):
        """A line on files that the program left beside its output, which are then removed."""
        left = [name for name in os.listdir(self.folder.name) if name != "out"]
        for name in left:
            os.unlink(os.path.join(self.folder.name, name))
        return [f"files left behind: {sorted(left)}"] if left else []
