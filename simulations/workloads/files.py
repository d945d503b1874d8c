"""Opening an input file: its bytes or its text, whether or not it is gzipped.

Gzip is known by its first two bytes and not by the name: people rename, and a browser unpacks without asking.
Whatever is wrong with the file is one `InputError` that begins with its path.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from simulations.errors import InputError

_GZIP_MAGIC = b"\x1f\x8b"


def found(name: str, data: Path | None) -> Path:
    """The file that a setting names: as it is said, or in the data folder when it is there only."""
    path = Path(name)
    if data is not None and not path.is_absolute() and not path.exists() and (data / path).exists():
        return data / path
    return path


def read_bytes(path: Path) -> bytes:
    """The content, unpacked when it is gzip."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise InputError(f"{path}: truncated gzip file, it ends after {len(content)} bytes") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"{path}: damaged gzip file: {error}") from error


def read_text(path: Path) -> str:
    """The content as UTF-8; a byte order mark, as spreadsheets write it, is dropped."""
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: row {line}: not UTF-8 text: byte 0x{content[error.start]:02x}") from error
