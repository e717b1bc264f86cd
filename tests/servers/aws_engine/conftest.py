from __future__ import annotations

import json
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator

import hvac
import pytest

from labkit.aws.admin import AwsAdmin
from labkit.servers.aws.api.vault_root import USER_ACTIONS
from tests.servers.aws.running import REGION, running_cloud, session_of
from tests.servers.aws_engine.aws_role import ACCOUNT, ROLE_ARN
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.policies import EC2_ONLY, allowing
from tests.servers.aws_engine.static_app import delete_user
from tests.servers.plugin.conftest import Server, running_server

ENGINE = shlex.join([sys.executable, "-P", "-m", "labkit.servers.aws_engine"])


@pytest.fixture
def engine() -> EngineUnderTest:
    """Return an engine that knows no AWS."""
    return EngineUnderTest()


@pytest.fixture(scope="session")
def cloud() -> Iterator[AwsAdmin]:
    """Run an AWS with IAM enforced."""
    with running_cloud() as cloud:
        let_vault_manage_every_user(cloud)
        yield cloud


def let_vault_manage_every_user(cloud: AwsAdmin) -> None:
    """Let the operator widen vault-root's policy: these tests use names besides `vault-*`."""
    policy = allowing(*USER_ACTIONS)
    granted = {"PolicyName": "every-user", "PolicyDocument": policy}
    session_of(cloud).client("iam").put_user_policy(UserName="vault-root", **granted)


@pytest.fixture
def aws(cloud: AwsAdmin) -> Iterator[Operator]:
    """Show the AWS side without faults, as its operator sees it."""
    cloud.set_faults([])
    yield Operator(cloud)
    cloud.set_faults([])


@pytest.fixture
def root_config(aws: Operator) -> dict[str, object]:
    """Return a root config that makes an engine act as `vault-root`."""
    root = aws.cloud.identities()["vault-root"]
    return {
        "access_key": root.access_key_id,
        "secret_key": root.secret_access_key,
        "region": REGION,
        "iam_endpoint": aws.cloud.url,
        "sts_endpoint": aws.cloud.url,
        "max_retries": 0,
    }


@pytest.fixture
def mounted(engine: EngineUnderTest, root_config: dict[str, object]) -> EngineUnderTest:
    """Return an engine that acts as `vault-root`."""
    engine.write("config/root", **root_config)
    return engine


@pytest.fixture
def sts(mounted: EngineUnderTest, aws: Operator) -> Iterator[EngineUnderTest]:
    """Return an engine whose clock is AWS's, with a Vault role of each type of STS.

    There is an AWS role that may use EC2 and S3, and so may the mount's own user.
    """
    mounted.clock.now = time.time()
    both = allowing("ec2:*", "s3:*")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    statement = {**trust, "Action": "sts:AssumeRole"}
    trusted = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.iam.create_role(RoleName="vault-test", AssumeRolePolicyDocument=trusted)
    aws.iam.put_role_policy(RoleName="vault-test", PolicyName="p", PolicyDocument=both)
    aws.iam.put_user_policy(UserName="vault-root", PolicyName="hand-on", PolicyDocument=both)
    mounted.write("roles/assumed_role", credential_type="assumed_role", role_arns=ROLE_ARN)
    document = {"policy_document": EC2_ONLY}
    mounted.write("roles/federation_token", credential_type="federation_token", **document)
    mounted.write("roles/session_token", credential_type="session_token")
    yield mounted
    aws.iam.delete_user_policy(UserName="vault-root", PolicyName="hand-on")
    aws.iam.delete_role_policy(RoleName="vault-test", PolicyName="p")
    aws.iam.delete_role(RoleName="vault-test")


@pytest.fixture
def policy_arn(aws: Operator) -> Iterator[str]:
    policy = aws.iam.create_policy(PolicyName="ec2-only", PolicyDocument=EC2_ONLY)["Policy"]
    yield policy["Arn"]
    aws.iam.delete_policy(PolicyArn=policy["Arn"])


@pytest.fixture
def groups(aws: Operator, policy_arn: str) -> Iterator[list[str]]:
    """Create a group with an inline policy, and one with an attached one."""
    for name in ("inline", "attached"):
        aws.iam.create_group(GroupName=name)
    aws.iam.put_group_policy(GroupName="inline", PolicyName="ec2", PolicyDocument=EC2_ONLY)
    aws.iam.attach_group_policy(GroupName="attached", PolicyArn=policy_arn)
    yield ["inline", "attached"]
    aws.iam.detach_group_policy(GroupName="attached", PolicyArn=policy_arn)
    aws.iam.delete_group_policy(GroupName="inline", PolicyName="ec2")
    for name in ("inline", "attached"):
        aws.iam.delete_group(GroupName=name)


@pytest.fixture
def user(aws: Operator) -> Iterator[str]:
    """Return the name of an IAM user without keys."""
    aws.iam.create_user(UserName="app")
    yield "app"
    aws.cloud.set_faults([])
    delete_user(aws)


@pytest.fixture
def static(mounted: EngineUnderTest, user: str) -> EngineUnderTest:
    """Return an engine with the static role `s`."""
    mounted.write("static-roles/s", username=user, rotation_period="1d")
    return mounted


FAULTS_TRIED = pytest.StashKey[Counter[tuple[str, str]]]()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how often each operation was broken in each way without losing anything."""
    tried = config.stash.get(FAULTS_TRIED, Counter())
    if not tried:
        return
    kinds = list(dict.fromkeys(kind for _, kind in tried))
    terminalreporter.section("AWS faults tried, nothing lost")
    terminalreporter.line(f"{'':18}" + "".join(f"{kind:>15}" for kind in kinds))
    for name in dict.fromkeys(name for name, _ in tried):
        counts = "".join(f"{tried[name, kind]:>15}" for kind in kinds)
        terminalreporter.line(f"{name:18}{counts}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that knows the engine as plugin `aws`."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, {"aws": ENGINE}) as running:
        yield running


@pytest.fixture
def vault(server: Server, aws: Operator, root_config: dict[str, object]) -> Iterator[hvac.Client]:
    """Mount the engine at `aws/` with the role `test`."""
    vault, role = server.vault, {"credential_type": "iam_user", "policy_document": EC2_ONLY}
    vault.sys.enable_secrets_engine("aws", path="aws")
    try:
        vault.write_data("aws/config/root", data=root_config)
        vault.write_data("aws/roles/test", data=role)
        yield vault
    finally:
        aws.cloud.set_faults([])
        vault.sys.disable_secrets_engine("aws")
