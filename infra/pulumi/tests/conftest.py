"""What the tests share: a package that stands in, and the stack that is recorded with it."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from payments.names import PROJECT
from recording import mocks
from recording.mocks import Recorded

SUFFIX = "dev"


def configured(package: Path, **values: str) -> dict[str, str]:
    """A configuration that can be deployed, with these values in place of its own. `aws__region` stands for `aws:region`."""
    given = {"environment_suffix": SUFFIX, "package": str(package), **values}
    return {key.replace("__", ":") if "__" in key else f"{PROJECT}:{key}": value for key, value in given.items()}


def by_name(recorded: Recorded, kind: str) -> dict[str, Mapping[str, Any]]:
    """The states of a type's resources by their names in AWS."""
    return {one.state["name"]: one.state for one in recorded.of(kind)}


def statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of a role's policy."""
    document: dict[str, list[dict[str, Any]]] = json.loads(policy["policy"])
    return document["Statement"]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that can be declared but does nothing."""
    path = tmp_path_factory.mktemp("package") / "arm64.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("handler.py", "")
    return path


@pytest.fixture(scope="session")
def recorded(package: Path) -> Recorded:
    """The stack with the suffix `dev`."""
    return mocks.record(configured(package))
