#!/usr/bin/env python3
"""Makes a small reproduce as a Slurm job array, on two nodes that fail; `make check-slurm` calls it.

    sudo apt-get install slurm-wlm munge
    scripts/check-slurm.py --built target/release

It starts a controller and two nodes on this machine, in a temporary folder and on ports of their own, and submits
scripts/seed.slurm. Then a node is killed with all that runs on it, a task is cancelled, and one is put back into the queue.
After submitting again, the scores must be, byte for byte, those of a make without Slurm. It needs root.
"""

import argparse
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = 4
NODES = {"one": 17001, "two": 17002}
# So many steps take some seconds, and leave a state every 100.
TABLES = {
    "environments.csv": "environments,flags of mkenv,training p_e,test p_e,test environments of\n"
    "color,--classes 2 --limit 200,0.2 0.1,0.1 0.9,\n",
    "runs.csv": "experiment,row,environments,objective,hidden,steps,other flags\n"
    "cmnist,erm,color,erm,64,1500,\n"
    "cmnist,meta-irm,color,meta-irm,128,3000,\n",
    "figures.csv": "figure,shown under,kind,drawn from,leave out,alternative text\n",
}
CONFIGURATION = """\
ClusterName=check
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SlurmdParameters=config_overrides
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Failed(Exception):
    """One line on stderr, and exit code 1."""


def say(message):
    print(f"check-slurm: {message}", file=sys.stderr)


class Workspace:
    """What make needs, with a small table and the digits of the tests."""

    def __init__(self, folder, built):
        self.folder = folder
        for name in ["out/mnist", "bin", "fixtures", "built", "scripts/experiments/notes"]:
            (folder / name).mkdir(parents=True)
        shutil.copy(ROOT / "Makefile", folder)
        shutil.copy(ROOT / "fixtures/reference.csv", folder / "fixtures")
        for name in ["scripts", "scripts/make"]:
            (folder / name).mkdir(exist_ok=True)
            for file in (ROOT / name).iterdir():
                if file.is_file():
                    shutil.copy(file, folder / name)
        for file in (ROOT / "fixtures/mnist").glob("train-*-ubyte"):
            shutil.copy(file, folder / "out/mnist")
        for name, text in TABLES.items():
            (folder / "scripts/experiments" / name).write_text(text)
        (folder / "built/release").symlink_to(built.resolve())
        # The programs are there: nothing is to be built.
        cargo = folder / "bin/cargo"
        cargo.write_text("#!/bin/sh\nexit 0\n")
        cargo.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "CARGO_TARGET_DIR": "built"}
        for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SEEDS", "FIRST_SEED", "TABLES", "ROWS", "OUT", "SHARD"]:
            self.environment.pop(variable, None)

    def run(self, *command):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: ended with code {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def submit(self, tasks):
        """The number of the job that runs these tasks, of the array of seeds."""
        small = ["--cpus-per-task=1", "--mem=0", "--time=10"]
        return self.run("sbatch", "--parsable", *small, f"--array={tasks}", "scripts/seed.slurm").strip()

    def files(self, pattern):
        return {str(file.relative_to(self.folder)): file for file in self.folder.glob(pattern)}

    def scores(self):
        return {name: file.read_bytes() for name, file in self.files("out/scores/*/*/seed-*.csv").items()}


class Cluster:
    """A controller and two nodes on this machine."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "state").mkdir()
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        host = socket.gethostname().split(".")[0]
        nodes = "\n".join(f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1" for name, port in NODES.items())
        (folder / "slurm.conf").write_text(CONFIGURATION.format(host=host, folder=folder, nodes=nodes))
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")

    def start(self):
        munge = {"socket": "munge.socket", "key-file": "munge.key", "log-file": "munge.log", "pid-file": "munge.pid", "seed-file": "munge.seed"}
        subprocess.run(["munged", "--force", *(f"--{flag}={self.folder / name}" for flag, name in munge.items())], check=True)
        subprocess.run(["slurmctld", "-i"], check=True)
        for node in NODES:
            self.start_node(node)
        wait("the nodes to be idle", 60, lambda: self.ask("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * len(NODES))

    def start_node(self, node):
        subprocess.run(["slurmd", "-N", node], check=True)

    def ask(self, *command):
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def tasks(self, *states):
        """{task: node} of the tasks that have not ended; of those in these states, if there are any."""
        chosen = [f"--states={','.join(states)}"] if states else []
        lines = self.ask("squeue", "-h", "-r", *chosen, "-o", "%K %N").splitlines()
        return {task: node for task, _, node in (line.partition(" ") for line in lines)}

    def kill_node(self, node):
        """As if its power were cut: the daemon and all that it has started."""
        daemon = int((self.folder / f"slurmd-{node}.pid").read_text())
        steps = subprocess.run(["pgrep", "-f", "^slurmstepd"], capture_output=True, text=True).stdout.split()
        on_node = [step for step in steps if f"SLURMD_NODENAME={node}" in environ_below(step)]
        for process in [daemon, *on_node, *(child for step in on_node for child in below(step))]:
            try:
                os.kill(int(process), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop(self):
        for name in [*(f"slurmd-{node}.pid" for node in NODES), "slurmctld.pid", "munge.pid"]:
            try:
                os.kill(int((self.folder / name).read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                pass
        time.sleep(2)


def below(process):
    """The processes that it has started, and theirs."""
    children = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()
    return [*children, *(one for child in children for one in below(child))]


def environ_below(process):
    found = ""
    for one in below(process):
        try:
            found += pathlib.Path(f"/proc/{one}/environ").read_text(errors="replace").replace("\0", "\n")
        except OSError:
            pass
    return found


def wait(words, seconds, holds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for {words}")
        time.sleep(0.2)


def check(workspace, cluster):
    """The scores that the array leaves, through three kinds of failure."""

    def state_of(seed):
        return workspace.files(f"out/checkpoints/cmnist/*/seed-{seed}.resume.safetensors")

    def in_training(seed):
        return seed in cluster.tasks("running") and bool(state_of(seed))

    workspace.run("make", "-n", "runs", f"SEEDS={SEEDS}")
    job = workspace.submit("0-1")
    wait("two tasks in training", 120, lambda: in_training("0") and in_training("1"))
    node = cluster.tasks("running")["0"]
    say(f"node {node} is killed in the training of seed 0")
    cluster.kill_node(node)
    say("task 1 is cancelled in its training")
    cluster.ask("scancel", f"{job}_1")
    wait("task 1 to end", 60, lambda: "1" not in cluster.tasks())
    if not state_of("0") or not state_of("1"):
        raise Failed("a training that was stopped left no state to continue from")
    cluster.start_node(node)
    wait("task 0 to run again by itself", 120, lambda: "0" in cluster.tasks("running"))
    again = workspace.submit(f"1-{SEEDS - 1}")
    wait("seed 1 in training", 240, lambda: in_training("1") or (workspace.folder / "out/scores/cmnist/meta-irm/seed-1.csv").exists())
    if in_training("1"):
        say("task 1 is put back into the queue, as a preempted one is")
        cluster.ask("scontrol", "requeue", f"{again}_1")
    wait("all tasks to end", 600, lambda: not cluster.tasks())
    left = workspace.files("out/checkpoints/*/*/*.resume.safetensors")
    if left:
        raise Failed(f"{', '.join(left)}: a training was not ended; see {workspace.folder}/out/seed-*.log")
    return workspace.scores()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--built", type=pathlib.Path, required=True, help="folder of the built programs")
    arguments = parser.parse_args()
    lacking = [program for program in ["munged", "slurmctld", "slurmd", "sbatch"] if shutil.which(program) is None]
    if lacking:
        sys.exit(f"check-slurm: there is no {lacking[0]}; on Debian: apt-get install slurm-wlm munge")
    if os.geteuid() != 0:
        sys.exit("check-slurm: only root can start nodes; run it as root, in a container if you like")
    with tempfile.TemporaryDirectory(prefix="check-slurm-") as scratch:
        scratch = pathlib.Path(scratch)
        scratch.chmod(0o755)
        local = Workspace(scratch / "local", arguments.built)
        (scratch / "cluster").mkdir()
        cluster = Cluster(scratch / "cluster")
        try:
            local.run("make", "runs", f"SEEDS={SEEDS}")
            cluster.start()
            found = check(Workspace(scratch / "shared", arguments.built), cluster)
        except (Failed, subprocess.CalledProcessError) as failed:
            sys.exit(f"check-slurm: {failed}")
        finally:
            cluster.stop()
        expected = local.scores()
        different = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        if different:
            sys.exit(f"check-slurm: {different[0]}: it is not, byte for byte, what make alone makes ({len(different)} of {len(expected)})")
        say(f"all {len(expected)} score files are the same, byte for byte, with Slurm and without")


if __name__ == "__main__":
    main()
