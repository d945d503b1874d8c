"""ConfigMaps and NetworkTopology resources: their content is kept, and a change of it is told."""

from __future__ import annotations

from tests.kube.mirror.contents import Content, make_mirror


def a_config_map(
    name: str = "c1", kind: str = "latency", *, namespace: str = "edgeward", data: dict[str, str] | None = None
) -> Content:
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": {"edgeward.dev/config": kind}},
        "data": {"rtt.csv": "x"} if data is None else data,
    }


def test_texts_are_those_of_our_namespace_by_kind_and_name() -> None:
    mirror = make_mirror(namespace="edgeward")
    mirror.config_maps.put(a_config_map("b"))
    mirror.config_maps.put(a_config_map("a", data={"k": "y"}))
    mirror.config_maps.put(a_config_map("p", "profiles", data={"mine.yaml": "policies: []"}))
    mirror.config_maps.put(a_config_map("other", namespace="default"))
    mirror.config_maps.put(a_config_map("strange", "whatever"))
    assert list(mirror.texts("latency").items()) == [("a", {"k": "y"}), ("b", {"rtt.csv": "x"})]
    assert mirror.texts("profiles") == {"p": {"mine.yaml": "policies: []"}}


def test_only_a_change_of_the_texts_is_told_with_the_kind_that_changed() -> None:
    mirror = make_mirror(namespace="edgeward")
    told: list[str] = []
    mirror.on_change(told.append)
    mirror.config_maps.put(a_config_map())
    mirror.config_maps.put(a_config_map())
    mirror.config_maps.put(a_config_map("other", namespace="default"))
    assert told == ["latency"]
    mirror.config_maps.put(a_config_map(kind="profiles"))  # relabelled
    assert told == ["latency", "latency", "profiles"]
    mirror.config_maps.drop(a_config_map(kind="profiles"))
    mirror.config_maps.drop(a_config_map(kind="profiles"))
    assert told == ["latency", "latency", "profiles", "profiles"]


def test_list_drops_the_config_maps_that_it_leaves_out() -> None:
    mirror = make_mirror(namespace="edgeward")
    for name in ("a", "b"):
        mirror.config_maps.put(a_config_map(name))
    mirror.config_maps.begin()
    mirror.config_maps.put(a_config_map("b"))
    mirror.config_maps.settle()
    assert list(mirror.texts("latency")) == ["b"]


def test_network_topologies_are_kept_as_they_came() -> None:
    mirror = make_mirror()
    told: list[str] = []
    mirror.on_change(told.append)
    content = {"metadata": {"name": "net", "namespace": "edgeward"}, "spec": {"weights": [{"name": "UserDefined"}]}}
    mirror.network_topologies.put(content)
    mirror.network_topologies.put(dict(content))
    assert mirror.network_topologies.contents() == {"edgeward/net": content}
    mirror.network_topologies.begin()
    mirror.network_topologies.settle()
    assert mirror.network_topologies.contents() == {}
    assert told == ["network-topologies"] * 2
