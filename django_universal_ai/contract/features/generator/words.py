"""Our words for what the service offers. Its own descriptions are its own."""

from __future__ import annotations

from .spec import FeatureSpec

CATEGORIES = {
    "audio": "Audio",
    "image": "Images",
    "ocr": "Documents",
    "text": "Text",
    "translation": "Translation",
    "video": "Video",
    "web": "Web",
}

#: Title and description.
FEATURES = {
    "audio/speech_to_text_async": (
        "Speech to text",
        "Writes down what is said in a recording, and by whom.",
    ),
    "audio/tts": ("Text to speech", "Reads a text aloud."),
    "image/ai_detection": ("AI image detection", "Judges whether an image was made by an AI."),
    "image/anonymization": ("Image anonymization", "Makes faces and plates unrecognisable."),
    "image/background_removal": ("Background removal", "Cuts the subject out of an image."),
    "image/deepfake_detection": ("Deepfake detection", "Judges whether an image is forged."),
    "image/explicit_content": ("Explicit content", "Finds what not everybody should see."),
    "image/face_compare": ("Face comparison", "Finds the face of one image in another one."),
    "image/face_detection": ("Face detection", "Finds faces and describes them."),
    "image/face_recognition": ("Face recognition", "Finds a face in a collection of known ones."),
    "image/generation": ("Image generation", "Makes an image from words."),
    "image/logo_detection": ("Logo detection", "Finds logos of brands."),
    "image/object_detection": ("Object detection", "Names the things in an image."),
    "ocr/financial_parser": ("Financial parser", "Reads invoices and receipts into fields."),
    "ocr/identity_parser": ("Identity parser", "Reads passports and identity cards into fields."),
    "ocr/ocr": ("OCR", "Reads the text of a document."),
    "ocr/ocr_async": ("OCR of long documents", "Reads a document of many pages, word by word."),
    "ocr/ocr_tables_async": ("Table OCR", "Reads the tables of a document, cell by cell."),
    "ocr/resume_parser": ("Resume parser", "Reads a resume into fields."),
    "text/ai_detection": ("AI text detection", "Judges whether a text was written by an AI."),
    "text/moderation": ("Text moderation", "Finds what is unwanted in a text."),
    "text/named_entity_recognition": ("Named entities", "Finds people, places and the like."),
    "text/plagia_detection": ("Plagiarism detection", "Finds where a text was taken from."),
    "text/spell_check": ("Spell check", "Finds mistakes and says how to correct them."),
    "text/topic_extraction": ("Topic extraction", "Says what a text is about."),
    "translation/automatic_translation": ("Translation", "Translates a text."),
    "translation/document_translation": (
        "Document translation",
        "Translates a document and keeps its form.",
    ),
    "video/deepfake_detection_async": ("Video deepfake detection", "Finds forged frames."),
    "video/generation_async": ("Video generation", "Makes a video from words."),
    "web/batch_scrape_async": ("Batch scraping", "Reads many web pages."),
    "web/crawl_async": ("Crawling", "Reads a web page and those that it links to."),
    "web/map": ("Site map", "Lists the pages of a web site."),
    "web/research_async": ("Web research", "Answers a question from the web, with its sources."),
    "web/scraping": ("Scraping", "Reads a web page."),
    "web/search": ("Web search", "Searches the web."),
    "web/structured_extraction_async": (
        "Structured extraction",
        "Takes data out of web pages, in a form that you give.",
    ),
}

#: Descriptions of fields, by subfeature and name; or by name alone, for inputs.
FIELDS = {
    "file": "Id of an uploaded file, or a URL.",
    "file1": "The face to look for: id of an uploaded image, or a URL.",
    "file2": "The image to look in: id of an uploaded image, or a URL.",
    "language": "ISO code, for example en.",
    "source_language": "ISO code of the text's language; found out when left out.",
    "target_language": "ISO code of the language to translate into.",
    "schema": "JSON schema that the output's data is to follow.",
    "audio/speech_to_text_async.profanity_filter": "Whether swear words become asterisks.",
    "audio/speech_to_text_async.speakers": "How many people speak.",
    "audio/speech_to_text_async.vocabulary": "Words to listen for.",
    "audio/speech_to_text_async.start_time": "Seconds from the start, written as text.",
    "audio/speech_to_text_async.end_time": "Seconds from the start, written as text.",
    "audio/speech_to_text_async.confidence": "0 to 1.",
    "audio/tts.audio_format": "For example mp3 or wav.",
    "audio/tts.speaking_pitch": "Percent; 0 is the voice's own.",
    "audio/tts.speaking_volume": "Percent; 0 is the voice's own.",
    "audio/tts.speed": "Factor; 1 is the voice's own.",
    "audio/tts.text": "What to say.",
    "audio/tts.voice": "The provider's name or id of a voice.",
    "image/face_recognition.collection_id": "The provider's collection of known faces.",
    "image/generation.mask": "The part to paint over: id of an uploaded image, or a URL.",
    "image/generation.num_images": "How many to make.",
    "image/generation.reference_images": "Images to start from: ids of uploads, or URLs.",
    "image/generation.resolution": "Width and height in pixels, 1024x1024.",
    "image/generation.text": "What the image is to show.",
    "ocr/financial_parser.document_type": "What kind of document it is; or auto-detect.",
    "text/plagia_detection.title": "Title of the text.",
    "video/generation_async.dimension": "Width and height in pixels, 1280x720.",
    "video/generation_async.duration": "Seconds.",
    "video/generation_async.file": "The image to start from: id of an upload, or a URL.",
    "video/generation_async.seed": "The same number, the same video.",
    "video/generation_async.text": "What the video is to show.",
    "web/research_async.prompt": "What to find out.",
    "web/search.max_results": "How many to find at most.",
    "web/structured_extraction_async.prompt": "What to take from the pages.",
}


def of_category(name: str) -> str:
    return CATEGORIES.get(name, name.capitalize())


def of_feature(feature: FeatureSpec) -> tuple[str, str]:
    """Title and description; both are made up of the name where there are no better words."""
    plain = feature.subfeature.replace("_", " ").capitalize()
    return FEATURES.get(feature.name, (plain, ""))


def of_field(feature: FeatureSpec, name: str, *, is_input: bool) -> str:
    """The description of a field, or nothing."""
    special = FIELDS.get(f"{feature.name}.{name}", "")
    return special or (FIELDS.get(name, "") if is_input else "")
