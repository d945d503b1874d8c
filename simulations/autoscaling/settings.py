"""What a scenario of the kind `autoscaling` may say; the defaults are the published evaluation's."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulations.autoscaling.nasa_like import NasaLike


class Trace(BaseModel):
    """A part of a recorded load."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal["worldcup98", "nab", "azure-llm"]
    file: str = Field(min_length=1, description="a relative path is looked for in --data too")
    from_s: float = Field(0.0, ge=0)
    for_s: float | None = Field(None, gt=0, description="null: to the end")
    scale: float = Field(1.0, gt=0, description="one recorded request stands for so many")


class Settings(BaseModel):
    """The `settings:` of a scenario of this kind."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: Literal["builtin", "trace"] = Field("builtin", description="the generator that needs no data, or a trace")
    trace: Trace | None = Field(None, description="of the source trace")
    builtin: NasaLike = Field(NasaLike(), description="shape of the built-in load")
    days: float = Field(7.0, gt=0, le=60, description="of the built-in load")
    pod_rps: float = Field(10.0, gt=0, description="requests a second that a pod carries")
    start_s: float = Field(30.0, ge=0, le=3600, description="from asking for a pod to its first answer")
    loop_s: float = Field(15.0, ge=1, le=3600, description="how often a scaler decides")
    window_s: float = Field(60.0, ge=1, le=3600, description="the metric is the mean over this")
    scale_in_window_s: float = Field(300.0, ge=0, le=3600, description="stabilization of all scalers")
    own_target_pct: int = Field(100, ge=1, le=100, description="edgeward: what is wanted of what a pod carries")
    horizon_s: float | None = Field(None, gt=0, description="edgeward: how far its forecast looks; null: start + loop")
    deviations: float = Field(5.0, ge=0, le=20, description="edgeward: of the load's noise that it keeps free")
    out_period_s: float = Field(0.0, ge=0, description="edgeward: its scaleOut.periodSeconds")
    in_period_s: float = Field(0.0, ge=0, description="edgeward: its scaleIn.periodSeconds")

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.source == "trace") != (self.trace is not None):
            raise ValueError("source: trace and a trace (format, file) come together")
        return self
