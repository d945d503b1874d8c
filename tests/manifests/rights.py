"""What roles allow, and whom they are bound to."""

from __future__ import annotations

from pathlib import Path

from tests.manifests.reading import Object, objects

Right = tuple[str, str, str]  # API group, resource, verb


def rights(role: Object) -> set[Right]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def bound(folder: Path) -> set[tuple[str, str, str]]:
    """Kind, namespace and role of each binding; every one is to an account of the folder."""
    accounts = {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in objects(folder, "ServiceAccount")}
    found = set()
    for binding in (*objects(folder, "ClusterRoleBinding"), *objects(folder, "RoleBinding")):
        (subject,) = binding["subjects"]
        assert (subject["namespace"], subject["name"]) in accounts
        found.add((binding["roleRef"]["kind"], binding["metadata"].get("namespace", ""), binding["roleRef"]["name"]))
    return found
