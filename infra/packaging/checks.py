"""What must hold of a package before it is deployed. Each check returns sentences that say what is wrong, or none."""

import hashlib
import json
import zipfile

import archive
import project
import start
from elf import Elf, NotElf

EXECUTABLE = 0o100755


def glibc(elf, there=project.GLIBC, runtime="provided.al2023"):
    """Nothing that the runtime, whose glibc is `there`, does not have."""
    newest, nameless = elf.glibc()
    if newest and newest > there:
        version = f"GLIBC_{project.glibc_text(newest)}"
        symbols = ", ".join(sorted(elf.symbols.get(version, []))[:5])
        yield f"needs glibc {project.glibc_text(newest)} for {symbols or version}; {project.glibc_text(there)} is there"
    for version in nameless:
        yield f"needs {version}, which no release of glibc promises"
    for library in elf.libraries:
        if not project.LIBRARIES.fullmatch(library):
            yield f"needs {library}, which {runtime} may not have"


def binary(data, architecture, mutants):
    """The bootstrap itself."""
    try:
        elf = Elf(data)
    except NotElf as error:
        yield str(error)
        return
    if elf.machine != architecture.machine:
        yield f"is built for {elf.machine}, not for {architecture.machine}"
    if elf.loader != architecture.loader:
        yield f"asks for the loader {elf.loader}, not for {architecture.loader}"
    if elf.has_symbol_table:
        yield "is not stripped"
    yield from glibc(elf)
    if len(data) > project.BINARY_LIMIT:
        yield f"has {len(data)} bytes; the limit is {project.BINARY_LIMIT}"
    if not mutants:
        yield "no names of deliberate defects were found to look for"
    for name in mutants:
        if name.encode() in data:
            yield f"has the deliberate defect {name} in it"


def places(data, folders):
    """No folder of the machine that built it: it would differ elsewhere, and tells what is nobody's business."""
    for folder in folders:
        if f"{folder}/".encode() in data:
            yield f"names a folder of this machine, {folder}"


def package(folder, architecture):
    """The files of a package: those of the manifest, with the bytes it says, and in them what belongs there."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        yield f"no manifest.json to read: {error}"
        return
    if manifest["architecture"] != architecture.name:
        yield f"manifest.json is of {manifest['architecture']}, not of {architecture.name}"
    listed = {entry["file"]: entry for entry in manifest["files"]}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*.zip")}
    wanted = {"layer.zip"} | {f"{kind}{name}.zip" for kind in ("", "fat/") for name in project.FUNCTIONS}
    for name in sorted(wanted ^ present):
        yield f"{name} is {'missing' if name in wanted else 'not one of the package'}"
    if present != set(listed):
        yield "manifest.json lists other files than are there"
    for name in sorted(wanted & present & set(listed)):
        path = folder / name
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != listed[name]["sha256"]:
            yield f"{name} is not the file of manifest.json: {digest}"
        yield from (f"{name}: {problem}" for problem in archived(path, manifest["bootstrap"]["sha256"]))


def archived(path, bootstrap_sha256):
    """One zip file."""
    try:
        entries = archive.entries(path)
    except (OSError, zipfile.BadZipFile) as error:
        yield f"cannot be read: {error}"
        return
    carries = path.name == "layer.zip" or path.parent.name == "fat"
    limit = project.LAYER_LIMIT if carries else project.FUNCTION_LIMIT
    if path.stat().st_size > limit:
        yield f"has {path.stat().st_size} bytes; the limit is {limit}"
    data, mode = entries.get("bootstrap", (None, None))
    if not carries:
        if data is not None:
            yield "carries a bootstrap, which the layer does"
    elif data is None:
        yield "has no bootstrap at its root"
    elif mode != EXECUTABLE:
        yield f"its bootstrap has mode {mode:o}, not {EXECUTABLE:o}"
    elif hashlib.sha256(data).hexdigest() != bootstrap_sha256:
        yield "its bootstrap is not the one of manifest.json"
    if path.name != "layer.zip":
        try:
            named = json.loads(entries["function.json"][0])["name"]
        except (KeyError, ValueError):
            named = None
        if named != path.stem:
            yield f"its function.json names {named}"


def hold(folder, architecture, say, places_not_named=()):
    """Whether everything does; tells what does not."""
    wrong = list(package(folder, architecture))
    try:
        bootstrap, _ = archive.entries(folder / "layer.zip")["bootstrap"]
    except (OSError, KeyError, zipfile.BadZipFile):
        bootstrap = None
    if bootstrap is not None:
        wrong += [f"bootstrap: {problem}" for problem in binary(bootstrap, architecture, project.mutants())]
        wrong += [f"bootstrap: {problem}" for problem in places(bootstrap, places_not_named)]
        try:
            wrong += [f"start: {problem}" for problem in start.check(bootstrap, architecture)]
            say(f"start: tried for {architecture.machine}")
        except start.Skipped as reason:
            say(f"start: skipped, {reason}")
    for problem in wrong:
        say(f"wrong: {problem}")
    return not wrong
