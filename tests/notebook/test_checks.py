"""An exercise is done when its effect is there, whatever way led to it, and not before."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from labkit import Lab
from labkit.notebook.verdicts import Verdict

pytestmark = pytest.mark.integration

Act = Callable[[Lab], object]
WRONG_SECRET = "wrong" * 8


@dataclass(frozen=True)
class Exercise:
    """A check, what its notebook does before, and what a learner may do.

    Args:
        check: name of a method of `Checks`.
        solutions: each is enough.
        wrong: none of them is, nor all of them after each other.
        body: what the notebook itself did before the exercise.
    """

    check: str
    solutions: tuple[Act, ...]
    wrong: tuple[Act, ...]
    body: Act = lambda _: None


def write(path: str, **data: object) -> Act:
    return lambda lab: lab.root.write_data(path, data=data)


def role(name: str, *actions: str) -> Act:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return write(f"aws/roles/{name}", credential_type="iam_user", policy_document=document)


def enable(path: str, type_: str = "aws") -> Act:
    return write(f"sys/mounts/{path}", type=type_)


def then(*acts: Act) -> Act:
    return lambda lab: [act(lab) for act in acts]


def issue(count: int, role_name: str = "my-ec2-role") -> Act:
    return lambda lab: [lab.issue(role_name) for _ in range(count)]


def read_creds(count: int) -> Act:
    return lambda lab: [lab.root.read("aws/creds/my-ec2-role") for _ in range(count)]


def renew(*increments: int) -> Act:
    def renewed(lab: Lab) -> None:
        _, lease = lab.issue()
        for increment in increments:
            lab.renew(lease, increment=increment)

    return renewed


def renew_as_somebody_else(lab: Lab) -> None:
    answer = lab.root.read("aws/creds/my-ec2-role")
    lab.root.sys.renew_lease(answer["lease_id"], increment=9 * 3600)


rotate = write("aws/config/rotate-root")


def new_root_key(lab: Lab) -> tuple[str, str]:
    key = lab.aws().client("iam").create_access_key(UserName="vault-root")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def rotate_by_hand(lab: Lab) -> None:
    old = lab.vault.read("aws/config/root")["data"]["access_key"]
    access_key, secret_key = new_root_key(lab)
    write("aws/config/root", access_key=access_key, secret_key=secret_key)(lab)
    lab.aws().client("iam").delete_access_key(UserName="vault-root", AccessKeyId=old)


def keep_the_old_key(lab: Lab) -> None:
    access_key, secret_key = new_root_key(lab)
    write("aws/config/root", access_key=access_key, secret_key=secret_key)(lab)


def repair_root_key(lab: Lab) -> None:
    iam = lab.aws().client("iam")
    for key in iam.list_access_keys(UserName="vault-root")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="vault-root", AccessKeyId=key["AccessKeyId"])
    keep_the_old_key(lab)


def delete_other_root_keys(lab: Lab) -> None:
    now = lab.vault.read("aws/config/root")["data"]["access_key"]
    iam = lab.aws().client("iam")
    for key in iam.list_access_keys(UserName="vault-root")["AccessKeyMetadata"]:
        if key["AccessKeyId"] != now:
            iam.delete_access_key(UserName="vault-root", AccessKeyId=key["AccessKeyId"])


def users_by_hand(lab: Lab) -> None:
    for number in range(4):
        lab.aws().client("iam").create_user(UserName=f"my-ec2-role-{number}")


def no_users_by_hand(lab: Lab) -> None:
    for number in range(4):
        lab.aws().client("iam").delete_user(UserName=f"my-ec2-role-{number}")


def revoke_each(lab: Lab) -> None:
    for _, lease in [lab.issue() for _ in range(5)]:
        lab.revoke(lease)


def revoke_all(lab: Lab) -> None:
    write("sys/leases/revoke-prefix/aws/creds/my-ec2-role", sync=True)(lab)


def issue_to_a_token_and_revoke_it(lab: Lab) -> None:
    application = lab.application()
    issued = [lab.issue(vault=application)[1] for _ in range(5)]
    application.auth.token.revoke_self()
    for lease in issued:
        lab.wait_for_expiry(lease)


def approle(**fields: object) -> Act:
    return write("auth/approle/role/aws-app", **fields)


def use_the_key_pair_named_lab(lab: Lab) -> None:
    """Leave a key pair behind, so that creating it again fails for another reason than the role."""
    role("own", "ec2:*")(lab)
    credentials, _ = lab.issue("own")
    lab.aws(credentials).client("ec2").create_key_pair(KeyName="lab")


TWO_HOURS = write("aws/config/lease", lease="1h", lease_max="2h")
EXERCISES = (
    Exercise(
        "second_mount",
        (enable("aws-dev"), lambda lab: lab.vault.sys.enable_secrets_engine("aws", path="x/y")),
        (enable("aws-kv", "kv"), write("sys/auth/aws-dev", type="approle")),
        body=enable("aws-2"),
    ),
    Exercise(
        "root_key_rotated",
        (rotate, rotate_by_hand),
        (
            keep_the_old_key,
            then(delete_other_root_keys, write("aws/config/root", secret_key=WRONG_SECRET)),
            write("aws/config/root", access_key="AKIAIOSFODNN7EXAMPLE", secret_key=WRONG_SECRET),
        ),
        body=rotate,
    ),
    Exercise(
        "s3_role",
        (role("s3-reader", "s3:ListAllMyBuckets"), role("s3-reader", "s3:*", "sts:*")),
        (role("s3-reader", "ec2:*"), role("s3-reader", "s3:*", "ec2:Describe*")),
    ),
    Exercise(
        "leases_and_users_agree",
        (issue(1), read_creds(2)),
        (then(role("other", "ec2:*"), issue(1, "other")), users_by_hand),
        body=issue(3),
    ),
    Exercise(
        "read_only_role",
        (role("ec2-reader", "ec2:DescribeInstances"), role("ec2-reader", "ec2:Describe*", "s3:*")),
        (
            role("ec2-reader", "s3:*"),
            then(use_the_key_pair_named_lab, role("ec2-reader", "ec2:*")),
        ),
    ),
    Exercise(
        "at_the_ceiling",
        (renew(9 * 3600), renew_as_somebody_else),
        (renew(60), renew(60, 9 * 3600)),
        body=then(TWO_HOURS, renew(5400, 9 * 3600, 9 * 3600)),
    ),
    Exercise(
        "nothing_left",
        (then(issue(5), revoke_all), issue_to_a_token_and_revoke_it),
        (revoke_each, then(issue(2), revoke_all), then(revoke_each, users_by_hand)),
        body=then(TWO_HOURS, issue(12), revoke_all, renew(60), revoke_all),
    ),
    Exercise(
        "secret_id_works_once",
        (
            approle(secret_id_num_uses=1),
            write("auth/approle/role/aws-app/secret-id-num-uses", secret_id_num_uses=1),
        ),
        (approle(secret_id_num_uses=2), approle(secret_id_num_uses=0, token_num_uses=1)),
    ),
)
UNDO = {
    ("leases_and_users_agree", 1): no_users_by_hand,
    ("nothing_left", 2): no_users_by_hand,
    ("root_key_rotated", 2): repair_root_key,
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        yield running


def refuses(check: Callable[[], Verdict], what: str) -> None:
    verdict = check()
    assert not verdict, what
    assert verdict.hint, what


@pytest.mark.parametrize("through", [None, "approle"])
def test_no_check_is_done_on_the_untouched_lab(through: str | None) -> None:
    with Lab.start(through=through, runtime="embedded", alongside=True) as untouched:
        for exercise in EXERCISES:
            refuses(getattr(untouched.check, exercise.check), exercise.check)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.check)
def test_a_check_is_done_by_the_solution_and_by_no_wrong_attempt(
    lab: Lab, exercise: Exercise
) -> None:
    check: Callable[[], Verdict] = getattr(lab.check, exercise.check)
    exercise.body(lab)
    refuses(check, "the untouched notebook")
    for number, attempt in enumerate(exercise.wrong):
        attempt(lab)
        refuses(check, f"wrong attempt {number}")
        UNDO.get((exercise.check, number), lambda _: None)(lab)

    exercise.solutions[0](lab)

    assert repr(check()) == "done"


def test_every_check_accepts_a_second_solution() -> None:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as other:
        for exercise in EXERCISES:
            exercise.body(other)
            refuses(getattr(other.check, exercise.check), exercise.check)
            exercise.solutions[1](other)
            assert repr(getattr(other.check, exercise.check)()) == "done"


def test_a_wrong_secret_after_the_solution_is_noticed(lab: Lab) -> None:
    then(repair_root_key, rotate, rotate)(lab)
    assert lab.check.root_key_rotated()

    write("aws/config/root", secret_key=WRONG_SECRET)(lab)

    assert "SignatureDoesNotMatch" in lab.check.root_key_rotated().hint
    repair_root_key(lab)


def test_a_user_without_a_lease_is_not_overlooked(lab: Lab) -> None:
    then(revoke_all, issue(5), revoke_all)(lab)
    assert lab.check.nothing_left()

    users_by_hand(lab)

    assert "0 leases and 4 users" in lab.check.nothing_left().hint
    no_users_by_hand(lab)
