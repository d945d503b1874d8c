"""Opening an `.npz`: named numpy arrays out of a zip file, or one `InputError` that says what is wrong with it."""

from __future__ import annotations

import pickle
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.errors import InputError


def read_arrays(path: Path, names: Iterable[str]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of these names. Pickled objects are refused: they would run code."""
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise InputError(f"{path}: is a single array, wanted an .npz file with several")
        with archive:
            wanted = list(names)
            for name in wanted:
                if name not in archive.files:
                    raise InputError(f"{path}: no array {name!r}, it has {', '.join(sorted(archive.files))}")
            return {name: archive[name] for name in wanted}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, pickle.UnpicklingError) as error:
        raise InputError(f"{path}: not a whole .npz file (truncated or damaged): {error}") from error


def array_names(path: Path) -> tuple[str, ...]:
    """Names of the arrays, without reading them."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(name.removesuffix(".npy") for name in archive.namelist())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not a whole .npz file (truncated or damaged): {error}") from error
