from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.model.site import Site, Tier
from simulations.errors import InputError
from simulations.workloads.rtt import read_cities, read_matrix, read_sites
from tests.conftest import SHARED, needs_data


def write(folder: Path, text: str, name: str = "rtt.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_square_matrix_is_read_whatever_the_order_of_its_columns(tmp_path: Path) -> None:
    geography = read_matrix(write(tmp_path, "from \\ to,busan,seoul\nseoul,5,0.5\nbusan,0.4,6\n"))
    assert geography.names == ("seoul", "busan")
    assert geography.matrix.p50_ms.tolist() == [[0.5, 5.0], [6.0, 0.4]]
    assert geography.matrix.p95_ms.tolist() == geography.matrix.p50_ms.tolist()


def test_a_long_matrix_leaves_open_what_was_not_measured(tmp_path: Path) -> None:
    geography = read_matrix(
        write(tmp_path, "from,to,p50_ms,p95_ms\nseoul,busan,5,7\nbusan,seoul,6,9\nbusan,busan,0,0\n")
    )
    assert geography.names == ("busan", "seoul")
    assert geography.matrix.p50_ms[0].tolist() == [0.0, 6.0]
    assert geography.matrix.p95_ms[1, 0] == 7.0
    assert np.isnan(geography.matrix.p50_ms[1, 1])


def test_sites_bring_tier_and_coordinates(tmp_path: Path) -> None:
    sites = read_sites(
        write(
            tmp_path,
            "name,tier,region,zone,latitude,longitude\nseoul,edge,kr,kr-1,37.6,127\naws,cloud,us,,,\n",
            "sites.csv",
        )
    )
    assert sites[0] == Site(name="seoul", tier=Tier.EDGE, region="kr", zone="kr-1", latitude=37.6, longitude=127.0)
    assert sites[1] == Site(name="aws", tier=Tier.CLOUD, region="us")
    geography = read_matrix(write(tmp_path, ",seoul\nseoul,1\n"), sites)
    assert geography.sites == (sites[0],)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (",a,b\na,1,nan\nb,1,1\n", "row 2: b must be a finite number, got 'nan'"),
        (",a,b\na,1,1\nb,-2,1\n", "row 3: a must be >= 0, got -2.0"),
        (",a,b\na,1,\nb,1,1\n", "row 2: b must be a finite number, got ''"),
        (
            ",a,b\na,1,1\nc,1,1\n",
            "row 3: site 'c' is a row but not a column; rows and columns must have the same names",
        ),
        (",a,b\na,1,1\n", "row 1: site 'b' is a column but not a row; rows and columns must have the same names"),
        (",a\na,1\nb,1\n", "row 3: site 'b' is a row but not a column"),
        (",a,b\na,1,1\na,1,1\n", " 'a' was on row 2 already"),
        (",a,a\na,1,1\n", "column 'a' is in the header twice"),
        (",a,x\na,1,1\nx,1,1\n", "unknown site 'x' (known: a, b)"),
        ("from,to,p50_ms\na,b,inf\n", "row 2: p50_ms must be a finite number, got 'inf'"),
        ("from,to,p50_ms,p95_ms\na,b,5,4\n", "row 2: p95_ms must be >= p50_ms 5.0, got 4.0"),
        ("from,to,p50_ms\na,b,5\na,b,5\n", "row 3: from a to b was told on a row above already"),
        ("from,to,p50_ms\na,,5\n", "row 2: from and to must not be empty"),
        ("from,to,ms\na,b,5\n", "missing column p50_ms"),
        ("from,to,p50_ms\na,b,\n", "row 2: p50_ms must be a finite number, got ''"),
        ("", "empty latency matrix"),
    ],
)
def test_bad_matrices_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_matrix(write(tmp_path, text), (Site(name="a"), Site(name="b")))
    assert str(refused.value).startswith(str(tmp_path / "rtt.csv"))
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,lat,lon\na,91,0\n", "row 2: site a: latitude must be from -90 to 90, got 91.0"),
        ("name,lat,lon\na,5,\n", "row 2: site a: latitude and longitude come together or not at all"),
        ("name,tier\na,fog\n", "row 2: tier must be one of edge, cloud, got 'fog'"),
        ("name\na\na\n", "row 3: name 'a' was on row 2 already"),
        ("site\na\n", "missing column name or city"),
        ("idx,name\n0,a\n2,b\n", "idx must count the 2 sites from 0, each once"),
    ],
)
def test_bad_lists_of_sites_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_sites(write(tmp_path, text, "sites.csv"))
    assert problem in str(refused.value)


def make_cities(folder: Path, **arrays: npt.ArrayLike) -> Path:
    (folder / "sites.csv").write_text("idx,city,country,lat,lon\n1,b,Y,,\n0,a,X,1,2\n")
    good: dict[str, npt.ArrayLike] = {"avg": [[1, 10], [20, 1]], "max": [[1, 99], [25, 1]], "std": [[0, 4], [10, 0]]}
    np.savez(folder / "rtt_ms.npz", **{name: np.asarray(array) for name, array in (good | arrays).items()})  # type: ignore[arg-type]
    return folder


def test_pings_become_percentiles_bounded_by_the_maximum_and_twice_the_mean(tmp_path: Path) -> None:
    geography = read_cities(make_cities(tmp_path))
    assert geography.names == ("a", "b")
    assert geography.sites[0].latitude == 1.0
    assert geography.matrix.p50_ms.tolist() == [[1, 10], [20, 1]]
    # 10 + 1.645 · 4 = 16.58; 20 + 1.645 · 10 = 36.45, but the maximum was 25
    assert geography.matrix.p95_ms.round(2).tolist() == [[1, 16.58], [25, 1]]
    stalled = read_cities(make_cities(tmp_path, max=[[1, 30_000], [25, 1]], std=[[0, 1118], [10, 0]]))
    assert stalled.matrix.p95_ms[0, 1] == 20  # 2 · 10


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"avg": [[1, np.nan], [1, 1]]}, r"avg\[0, 1\] \(from a to b\) must be >= 0 and finite, got nan"),
        ({"std": [[1, 1], [-1, 1]]}, r"std\[1, 0\] \(from b to a\) must be >= 0 and finite, got -1"),
        ({"max": [[1, 1, 1], [1, 1, 1]]}, r"max must be 2 × 2 numbers for the 2 sites, got int64 of shape \(2, 3\)"),
        ({"avg": [["x", "y"], ["z", "w"]]}, "avg must be 2 × 2 numbers for the 2 sites, got <U1"),
    ],
)
def test_bad_pings_are_refused(tmp_path: Path, arrays: dict[str, npt.ArrayLike], problem: str) -> None:
    with pytest.raises(InputError, match=rf"rtt_ms\.npz: {problem}"):
        read_cities(make_cities(tmp_path, **arrays))


def test_a_missing_array_is_refused_with_those_there(tmp_path: Path) -> None:
    make_cities(tmp_path)
    np.savez(tmp_path / "rtt_ms.npz", avg=np.ones((2, 2)))
    with pytest.raises(InputError, match=r"rtt_ms\.npz: no array 'max', it has avg"):
        read_cities(tmp_path)


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.floats(0, 1e6), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_both_forms_read_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    names = [f"s{i}" for i in range(len(rows))]
    square = [",".join(["", *names])] + [",".join([n, *map(repr, row)]) for n, row in zip(names, rows, strict=True)]
    pairs = ["from,to,p50_ms"] + [f"{a},{b},{rows[i][j]!r}" for i, a in enumerate(names) for j, b in enumerate(names)]
    for lines in (square, pairs):
        geography = read_matrix(write(folder, "\n".join(lines)))
        assert geography.names == tuple(names)
        assert geography.matrix.p50_ms.tolist() == rows


@needs_data("rtt_222_cities")
def test_the_real_cities_have_their_known_shape() -> None:
    geography = read_cities(SHARED / "data" / "rtt_222_cities")
    assert len(geography.sites) == 222
    assert sum(site.latitude is None for site in geography.sites) == 4
    assert np.median(geography.matrix.p50_ms[~np.eye(222, dtype=bool)]) == pytest.approx(141.5, abs=1)
    assert (geography.matrix.p95_ms <= 2 * geography.matrix.p50_ms).all()
