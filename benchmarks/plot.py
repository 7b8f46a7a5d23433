"""The figures as pictures, one for each of a page's themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from .frontier import least, within_share
from .report import LABELS
from .results import medians

THEMES = {
    "light": {"ink": "#1f2328", "grid": "#d0d7de", "ours": "#0a6ebd", "others": "#8c959f"},
    "dark": {"ink": "#e6edf3", "grid": "#3d444d", "ours": "#58a6ff", "others": "#7d8590"},
}
_PANELS = {
    "requests": "Requests per job",
    "cpu_ms": "CPU per job, ms",
    "lag_p95": "Lag at p95, s",
}
_SHARES = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3)


def draw(found: dict[str, Any], folder: Path) -> list[Path]:
    """Write every picture that there are figures for; gives their paths."""
    frontier = [(share, least(within_share(share))) for share in _SHARES]
    written = []
    for theme, colours in THEMES.items():
        style: Any = {
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "django-universal-ai",  # the same figures give the same file
            "font.family": "sans-serif",
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            **dict.fromkeys(
                ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor"),
                colours["ink"],
            ),
            "grid.color": colours["grid"],
        }
        with mpl.rc_context(style):
            if "burst" in found["scenarios"]:
                picture = _burst(found["scenarios"]["burst"], colours)
                written.append(_write(picture, folder / f"benchmarks-burst-{theme}.svg"))
            picture = _frontier(frontier, found["scenarios"].get("listless", {}), colours)
            written.append(_write(picture, folder / f"benchmarks-frontier-{theme}.svg"))
    return written


def _burst(found: dict[str, Any], colours: dict[str, str]) -> Figure:
    names = [name for name in LABELS if name in found and name != "usual+spread"][::-1]
    figures = {name: medians(found[name]["runs"]) for name in names}
    picture = Figure(figsize=(9, 0.5 + 0.42 * len(names)), layout="constrained")
    panels = picture.subplots(1, len(_PANELS), sharey=True)
    for axes, (key, title) in zip(panels, _PANELS.items(), strict=True):
        values = [figures[name].get(key, 0.0) for name in names]
        ours = [colours["ours" if name[0] in "pw" else "others"] for name in names]
        bars = axes.barh([LABELS[name] for name in names], values, color=ours, height=0.6)
        axes.bar_label(
            bars,
            [f"{figures[name][key]:.3g}" if key in figures[name] else "-" for name in names],
            padding=3,
            color=colours["ink"],
        )
        axes.set_title(title, fontsize=10)
        axes.margins(x=0.25)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(length=0)
    return picture


def _frontier(
    points: list[tuple[float, float]], found: dict[str, Any], colours: dict[str, str]
) -> Figure:
    picture = Figure(figsize=(7, 3.6), layout="constrained")
    axes = picture.subplots()
    axes.plot(*zip(*points, strict=True), color=colours["ink"], label="Least that is possible")
    if "polling" in found:
        figures = medians(found["polling"]["runs"])
        for phase, marker, label in (("cold", "o", "at first"), ("learned", "s", "learned")):
            at = figures[f"{phase}_share_p95"], figures[f"{phase}_requests"]
            axes.plot(*at, marker, color=colours["ours"], label=f"This app, {label}")
    if "fixed" in found:
        figures = medians(found["fixed"]["runs"])
        at = figures["share_p95"], figures["requests"]
        axes.plot(*at, "D", color=colours["others"], label="A look every 5 s")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["5 %", "10 %", "20 %", "50 %", "100 %", "200 %"])
    axes.set_yticks([2, 3, 4, 6, 10, 20, 40], ["2", "3", "4", "6", "10", "20", "40"])
    axes.minorticks_off()
    axes.grid(visible=True, linewidth=0.5)
    axes.set_xlabel("Lag at p95, as part of the job's duration")
    axes.set_ylabel("Requests per job")
    axes.legend(frameon=False)
    return picture


def _write(picture: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, format="svg", transparent=True, metadata={"Date": None})
    text = path.read_text()
    path.write_text("".join(f"{line.rstrip()}\n" for line in text.splitlines()))
    return path
