"""Learners' answers to the exercises of the notebooks from 12 on; see `own_answers`."""

from tests.notebook.own_answers import Answers

LATER_ANSWERS = {
    "one_key_per_token": Answers(
        (
            "more = {'token_policies': ['aws-dynamic-read'], 'token_num_uses': 1}\n"
            "lab.root.write_data('auth/approle/role/job', data=more)",
            "more['token_num_uses'] = 3\nlab.root.write_data('auth/approle/role/job', data=more)",
        ),
        "%vault write auth/approle/role/job token_policies=aws-dynamic-read token_num_uses=2",
    ),
    "job_ended_its_key": Answers(
        (
            "other = lab.application()\nkeys, got = lab.issue(vault=other)\n"
            "lab.aws(keys).client('sts').get_caller_identity()\nlab.revoke(got)",
            "lab.issue(vault=other)\nother.auth.token.revoke_self()",
        ),
        'rules = \'path "sys/leases/revoke" { capabilities = ["update"] }\'\n'
        "lab.root.sys.create_or_update_acl_policy('ending', policy=rules)\n"
        "both = {'token_policies': ['aws-dynamic-read', 'ending']}\n"
        "lab.root.write_data('auth/approle/role/aws-app', data=both)\n"
        "other = lab.application()\nkeys, got = lab.issue(vault=other)\n"
        "lab.aws(keys).client('sts').get_caller_identity()\n"
        "other.sys.revoke_lease(got.lease_id)",
    ),
    "exec_replaced_its_key": Answers(
        (
            "folder = Path('applications')\nlab.workload({'exec': folder / 'exec.py'}, seconds=4)",
            "steps.configure_lease(lab.setting, '3s', '6s')\n"
            "lab.workload({'exec': folder / 'naive.py'}, seconds=9)",
        ),
        "import sys\nsteps.configure_lease(lab.setting, '4s', '5s')\n"
        "line = [sys.executable, str(Path(folder, 'exec.py').resolve())]\n"
        "lab.workload({'exec': line}, seconds=9)",
    ),
    "halves_refused": Answers(
        (
            "job = lab.application()\nkeys = [lab.issue(vault=job)[0] for _ in range(2)]\n"
            "for one in keys: lab.aws(one).client('sts').get_caller_identity()",
            "one, _ = lab.issue(vault=lab.application())\n"
            "wrong = Credentials(one.access_key, keys[0].secret_key)\n"
            "attempt(lab.aws(wrong).client('sts').get_caller_identity)",
        ),
        "halves = Credentials(keys[0].access_key, keys[1].secret_key)\n"
        "attempt(lab.aws(halves).client('ec2').describe_instances)",
    ),
    "long_lease_ended": Answers(
        (
            "steps.configure_lease(lab.setting, '10m', '1h')\n"
            "long, got = lab.issue(vault=lab.application())\n"
            "lab.aws(long).client('sts').get_caller_identity()\nlab.revoke(got)",
            "steps.configure_lease(lab.setting, '40s', '80s')\n"
            "lab.jobs({'tidy': python(folder / 'tidy.py')})\n"
            "steps.configure_lease(lab.setting, '10m', '1h')",
        ),
        "lab.root.write_data('aws/config/lease', data={'lease': '1h', 'lease_max': '2h'})\n"
        "job = lab.application()\nlong, got = lab.issue(vault=job)\n"
        "lab.aws(long).client('sts').get_caller_identity()\n"
        "job.auth.token.revoke_self()\nlab.wait_for_expiry(got)",
    ),
    "throttled_issue": Answers(
        ("lab.issue()", "with lab.drills.aws_throttles(times=1): pass"),
        "with lab.drills.aws_throttles('CreateUser', times=2):\n"
        "    lab.root.read('aws/creds/my-ec2-role')",
    ),
    "revoked_after_throttling": Answers(
        (
            "lab.revoke(lab.issue()[1])",
            "_, stuck = lab.issue()\n"
            "with lab.drills.aws_throttles('DeleteUser'): attempt(lab.revoke, stuck)",
        ),
        "lab.root.sys.revoke_lease(stuck.lease_id)",
    ),
    "storm_refused": Answers(
        (
            "lab.root.write_data('sys/quotas/rate-limit/storm',\n"
            "    data={'path': 'aws/creds/', 'rate': 5})",
            "lab.root.write_data('sys/quotas/rate-limit/storm', data={'path': '', 'rate': 5})",
        ),
        "from labkit import wait_until\n"
        "def limited():  # the quota of the wrong attempt refuses at first\n"
        "    data, at = {'path': 'aws', 'rate': 2}, 'sys/quotas/rate-limit/storm'\n"
        "    return attempt(lab.root.write_data, at, data=data) == 'allowed'\n"
        "wait_until(limited, expected=1, at_most=20, description='the quota')",
    ),
    "refusals_recorded": Answers(
        (
            "for _ in range(30): attempt(lab.root.read, 'aws/roles/my-ec2-role')",
            "more = {'enable_rate_limit_response_headers': True}\n"
            "lab.root.write_data('sys/quotas/config', data=more)\n"
            "for _ in range(30): attempt(lab.root.read, 'aws/roles/my-ec2-role')",
        ),
        "config = {'enable_rate_limit_audit_logging': True}\n"
        "lab.root.adapter.post('/v1/sys/quotas/config', json=config)\n"
        "lab.storm(20, clients=8)",
    ),
    "leak_traced": Answers(
        (
            "[leaked] = {one.lease_id for one in lab.lifetimes()[:1]}",
            "leaked = incident.access_key_id",
        ),
        "hashed = lab.root.sys.calculate_hash('lab', incident.access_key_id)['data']['hash']\n"
        "lines = lab.runtime.audit_log().read_text().splitlines()\n"
        '[issue] = [json.loads(one) for one in lines if f\'"access_key":"{hashed}\' in one]\n'
        "leaked = issue['response']['secret']['lease_id']",
    ),
    "thief_stopped": Answers(
        (
            "[user] = [one.user_name for one in lab.lifetimes() if one.lease_id == leaked]\n"
            "iam = lab.aws().client('iam')\n"
            "iam.delete_access_key(UserName=user, AccessKeyId=incident.access_key_id)",
            "for one in iam.list_access_keys(UserName=user)['AccessKeyMetadata']:\n"
            "    iam.delete_access_key(UserName=user, AccessKeyId=one['AccessKeyId'])",
        ),
        "lab.root.write_data(f'sys/leases/revoke-force/{leaked}')",
    ),
    "key_outlives_lease": Answers(
        (
            "lab.issue()\nsteps.configure_lease(lab.setting, '2s', '2s')\n"
            "_, got = lab.issue()\nlab.wait_for_expiry(got)",
            "before = lab.snapshot()\nsteps.configure_lease(lab.setting, '1h', '1h')\n"
            "lab.issue()\nlab.restore(before)",
        ),
        "before = lab.snapshot()\n"
        "lab.root.write_data('aws/config/lease', data={'lease': '6s', 'lease_max': '6s'})\n"
        "end = time.time() + lab.issue()[1].lease_duration + 3\n"
        "lab.restore(before)\n"
        "wait_until(lambda: time.time() > end, expected=1, at_most=20, description='the end')",
    ),
    "restore_reconciled": Answers(
        (
            "lab.root.write_data('sys/leases/tidy')",
            "steps.configure_lease(lab.setting, '1h', '1h')\nlab.issue()",
        ),
        "iam, live = lab.aws().client('iam'), set()\n"
        "for life in lab.lifetimes():\n"
        "    if lab.look(life.lease_id).lease_present: live.add(life.user_name)\n"
        "for user in [one['UserName'] for one in iam.list_users()['Users']]:\n"
        "    if 'my-ec2-role' in user and user not in live:\n"
        "        for one in iam.list_access_keys(UserName=user)['AccessKeyMetadata']:\n"
        "            iam.delete_access_key(UserName=user, AccessKeyId=one['AccessKeyId'])\n"
        "        for name in iam.list_user_policies(UserName=user)['PolicyNames']:\n"
        "            iam.delete_user_policy(UserName=user, PolicyName=name)\n"
        "        iam.delete_user(UserName=user)",
    ),
}
