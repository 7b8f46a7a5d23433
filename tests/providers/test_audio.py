from __future__ import annotations

import wave
from pathlib import Path

import pytest

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers.audio import RATE, Sound, join

pytestmark = pytest.mark.usefixtures("pocketsphinx")


def test_any_rate_becomes_sixteen_thousand(speech: Path) -> None:
    with wave.open(str(speech)) as file:
        seconds = file.getnframes() / file.getframerate()
    sound = Sound(speech)
    assert sound.seconds == pytest.approx(seconds)
    assert sum(map(len, sound)) == pytest.approx(seconds * RATE * 2, rel=0.01)


def test_a_text_is_not_audio(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_text("I only look like audio.\n" * 100)
    with pytest.raises(ProviderError, match=r"^speech.wav is not audio that can be decoded: "):
        Sound(path)


def test_a_picture_holds_no_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        target.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        target.mux(stream.encode(None))
    with pytest.raises(ProviderError, match=r"^silent.mp4 holds no sound\.$"):
        Sound(path)


def test_damage_in_the_middle_is_skipped(speech: Path, tmp_path: Path) -> None:
    import av

    path = tmp_path / "speech.flac"
    with av.open(str(speech)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("flac", rate=RATE, layout="mono")
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    whole = sum(map(len, Sound(path)))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    assert 0 < sum(map(len, Sound(path))) <= whole


def test_a_head_without_a_body_is_damaged(speech: Path, tmp_path: Path) -> None:
    path = tmp_path / "head.wav"
    path.write_bytes(speech.read_bytes()[:44])
    with pytest.raises(ProviderError, match=r"^head.wav is damaged: no sound"):
        list(Sound(path))


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{speech}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{speech}'\n",
    ],
)
@pytest.mark.parametrize("suffix", [".m3u8", ".ffconcat", ".wav"])
def test_a_playlist_opens_no_other_file(
    speech: Path, tmp_path: Path, playlist: str, suffix: str
) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_text(playlist.format(speech=speech))
    with pytest.raises(ProviderError, match="is not audio"):
        Sound(path)


def test_blocks_lose_nothing() -> None:
    blocks = list(join([b"ab", b"", b"cdefg", b"h", b"i"], 3))
    assert blocks == [b"abc", b"def", b"ghi"]
    assert list(join([b"abcd"], 3)) == [b"abc", b"d"]
    assert list(join([], 3)) == []
