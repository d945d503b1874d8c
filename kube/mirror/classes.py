"""From the content of a pod to its value, by a short way for the replicas of one template.

Replicas differ in name, uid and node, and in a few labels and annotations that say nothing about what they need. All
that a class may depend on, encoded, is the key under which it is kept; what is left out of the key is named here, so
that a field which is forgotten costs a little time and never a wrong class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kube.mirror.running import plain, unpinned, with_fewer_wishes
from kube.mirror.shared import Shared
from policies.errors import ModelError
from policies.model import assignment, kubernetes
from policies.model.pod import Pod, PodClass

# Values of one pod only; what a class is made from is not among them.
OF_ONE_POD = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-completion-index",
        "cni.projectcalico.org/containerID",
        "cni.projectcalico.org/podIP",
        "cni.projectcalico.org/podIPs",
        "k8s.ovn.org/pod-networks",
        "k8s.v1.cni.cncf.io/network-status",
        "kubernetes.io/config.hash",
        "kubernetes.io/config.seen",
        "statefulset.kubernetes.io/pod-name",
        # which devices it was given; see devices.py
        assignment.DEVICES,
        assignment.GPUSHARE + "ASSUME_TIME",
        assignment.GPUSHARE + "IDX",
        assignment.HAMI,
        assignment.KOORDINATOR,
    }
)
# Fields of one pod only, and those of `Pod` itself.
_OWN = frozenset({"name", "uid", "deletionTimestamp", "labels", "annotations"})
_DECIDED = frozenset({"nodeName", "schedulerName", "schedulingGates", "priority", "preemptionPolicy"})
_TEMPLATES = 8192  # keys of a kilobyte or so
_CLASSES = 16_384
_TEXTS = 65_536
_NOTHING: Mapping[str, Any] = {}


class Classes:
    """Decodes pods; equal classes are one object."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, PodClass] = {}
        self._classes: Shared[PodClass] = Shared(most=_CLASSES)
        self._texts: Shared[str] = Shared(most=_TEXTS)
        self._encode = msgspec.json.Encoder().encode

    def text(self, text: str) -> str:
        """The same text, one object for all that hold it."""
        return self._texts.of(text)

    def shared(self, of: PodClass) -> PodClass:
        """The same class, one object for all that hold it."""
        return self._classes.of(of)

    def pod(self, content: Mapping[str, Any], inherited: Mapping[str, str]) -> Pod:
        """The pod with all its wishes; ModelError when one cannot be read."""
        metadata, spec = content.get("metadata") or _NOTHING, content.get("spec") or _NOTHING
        key = self._encode(
            (
                _without(metadata, _OWN),
                _without(metadata.get("labels"), OF_ONE_POD),
                _without(metadata.get("annotations"), OF_ONE_POD),
                _without(spec, _DECIDED),
                inherited,
            )
        )
        of = self._by_key.get(key)
        if of is None:
            # the whole pod, so that its name is in the error
            of = self.shared(kubernetes.pod(content, namespace_annotations=inherited).of)
            if len(self._by_key) >= _TEMPLATES:
                self._by_key.clear()
            self._by_key[key] = of
        return Pod(
            name=metadata.get("name") or "",
            namespace=self.text(metadata.get("namespace") or "default"),
            uid=metadata.get("uid") or "",
            of=of,
            priority=spec.get("priority") or 0,
        )

    def resident(self, content: Mapping[str, Any], inherited: Mapping[str, str]) -> tuple[Pod, bool]:
        """A pod that runs, and whether all its wishes could be read; ModelError when not even its requests can be."""
        content = unpinned(content)
        try:
            return self.pod(content, inherited), True
        except ModelError:
            pass
        for less in with_fewer_wishes(content):
            try:
                return self.pod(less, _NOTHING), False
            except ModelError:
                continue
        return self.pod(plain(content), _NOTHING), False


def _without(fields: Mapping[str, Any] | None, left_out: frozenset[str]) -> Mapping[str, Any] | None:
    if not fields or left_out.isdisjoint(fields):
        return fields
    return {key: value for key, value in fields.items() if key not in left_out}
