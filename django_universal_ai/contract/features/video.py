"""Features that watch or make videos."""

from __future__ import annotations

from typing import Any

from .base import Feature, FeatureInput, FeatureOutput, File, Listed, OptionalFile


class DeepfakeDetectionInput(FeatureInput):
    """A video that may be forged."""

    file: File


class FrameVerdict(FeatureOutput):
    """How forged one frame looks."""

    position: float
    score: float
    prediction: str


class DeepfakeDetectionOutput(FeatureOutput):
    """How forged the video looks, as a whole and by frame."""

    average_score: float
    prediction: str
    details_per_frame: Listed[FrameVerdict] = []


class GenerationInput(FeatureInput):
    """What the video is to show."""

    text: str
    file: OptionalFile = None
    """The image to start from, JPEG or PNG."""
    duration: int | None = None
    """Seconds."""
    dimension: str | None = None
    """Width and height in pixels, ``1280x720``."""
    seed: int | None = None


class GenerationOutput(FeatureOutput):
    """The video that was made."""

    video: str
    video_resource_url: str
    usage: dict[str, Any] | None = None


DEEPFAKE_DETECTION_ASYNC = Feature(
    "video/deepfake_detection_async", "async", DeepfakeDetectionInput, DeepfakeDetectionOutput
)
GENERATION_ASYNC = Feature("video/generation_async", "async", GenerationInput, GenerationOutput)
