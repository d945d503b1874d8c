"""The CustomResourceDefinition: the shipped file is the model's, and keeps to what Kubernetes calls structural."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from autoscaler.api import crd
from autoscaler.api.v1alpha1.spec import Spec
from tests.conftest import ROOT

FILE = ROOT / "manifests" / "autoscaler" / "base" / "crd.yaml"
# apiextensions/v1 JSONSchemaProps, of which a structural schema may have these anywhere
ALLOWED = {
    "description", "type", "format", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems",
    "maxItems", "required", "properties", "items", "additionalProperties", "default", "x-kubernetes-int-or-string",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
}  # fmt: skip


def version() -> dict[str, Any]:
    (only,) = crd.definition()["spec"]["versions"]
    made: dict[str, Any] = only
    return made


def schemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from schemas(each, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if inner in schema:
            yield from schemas(schema[inner], f"{path}[]")


SCHEMAS = dict(schemas(version()["schema"]["openAPIV3Schema"]))


def test_shipped_file_is_what_the_model_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == crd.text(), f"python -m autoscaler.api.crd > {FILE.relative_to(ROOT)}"
    assert yaml.safe_load(crd.text()) == crd.definition()


@pytest.mark.parametrize("path", SCHEMAS)
def test_schema_is_structural_and_described(path: str) -> None:
    schema = SCHEMAS[path]
    assert schema.keys() <= ALLOWED
    assert ("type" in schema) is not schema.get("x-kubernetes-int-or-string", False)
    if not path.endswith(("[]", ".metadata")):
        said = schema["description"]
        assert said[0].isupper() or said.startswith(("average", "value"))
        assert said[-1] == "."
        assert len(said) <= 120


def test_every_mapping_of_spec_says_what_it_takes() -> None:
    for path, schema in SCHEMAS.items():
        if path.startswith(".spec") and schema.get("type") == "object":
            assert "properties" in schema or path.endswith(".matchLabels")


def test_defaults_are_those_of_the_reader() -> None:
    spec = SCHEMAS[".spec"]["properties"]
    defaults = {name: each["default"] for name, each in spec.items() if "default" in each}
    read = Spec.model_validate({"scaleTargetRef": {"kind": "Deployment", "name": "w"}, "maxReplicas": 1})
    filled = Spec.model_validate({"scaleTargetRef": {"kind": "Deployment", "name": "w"}, "maxReplicas": 1, **defaults})
    assert filled == read
    assert defaults["scaleOut"] == {"periodSeconds": 180, "stabilizationWindowSeconds": 0, "selectPolicy": "Max"}
    assert defaults["scaleIn"] == {"periodSeconds": 300, "stabilizationWindowSeconds": 300, "selectPolicy": "Max"}


def test_rules_of_every_model_are_in_the_schema() -> None:
    rules = [rule["message"] for schema in SCHEMAS.values() for rule in schema.get("x-kubernetes-validations", ())]
    assert len(rules) == 26
    assert all(rules)


def test_scale_and_columns_speak_of_fields_that_there_are() -> None:
    scale = version()["subresources"]["scale"]
    paths = [*scale.values(), *(each["jsonPath"] for each in version()["additionalPrinterColumns"])]
    assert [path for path in paths if path not in SCHEMAS and not path.startswith(".metadata.")] == []
    assert "default" in SCHEMAS[scale["specReplicasPath"]], "GET scale fails where the path has no number"
