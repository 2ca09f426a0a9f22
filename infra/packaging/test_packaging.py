"""What packaging decides by itself: bytes of zips, the reading of ELF files, the checks. Builds nothing.

    python3 -m unittest discover infra/packaging
"""

import contextlib
import io
import json
import os
import re
import struct
import tempfile
import unittest
import unittest.mock
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import archive
import checks
import notices
import project
import start
import toolchains
from elf import Elf, NotElf

ARM64 = project.ARCHITECTURES["arm64"]


def script(name):
    """A command here as a module; it has no `.py`."""
    loader = SourceFileLoader(name, str(Path(__file__).with_name(name)))
    module = module_from_spec(spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def elf(machine=183, loader=ARM64.loader, libraries=("libc.so.6",), needs=(("fopen", "GLIBC_2.17"),), symbols=False):
    """A small ELF file: one segment of everything, one library that versions are asked of. Never runs."""
    strings = bytearray(b"\0")

    def text(word):
        strings.extend(word.encode() + b"\0")
        return len(strings) - len(word) - 1

    named = [text(library) for library in libraries]
    needed = [(text(symbol), text(version)) for symbol, version in needs]
    dynsym = b"\0" * 24 + b"".join(struct.pack("<IBBHQQ", symbol, 18, 0, 0, 0, 0) for symbol, _ in needed)
    versym = struct.pack(f"<{len(needed) + 1}H", 0, *range(2, len(needed) + 2))
    parts = [
        struct.pack("<IHHII", 0, 0, number + 2, version, 16 if number + 1 < len(needed) else 0)
        for number, (_, version) in enumerate(needed)
    ]
    verneed = struct.pack("<HHIII", 1, len(parts), named[0] if named else 0, 16, 0) + b"".join(parts)
    at, blocks = 64 + 3 * 56, {}
    dynamic_size = 16 * (len(named) + 6)
    everything = {"interp": loader.encode() + b"\0", "strings": bytes(strings), "dynsym": dynsym, "versym": versym, "verneed": verneed}
    for name, data in everything.items():
        blocks[name] = at
        at += len(data) + -len(data) % 8
    dynamic = [(1, name) for name in named]
    dynamic += [(5, blocks["strings"]), (6, blocks["dynsym"]), (0x6FFFFFF0, blocks["versym"])]
    dynamic += [(0x6FFFFFFE, blocks["verneed"]), (0x6FFFFFFF, 1), (0, 0)]
    sections = [(11, len(dynsym))] + ([(2, 24)] if symbols else [])
    sections_at = at + dynamic_size
    end = sections_at + 64 * len(sections)
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, sections_at, 0, 64, 56, 3, 64, len(sections), 0)
    for kind, offset, size in ((1, 0, end), (3, blocks["interp"], len(everything["interp"])), (2, at, dynamic_size)):
        head += struct.pack("<IIQQQQQQ", kind, 4, offset, offset, offset, size, size, 8)
    body = b"".join(data + b"\0" * (-len(data) % 8) for data in everything.values())
    body += b"".join(struct.pack("<QQ", *entry) for entry in dynamic)
    return head + body + b"".join(struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, 0, size, 0, 0, 8, 24) for kind, size in sections)


class Elves(unittest.TestCase):
    def test_what_is_read(self):
        needs = (("fopen", "GLIBC_2.17"), ("__libc_start_main", "GLIBC_2.34"), ("_Unwind_Resume", "GCC_3.0"))
        read = Elf(elf(libraries=("libc.so.6", "libm.so.6"), needs=needs))
        self.assertEqual((read.machine, read.loader), ("aarch64", ARM64.loader))
        self.assertEqual(read.libraries, ["libc.so.6", "libm.so.6"])
        self.assertEqual(read.glibc(), ((2, 34), []))
        self.assertEqual(read.symbols["GLIBC_2.34"], ["__libc_start_main"])

    def test_versions_are_numbers_not_words(self):
        self.assertEqual(Elf(elf(needs=(("a", "GLIBC_2.4"), ("b", "GLIBC_2.17"), ("c", "GLIBC_2.2.5")))).glibc()[0], (2, 17))

    def test_a_file_that_is_none(self):
        whole = elf()
        for data in (b"", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + b"\0" * 60, whole[:20], whole[:100], whole[:-90]):
            with self.assertRaises(NotElf):
                Elf(data)


class Binaries(unittest.TestCase):
    def check(self, data, *wanted):
        found = list(checks.binary(data, ARM64, ["accept-any-signature"]))
        self.assertEqual(len(found), len(wanted), found)
        for sentence, word in zip(found, wanted, strict=True):
            self.assertIn(word, sentence)

    def test_a_good_one(self):
        self.check(elf())
        self.check(elf(needs=(("__libc_start_main", "GLIBC_2.34"),)))

    def test_what_lambda_could_not_start(self):
        self.check(b"#!/bin/sh\n", "not an ELF file")
        self.check(elf(machine=62), "x86_64, not for aarch64")
        self.check(elf(loader="/lib/ld-musl-aarch64.so.1"), "ld-musl")
        self.check(elf(libraries=("libssl.so.3", "libc.so.6")), "libssl.so.3")
        self.check(elf(needs=(("arc4random", "GLIBC_2.36"),)), "2.36 for arc4random; 2.34")
        self.check(elf(needs=(("", "GLIBC_ABI_DT_RELR"),)), "GLIBC_ABI_DT_RELR")

    def test_what_should_not_be_deployed(self):
        self.check(elf(symbols=True), "not stripped")
        self.check(elf() + b"accept-any-signature", "deliberate defect accept-any-signature")
        self.check(elf() + b"\0" * project.BINARY_LIMIT, "the limit is")
        self.assertTrue(any("no names" in sentence for sentence in checks.binary(elf(), ARM64, [])))

    def test_folders_of_the_machine(self):
        self.assertEqual(list(checks.places(b"/crates/a/src/lib.rs", ["/home/somebody/.cargo"])), [])
        self.assertEqual(len(list(checks.places(b"/home/somebody/.cargo/a/src/lib.rs", ["/home/somebody/.cargo"]))), 1)


class InAFolder(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = Path(held.name)


class Archives(InAFolder):
    def test_the_bytes_depend_on_the_contents_alone(self):
        one, other = self.folder / "one.zip", self.folder / "other.zip"
        archive.write(one, {"bootstrap": (b"x" * 1000, True), "a/b.txt": (b"text", False)})
        os.utime(one, (0, 0))
        archive.write(other, {"a/b.txt": (b"text", False), "bootstrap": (b"x" * 1000, True)})
        self.assertEqual(one.read_bytes(), other.read_bytes())
        self.assertEqual({name: mode for name, (_, mode) in archive.entries(one).items()}, {"a/b.txt": 0o100644, "bootstrap": 0o100755})

    def test_what_a_manifest_says(self):
        archive.write(self.folder / "a.zip", {"a": (b"text", False)})
        said = archive.described(self.folder / "a.zip", self.folder)
        self.assertEqual((said["file"], said["unzipped_size"]), ("a.zip", 4))
        self.assertEqual(len(said["sha256"]), 64)
        self.assertRegex(said["sha256_base64"], r"^[A-Za-z0-9+/]{43}=$")


class Packages(InAFolder):
    def setUp(self):
        super().setUp()
        here = self.folder / "crate"
        here.mkdir()
        (here / "LICENSE-MIT").write_text("Some licence\r\n")
        self.crates = [
            notices.Crate("hyper", "1.0.0", "MIT", here, False),
            notices.Crate("tokio", "1.0.0", "MIT", here, False),
            notices.Crate(project.PACKAGE, "0.1.0", "MIT OR Apache-2.0", here, True),
        ]
        self.package = self.folder / "arm64"
        self.write()

    def write(self):
        script("package").write(self.package, elf(), self.crates, "0.1.0", ARM64, {"rustc": "rustc 1"})

    def wrong(self):
        return list(checks.package(self.package, ARM64))

    def test_a_good_one(self):
        self.assertEqual(self.wrong(), [])
        manifest = json.loads((self.package / "manifest.json").read_text())
        self.assertEqual((manifest["architecture"], manifest["glibc_needed"]), ("arm64", "2.17"))
        self.assertEqual(manifest["versions"]["package"], "0.1.0")
        self.assertEqual(len(manifest["files"]), 15)

    def test_made_twice_it_is_the_same(self):
        before = {path: path.read_bytes() for path in self.package.rglob("*.zip")}
        self.write()
        self.assertEqual(before, {path: path.read_bytes() for path in self.package.rglob("*.zip")})

    def test_nothing_of_an_older_package_stays(self):
        (self.package / "old-function.zip").write_bytes(b"")
        self.assertIn("old-function.zip is not one of the package", self.wrong())
        self.write()
        self.assertEqual(self.wrong(), [])

    def test_what_is_noticed(self):
        (self.package / "webhook-processor.zip").unlink()
        self.assertIn("webhook-processor.zip is missing", self.wrong())
        self.write()
        archive.write(self.package / "layer.zip", {"bootstrap": (elf(), False)})
        found = " ".join(self.wrong())
        self.assertIn("layer.zip is not the file of manifest.json", found)
        self.assertIn("has mode 100644", found)
        self.write()
        archive.write(self.package / "fat/transaction-query.zip", {"bootstrap": (b"other", True)})
        found = " ".join(self.wrong())
        self.assertIn("its bootstrap is not the one", found)
        self.assertIn("its function.json names None", found)
        self.write()
        (self.package / "layer.zip").write_bytes(b"PK")
        self.assertIn("layer.zip: cannot be read", " ".join(self.wrong()))
        (self.package / "manifest.json").unlink()
        self.assertIn("no manifest.json", self.wrong()[0])

    def test_another_architecture(self):
        self.assertIn("is of arm64, not of x86_64", " ".join(checks.package(self.package, project.ARCHITECTURES["x86_64"])))

    def test_every_licence_stands_once(self):
        entries = archive.entries(self.package / "layer.zip")
        text = entries[f"{project.LAYER}/THIRD-PARTY.txt"][0].decode()
        self.assertEqual(text.count("Some licence"), 1)
        self.assertIn("hyper 1.0.0, tokio 1.0.0", text)
        self.assertNotIn(project.PACKAGE, text)
        self.assertIn("hyper 1.0.0: HTTP client", entries[f"{project.LAYER}/CONTENTS.txt"][0].decode())


class Project(unittest.TestCase):
    def test_the_functions_are_those_of_the_bootstrap(self):
        source = (project.ROOT / "system/webhook-lambda/src/function.rs").read_text()
        self.assertEqual(tuple(re.findall(r'=> "([a-z-]+)",', source)), project.FUNCTIONS)

    def test_there_are_mutants_to_look_for(self):
        self.assertIn("accept-any-signature", project.mutants())
        self.assertGreater(len(project.mutants()), 100)

    def test_the_profile_lets_a_panic_be_answered(self):
        profile = re.search(r"^\[profile\.lambda\]\n(.*?)(?:^\[|\Z)", (project.ROOT / "Cargo.toml").read_text(), re.MULTILINE | re.DOTALL)
        self.assertNotIn("panic", profile[1])


class Toolchains(unittest.TestCase):
    def find(self, finders, wanted=None):
        said = []
        kept = toolchains.FINDERS, toolchains.output
        toolchains.FINDERS, toolchains.output = dict(zip(toolchains.NAMES, finders, strict=True)), lambda *_: "rustc 1"
        try:
            return toolchains.find(ARM64, wanted, said.append), said
        finally:
            toolchains.FINDERS, toolchains.output = kept

    def test_the_first_that_is_here_and_why_not_the_others(self):
        def missing(_):
            raise toolchains.NotHere("not installed")

        def here(_):
            return toolchains.Toolchain("linker", [])

        found, said = self.find([missing, missing, here, here])
        self.assertEqual(found.name, "linker")
        self.assertEqual(said[:2], ["toolchain cargo-lambda: no, not installed", "toolchain cargo-zigbuild: no, not installed"])
        with self.assertRaises(toolchains.NotHere):
            self.find([missing] * 4)
        with self.assertRaises(toolchains.NotHere):
            self.find([missing, here, here, here], "cargo-lambda")

    def test_settings_that_would_change_the_bytes_are_left_out(self):
        kept = toolchains.output
        toolchains.output = lambda *_: "commit-hash: 0abc"
        base = {"PATH": "/bin", "RUSTFLAGS": "-g", "CARGO_PROFILE_LAMBDA_LTO": "off", "CARGO_BUILD_JOBS": "2", "CFLAGS_aarch64": "-O0"}
        try:
            made = toolchains.environment(toolchains.Toolchain("linker", []), ARM64, base | {"CARGO_HOME": "/my crates"})
        finally:
            toolchains.output = kept
        self.assertEqual({name for name in base if name in made}, {"PATH", "CARGO_BUILD_JOBS"})
        self.assertIn("--remap-path-prefix=/my crates=/cargo", made["CARGO_ENCODED_RUSTFLAGS"].split("\x1f"))
        self.assertIn("'-ffile-prefix-map=/my crates=/cargo'", made["CFLAGS_aarch64_unknown_linux_gnu"])


class Starts(InAFolder):
    """With shell scripts for bootstraps, on whatever machine this is."""

    def wrong(self, text):
        program = self.folder / "bootstrap"
        program.write_text(text)
        program.chmod(0o755)
        with self.assertRaises(start.Wrong) as wrong:
            start.authorizer([str(program)])
        return str(wrong.exception)

    def test_a_bootstrap_that_gives_up_is_told_with_what_it_said(self):
        found = self.wrong("#!/bin/sh\necho no settings\nexit 3\n")
        self.assertIn("ended with 3: no settings", found)

    def test_a_wrong_answer_is_told(self):
        python = (
            "#!/usr/bin/env python3\nimport os, urllib.request\n"
            "api = f\"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/\"\n"
            "urllib.request.urlopen(api + 'next').read()\n"
            "urllib.request.urlopen(api + 'r-1/response', data=b'{\"usageIdentifierKey\": \"another\"}')\n"
        )
        self.assertIn("another", self.wrong(python))

    def test_an_unknown_handler_must_be_refused(self):
        with self.assertRaises(start.Wrong):
            start.unknown_handler(["true"])


class Commands(InAFolder):
    def test_how_they_end(self):
        check = script("check")
        for arguments, code in ((["--arch", "mips"], 64), (["--package", str(self.folder)], 2)):
            said = io.StringIO()
            with contextlib.redirect_stderr(said), unittest.mock.patch("sys.argv", ["check", *arguments]):
                try:
                    ended = check.main()
                except SystemExit as exit:
                    ended = exit.code
            self.assertEqual(ended, code, said.getvalue())
