"""What the packaging script puts into the functions' zip, and what it notices when the zip is another. Nothing is built."""

import hashlib
import importlib.machinery
import importlib.util
import json
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent.parent
WHEEL = "webhook_python-0.1.0-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"


@pytest.fixture(scope="module")
def package() -> ModuleType:
    """The script, which has no ending."""
    loader = importlib.machinery.SourceFileLoader("package", str(HERE / "package"))
    spec = importlib.util.spec_from_loader("package", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def made(package: ModuleType, tmp_path: Path) -> Path:
    """A package as the script would leave it, but for a library that is none."""
    wheel = tmp_path / "x86_64" / WHEEL
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("webhook_python/__init__.py", "from .webhook_python import *\n")
        file.writestr("webhook_python/webhook_python.abi3.so", b"no library")
    zipped = tmp_path / "x86_64.zip"
    package.archive.write(zipped, package.contents(wheel, []))
    files = [package.archive.described(path, tmp_path) for path in (zipped, wheel)]
    (tmp_path / "x86_64.json").write_text(json.dumps({"files": files}))
    return tmp_path


def problems(package: ModuleType, folder: Path) -> list[str]:
    """What the script says of a folder."""
    return list(package.problems(package.project.ARCHITECTURES["x86_64"], folder))


def test_the_handler_is_in_the_root_and_the_core_beside_it(package: ModuleType, made: Path) -> None:
    """Lambda looks for `handler.handler` there; everybody's licences come along."""
    entries = package.archive.entries(made / "x86_64.zip")
    assert {name for name in entries if "/" not in name} == {"handler.py"}
    assert entries["handler.py"][0] == (HERE / "function/handler.py").read_bytes()
    assert oct(entries["webhook_python/webhook_python.abi3.so"][1])[-3:] == "755"
    assert {"licences/LICENSE-APACHE", "licences/LICENSE-MIT", "licences/THIRD-PARTY.txt"} <= set(entries)


def test_the_same_contents_make_the_same_bytes(package: ModuleType, made: Path) -> None:
    """Lambda's hash changes when something in it does, and not otherwise."""
    again = made / "again.zip"
    package.archive.write(again, package.contents(made / "x86_64" / WHEEL, []))
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256((made / "x86_64.zip").read_bytes()).digest()


def test_what_is_no_library_is_noticed(package: ModuleType, made: Path) -> None:
    """By its first bytes."""
    assert problems(package, made) == ["not an ELF file"]


def test_another_zip_than_the_manifests_is_noticed(package: ModuleType, made: Path) -> None:
    """Somebody put something else there."""
    with zipfile.ZipFile(made / "x86_64.zip", "a") as file:
        file.writestr("more.py", "")
    assert "x86_64.zip is not the file of x86_64.json" in problems(package, made)


def test_a_wheel_for_a_newer_system_is_noticed(package: ModuleType, made: Path) -> None:
    """Lambda's Python 3.11 has glibc 2.26."""
    newer = WHEEL.replace("manylinux2014_x86_64.manylinux_2_17", "manylinux_2_34")
    manifest = json.loads((made / "x86_64.json").read_text())
    (made / "x86_64" / WHEEL).rename(made / "x86_64" / newer)
    manifest["files"][1]["file"] = f"x86_64/{newer}"
    (made / "x86_64.json").write_text(json.dumps(manifest))
    assert f"{newer} is no wheel of the stable ABI for manylinux2014" in problems(package, made)
