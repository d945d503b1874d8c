"""How much one pod may ask for. The API server lets a pod be a megabyte of node labels or of our annotations.

Each label asked for costs a look at every node, each place of a hint a row of the table of sites, and every reason
quotes what was asked. Real pods ask for a dozen of anything; a hundred times as much is told as what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from policies.errors import ModelError
from policies.model.manifest import Manifest

MOST = 256  # of one kind of thing
LONGEST_ANNOTATION = 4096  # characters: 200 sites with weights, by names of ten letters
LONGEST_TEXT = 317  # a label's key or a resource's name at its longest: 253 of a domain, a slash and 63


def check_annotations(annotations: Iterable[tuple[str, str]]) -> None:
    """ModelError, which does not quote it, for an annotation that is too long to be read."""
    for key, text in annotations:
        if len(text) > LONGEST_ANNOTATION:
            said = f"must have at most {LONGEST_ANNOTATION} characters, got {len(text)}"
            raise ModelError(f"annotation {key[:LONGEST_TEXT]}: {said}")


def check_many(spec: Manifest, key: str, asked: Collection[Iterable[str]]) -> None:
    """ModelError for too many things under a key of a pod's *spec*, or for one with a text that is too long."""
    if len(asked) > MOST:
        spec.fail(key, f"must be at most {MOST}, got {len(asked)}")
    longest = max((len(text) for texts in asked for text in texts), default=0)
    if longest > LONGEST_TEXT:
        spec.fail(key, f"must be texts of at most {LONGEST_TEXT} characters, got one of {longest}")
