"""What the service doesn't tell of its fields, and what we call them."""

from __future__ import annotations

#: Subfeatures whose parts are there when the service says so. Elsewhere "required" has turned out
#: to promise the name of a field and not its value: below the first level it may be null.
FIRM = frozenset(
    {
        "audio/speech_to_text_async",
        "ocr/ocr",
        "ocr/ocr_async",
        "ocr/ocr_tables_async",
        "text/moderation",
        "video/deepfake_detection_async",
        "web/batch_scrape_async",
        "web/crawl_async",
        "web/map",
        "web/research_async",
        "web/scraping",
        "web/search",
        "web/structured_extraction_async",
    }
)

#: More that an input has to be, as arguments of pydantic's ``Field``.
LIMITS = {
    "audio/tts.speaking_pitch": {"ge": -100, "le": 100},
    "audio/tts.speaking_volume": {"ge": -100, "le": 100},
}

#: Who does it in this process: the providers of the package, for their model strings.
OFFLINE = {
    "audio/speech_to_text_async": ("pocketsphinx",),
    "audio/tts": ("espeak-ng",),
    "ocr/ocr": ("rapidocr",),
    "ocr/ocr_async": ("rapidocr",),
    "text/moderation": ("better-profanity",),
}

#: Inputs with a rule over several fields: their base, from :mod:`..overrides`.
BASES = {"image/generation": "MaskedInput"}

#: Fields whose names pydantic needs for itself.
ATTRIBUTES = {"schema": "json_schema"}

#: Classes by the names of their fields, in alphabetical order.
SHAPES = {
    "confidence value": "Reading",
    "height left top width": "BoundingBox",
    "name type": "NamedItem",
    "x y": "Point",
    "x_max x_min y_max y_min": "Rectangle",
}

#: Classes by subfeature and field, where the field's name would be a bad one for them.
CLASSES = {
    "ocr/ocr.bounding_boxes": "TextBox",
    "ocr/ocr_tables_async.pages": "TablesPage",
    "ocr/resume_parser.address": "Location",
    "video/deepfake_detection_async.details_per_frame": "FrameVerdict",
    "web/batch_scrape_async.pages": "WebPage",
    "web/crawl_async.pages": "WebPage",
}

#: Names that say nothing without the name of what they are a part of.
VAGUE = frozenset({"Entry", "Item"})
