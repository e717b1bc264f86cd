"""Numbers in prose: what a run measured stands in outputs; the prose has parameters and limits."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
WORDS = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"an": "1", "a": "1", "fifteen": "15", "twenty": "20", "thirty": "30", "eighty": "80"}
UNIT = r"(?:milli)?seconds?|minutes?|hours?|days?|ms|%|percent|lines"
MEASURE = re.compile(
    rf"\b(\d[\d,.]*|half an?|some|{'|'.join(WORDS)})(?: and a half)?[ -]({UNIT})(?!\w)", re.I
)
DECIMAL = re.compile(r"\b\d+\.\d+\b")

# Measures that are no parameter in the code of their notebook, and why they may stand there.
ALLOWED = {
    ("00", "32 days"): "Vault's default lease, as its documentation says",
    ("03", "five minutes"): "the engine's limit for its write-ahead log (WAL_MIN_AGE)",
    ("03", "some minutes"): "follows from the limit for the write-ahead log",
    ("04", "768 hours"): "Vault's default lease, as its documentation says",
    ("05", "some seconds"): "AWS documents eventual consistency without a number",
    ("06", "768 hours"): "Vault's default lease, as its documentation says",
    ("06", "32 days"): "the same in days",
    ("07", "some seconds"): "AWS documents eventual consistency without a number",
    ("09", "some seconds"): "the scene of the story",
    ("10", "900 seconds"): "the shortest session, as the STS API reference says",
    ("12", "ten minutes"): "botocore's and the SDKs' mandatory refresh, in their documentation",
    ("13", "five minutes"): "when the JavaScript SDK asks again, in its source",
    ("14", "some seconds"): "no number",
    ("14", "five minutes"): "how long the engine takes an unknown user for a new one",
    ("15", "90 seconds"): "Vault's default_max_request_duration",
    ("15", "1.39"): "5,000 users in 3,600 s, both in the code",
    ("16", "five minutes"): "a rule of the game",
}
DURATION = re.compile(r"(?:It t|T)akes (?:about|some|a few|\d)[^.]*\.")


def prose(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return " ".join(re.sub(r"`[^`]*`|\]\([^)]*\)", "", text).split())


def code(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def unaccounted(text: str, source: str) -> set[str]:
    """Return the measures of a text whose number is not in the source."""
    known = set(re.findall(r"\d+", source.replace("_", "")))
    found = {
        " ".join(match.group().split()).lower()
        for match in MEASURE.finditer(text)
        if WORDS.get(match.group(1).lower(), match.group(1)) not in known
    }
    return found | {one for one in DECIMAL.findall(text) if one not in source}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_measure_in_prose_is_a_parameter_in_the_code_or_a_known_limit(path: Path) -> None:
    number = path.stem[:2]
    allowed = {measure for notebook, measure in ALLOWED if notebook == number}

    assert unaccounted(prose(path), code(path)) == allowed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_does_not_say_how_long_it_took(path: Path) -> None:
    assert DURATION.search(prose(path)) is None


def test_the_readme_states_no_measured_time() -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    sentences = "\n".join(
        line for line in text.splitlines() if not line.startswith(("    ", "| ["))
    )

    assert unaccounted(sentences, "Python 3.11") == set()


def test_a_measured_number_would_be_found() -> None:
    assert unaccounted("It took 30.4 ms and twelve seconds", "lease=6s") == {
        "30.4",
        "30.4 ms",
        "twelve seconds",
    }
    assert unaccounted("after six seconds", "lease=6s") == set()
