import base64
import hashlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.servers.aws_engine.credentials.usernames import DEFAULT_TEMPLATE
from labkit.servers.aws_engine.username_template.template import TemplateError, render
from labkit.servers.aws_engine.username_template.template_tokens import TemplateSyntaxError

FIELDS = {"Type": "IAM", "DisplayName": "token-web", "PolicyName": "test"}
NOW = 1_700_000_000.123456  # 2023-11-14 22:13:20 UTC, a Tuesday
FEW = settings(max_examples=60, deadline=None)
PIECES = ["{{", "}}", "{{-", "-}}", "if", "else", "end", "eq", "printf", '"%s"', '"', "`", ".Type"]
PIECES += [
    "|",
    "(",
    ")",
    "truncate",
    "32",
    "-1",
    "random",
    " ",
    "\n",
    "x",
    "/*",
    "*/",
    "range",
    ".",
]


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("{{.DisplayName}}", "token-web"),
        ("{{ .Type }}-{{ .PolicyName }}", "IAM-test"),
        ('{{ "a\\t\\"b" }}{{ `raw\\t` }}{{ 12 }}{{ -3 }}{{ true }}', 'a\t"braw\\t12-3true'),
        ("a {{- .Type -}} b", "aIAMb"),
        ("a{{/* not seen */}}b{{- /* nor this */ -}} c", "abc"),
        ('{{ "}}" }}', "}}"),
        ('{{ if eq .Type "IAM" }}yes{{ else }}no{{ end }}', "yes"),
        ('{{ if ne .Type "IAM" }}yes{{ else }}no{{ end }}', "no"),
        ('{{ if eq .Type "STS" "IAM" }}one of them{{ end }}', "one of them"),
        ('{{ if eq .Type "a" }}a{{ else if eq .Type "IAM" }}b{{ else }}c{{ end }}', "b"),
        ('{{ if "" }}a{{ else if 0 }}b{{ else if false }}c{{ else }}d{{ end }}', "d"),
        ('{{ if .Type }}{{ if "" }}x{{ end }}in{{ end }}out', "inout"),
        ('{{ if and .Type (not "") }}both{{ end }}', "both"),
        ('{{ or "" .Type }}{{ and "" .Type }}', "IAM"),
        ("{{ if lt 1 2 }}a{{ end }}{{ if ge 1 2 }}b{{ end }}{{ if gt 3 2 }}c{{ end }}", "ac"),
        ("{{ len .Type }}", "3"),
        (
            '{{ printf "%s-%d|%5s|%-5s|%05d|%v|%q|%x|%%" "a" 3 "b" "c" 42 true "q" "hi" }}',
            'a-3|    b|c    |00042|true|"q"|6869|%',
        ),
        ('{{ printf "%d %s" "a" }}', "%!d(string=a) %!s(MISSING)"),
        ('{{ printf "x" 1 }}', "x%!(EXTRA int=1)"),
        ('{{ printf "%.2s" "abc" }}', "ab"),
        ("{{ .DisplayName | truncate 3 | uppercase }}", "TOK"),
        (
            '{{ truncate 3 "\u00e4\u00f6" }}|{{ truncate 4 "\u00e4\u00f6" }}',
            "\u00e4\ufffd|\u00e4\u00f6",
        ),
        ('{{ len "\u00e4" }}', "2"),
        ("{{ slice .DisplayName 6 }}|{{ slice .DisplayName 1 3 }}|{{ slice .Type }}", "web|ok|IAM"),
        ("{{ index .Type 0 }}", "73"),
        ('{{ print "a" 1 2 "b" }}|{{ print 1 2 true }}|{{ print }}', "a1 2b|1 2 true|"),
        ('{{ println "a" 1 2 "b" }}', "a 1 2 b\n"),
        ("""{{ html "<a b='c'>&" }}""", "&lt;a b=&#39;c&#39;&gt;&amp;"),
        ("""{{ js "it's <b>=" }}""", r"it\'s \u003Cb\u003E\u003D"),
        ('{{ urlquery "a b" "&/" }}', "a+b%26%2F"),
        (
            "{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ -0x10 }}",
            "31 3 15 15 1000 -16",
        ),
        (r"{{ 'a' }} {{ '\n' }} {{ '\'' }}", "97 10 39"),
        ("{{ (.DisplayName) | truncate 99 }}", "token-web"),
        ('{{ lowercase "ABC" }}{{ uppercase "abc" }}', "abcABC"),
        ('{{ .DisplayName | replace "-" "_" }}', "token_web"),
        ("{{ sha256 .Type }}", hashlib.sha256(b"IAM").hexdigest()),
        ("{{ base64 .Type }}", base64.b64encode(b"IAM").decode()),
        ('{{ "SUFN" | decode_base64 }}', "IAM"),
        ('{{ hex "IAM" }}{{ "49414d" | decode_hex }}', "49414dIAM"),
        ("{{ unix_time }} {{ unix_time_millis }}", "1700000000 1700000000123"),
        ('{{ if glob "token-*" .DisplayName }}a{{ end }}{{ glob "x*" "y" }}', "afalse"),
        ('{{ timestamp "2006-01-02T15:04:05Z07:00" }}', "2023-11-14T22:13:20Z"),
        ('{{ timestamp "Mon Jan _2 3:04PM 06 MST .000" }}', "Tue Nov 14 10:13PM 23 UTC .123"),
        (
            '{{ timestamp "Monday, January 2, 1/2 03 pm -0700" }}',
            "Tuesday, November 14, 11/14 10 pm +0000",
        ),
    ],
)
def test_a_template_is_rendered_as_go_does(template: str, rendered: str) -> None:
    assert render(template, FIELDS, NOW) == rendered


def test_truncate_sha256_keeps_what_is_cut_off_apart() -> None:
    long = "a" * 20 + "b" * 20
    cut = render(f'{{{{ "{long}" | truncate_sha256 20 }}}}', FIELDS, NOW)

    assert cut == "a" * 12 + hashlib.sha256(b"a" * 8 + b"b" * 20).hexdigest()[:8]
    assert render('{{ "short" | truncate_sha256 20 }}', FIELDS, NOW) == "short"


def test_a_timestamp_is_in_the_zone_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XYZ-5:30")
    time.tzset()
    try:
        layout = "2006-01-02 15:04 MST Z07:00 -0700 -07 .999"
        shown = render(f'{{{{ timestamp "{layout}" }}}}', FIELDS, NOW)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert shown == "2023-11-15 03:43 XYZ +05:30 +0530 +05 .123"


def test_random_and_uuid_differ_each_time() -> None:
    template = "{{ random 20 }} {{ uuid }}"
    first, second = render(template, FIELDS, NOW), render(template, FIELDS, NOW)

    assert re.fullmatch(r"\w{20} [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first)
    assert first != second


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{", "unclosed action"),
        ('{{ "open }}', "unclosed action"),
        ("{{ }}", "missing value for command"),
        ("{{ .Type | }}", "missing value for command"),
        ("{{ nothing }}", 'function "nothing" not defined'),
        ('{{ .Type "x" }}', "can't give argument to non-function"),
        ("{{ .Type | .Type }}", "can't give argument to non-function"),
        ("{{ (.Type }}", "unclosed left paren"),
        ("{{ .Type) }}", "unexpected ) in action"),
        ("{{ end }}", "unexpected {{end}}"),
        ("{{ if .Type }}", "if without end"),
        ("{{ if .Type }}{{ else }}{{ else }}{{ end }}", "unexpected {{else}} in if"),
        ("{{ if }}{{ end }}", "missing value for command"),
        ("{{ 09 }}", "bad number syntax: 09"),
        ("{{ 1.5 }}", "unexpected '1' in action"),
        ("{{ 'ab' }}", "malformed character constant: 'ab'"),
        ("{{ $x }}", "unexpected '$' in action"),
        ("{{ .A.B }}", "unexpected '.' in action"),
        ("{{ range .Type }}{{ end }}", "range is not supported by this lab's engine"),
        ('{{ "\\q" }}', 'bad string: "\\q"'),
        ("{{ 1234567890123456789012 }}", "integer overflow: 123456789012345678..."),
        ("{{ " + "(" * 60 + "1" + ")" * 60 + " }}", "more than 50 levels in each other"),
        ("{{ 1 " + "| not " * 60 + " }}", "more than 50 levels in each other"),
        ("{{ if 1 }}" * 60 + "{{ end }}" * 60, "more than 50 levels in each other"),
    ],
)
def test_what_is_no_template_is_said(template: str, reason: str) -> None:
    with pytest.raises(TemplateSyntaxError) as refused:
        render(template, FIELDS, NOW)

    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ .Nobody }}", "can't evaluate field Nobody"),
        ("{{ truncate 0 .Type }}", "error calling truncate: max length must be > 0 but was 0"),
        (
            "{{ truncate_sha256 8 .Type }}",
            "error calling truncate_sha256: max length must be > 8 but was 8",
        ),
        (
            "{{ truncate .Type 3 }}",
            "error calling truncate: wrong type: expected int; got string",
        ),
        ("{{ uppercase }}", "error calling uppercase: wrong number of args: want 1 got 0"),
        (
            "{{ random -1 }}",
            "error calling random: length must be from 0 to 100000 but was -1",
        ),
        ('{{ eq 1 "1" }}', "error calling eq: incompatible types for comparison"),
        ("{{ eq 1 }}", "error calling eq: wrong number of args: got 1"),
        ("{{ not 1 2 }}", "error calling not: wrong number of args: got 2"),
        ("{{ printf 1 }}", "error calling printf: wrong type: expected string; got int"),
        (
            '{{ printf "%9999d" 1 }}',
            "error calling printf: printf: a width of 9999 is more than 1000",
        ),
        ("{{ index .Type 3 }}", "error calling index: index out of range: 3"),
        ("{{ slice .Type 2 1 }}", "error calling slice: invalid slice index: 2 > 1"),
        ("{{ slice .Type 0 1 2 }}", "error calling slice: cannot 3-index slice a string"),
        ("{{ len 1 }}", "error calling len: len of type int"),
        ('{{ decode_base64 "!" }}', "error calling decode_base64: illegal base64 data"),
        ('{{ decode_hex "x" }}', "error calling decode_hex: illegal hex data"),
    ],
)
def test_what_cannot_be_rendered_is_said(template: str, reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        render(template, FIELDS, NOW)

    assert str(refused.value) == reason


@FEW
@given(st.text(alphabet=st.characters(exclude_characters="{")))
def test_text_without_actions_is_itself(text: str) -> None:
    assert render(text, FIELDS, NOW) == text


@FEW
@given(st.text(), st.integers(1, 100))
def test_truncate_cuts_and_nothing_else(text: str, limit: int) -> None:
    rendered = render(f"{{{{ .Type | truncate {limit} }}}}", {"Type": text}, NOW)

    assert rendered == text.encode()[:limit].decode(errors="replace")


@FEW
@given(st.text(max_size=60), st.text(max_size=60))
def test_default_template_fits_whoever_asks(display_name: str, role_name: str) -> None:
    fields = {"Type": "IAM", "DisplayName": display_name, "PolicyName": role_name}

    assert len(render(DEFAULT_TEMPLATE, fields, NOW)) <= 64


@FEW
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text())
def test_no_template_does_anything_but_render_or_say_why_not(template: str) -> None:
    try:
        assert isinstance(render(template, FIELDS, NOW), str)
    except (TemplateError, TemplateSyntaxError) as refused:
        assert str(refused)  # noqa: PT017 - either is fine, and nothing else
