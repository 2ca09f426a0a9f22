"""What packaging knows of this project: its functions, its architectures, and the limits a package must keep."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE, BINARY, PROFILE = "webhook-lambda", "bootstrap", "lambda"
LAYER = "webhook-processor-dependencies"
# In the order of `Function::ALL`; a test compares them.
FUNCTIONS = (
    "stripe-webhook-validator",
    "paypal-webhook-validator",
    "square-webhook-validator",
    "webhook-processor",
    "transaction-query",
    "usage-key-authorizer",
    "transaction-log-compactor",
)

# What Amazon Linux 2023, which `provided.al2023` is, has.
GLIBC = (2, 34)
LIBRARIES = re.compile(r"(libc|libm|libdl|libpthread|librt|libgcc_s|ld-linux-[a-z0-9-]+)\.so\.\d+")

MB = 1000 * 1000
# Lambda's own limits are 50 MB zipped and 250 MB unzipped; these are closer, so that growth is noticed.
BINARY_LIMIT, LAYER_LIMIT, FUNCTION_LIMIT = 25 * MB, 12 * MB, 4 * 1000


@dataclass(frozen=True)
class Architecture:
    """`name` is Lambda's word for it."""

    name: str
    machine: str
    loader: str

    @property
    def target(self):
        return f"{self.machine}-unknown-linux-gnu"


ARCHITECTURES = {
    "arm64": Architecture("arm64", "aarch64", "/lib/ld-linux-aarch64.so.1"),
    "x86_64": Architecture("x86_64", "x86_64", "/lib64/ld-linux-x86-64.so.2"),
}


def glibc_text(version):
    return ".".join(map(str, version))


def mutants():
    """The names of the deliberate defects: none may stand in a package."""
    text = (ROOT / "system/webhook-core/src/mutant/list.rs").read_text()
    return re.findall(r'^ +\w+ = "([a-z0-9-]+)",$', text, re.MULTILINE)


def commit():
    """The commit checked out, and whether the tree differs from it; (None, None) outside of git."""

    def git(*arguments):
        return subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "HEAD"), bool(git("status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return None, None
