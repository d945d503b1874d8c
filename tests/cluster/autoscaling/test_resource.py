"""The API server takes the definition of EdgeAutoscaler as it is shipped, fills in, refuses and explains."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.api import Api
from tests.cluster.autoscaling.scalers import autoscaler_manifest, cpu
from tests.cluster.control_plane import ControlPlane
from tests.cluster.errors import ApiError

pytestmark = pytest.mark.usefixtures("definition")


async def test_periods_are_three_minutes_out_and_five_in_unless_said(api: Api, namespace: str) -> None:
    asked = autoscaler_manifest("web", cpu(70))
    for direction in ("scaleOut", "scaleIn"):
        del asked["spec"][direction]
    (made,) = await api.create(asked, namespace=namespace)
    assert made["spec"]["scaleOut"]["periodSeconds"] == 180
    assert made["spec"]["scaleIn"] == {"periodSeconds": 300, "stabilizationWindowSeconds": 300, "selectPolicy": "Max"}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"minReplicas": 7, "maxReplicas": 6}, "minReplicas must not be more than maxReplicas"),
        ({"vertical": {"mode": "InPlace"}}, "mode InPlace or Recreate needs a container with maxAllowed"),
        ({"overEdge": {"maxReplicas": 3}}, "needs tiers, sites or clusters"),
        ({"metrics": [{"type": "Pods"}]}, "pods must be there with type Pods, and only then"),
        (
            {
                "vertical": {
                    "mode": "InPlace",
                    "containers": [{"name": "main", "minAllowed": {"cpu": "1"}, "maxAllowed": {"cpu": "900m"}}],
                }
            },
            "minAllowed.cpu must not be more than maxAllowed.cpu",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_specification_that_makes_no_sense_is_refused_in_words(
    api: Api, namespace: str, spec: dict[str, Any], says: str
) -> None:
    asked = autoscaler_manifest("web", cpu(70))
    with pytest.raises(ApiError) as refused:
        await api.create({**asked, "spec": {**asked["spec"], **spec}}, namespace=namespace)
    assert refused.value.status == 422
    assert says in json.loads(str(refused.value).split(" 422 ", 1)[1])["message"]


def test_kubectl_explains_a_field(control_plane: ControlPlane) -> None:
    control_plane.kubectl("get", "eas", "-A")  # has kubectl look anew at what there is, which explain does not
    words = " ".join(control_plane.kubectl("explain", "eas.spec.overEdge.dwellSeconds").split())
    assert "Home must have had room, or the load been low, for so long before replicas come home." in words


async def test_scaling_the_autoscaler_itself_sets_the_floor(
    control_plane: ControlPlane, api: Api, namespace: str
) -> None:
    await api.create(autoscaler_manifest("web", cpu(70)), namespace=namespace)
    control_plane.kubectl("-n", namespace, "scale", "eas/web", "--replicas=3")
    assert (await api.get("EdgeAutoscaler", "web", namespace=namespace))["spec"]["minReplicas"] == 3
