from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.model.site import Tier, distance_km
from simulations.errors import InputError
from simulations.workloads.builtin_cities import builtin_cities
from simulations.workloads.builtin_gpu import builtin_gpu_cluster


@given(st.integers(0, 2**32))
def test_the_gpu_cluster_is_the_same_for_the_same_seed(seed: int) -> None:
    (nodes, pods), (_, again) = builtin_gpu_cluster(seed), builtin_gpu_cluster(seed)
    assert pods.cpu_milli.tobytes() == again.cpu_milli.tobytes()
    assert pods.gpu_milli.tobytes() == again.gpu_milli.tobytes()
    assert pods.gpu_spec == again.gpu_spec
    assert (len(nodes), len(pods)) == (40, 300)


@given(st.integers(0, 2**32))
def test_the_gpu_cluster_is_a_hard_and_valid_trace(seed: int) -> None:
    nodes, pods = builtin_gpu_cluster(seed)
    assert pods.total_gpu_milli.sum() / nodes.gpu_capacity_milli == pytest.approx(1.07, abs=0.005)
    assert pods.cpu_milli.sum() < nodes.cpu_milli.sum()
    assert list(pods.names) == sorted(pods.names)
    assert list(nodes.names) == sorted(nodes.names)
    assert set(pods.num_gpu.tolist()) == {0, 1, 2, 4, 8}
    assert (pods.gpu_milli[pods.num_gpu > 1] == 1000).all()
    assert (pods.gpu_milli[pods.num_gpu == 0] == 0).all()
    wanted = {model for spec in pods.gpu_spec if spec for model in spec.split("|")}
    assert wanted <= set(nodes.models)


def test_more_pods_keep_the_mix_and_the_name_order() -> None:
    _, pods = builtin_gpu_cluster(pods=12_000)
    assert list(pods.names) == sorted(pods.names)
    assert (pods.num_gpu == 0).mean() == pytest.approx(0.16, abs=0.001)


@given(st.integers(0, 2**32))
def test_round_trips_follow_the_distance(seed: int) -> None:
    cities = builtin_cities(seed)
    p50, p95 = cities.matrix.p50_ms, cities.matrix.p95_ms
    assert p50.tobytes() == builtin_cities(seed).matrix.p50_ms.tobytes()
    assert (p50 == p50.T).all()
    assert (p95 >= p50).all()
    km = np.array([[distance_km(a, b) for b in cities.sites] for a in cities.sites], dtype=np.float64)
    apart = ~np.eye(len(km), dtype=bool)
    assert (p50[apart] > km[apart] / 100).all()  # nothing is faster than light in fibre
    assert np.corrcoef(km[apart], p50[apart])[0, 1] > 0.9


def test_neighbours_are_near_and_the_cloud_is_where_it_is_said() -> None:
    cities = builtin_cities(cloud=["frankfurt", "ashburn"])
    assert len(cities.sites) == 24
    assert [site.name for site in cities.sites if site.tier is Tier.CLOUD] == ["ashburn", "frankfurt"]
    busan, seoul, sydney = map(cities.number, ("busan", "seoul", "sydney"))
    assert cities.matrix.p50_ms[busan, seoul] < 10
    assert cities.matrix.p50_ms[sydney, seoul] > 100


def test_unknown_cities_and_seeds_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown site 'frankfort' \(did you mean 'frankfurt'\?\)"):
        builtin_cities(cloud=["frankfort"])
    with pytest.raises(InputError, match="seed must be >= 0, got -1"):
        builtin_cities(-1)
    with pytest.raises(InputError, match="pods >= 1, got 0 and 0"):
        builtin_gpu_cluster(pods=0)


def test_a_part_of_a_geography_keeps_its_round_trips() -> None:
    cities = builtin_cities(cloud=["frankfurt"])
    part = cities.only(["sydney", "frankfurt"])
    assert part.names == ("sydney", "frankfurt")
    assert part.sites[1].tier is Tier.CLOUD
    assert part.matrix.p50_ms[0, 1] == cities.matrix.p50_ms[cities.number("sydney"), cities.number("frankfurt")]
