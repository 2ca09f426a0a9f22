"""Zip files whose bytes depend on their contents alone: fixed times, modes and order.

The same contents give the same bytes with the same zlib; the manifest says which one was used.
"""

import base64
import hashlib
import stat
import zipfile

# The earliest a zip file can say.
TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3


def write(path, entries):
    """Writes a zip of `entries`: name -> (bytes, whether it can be executed)."""
    with zipfile.ZipFile(path, "w") as file:
        for name in sorted(entries):
            data, executable = entries[name]
            info = zipfile.ZipInfo(name, TIME)
            info.create_system = UNIX
            info.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            file.writestr(info, data, zipfile.ZIP_DEFLATED, 9)


def entries(path):
    """name -> (bytes, mode) of a zip."""
    with zipfile.ZipFile(path) as file:
        return {info.filename: (file.read(info), info.external_attr >> 16) for info in file.infolist()}


def described(path, root):
    """What a manifest says of a file: Terraform's `source_code_hash` is the base64 one."""
    data = path.read_bytes()
    digest = hashlib.sha256(data)
    with zipfile.ZipFile(path) as file:
        unzipped = sum(info.file_size for info in file.infolist())
    return {
        "file": path.relative_to(root).as_posix(),
        "size": len(data),
        "unzipped_size": unzipped,
        "sha256": digest.hexdigest(),
        "sha256_base64": base64.b64encode(digest.digest()).decode(),
    }
