# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Packs the one package beside it for pip, so that an install needs neither network nor tools."""

import base64
import hashlib
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME, VERSION = "xsched", "0.1.0"
INFO = f"{NAME}-{VERSION}.dist-info"
METADATA = f"""Metadata-Version: 2.1
Name: {NAME}
Version: {VERSION}
Summary: Queues of accelerators that can be suspended, and hints for their scheduler
License: GPL-2.0-only OR MIT
Requires-Python: >=3.8
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: wheel_of_one\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def _write(folder, files):
    """A wheel: the files, what they are, and their sums."""
    record = []
    name = f"{NAME}-{VERSION}-py3-none-any.whl"
    files = {**files, f"{INFO}/METADATA": METADATA.encode(), f"{INFO}/WHEEL": WHEEL.encode()}
    with zipfile.ZipFile(Path(folder) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{path},sha256={digest.decode()},{len(content)}")
            wheel.writestr(path, content)
        record.append(f"{INFO}/RECORD,,")
        wheel.writestr(f"{INFO}/RECORD", "\n".join(record) + "\n")
    return name


def _package():
    """The modules, and where the tree has its libraries, if that has been built."""
    files = {f"{NAME}/{f.name}": f.read_bytes() for f in sorted((HERE / NAME).glob("*.py"))}
    libraries = HERE.parent / "build/lib"
    if libraries.is_dir():
        files[f"{NAME}/_built.py"] = f"LIBDIR = {str(libraries)!r}\n".encode()
    return files


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _write(wheel_directory, _package())


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _write(wheel_directory, {f"{NAME}.pth": f"{HERE}\n".encode()})


def build_sdist(sdist_directory, config_settings=None):
    base = f"{NAME}-{VERSION}"
    with tarfile.open(Path(sdist_directory) / f"{base}.tar.gz", "w:gz") as tar:
        for f in ["pyproject.toml", "wheel_of_one.py", NAME]:
            tar.add(HERE / f, f"{base}/{f}", filter=lambda t: None if "__pycache__" in t.name else t)
    return f"{base}.tar.gz"
