"""Which policies and profiles there are: the files of this package, and those in a folder of the user's own.

No registration: `policies/best_fit.py` is the policy `best-fit`, `policies/profiles/edge-default.yaml` the profile
`edge-default`. A user's folder holds the same two kinds of files side by side. This is the one module of `policies`
that touches files.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import policies
from policies.engine.contract import FilterScorer
from policies.engine.profile import Profile, build_profile, folded, parse_profile
from policies.errors import PolicyError, ProfileError, UnknownName
from policies.model.site import suggestion

_NOT_POLICIES = {"commands", "errors"}
_PROFILES = Path(policies.__file__).parent / "profiles"


class PolicyFileError(PolicyError):
    """A policy file that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Policies by name and profiles by name; looked up without regard to case, `-` and `_`."""

    policies: Mapping[str, type[FilterScorer]]
    profile_files: Mapping[str, Path]
    by_name: Mapping[str, type[FilterScorer]] = field(init=False, repr=False, compare=False)  # and by alias
    _by_folded: Mapping[str, type[FilterScorer]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        aliases = {alias: kind for kind in self.policies.values() for alias in kind.aliases}
        by_name = {**aliases, **self.policies}  # a policy's own name wins over another's alias
        object.__setattr__(self, "by_name", by_name)
        own = {folded(name): kind for name, kind in self.policies.items()}
        object.__setattr__(self, "_by_folded", {folded(alias): kind for alias, kind in aliases.items()} | own)

    def policy(self, name: str) -> type[FilterScorer]:
        """The policy called *name*, which may be an alias; UnknownName with a suggestion."""
        kind = self._by_folded.get(folded(name))
        if kind is None:
            raise UnknownName(f"unknown policy {name!r}{suggestion(name, self.policies)}")
        return kind

    def profile(self, name: str) -> Profile:
        """The profile called *name*; UnknownName with a suggestion, ProfileError when its file is wrong."""
        for known, path in self.profile_files.items():
            if folded(known) == folded(name):
                return self.read(path)
        raise UnknownName(f"unknown profile {name!r}{suggestion(name, self.profile_files)}")

    def read(self, path: Path) -> Profile:
        """The profile in a file; it is called as the file is."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileError((f"{path}: cannot be read: {error}",)) from error
        return parse_profile(text, name=path.stem, source=path.name, policies=self.by_name)

    def alone(self, name: str, *, top_score: int = 100, **params: object) -> Profile:
        """A profile of that one policy, for trying it by itself."""
        raw = {"policies": [{"policy": name, "params": params}], "top_score": top_score}
        return build_profile(raw, name=name, source=name, policies=self.by_name)

    def named(self, name: str) -> Profile:
        """A profile of that name, else the policy of that name alone."""
        if any(folded(known) == folded(name) for known in self.profile_files):
            return self.profile(name)
        if folded(name) in self._by_folded:
            return self.alone(name)
        known = [*self.profile_files, *self.policies]
        raise UnknownName(f"unknown policy or profile {name!r}{suggestion(name, known)}")


@cache
def shipped() -> Catalogue:
    """What comes with Edgeward."""
    found = {}
    for module in pkgutil.iter_modules(policies.__path__):
        if not module.ispkg and module.name not in _NOT_POLICIES:
            kind = _policy_of(importlib.import_module(f"policies.{module.name}"), module.name)
            found[module.name.replace("_", "-")] = kind
    return Catalogue(found, {path.stem: path for path in sorted(_PROFILES.glob("*.yaml"))})


def catalogue(folders: Iterable[Path | str] = ()) -> Catalogue:
    """What is shipped, and what the user's folders add; theirs replaces a shipped one of the same name."""
    base = shipped()
    kinds, profiles = dict(base.policies), dict(base.profile_files)
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise PolicyFileError(f"policy folder {str(folder)!r}: there is no such folder")
        kinds.update(_policies_in(folder))
        profiles.update({path.stem: path for path in sorted(folder.glob("*.yaml"))})
    return Catalogue(kinds, profiles)


def _policies_in(folder: Path) -> Iterator[tuple[str, type[FilterScorer]]]:
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith(("_", "test_")):
            continue
        # a name of its own per file: two folders may both have a `mine.py`
        name = f"edgeward_policy_{sha256(str(path.resolve()).encode()).hexdigest()[:12]}_{path.stem}"
        module = sys.modules.get(name)
        if module is None:
            spec = importlib.util.spec_from_file_location(name, path)
            if spec is None or spec.loader is None:
                raise PolicyFileError(f"{path}: not a Python file")
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            try:
                spec.loader.exec_module(module)
            except (Exception, SystemExit) as error:  # a user's file may raise anything
                del sys.modules[name]
                raise PolicyFileError(f"{path}: {type(error).__name__}: {error}") from error
        yield path.stem.replace("_", "-"), _policy_of(module, str(path))


def _policy_of(module: ModuleType, where: str) -> type[FilterScorer]:
    kind = getattr(module, "POLICY", None)
    if not (isinstance(kind, type) and issubclass(kind, FilterScorer)):
        raise PolicyFileError(f"{where}: must end with POLICY: type[FilterScorer] = YourPolicy, got {kind!r}")
    return kind
