#!/usr/bin/env python3
"""Measures the handler over the Rust core beside `pure.py`: start, first webhook, warm webhook, memory.

Each start is a Python of its own, against the embedded cloud's DynamoDB and Secrets Manager on this machine. Run it with what
`dev.lock` has, and a package for this machine (`infra/pulumi/package --arch x86_64`):

    PYTHONPATH=infra/pulumi python infra/pulumi/benches/compare.py --cloud target/debug/localstack target/pulumi/x86_64.zip
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SECRET = "whsec_of_the_comparison"  # noqa: S105
STARTS, WARM, ACCEPTED = 10, 400, 200


class Context:
    """Lambda's context object, as far as it is used."""

    aws_request_id = "r-1"


def resident_mb() -> float:
    """Memory of this process that is in RAM."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1000


def measured(folder: str, module: str, deliveries: str) -> dict[str, float]:
    """In a process of its own, which has imported nothing of either: what one start costs, and webhooks after it."""
    first, *others = json.loads(Path(deliveries).read_text())
    sys.path.insert(0, folder)
    before_mb, began = resident_mb(), time.perf_counter()
    handler = __import__(module).handler
    ready = time.perf_counter()
    answers = [handler(first, Context)]
    answered = time.perf_counter()
    times = []
    for one in others:
        at = time.perf_counter()
        answers.append(handler(one, Context))
        times.append(time.perf_counter() - at)
    wrong = [answer for answer in answers if answer["statusCode"] != ACCEPTED]
    if wrong:
        sys.exit(f"{module} answered {wrong[0]}")
    return {
        "import_ms": (ready - began) * 1e3,
        "first_ms": (answered - ready) * 1e3,
        "warm_us": statistics.median(times) * 1e6,
        "more_mb": resident_mb() - before_mb,
    }


def compared(program: str, package: Path) -> dict[str, list[dict[str, float]]]:
    """Every start of both, in turns, so that a busy machine is busy for both."""
    found: dict[str, list[dict[str, float]]] = {"handler": [], "pure": []}
    with tempfile.TemporaryDirectory(prefix="compare-") as temporary:
        folder = Path(temporary)
        with zipfile.ZipFile(package) as file:
            file.extractall(folder / "core")
        sys.path.insert(0, str(folder / "core"))
        from function_tests import cloud, providers  # noqa: PLC0415

        def delivery() -> dict[str, Any]:
            event = providers.stripe_event(f"pi_{uuid.uuid4().hex}", f"evt_{uuid.uuid4().hex}")
            return providers.stripe(SECRET, event)

        with cloud.running(program, folder) as ready:
            target, deliveries = cloud.Cloud(ready), folder / "deliveries.json"
            target.make_table()
            variables = target.variables("Stripe", target.secret({"secret": SECRET}))
            env = dict(os.environ) | variables | {"AWS_DEFAULT_REGION": variables["AWS_REGION"]}
            # Compiled files of Python's are there at the second start, as in Lambda's own image.
            env["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
            env.pop("PYTHONDONTWRITEBYTECODE", None)
            for number in range(STARTS + 1):
                for module, where in (("handler", folder / "core"), ("pure", HERE)):
                    deliveries.write_text(json.dumps([delivery() for _ in range(WARM + 1)]))
                    command = [sys.executable, __file__, "--measure", str(where), module, str(deliveries)]
                    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
                    if number > 0:
                        found[module].append(json.loads(done.stdout.splitlines()[-1]))
    return found


def main() -> int:
    """Prints a row for each figure: median, lowest and highest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, nargs="?", help="the functions' zip file for this machine")
    parser.add_argument("--cloud", help="the program `localstack`")
    parser.add_argument("--measure", nargs=3, metavar=("FOLDER", "MODULE", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measured(*asked.measure)))
        return 0
    if not (asked.package and asked.cloud):
        parser.error("a package and --cloud are needed")
    for module, starts in compared(asked.cloud, asked.package).items():
        for name in starts[0]:
            values = [start[name] for start in starts]
            print(f"{module:8} {name:10} {statistics.median(values):8.1f}  ({min(values):.1f} to {max(values):.1f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
