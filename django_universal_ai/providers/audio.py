"""Decodes what people send to be heard into the one form that recognisers take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..exceptions import ProviderError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

#: Samples per second: mono, signed 16 bits, in this machine's byte order.
RATE = 16_000
#: Bytes of one second.
SECOND = 2 * RATE
#: Containers that FFmpeg may try. Its playlists (HLS, concat and others) are left out: they name
#: further files and addresses, which a stranger must not make this machine open.
FORMATS = (
    "aac,aiff,amr,asf,au,avi,caf,flac,flv,m4a,matroska,mov,mp3,mp4,mpeg,mpegts,ogg,w64,wav,webm,wv"
)


class Sound:
    """A sound or video file, decoded piece by piece while it is iterated."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises ``ProviderError`` when it isn't one or holds no sound."""
        import av

        self._name = path.name
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        try:
            self._container: InputContainer = av.open(str(path.absolute()), options=options)
        except av.FFmpegError as error:
            raise ProviderError(
                f"{path.name} is not audio that can be decoded: {error.strerror}."
            ) from None
        if not self._container.streams.audio:
            self._container.close()
            raise ProviderError(f"{path.name} holds no sound.")
        #: The length as the file states it; 0 when it doesn't.
        self.seconds = (self._container.duration or 0) / av.time_base

    def __iter__(self) -> Iterator[bytes]:
        """The samples, some at a time. Raises ``ProviderError`` when none could be decoded."""
        from av import AudioResampler

        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        silent = True
        with self._container:
            for frame in chain(self._frames(), [None]):
                for piece in resampler.resample(frame):
                    silent = False
                    yield bytes(piece.planes[0])[: 2 * piece.samples]
        if silent:
            raise ProviderError(f"{self._name} is damaged: no sound in it can be decoded.")

    def _frames(self) -> Iterator[AudioFrame]:
        """What can be decoded; a damaged packet is skipped, as players do."""
        import av

        for packet in self._container.demux(audio=0):
            with suppress(av.FFmpegError):
                yield from packet.decode()


def join(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of ``size``; the last one may be shorter."""
    rest = b""
    for piece in pieces:
        rest += piece
        while len(rest) >= size:
            yield rest[:size]
            rest = rest[size:]
    if rest:
        yield rest
