import pytest

from labkit.servers.plugin.path_patterns import PatternError, expanded


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("config/root", ["config/root"]),
        ("^config/root$", ["config/root"]),
        ("roles/?", ["roles"]),
        ("roles/?$", ["roles"]),
        (r"roles/(?P<name>\w(([\w-.@]+)?\w)?)", ["roles/{name}"]),
        (r"(creds|sts)/(?P<name>\w+)", ["creds/{name}", "sts/{name}"]),
        (r"(?:creds|sts)/(?P<name>\w+)", ["creds/{name}", "sts/{name}"]),
        (r"a/(?P<b>[)(]+)/c", ["a/{b}/c"]),
        (r"a/(?P<b>\)+)", ["a/{b}"]),
        ("a(/b)?", ["a/b", "a"]),
        ("a/?b", ["a/b", "ab"]),
        ("crl(/pem|/delta(/pem)?)?", ["crl/pem", "crl/delta/pem", "crl/delta", "crl"]),
        (r"a\-b", ["a-b"]),
    ],
)
def test_a_pattern_gives_the_paths_of_openapi(pattern: str, paths: list[str]) -> None:
    assert sorted(expanded(pattern)) == sorted(paths)


@pytest.mark.parametrize("pattern", [".*", "a+", "[ab]", "a)", "(a", "(?P<a>b", "a{2}", r"\w"])
def test_a_pattern_that_openapi_cannot_express_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        expanded(pattern)
