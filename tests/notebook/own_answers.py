"""What learners may answer to each exercise: two wrong attempts, and an own solution.

Each is code that runs in the notebook, in this order. A later attempt undoes what an earlier left.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answers:
    """Answers to one exercise.

    Args:
        wrong: the exercise is not done after any of them.
        own: the exercise is done after it, though it is not the notebook's solution.
    """

    wrong: tuple[str, str]
    own: str


ROLE = """
import json
def write_role(name, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    role = {"credential_type": "iam_user", "policy_document": document}
    lab.root.write_data(f"aws/roles/{name}", data=role)
def allow(*actions):
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
"""
REVOKE_ALL = """
lab.root.write_data("sys/leases/revoke-prefix/aws/creds/my-ec2-role", data={"sync": True})
"""
NEW_ROOT_KEY = """
old = lab.root.read("aws/config/root")["data"]["access_key"]
for one in operator.list_access_keys(UserName="vault-root")["AccessKeyMetadata"]:
    if one["AccessKeyId"] != old:
        operator.delete_access_key(UserName="vault-root", AccessKeyId=one["AccessKeyId"])
made = operator.create_access_key(UserName="vault-root")["AccessKey"]
keys = {"access_key": made["AccessKeyId"], "secret_key": made["SecretAccessKey"]}
lab.root.write_data("aws/config/root", data=keys)
"""
POLICY = """
def policy(path, *capabilities):
    rules = f'path "{path}" {{ capabilities = {json.dumps(capabilities)} }}'
    lab.root.sys.create_or_update_acl_policy("aws-revoke", policy=rules)
import json
"""

ANSWERS = {
    "revoked_at_once": Answers(
        (
            "for lease in [lab.issue()[1] for _ in range(2)]: lab.revoke(lease)",
            f"lab.issue(){REVOKE_ALL}",
        ),
        "leases = [lab.issue(vault=application)[1] for _ in range(2)]\n"
        "application.auth.token.revoke_self()\n"
        "for lease in leases: lab.wait_for_expiry(lease)",
    ),
    "key_without_role": Answers(
        ("lab.issue()", f'{REVOKE_ALL}\nvault.delete("aws/roles/my-ec2-role")'),
        f'{ROLE}\nwrite_role("own", allow("s3:*"))\nlab.issue("own")\n'
        'lab.root.delete("aws/roles/own")',
    ),
    "second_mount": Answers(
        (
            'lab.root.sys.enable_secrets_engine("kv", path="aws-kv")',
            'lab.root.sys.enable_auth_method("approle", path="aws-dev")',
        ),
        "%vault secrets enable -path=x/y aws",
    ),
    "engines_disabled": Answers(
        (
            'lab.root.sys.disable_secrets_engine("aws-kv")',
            "%vault secrets disable x/y",
        ),
        "for one in ('x/y', 'aws-dev', 'aws-from-python'): lab.root.delete(f'sys/mounts/{one}')",
    ),
    "root_key_rotated": Answers(
        (
            NEW_ROOT_KEY,
            NEW_ROOT_KEY
            + "operator.delete_access_key(UserName='vault-root', AccessKeyId=old)\n"
            + "lab.root.write_data('aws/config/root', data={'secret_key': 'mistyped'})",
        ),
        NEW_ROOT_KEY + "operator.delete_access_key(UserName='vault-root', AccessKeyId=old)",
    ),
    "wrong_secret_noticed": Answers(
        (
            "lab.root.write_data('aws/config/root', data={'region': 'eu-north-1'})",
            "right = lab.root.read('aws/config/root')['data']['access_key']\n"
            "lab.root.write_data('aws/config/root', data={'access_key': 'AKIA' + 'A' * 16})",
        ),
        "keys = {'access_key': right, 'secret_key': 'x' * 40}\n"
        "lab.root.write_data('aws/config/root', data=keys)",
    ),
    "s3_role": Answers(
        ('role("s3-reader", "ec2:*")', 'role("s3-reader", "s3:*", "ec2:Describe*")'),
        'role("s3-reader", "s3:*", "sts:*")',
    ),
    "role_deleted": Answers(
        ('vault.delete("aws/roles/from-python")', 'role("my-ec2-role", "s3:*")'),
        "%vault delete aws/roles/my-ec2-role",
    ),
    "leases_and_users_agree": Answers(
        (
            f'{ROLE}\nwrite_role("other", allow("ec2:*"))\nlab.issue("other")',
            "for n in range(4): iam.create_user(UserName=f'my-ec2-role-{n}')",
        ),
        "for n in range(4): iam.delete_user(UserName=f'my-ec2-role-{n}')\n"
        "for n in range(2): lab.root.read('aws/creds/my-ec2-role')",
    ),
    "creation_times": Answers(
        (
            "from datetime import UTC, datetime\nbegan = datetime(2020, 1, 1, tzinfo=UTC)\n"
            "users_now = [user['UserName'] for user in iam.list_users()['Users']]\n"
            "times = {name: began for name in users_now}",
            "times = {name: iam.get_user(UserName=name)['User']['CreateDate']\n"
            "         for name in users_now if 'my-ec2-role' not in name}",
        ),
        "times = {name: iam.get_user(UserName=name)['User']['CreateDate'] for name in users_now}",
    ),
    "read_only_role": Answers(
        (
            f'{ROLE}\nwrite_role("ec2-reader", allow("s3:*"))',
            'write_role("ec2-reader", allow("ec2:*"))',
        ),
        'write_role("ec2-reader", allow("ec2:Describe*", "s3:*"))',
    ),
    "misleading_probe": Answers(
        ('write_role("no-ec2", allow("ec2:*"))', 'write_role("without-ec2", allow("s3:*"))'),
        "deny = {'Effect': 'Deny', 'Action': 'ec2:*', 'Resource': '*'}\n"
        "write_role('no-ec2', allow('*'), deny)",
    ),
    "at_the_ceiling": Answers(
        (
            'lab.vault.secrets.aws.configure_lease("10s", "20s")\nlab.issue()',
            "_, lease = lab.issue()\nfor _ in range(2): lab.renew(lease, increment=3600)",
        ),
        'lab.vault.sys.tune_mount_configuration("aws", max_lease_ttl="1h")\n'
        "answer = lab.root.read('aws/creds/my-ec2-role')\n"
        "lab.root.sys.renew_lease(answer['lease_id'], increment=9 * 3600)",
    ),
    "token_ends_lease": Answers(
        (
            "other = lab.application()\n_, lease = lab.issue(vault=other)\n"
            "other.auth.token.revoke_self()\nlab.wait_for_expiry(lease)",
            "lab.root.auth.approle.create_or_update_approle('aws-app', token_ttl='1h')\n"
            "lab.issue(vault=lab.application())",
        ),
        "lab.vault.secrets.aws.configure_lease('1m', '1m')\n"
        "short = {'token_ttl': '2s', 'token_max_ttl': '2s'}\n"
        "lab.root.write_data('auth/approle/role/aws-app', data=short)\n"
        "lab.wait_for_expiry(lab.issue(vault=lab.application())[1])",
    ),
    "nothing_left": Answers(
        (
            "for lease in [lab.issue()[1] for _ in range(5)]: lab.revoke(lease)",
            f"for _ in range(2): lab.issue(){REVOKE_ALL}",
        ),
        "other = lab.application()\nleases = [lab.issue(vault=other)[1] for _ in range(5)]\n"
        "other.auth.token.revoke_self()\nfor lease in leases: lab.wait_for_expiry(lease)",
    ),
    "disabled_without_orphans": Answers(
        (f"lab.issue(){REVOKE_ALL}", 'vault.sys.disable_secrets_engine("aws")'),
        "from labkit import steps\nfor step in steps.through('role'): lab.do(step)\n"
        "lab.issue()\nlab.root.delete('sys/mounts/aws')",
    ),
    "secret_id_works_once": Answers(
        (
            "lab.root.auth.approle.create_or_update_approle('aws-app', secret_id_num_uses=2)",
            "lab.root.auth.approle.create_or_update_approle(\n"
            "    'aws-app', secret_id_num_uses=0, token_num_uses=1)",
        ),
        "lab.root.write_data('auth/approle/role/aws-app/secret-id-num-uses',\n"
        "    data={'secret_id_num_uses': 1})",
    ),
    "revoking_policy": Answers(
        (
            f"{POLICY}\npolicy('sys/leases/revoke-prefix/aws/creds/my-ec2-role', 'update')",
            "policy('sys/leases/revoke-prefix/*', 'update', 'sudo')",
        ),
        "policy('sys/leases/revoke-prefix/aws/creds/my-ec2-role*', 'sudo', 'create', 'update')",
    ),
    "short_lease": Answers(
        (
            'vault.secrets.aws.configure_lease("8s", "8s")\nlab.issue()',
            'vault.secrets.aws.configure_lease("3s", "3s")\nlab.revoke(lab.issue()[1])',
        ),
        "lab.root.write_data('aws/config/lease', data={'lease': '2s', 'lease_max': '2s'})\n"
        "keys, brief = lab.issue()\nattempt(lab.aws(keys).client('sts').get_caller_identity)\n"
        "lab.wait_for_expiry(brief)",
    ),
    "stolen_token_ended": Answers(
        (
            "lab.root.write_data('aws/config/lease', data={'lease': '1h', 'lease_max': '1h'})\n"
            "thief_token = lab.application()\n_, got = lab.issue(vault=thief_token)\n"
            "lab.revoke(got)",
            "lab.application().auth.token.revoke_self()",
        ),
        "_, got = lab.issue(vault=thief_token)\n"
        "accessor = thief_token.lookup_token()['data']['accessor']\n"
        "lab.root.auth.token.revoke_accessor(accessor)\nlab.wait_for_expiry(got)",
    ),
    "session_stopped": Answers(
        (
            "vault.sys.revoke_prefix('aws/creds/federated')",
            "iam.update_access_key(UserName='billing', AccessKeyId=kept, Status='Inactive')",
        ),
        "deny = {'Effect': 'Deny', 'Action': 'ec2:*', 'Resource': '*'}\n"
        "iam.put_user_policy(UserName='vault-root', PolicyName='stop', PolicyDocument=json.dumps(\n"
        "    {'Version': '2012-10-17', 'Statement': [deny]}))",
    ),
    "session_limited": Answers(
        (
            "vault.write_data('aws/roles/session', data={'default_sts_ttl': '20m'})",
            "vault.write_data('aws/roles/session', data={'max_sts_ttl': '30m'})",
        ),
        "%vault write aws/roles/session default_sts_ttl=15m max_sts_ttl=1200",
    ),
    "coupons_live_longer": Answers(
        (
            "script.write_text(script.read_text().replace('= 5, 20', '= 12, 20'))",
            "lab.root.write_data('sys/plugins/reload/backend', data={'plugin': 'coupons'})",
        ),
        "script.write_text(script.read_text().replace('= 12, 20', '= 15, 30'))\n"
        "lab.root.write_data('sys/plugins/reload/backend', data={'mounts': ['coupons/']})",
    ),
    "coupons_end_with_the_engine": Answers(
        (
            "lab.root.write_data('sys/leases/revoke-prefix/coupons', data={'sync': True})",
            "vault.sys.enable_secrets_engine('kv', path='x')\nvault.delete('sys/mounts/x')",
        ),
        "clerk.read('coupons/new')\nlab.root.delete('sys/mounts/coupons')",
    ),
}
