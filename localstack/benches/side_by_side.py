#!/usr/bin/env python3
"""The embedded cloud and an emulator in a container under the same plan, one after the other in one run.

    python3 localstack/benches/side_by_side.py

Prints Markdown: time until everything is ready, the most webhooks a second with p99 acknowledgement below one second, memory when
idle and after the last load; then the p99 at each rate, up to the first one that is missed twice, with the machine's load when it
began. PayPal is left out on both, as on every target that runs by itself. Builds the programs first (with CARGO_TARGET_DIR, where
that is); needs Docker, Terraform, and the image (localstack/image/build).
"""

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT_MS = 1000.0
# A p99 needs 1,000 valid deliveries, which nine in ten are.
DELIVERIES = 1200


def tree(pid):
    """A process and everything that it started, at this moment."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo.extend(children.get(found[-1], []))
    return found


def memory_mb(pids):
    """Proportional set size: pages that processes share count once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024


def built(profile):
    """The folder of the programs, after building what is not there yet."""
    cargo = os.environ.setdefault("CARGO", "cargo")
    flags = ["--release"] if profile == "release" else []
    # As the programs have them built themselves: what is left to build must not count as starting up.
    for packages in (["localstack", "loadtest"], ["deployer"], ["webhook-lambda", "shared-features"]):
        words = [word for package in packages for word in ("--package", package)]
        subprocess.run([cargo, "build", "--quiet", *flags, *words], cwd=ROOT, check=True)
    told = subprocess.run([cargo, "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return Path(json.loads(told.stdout)["target_directory"]) / profile


class Target:
    """A system that `localstack up` started."""

    def __init__(self, name, flags, programs, folder):
        self.name, self.programs, self.ready = name, programs, folder / f"{name}.json"
        began = time.monotonic()
        command = [programs / "localstack", "up", *flags, "--ready-file", self.ready]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.container = None
        # What it says goes on being read: a full pipe would stop it.
        threading.Thread(target=self.listen, daemon=True).start()
        while not self.ready.exists():
            if self.process.poll() is not None:
                sys.exit(f"{name} did not come up")
            time.sleep(0.01)
        self.started_s = time.monotonic() - began

    def listen(self):
        """Finds out the container's id."""
        for line in self.process.stderr:
            if "container " in line and " at http" in line:
                self.container = line.rsplit(" ", 1)[1].strip()

    def memory_mb(self):
        """Of everything that serves: the emulator's container, or the embedded cloud with its functions."""
        if self.container:
            top = subprocess.run(["docker", "top", self.container, "-eo", "pid"], capture_output=True, text=True, check=True)
            return memory_mb(int(pid) for pid in top.stdout.split()[1:])
        return memory_mb(tree(self.process.pid))

    def load(self, rate, seconds, out):
        """A run at a rate: verdict, p99 in milliseconds (or nothing), and memory at its end."""
        seconds = max(seconds, math.ceil(DELIVERIES * 60 / rate))
        command = [self.programs / "loadtest", "--ready-file", self.ready, "--users", "150", "--rate", str(rate), "--duration", f"{seconds}s"]
        command += ["--poison", "0", "--queries", "0", "--out", out, "--json"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=seconds + 500, check=False)
        memory = self.memory_mb()
        runs = sorted(Path(out).glob("*/run.json"), key=lambda path: path.stat().st_mtime)
        if not runs:
            sys.exit(f"{self.name} at {rate}: no record ({done.returncode})")
        run = json.loads(runs[-1].read_text())
        return run["verdict"], run["ack_latency_ms"].get("p99"), memory

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=300)


def measured(name, flags, programs, folder, rates, seconds):
    """Brings a target up, loads it at each rate, takes it down: a row of the table, and a sentence about each load."""
    target = Target(name.replace("/", "-"), flags, programs, folder)
    try:
        idle, after, most, told = target.memory_mb(), 0.0, 0, []
        for rate in rates:
            held = False
            # A neighbour on the machine spoils a run now and then; twice is no accident.
            for _ in range(2):
                load, runs = os.getloadavg()[0], str(folder / "runs")
                verdict, p99, after = target.load(rate, seconds, runs)
                held = verdict == "pass" and p99 is not None and p99 < LIMIT_MS
                word = "no p99" if p99 is None else f"p99 {p99:.0f} ms"
                told.append(f"{rate}/min {verdict}, {word} (load {load:.1f})")
                if held:
                    break
            if not held:
                break
            most = rate
    finally:
        target.stop()
    row = f"| {name} | {target.started_s:.1f} s | {most / 60:.0f} ({most}/min) | {idle:.0f} MB | {after:.0f} MB |"
    return row, f"{name}: {'; '.join(told)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="peakproof/ministack:1.5.33", help="the emulator's image (peakproof/ministack:1.5.33)")
    parser.add_argument("--rates", default="2000,3000,4000,5000,7500,10000,20000", help="webhooks a minute, with commas, rising")
    parser.add_argument("--seconds", type=int, default=30, help="of each load, at least (30)")
    parser.add_argument("--profile", choices=["debug", "release"], default="debug", help="whose programs (debug)")
    args = parser.parse_args()
    programs, rates = built(args.profile), [int(rate) for rate in args.rates.split(",")]
    targets = [("embedded", []), (args.image, ["--target", "localstack", "--image", args.image])]
    with tempfile.TemporaryDirectory() as folder:
        rows = [measured(name, flags, programs, Path(folder), rates, args.seconds) for name, flags in targets]
    print(f"{os.cpu_count()} cores, {args.profile} build, {args.seconds} s a load at least:\n")
    print("| Target | ready after | webhooks/s at p99 < 1 s | memory, idle | memory, after the last load |")
    print("|---|---|---|---|---|")
    print("\n".join(row for row, _ in rows), end="\n\n")
    print("\n".join(told for _, told in rows))


if __name__ == "__main__":
    main()
