"""Reads of an ELF file what decides where it starts: machine, loader, libraries, and the versions of symbols it needs.

64-bit little-endian files only; both of Lambda's architectures are.
"""

import re
import struct

MACHINES = {62: "x86_64", 183: "aarch64"}
PT_DYNAMIC, PT_INTERP, PT_LOAD = 2, 3, 1
DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_VERSYM = 1, 5, 6, 10, 0x6FFFFFF0
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
SHT_SYMTAB, SHT_DYNSYM = 2, 11


class NotElf(Exception):
    """The file is no ELF file of a kind that is read here."""


class Elf:
    """One file. Everything is read when it is made; a file cut short is no ELF file."""

    def __init__(self, data):
        if data[:4] != b"\x7fELF":
            raise NotElf("not an ELF file")
        if data[4:6] != b"\x02\x01":
            raise NotElf("not a 64-bit little-endian ELF file")
        try:
            self._read(data)
        except (struct.error, ValueError, IndexError) as error:
            raise NotElf(f"an ELF file that cannot be read: {error}") from error

    def _read(self, data):
        self._data = data
        (machine,) = struct.unpack_from("<H", data, 18)
        self.machine = MACHINES.get(machine, f"machine {machine}")
        segments, sections = self._tables()
        self._loads = [(at, offset, size) for kind, offset, at, size in segments if kind == PT_LOAD]
        loaders = [(offset, size) for kind, offset, _, size in segments if kind == PT_INTERP]
        self.loader = data[loaders[0][0] :][: loaders[0][1] - 1].decode() if loaders else None
        self.has_symbol_table = any(kind == SHT_SYMTAB for _, kind, _ in sections)
        dynamic = [self._dynamic(offset, size) for kind, offset, _, size in segments if kind == PT_DYNAMIC]
        entries = dynamic[0] if dynamic else []
        values = dict(entries)
        self._strings = self._offset(values[DT_STRTAB]) if DT_STRTAB in values else 0
        self.libraries = [self._string(value) for tag, value in entries if tag == DT_NEEDED]
        names = {}
        # library -> versions of its symbols that the file asks for
        self.versions = {}
        if DT_VERNEED in values:
            names = self._needs(self._offset(values[DT_VERNEED]), values[DT_VERNEEDNUM])
        symbols = next((size // 24 for _, kind, size in sections if kind == SHT_DYNSYM), 0)
        # version -> symbols that ask for it
        self.symbols = {}
        if DT_VERSYM in values and DT_SYMTAB in values:
            table, chosen = self._offset(values[DT_SYMTAB]), self._offset(values[DT_VERSYM])
            for number in range(symbols):
                (version,) = struct.unpack_from("<H", data, chosen + 2 * number)
                (name,) = struct.unpack_from("<I", data, table + 24 * number)
                if version in names:
                    self.symbols.setdefault(names[version], []).append(self._string(name))

    def _tables(self):
        """The segments as (kind, offset, address, size) and the sections as (name, kind, size)."""
        segments_at, sections_at = struct.unpack_from("<QQ", self._data, 32)
        segment_size, segment_count, section_size, section_count = struct.unpack_from("<4H", self._data, 54)
        segments = []
        for number in range(segment_count):
            at = segments_at + number * segment_size
            kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", self._data, at)
            segments.append((kind, offset, address, size))
        sections = []
        for number in range(section_count):
            at = sections_at + number * section_size
            name, kind, _, _, _, size = struct.unpack_from("<IIQQQQ", self._data, at)
            sections.append((name, kind, size))
        return segments, sections

    def _dynamic(self, offset, size):
        pairs = [struct.unpack_from("<QQ", self._data, at) for at in range(offset, offset + size, 16)]
        end = next((index for index, (tag, _) in enumerate(pairs) if tag == 0), len(pairs))
        return pairs[:end]

    def _needs(self, at, count):
        names = {}
        for _ in range(count):
            _, parts, library, first, onward = struct.unpack_from("<HHIII", self._data, at)
            part = at + first
            for _ in range(parts):
                _, _, number, name, next_part = struct.unpack_from("<IHHII", self._data, part)
                names[number] = self._string(name)
                self.versions.setdefault(self._string(library), []).append(names[number])
                part += next_part
            at += onward
        return names

    def _offset(self, address):
        for at, offset, size in self._loads:
            if at <= address < at + size:
                return address - at + offset
        raise ValueError(f"address {address:#x} is in no segment")

    def _string(self, at):
        start = self._strings + at
        return self._data[start : self._data.index(b"\0", start)].decode()

    def glibc(self):
        """The newest glibc asked for, as (major, minor), or None for none at all; and versions that name no release,
        such as GLIBC_PRIVATE, or GLIBC_ABI_DT_RELR, which older loaders refuse."""
        asked = {version for versions in self.versions.values() for version in versions if version.startswith("GLIBC_")}
        releases = {version: re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version) for version in asked}
        numbers = [(int(found[1]), int(found[2])) for found in releases.values() if found]
        return max(numbers, default=None), sorted(version for version, found in releases.items() if not found)
