"""Reads and checks the configuration, before anything is declared: a stack that is half right is not deployed by half.

Everything that is wrong is told at once. A value is repeated only where it cannot be a secret.
"""

import re
import urllib.parse
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import pulumi
from pulumi.runtime.config import CONFIG

from payments import names
from payments.names import Webhook

REGION = "us-east-1"
Architecture = Literal["arm64", "x86_64"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
FOLDER = Path(__file__).resolve().parent.parent
"""Where Pulumi.yaml is: `package` is relative to it."""
HANDLER_FILE = "handler.py"
"""In the root of the package; Lambda is told `handler.handler`."""

KEYS = ("environment_suffix", "architecture", "package", "stripe_secret_name", "paypal_secret_name", "endpoint_url", "adopt_table")

SUFFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
"""At most 32 characters: the longest name in front of it has 24, and Lambda and IAM take 64."""
SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
"""What Secrets Manager takes as a name."""
SECRETS = {
    "Stripe's signing secret": re.compile(r"whsec_"),
    "a secret key of Stripe": re.compile(r"\b[sr]k_(live|test)_"),
    "an access token of PayPal": re.compile(r"access_token\$(production|sandbox)\$"),
    "an access key of AWS": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
}
"""How secrets look, as their issuers write them. No other value of this configuration looks like that."""


class ConfigError(pulumi.RunError):
    """The configuration cannot be deployed. Pulumi shows a `RunError` as its message alone, without a stack trace."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        self.problems = tuple(problems)
        listed = "".join(f"\n- {problem}" for problem in problems)
        super().__init__(f"The configuration of the stack {stack} cannot be deployed, so nothing was declared.{listed}")


@dataclass(frozen=True)
class Settings:
    """A configuration in which everything is right."""

    environment_suffix: str
    architecture: Architecture
    package: Path
    """Of the functions' code, a zip file that is there."""
    secret_names: Mapping[Webhook, str]
    """Names in Secrets Manager; values are nobody's business here."""
    endpoint_url: str | None
    """Of an emulator; none for AWS itself."""
    adopt_table: bool
    """Take the table over that an earlier stack has left, in place of making one."""


def of_stack() -> Settings:
    """The settings of the stack that Pulumi runs.

    Raises `ConfigError` if something is wrong with its configuration.
    """
    given = {**pulumi.runtime.get_config_env(), **CONFIG.get()}
    return read(given, pulumi.get_project(), pulumi.get_stack())


def read(given: Mapping[str, str], project: str, stack: str) -> Settings:
    """The settings in `given`, which has its keys as Pulumi has them, `project:key`.

    Raises `ConfigError` if something is wrong with them.
    """
    reader = Reader(given, project)
    settings = reader.settings()
    if reader.problems:
        raise ConfigError(stack, reader.problems)
    return settings


class Reader:
    """Reads value by value and keeps what is wrong. What it returns is of use only if `problems` is empty."""

    def __init__(self, given: Mapping[str, str], project: str) -> None:
        self.given, self.project = given, project
        self.problems: list[str] = []
        self.suspects = frozenset(key for key, value in given.items() if look_of(value))

    def settings(self) -> Settings:
        """Everything, each value once."""
        self.problems += self.secrets()
        self.problems += self.unknown_keys()
        self.region()
        suffix = self.suffix()
        architecture = self.architecture()
        return Settings(
            environment_suffix=suffix,
            architecture=architecture,
            package=self.package(architecture),
            secret_names={webhook: self.secret_name(webhook, suffix) for webhook in Webhook},
            endpoint_url=self.endpoint_url(),
            adopt_table=self.adopt_table(),
        )

    def value(self, key: str) -> str | None:
        """What is set, without the blanks around it. Nothing for what looks like a secret: that is told, and never repeated."""
        whole = f"{self.project}:{key}"
        return None if whole in self.suspects else (self.given.get(whole) or "").strip() or None

    def wrong(self, key: str, what: str, write: str) -> None:
        """Keeps a sentence on what is wrong and why, and one on what to write."""
        self.problems.append(f"{self.project}:{key} {what} Write: {write}")

    def secrets(self) -> Iterator[str]:
        """Values of any key that look like a secret."""
        for key in sorted(self.suspects):
            yield (
                f"{key} looks like {look_of(self.given[key])}. Whoever may read the stack could read it there. Write: pulumi config "
                f"rm {key}, replace the secret at its issuer if the file was ever committed, and put the new one into Secrets Manager "
                "(credentials of AWS: into the environment or a profile)"
            )

    def unknown_keys(self) -> Iterator[str]:
        """Keys of this project that mean nothing: a misspelt choice would otherwise be a choice that is not made."""
        ours = (key.removeprefix(f"{self.project}:") for key in self.given if key.startswith(f"{self.project}:"))
        for key in sorted(set(ours) - set(KEYS)):
            yield (
                f"{self.project}:{key} is no option of this program; options are {', '.join(KEYS)}. "
                f"Write: pulumi config rm {key}. A secret's value never belongs here"
            )

    def region(self) -> None:
        """The provider is given the region by the program; a configuration that names another means to deploy elsewhere."""
        region = "" if "aws:region" in self.suspects else self.given.get("aws:region", "").strip()
        if region not in ("", REGION):
            self.problems.append(
                f"aws:region is {region!r}, but the stack is for {REGION} alone (specification: Deploy to {REGION} region). "
                f"Write: pulumi config set aws:region {REGION}"
            )

    def suffix(self) -> str:
        """What every name ends with."""
        key, write = "environment_suffix", "pulumi config set environment_suffix dev"
        suffix = self.value(key)
        if f"{self.project}:{key}" in self.suspects:
            pass
        elif suffix is None:
            self.wrong(key, "is not set. Every name ends with it, so that two stacks in one account do not meet.", write)
        elif not SUFFIX.fullmatch(suffix):
            what = "is not 1 to 32 lower-case letters, digits and inner hyphens, which is what all the names it becomes a part of can hold."
            self.wrong(key, what, write)
        return suffix or ""

    def architecture(self) -> Architecture:
        """Of the functions' machine."""
        architecture = self.value("architecture") or "arm64"
        if architecture not in ARCHITECTURES:
            what = f"is {architecture!r}; Lambda has {' and '.join(ARCHITECTURES)}."
            self.wrong("architecture", what, "pulumi config set architecture arm64")
        return cast(Architecture, architecture)

    def package(self, architecture: str) -> Path:
        """The functions' code. A package that is not there or is another's would be noticed only at the first webhook."""
        given = self.value("package")
        package = FOLDER / (given or f"../../target/pulumi/{architecture}.zip")
        belongs = f"a zip file for {architecture} with {HANDLER_FILE} in its root goes there"
        write = f"{belongs}, or pulumi config set package FILE, relative to Pulumi.yaml"
        if f"{self.project}:package" in self.suspects:
            pass
        elif not package.is_file():
            self.wrong("package", f"is {given or 'not set'}, and {package.name} is not there: the functions would have no code.", write)
        elif not is_function(package):
            self.wrong("package", f"{package.name} is no zip file with {HANDLER_FILE} in its root, so Lambda could not start it.", write)
        return package.resolve()

    def secret_name(self, webhook: Webhook, suffix: str) -> str:
        """The name of the provider's secret. An ARN has colons, so it is refused: the role's permission is built from the name."""
        key = f"{webhook.word}_secret_name"
        name = self.value(key)
        if name is not None and not SECRET_NAME.fullmatch(name):
            what = "is no name of a secret in Secrets Manager (letters, digits and /_+=.@-, no ARN)."
            self.wrong(key, what, f"pulumi config set {key} {names.secret(webhook, 'dev')}")
        return name or names.secret(webhook, suffix)

    def endpoint_url(self) -> str | None:
        """Of an emulator, with a host and nothing behind it."""
        url = self.value("endpoint_url")
        if url is not None and not is_endpoint(url):
            what = "is no address of an emulator: http or https, host and port, and no user, path or AWS host."
            self.wrong("endpoint_url", what, "pulumi config set endpoint_url http://127.0.0.1:4566, or pulumi config rm endpoint_url")
        return url

    def adopt_table(self) -> bool:
        """Whether to take a table over."""
        text = self.value("adopt_table") or "false"
        if text not in ("true", "false"):
            self.wrong("adopt_table", "is neither true nor false.", "pulumi config set adopt_table true, or pulumi config rm adopt_table")
        return text == "true"


def look_of(value: str) -> str | None:
    """Which secret a value looks like."""
    return next((what for what, look in SECRETS.items() if look.search(value)), None)


def is_function(package: Path) -> bool:
    """Whether a file is a zip that Lambda can start."""
    try:
        with zipfile.ZipFile(package) as file:
            return HANDLER_FILE in file.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def is_endpoint(url: str) -> bool:
    """Whether a URL can be an emulator's. AWS's own hosts are refused: the dummy credentials of an emulator mean nothing there."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        # Reading the port checks it.
        whole = bool(host) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    return parts.scheme in ("http", "https") and whole and bare and not host.endswith((".amazonaws.com", ".aws"))
