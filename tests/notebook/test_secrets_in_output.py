"""Every read of the command line, in every format: no secret is shown, and each is there to use."""

import json
from collections.abc import Iterator

import pytest

from labkit import Lab
from labkit.notebook.magic import Options, run
from labkit.redact.secret_fields import texts

pytestmark = pytest.mark.integration

KV = {
    "username": "pw1",
    "pin": "4711",
    "long": "correct horse battery staple",
    "q": 'a"<b>\n--c  d',
}
LINES = "first line\nsecond  line\nthird: line"
AS_ROOT = Options(client="root", fails=False, rest="")
FORMATS = ("table", "json", "yaml")

# A command, and where its JSON holds secrets: paths below the top, or "*" for all below.
READS = {
    "read aws/creds/my-ec2-role": ["data.secret_key"],
    "read aws/creds/session": ["data.secret_key", "data.security_token"],
    "write -f auth/approle/role/aws-app/secret-id": ["data.secret_id"],
    "write -f -wrap-ttl=60 auth/approle/role/aws-app/secret-id": ["wrap_info.token"],
    "token create -policy=default": ["auth.client_token"],
    "token create -policy=default -type=batch": ["auth.client_token"],
    "write auth/token/create policies=default": ["auth.client_token"],
    "token lookup": ["data.id"],
    "read auth/token/lookup-self": ["data.id"],
    "read kv1/plain": ["data.*"],
    "kv get kv1/plain": ["data.*"],
    "kv get -mount=kv2 plain": ["data.data.*"],
    "kv get kv2/plain": ["data.data.*"],
    "read kv2/data/plain": ["data.data.*"],
    "read cubbyhole/plain": ["data.*"],
    "read totp/code/clock": ["data.code"],
    "write totp/keys/other generate=true issuer=a account_name=b": ["data.url", "data.barcode"],
    "read transit/export/encryption-key/open": ["data.keys.*"],
    "write transit/datakey/plaintext/open bits=256": ["data.plaintext"],
    "write -f sys/tools/random/32": ["data.random_bytes"],
    "write ssh/creds/otp ip=127.0.0.1": ["data.key"],
    "write pki/root/generate/exported common_name=x": ["data.private_key"],
    "unwrap $wrapped": ["data.*"],
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        root = running.root
        for path, kind, options in [
            ("kv1", "kv", {"version": "1"}),
            ("kv2", "kv", {"version": "2"}),
            ("totp", "totp", None),
            ("transit", "transit", None),
            ("ssh", "ssh", None),
            ("pki", "pki", None),
        ]:
            root.sys.enable_secrets_engine(kind, path=path, options=options)
        values = KV | {"lines": LINES}
        for path in ("kv1/plain", "cubbyhole/plain"):
            root.write_data(path, data=values)
        root.write_data("kv2/data/plain", data={"data": values})
        clock = {"generate": True, "issuer": "a", "account_name": "b"}
        root.write_data("totp/keys/clock", data=clock)
        root.write_data("transit/keys/open", data={"exportable": True})
        otp = {"key_type": "otp", "default_user": "u", "cidr_list": "127.0.0.0/8"}
        root.write_data("ssh/roles/otp", data=otp)
        root.write_data("aws/roles/session", data={"credential_type": "session_token"})
        yield running


@pytest.fixture(autouse=True)
def here(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.notebook.current_lab._current", [lab])


def names(lab: Lab) -> dict[str, object]:
    pair = lab.root.write_data("sys/wrapping/wrap", data=KV, wrap_ttl="60s")
    return {"root": lab.root, "wrapped": pair["wrap_info"]["token"]}


def with_option(command: str, option: str) -> str:
    """Put an option behind the subcommands: the command line takes none behind a path."""
    words = command.split()
    place = 2 if words[0] in {"kv", "token"} else 1
    return " ".join(["vault", *words[:place], option, *words[place:]])


def secrets_at(tree: dict[str, object], path: str) -> list[str]:
    found: object = tree
    for part in path.split("."):
        if part != "*":
            assert isinstance(found, dict)
            found = found[part]
    return [text for text in texts(found) if text]


@pytest.mark.parametrize("command", READS)
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_shows_a_secret(lab: Lab, command: str, form: str) -> None:
    output = run(with_option(command, f"-format={form}"), AS_ROOT, names(lab))
    if form == "json":
        tree = json.loads(str(output))
        for path in READS[command]:
            secrets = secrets_at(tree, path)
            assert secrets, path
            for secret in secrets:
                assert secret not in repr(output)
                assert json.dumps(secret)[1:-1] not in repr(output)
        assert json.loads(repr(output)).keys() == tree.keys()
    for line in (*KV.values(), *LINES.splitlines()):
        if "kv" in command or "cubbyhole" in command or "unwrap" in command:
            assert line not in repr(output)
    assert "(hidden)" in repr(output)


@pytest.mark.parametrize("command", READS)
def test_no_field_that_is_secret_is_shown(lab: Lab, command: str) -> None:
    for path in READS[command]:
        part, _, field = path.rpartition(".")
        wanted = [*KV, "lines"] if field == "*" and "keys" not in part else [field]
        if "unwrap" in command:
            wanted = list(KV)
        if command.startswith("read kv2/"):
            wanted = ["data"]  # `read` takes no field below the answer's own data
        shown_as = {"client_token": "token", "token": "wrapping_token"}
        for name in wanted:
            name = "keys" if name == "*" else shown_as.get(name, name)  # noqa: PLW2901 - the CLI's
            script = with_option(command, f"-field={name}")
            output = run(script, AS_ROOT, names(lab))
            assert str(output), script
            assert repr(output).splitlines()[-1] == "(hidden)", script


@pytest.mark.parametrize(
    "script",
    [
        'secret=$(vault kv get -field=long kv2/plain); echo "it is: $secret!"',
        "vault kv get -format=json kv2/plain | tr ',' '\\n'",
        "vault kv get -format=json kv2/plain >&2",
        "vault kv get -field=pin kv2/plain; vault kv get -field=username kv1/plain",
        "VAULT_FORMAT=json vault kv get kv2/plain",
        "BAO_FORMAT=yaml bao kv get kv2/plain",
        "vault print token",
        "vault operator generate-root -generate-otp",
        'echo "$VAULT_TOKEN"; env',
        "token=$(vault token create -field token); VAULT_TOKEN=$token vault print token",
    ],
)
def test_scripts_show_no_secret(lab: Lab, script: str) -> None:
    output = run(script, AS_ROOT, names(lab))

    for secret in ("correct horse", "4711", lab.endpoints.root_token):
        assert secret not in repr(output)
    assert "(hidden)" in repr(output)


def test_value_is_hidden_after_it_was_seen_once(lab: Lab) -> None:
    run("vault kv get kv2/plain", AS_ROOT, names(lab))

    output = run("echo 'remember: correct horse battery staple'", AS_ROOT, {"root": lab.root})

    assert repr(output) == "remember: (hidden)"


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("read auth/approle/role/aws-app/role-id", "role_id"),
        ("policy read aws-dynamic-read", 'capabilities = ["read"]'),
        ("secrets list", "aws/"),
        ("kv metadata get kv2/plain", "created_time"),
        ("kv list kv1", "plain"),
        ("kv put kv1/other a=b", "Success! Data written to: kv1/other"),
        ("read aws/roles/my-ec2-role", "credential_type"),
        ("read aws/config/root", "iam_endpoint"),
        ("status", "Initialized"),
        ("token lookup", "display_name"),
    ],
)
def test_what_is_no_secret_is_shown(lab: Lab, command: str, kept: str) -> None:
    output = run(f"vault {command}", AS_ROOT, {"root": lab.root})

    assert kept in repr(output)
    if "token" not in command:
        assert "(hidden)" not in repr(output)
