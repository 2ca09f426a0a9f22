"""The texts that go along with the binary: what it is, what is in it, and everybody's licences."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import project

# Name of a crate in the binary -> what a reader of the layer's content list calls it.
SHOWN = {
    "lambda_runtime": "Lambda runtime",
    "hyper": "HTTP client",
    "rustls": "TLS",
    "aws-lc-rs": "cryptography: signatures and TLS",
    "aws-sdk-s3": "AWS SDK, S3",
    "aws-sdk-dynamodb": "AWS SDK, DynamoDB",
    "aws-sdk-secretsmanager": "AWS SDK, Secrets Manager",
    "aws-sdk-lambda": "AWS SDK, Lambda",
    "serde_json": "JSON",
    "webhook-lambda": "logging, traces and the functions themselves",
}


@dataclass(frozen=True, order=True)
class Crate:
    """One crate that is linked into the binary."""

    name: str
    version: str
    licence: str
    folder: Path
    ours: bool


def crates(cargo, target, environment, root=project.PACKAGE):
    """Everything linked into the binary of the package `root` for a target, by name. Downloads what is missing."""

    def ask(*arguments):
        command = [*cargo, *arguments, "--locked"]
        return subprocess.run(command, cwd=project.ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout

    metadata = json.loads(ask("metadata", "--format-version", "1", "--filter-platform", target))
    known = {(package["name"], package["version"]): package for package in metadata["packages"]}
    edges = ("--edges", "normal,no-proc-macro", "--no-dedupe", "--prefix", "none", "--format", "{p}")
    tree = ask("tree", "--package", root, "--target", target, *edges).decode()
    found = set()
    for line in tree.splitlines():
        name, version = line.split()[:2]
        package = known[name, version.removeprefix("v")]
        folder, licence = Path(package["manifest_path"]).parent, package["license"] or "see its licence file"
        found.add(Crate(name, package["version"], licence, folder, package["source"] is None))
    return sorted(found)


def contents(crates, version, architecture):
    """What is in the layer, for who finds it under /opt."""
    versions = {crate.name: crate.version for crate in crates}
    shown = [f"  {name} {versions[name]}: {what}" for name, what in SHOWN.items() if name in versions]
    lines = [
        f"{project.LAYER} {version}, {architecture.name}",
        "",
        "/opt/bootstrap is every function of the webhook system; a function's handler says which one it is:",
        *(f"  {name}" for name in project.FUNCTIONS),
        "",
        f"Needs glibc {project.glibc_text(project.GLIBC)} (provided.al2023). Linked in, among others:",
        *shown,
        "",
        "Licensed under MIT or Apache-2.0, at your choice. THIRD-PARTY.txt lists every crate that is linked in, with its licence.",
        "",
    ]
    return "\n".join(lines)


def third_party(crates, binary="/opt/bootstrap"):
    """Every foreign crate with its licence, then each distinct licence text once."""
    foreign = [crate for crate in crates if not crate.ours]
    lines = [f"Crates linked into {binary}, and their licences:", ""]
    lines += [f"{crate.name} {crate.version}: {crate.licence}" for crate in foreign]
    texts = {}
    for crate in foreign:
        for path in sorted(crate.folder.iterdir()):
            if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")):
                text = path.read_text(errors="replace").replace("\r\n", "\n").strip()
                texts.setdefault(text, []).append(f"{crate.name} {crate.version}")
    for text, names in texts.items():
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "=" * 80, "", text]
    return "\n".join(lines) + "\n"
