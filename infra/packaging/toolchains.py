"""Finds what can build the binary, and builds it so that the same source gives the same bytes wherever it lies.

In this order: `cargo lambda`, `cargo zigbuild`, a plain linker for the target, each with a rustc that has the target's
standard library; last a toolchain prepared by `infra/packaging/toolchain`, named by PACKAGE_TOOLCHAIN.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import project

PREPARED = "PACKAGE_TOOLCHAIN"
NAMES = ("cargo-lambda", "cargo-zigbuild", "linker", "prepared")
# What a user's settings would change in the bytes.
UNWANTED = re.compile(
    r"(CARGO_ENCODED_)?RUST(DOC)?FLAGS|CARGO_BUILD_.*|CARGO_PROFILE_.*|CARGO_TARGET_.*_(RUSTFLAGS|RUNNER)"
    r"|(HOST_|TARGET_)?(C|CXX|CPP|AS|AR|LD)FLAGS(_.*)?|AWS_LC_SYS_.*|CARGO_LAMBDA_.*|RUSTC_BOOTSTRAP"
)
KEPT = {"CARGO_BUILD_JOBS"}


class NotHere(Exception):
    """Why a toolchain cannot be used."""


class BuildFailed(Exception):
    """The build itself ended with an error; it has said which."""


@dataclass
class Toolchain:
    """What builds for one architecture."""

    name: str
    build: list
    rustc: str = "rustc"
    environment: dict = field(default_factory=dict)
    # "zig 0.1 through cargo-zigbuild 0.2": for the manifest.
    linker: str = ""


def output(*command, environment=None):
    """What a command prints, or NotHere."""
    try:
        done = subprocess.run(command, cwd=project.ROOT, env=environment, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise NotHere(f"{command[0]} is not installed") from error
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise NotHere(f"`{shlex.join(map(str, command))}`: {said[-1] if said else 'failed'}") from error
    return done.stdout.strip()


def needs_target(rustc, target):
    """NotHere unless this rustc has the standard library of `target`."""
    library = Path(output(rustc, "--print", "target-libdir", "--target", target))
    if not any(library.glob("libstd-*.rlib")):
        raise NotHere(f"{rustc} has no standard library for {target} (`rustup target add {target}`)")


def with_glibc(architecture):
    """The target as zig reads it: linked against this glibc's symbols, whatever the machine has."""
    return f"{architecture.target}.{project.glibc_text(project.GLIBC)}"


def cargo_lambda(architecture):
    version = output("cargo-lambda", "lambda", "--version").split()[1]
    needs_target("rustc", architecture.target)
    # Its own optimizations would be other flags than ours.
    build = ["cargo", "lambda", "build", "--disable-optimizations", "--skip-target-check"]
    build += ["--compiler", "cargo-zigbuild", "--target", with_glibc(architecture)]
    return Toolchain("cargo-lambda", build, linker=f"zig through cargo-lambda {version}")


def cargo_zigbuild(architecture):
    linker = zig_linker("cargo-zigbuild", None)
    needs_target("rustc", architecture.target)
    return Toolchain("cargo-zigbuild", ["cargo", "zigbuild", "--target", with_glibc(architecture)], linker=linker)


def zig_linker(program, prepared):
    version = output(program, "--version").split()[-1]
    zig = [str(prepared / "python/ziglang/zig")] if prepared else ["zig"]
    try:
        return f"zig {output(*zig, 'version')} through cargo-zigbuild {version}"
    except NotHere:
        # zig from PyPI is a module of python's, which cargo-zigbuild finds by itself.
        return f"zig {output('python3', '-m', 'ziglang', 'version')} through cargo-zigbuild {version}"


def plain_linker(architecture):
    gcc = f"{architecture.machine}-linux-gnu-gcc"
    if not shutil.which(gcc):
        raise NotHere(f"{gcc} is not installed")
    needs_target("rustc", architecture.target)
    name = architecture.target.replace("-", "_")
    environment = {f"CARGO_TARGET_{name.upper()}_LINKER": gcc, f"CC_{name}": gcc}
    version = output(gcc, "--version").splitlines()[0]
    return Toolchain("linker", ["cargo", "build", "--target", architecture.target], "rustc", environment, version)


def prepared(architecture):
    folder = os.environ.get(PREPARED)
    if not folder:
        raise NotHere(f"{PREPARED} is not set (`infra/packaging/toolchain DIR` prepares one)")
    folder = Path(folder).resolve()
    rustc, zigbuild = str(folder / "bin/rustc"), str(folder / "bin/cargo-zigbuild")
    needs_target(rustc, architecture.target)
    linker = zig_linker(zigbuild, folder)
    build = [zigbuild, "zigbuild", "--target", with_glibc(architecture)]
    return Toolchain("prepared", build, rustc, {"RUSTC": rustc}, linker)


FINDERS = dict(zip(NAMES, (cargo_lambda, cargo_zigbuild, plain_linker, prepared), strict=True))


def find(architecture, wanted, say):
    """The first toolchain that is here, or the one wanted by name. Tells why others are not."""
    for name in [wanted] if wanted else NAMES:
        try:
            found = FINDERS[name](architecture)
        except NotHere as reason:
            say(f"toolchain {name}: no, {reason}")
            continue
        say(f"toolchain {name}: {output(found.rustc, '--version')}; {found.linker}")
        return found
    raise NotHere(f"nothing here can build for {architecture.target}; see infra/packaging/README.md")


def cargo_home(environment):
    return Path(environment.get("CARGO_HOME") or Path.home() / ".cargo").resolve()


def remapped(toolchain, cargo_home):
    """(from, to) of every folder whose name must not reach the binary, the inner after the outer: the last that fits counts."""
    sysroot = output(toolchain.rustc, "--print", "sysroot")
    commit = re.search(r"^commit-hash: (\w+)$", output(toolchain.rustc, "--version", "--verbose"), re.MULTILINE)
    sources = sorted(path for path in (cargo_home / "registry/src").glob("*") if path.is_dir())
    pairs = [(str(project.ROOT), "."), (str(cargo_home), "/cargo"), *((str(path), "/crates") for path in sources)]
    pairs.append((sysroot, "/sysroot"))
    if commit:
        pairs.append((f"{sysroot}/lib/rustlib/src/rust", f"/rustc/{commit[1]}"))
    return pairs


def target_dir(environment):
    return project.ROOT / (environment.get("CARGO_TARGET_DIR") or "target")


def fingerprint(toolchain):
    """Cargo does not notice another linker, so each toolchain builds in a folder of its own."""
    return hashlib.sha256(repr(sorted(versions(toolchain).items())).encode()).hexdigest()[:8]


def environment(toolchain, architecture, base):
    """The build's environment: nothing that changes the bytes, and folders by other names."""
    kept = {name: value for name, value in base.items() if name in KEPT or not UNWANTED.fullmatch(name)}
    pairs = remapped(toolchain, cargo_home(base))
    c_flags = [f"-ffile-prefix-map={old}={new}" for old, new in pairs]
    return {
        **kept,
        **toolchain.environment,
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(f"--remap-path-prefix={old}={new}" for old, new in pairs),
        "CARGO_TARGET_DIR": str(target_dir(base) / "packaging" / f"{toolchain.name}-{fingerprint(toolchain)}"),
        f"CFLAGS_{architecture.target.replace('-', '_')}": shlex.join(c_flags),
        "CC_SHELL_ESCAPED_FLAGS": "1",
        "CARGO_INCREMENTAL": "0",
        "SOURCE_DATE_EPOCH": "315532800",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


def build(toolchain, architecture, environment):
    """Builds the binary; its path."""
    what = ["--locked", "--package", project.PACKAGE, "--bin", project.BINARY, "--profile", project.PROFILE]
    try:
        subprocess.run([*toolchain.build, *what], cwd=project.ROOT, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildFailed(str(error)) from error
    return target_dir(environment) / architecture.target / project.PROFILE / project.BINARY


def versions(toolchain):
    """What built it, for the manifest."""
    return {
        "toolchain": toolchain.name,
        "cargo": output("cargo", "--version"),
        "rustc": output(toolchain.rustc, "--version"),
        "linker": toolchain.linker,
    }
