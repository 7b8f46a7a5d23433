"""A job whose result has a type: ``TypedJob[OcrAsyncOutput]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..contract.features.base import FeatureOutput
from .job import UniversalAIJob

#: What ``result`` is.
Output = TypeVar("Output", bound=FeatureOutput | dict[str, Any], covariant=True)

if TYPE_CHECKING:

    class TypedJob(UniversalAIJob, Generic[Output]):
        """A job of which type checkers know the output.

        ``submit`` gives one where the model string is written into the code and known; receivers
        may ask for one: ``def keep(job: TypedJob[OcrAsyncOutput], **kwargs)``. Every job is one.
        """

        class Meta:
            proxy = True

        @property
        def result(self) -> Output | None: ...

else:
    TypedJob = UniversalAIJob
