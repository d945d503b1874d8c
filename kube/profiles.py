"""Which profile decides on a pod, and what happens when profiles change while we run.

Chosen by the pod's annotation `edgeward.dev/profile`, else its namespace's, else the cluster's (the configuration's).
Profiles come from the shipped files, from the user's policy folders and from ConfigMaps, the later ones winning. They
are read again on change: all of them are parsed first, and one with a problem keeps its last good version; whoever
listens is told of it, once for each text. A profile that was never good does not exist. The code of policies is read
once: a changed `.py` file takes a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from policies.engine.catalogue import Catalogue, catalogue
from policies.engine.decide import Engine
from policies.engine.profile import folded, parse_profile
from policies.errors import PolicyError, ProfileError, UnknownName
from policies.model.site import suggestion

CONFIG_MAP = "configmap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """One reading of all profiles: which are new or changed, and what is wrong with the others."""

    changed: tuple[str, ...]
    problems: Mapping[str, str]  # by profile; the last good version of it is used on


class Profiles:
    """The profiles in force, each with the engine that decides by it."""

    def __init__(
        self, default: str, *, folders: Iterable[Path] = (), on_reload: Callable[[Reloaded], None] = lambda _: None
    ) -> None:
        self._folders = tuple(folders)
        self._catalogue: Catalogue = catalogue(self._folders)
        self._default = default
        self._engines: dict[str, Engine] = {}
        self._texts: dict[str, str] = {}  # of those in force
        self._told: dict[str, str] = {}  # name → text whose problem was told
        self._on_reload = on_reload
        wrong = {folded(name): problem for name, problem in self.reload({}).problems.items()}
        if folded(default) in wrong:  # one that is there and broken; one that is missing may be in a ConfigMap
            raise ProfileError((wrong[folded(default)],))

    @property
    def texts(self) -> Mapping[str, str]:
        """The YAML of each profile in force."""
        return self._texts

    @property
    def missing(self) -> str:
        """What keeps pods without a profile of their own from being decided on; empty when the cluster's is there."""
        try:
            self.engine("")
        except UnknownName as error:
            return f"{error}: no file and no ConfigMap has it"
        return ""

    def engine(self, name: str) -> Engine:
        """The engine of a profile, of the cluster's when *name* is empty; UnknownName with a suggestion."""
        wanted = folded(name or self._default)
        for known, engine in self._engines.items():
            if folded(known) == wanted:
                return engine
        raise UnknownName(
            f"unknown profile {name or self._default!r}{suggestion(name or self._default, self._engines)}"
        )

    def reload(self, config_maps: Mapping[str, str]) -> Reloaded:
        """Read all files again, and *config_maps* (YAML by profile name); engines of unchanged profiles are kept."""
        texts, unreadable = self._found()
        problems = {name: problem for name, problem in unreadable.items() if self._told.get(name) != problem}
        self._told |= unreadable
        spelled = {folded(name): name for name in texts}
        for name, text in config_maps.items():  # one profile, however it is spelled
            texts[spelled.setdefault(folded(name), name)] = text, f"{CONFIG_MAP} {name}"
        changed = []
        for name, (text, source) in texts.items():
            if text == self._texts.get(name):
                self._told.pop(name, None)
                continue
            try:
                profile = parse_profile(text, name=name, source=source, policies=self._catalogue.by_name)
            except PolicyError as error:
                if self._told.get(name) != text:
                    problems[name] = str(error)
                    self._told[name] = text
                continue
            self._engines[name], self._texts[name] = Engine(profile), text
            self._told.pop(name, None)
            changed.append(name)
        for name in self._texts.keys() - texts.keys() - unreadable.keys():
            if folded(name) != folded(self._default):  # the cluster cannot be without one
                del self._engines[name], self._texts[name]
                changed.append(name)
        outcome = Reloaded(changed=tuple(changed), problems=problems)
        if changed or problems:
            self._on_reload(outcome)
        return outcome

    def _found(self) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
        """Text and source of each profile in the folders, and what cannot be read."""
        texts: dict[str, tuple[str, str]] = {}
        problems: dict[str, str] = {}
        try:
            self._catalogue = catalogue(self._folders)
        except PolicyError as error:
            problems["policies"] = str(error)
        for name, path in self._catalogue.profile_files.items():
            try:
                texts[name] = path.read_text(encoding="utf-8"), path.name
            except (OSError, UnicodeDecodeError) as error:
                problems[name] = f"{path}: cannot be read: {error}"
        return texts, problems


def profile_texts(config_maps: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """YAML by profile name: all keys of the ConfigMaps' data that end in `.yaml`; the first ConfigMap by name wins."""
    return {
        Path(key).stem: text
        for name in sorted(config_maps, reverse=True)
        for key, text in config_maps[name].items()
        if key.endswith((".yaml", ".yml"))
    }
