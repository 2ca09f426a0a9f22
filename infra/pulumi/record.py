#!/usr/bin/env python3
"""Writes what the program declares as JSON in the shape of a Terraform plan, for `conformance infra --pulumi FILE`.

Runs under Pulumi's mocks: without the pulumi command, AWS, or a package (an empty stand-in is used if none is named).

    infra/pulumi/record.py --out FILE                                       the suffix is "test"
    infra/pulumi/record.py environment_suffix=dev architecture=x86_64       with this configuration, to standard output

Exit codes: 0 written, 1 the configuration is refused, 64 wrong usage, 69 Pulumi's Python packages are not installed.
"""

import argparse
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NoReturn

WRITTEN, REFUSED, USAGE, UNAVAILABLE = 0, 1, 64, 69

try:
    from payments import config, names
    from recording import mocks, plan
except ModuleNotFoundError as missing:
    print(f"record.py: there is no {missing.name}. Write: pip install --require-hashes -r infra/pulumi/requirements.lock", file=sys.stderr)
    sys.exit(UNAVAILABLE)


class Parser(argparse.ArgumentParser):
    """argparse, with the exit code that this project's commands have for a usage error."""

    def error(self, message: str) -> NoReturn:
        """Tells it and ends."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def pair(text: str) -> tuple[str, str]:
    """`key=value`, or `namespace:key=value`."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE")
    return key if ":" in key else f"{names.PROJECT}:{key}", value


def stand_in(folder: Path) -> Path:
    """A package that can be declared but does nothing."""
    package = folder / "stand-in.zip"
    with zipfile.ZipFile(package, "w") as file:
        file.writestr(config.HANDLER_FILE, "")
    return package


def main() -> int:
    """Records once."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "config", nargs="*", type=pair, metavar="KEY=VALUE", help="the stack's configuration, as `pulumi config set` takes it"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write it [standard output]")
    asked = parser.parse_args()
    suffix = f"{names.PROJECT}:environment_suffix"
    given = {suffix: "test", **dict(asked.config)}
    with tempfile.TemporaryDirectory(prefix="pulumi-record-") as folder:
        given.setdefault(f"{names.PROJECT}:package", str(stand_in(Path(folder))))
        try:
            recorded = mocks.record(given)
        except config.ConfigError as refused:
            print(f"record.py: {refused}", file=sys.stderr)
            return REFUSED
    text = json.dumps(plan.plan(recorded, given[suffix].strip()), indent=2, sort_keys=True) + "\n"
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(text)
    else:
        sys.stdout.write(text)
    return WRITTEN


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is written. Pulumi leaves event loops open, of which Python complains now and then while it takes itself apart.
    os._exit(code)
