"""The values for a cluster: fields that the chart has, and the pod that KubeSpawner makes of them.

The chart's schema cannot be installed with pip. `chart_fields.json` lists the fields that the
values use, as the schema names and types them.
"""

import asyncio
import copy
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes_asyncio.client as kubernetes
import pytest
import yaml
from kubespawner import KubeSpawner
from traitlets.config import Config

from tests.class_ import FOLDER

VALUES = yaml.safe_load((FOLDER / "values.yaml").read_text())
FIELDS = json.loads(Path(__file__).with_name("chart_fields.json").read_text())["fields"]
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    "number": (int, float),
}  # fmt: skip

NO_CLUSTER = {
    "current-context": "none",
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {}}],
}


def unknown(values: Any, path: str = "") -> Iterator[str]:
    """Name each value that is no field of the chart, or of another type."""
    for pattern, kind in FIELDS.items():
        if re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.]+"), path):
            if not isinstance(values, TYPES[kind]):
                yield f"{path} is not of type {kind}"
            return
    if not isinstance(values, dict):
        yield f"{path} is no field"
        return
    for name, value in values.items():
        yield from unknown(value, f"{path}.{name}".lstrip("."))


def spawner() -> KubeSpawner:
    """Return the spawner of one attendee, configured as the chart's hub configures it."""
    user = VALUES["singleuser"]
    made = KubeSpawner(
        _mock=True,
        config=Config(),
        image=f"{user['image']['name']}:{user['image']['tag']}",
        cmd=user["cmd"],
        default_url=user["defaultUrl"],
        uid=user["uid"],
        fs_gid=user["fsGid"],
        allow_privilege_escalation=user["allowPrivilegeEscalation"],
        mem_guarantee=user["memory"]["guarantee"],
        mem_limit=user["memory"]["limit"],
        cpu_guarantee=user["cpu"]["guarantee"],
        cpu_limit=user["cpu"]["limit"],
        environment=dict(user["extraEnv"]),
        volumes=[{"name": "home", "persistentVolumeClaim": {"claimName": "claim-ada"}}],
        volume_mounts=[{"name": "home", "mountPath": user["storage"]["homeMountPath"]}],
    )
    made.user_options = {"reset": "an-order"}
    config = Config(KubeSpawner={"environment": made.environment})
    exec(VALUES["hub"]["extraConfig"]["reset"], {"c": config})  # noqa: S102 - as the Hub does
    made.environment = config.KubeSpawner.environment
    return made


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Render the pod; KubeSpawner reads a kubeconfig first, but asks no cluster."""
    file = tmp_path_factory.mktemp("cluster") / "config"
    file.write_text(json.dumps(NO_CLUSTER))

    async def render() -> Any:
        manifest = await spawner().get_pod_manifest()
        async with kubernetes.ApiClient() as api:
            return api.sanitize_for_serialization(manifest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(file)
        )
        return dict(asyncio.run(render()))


def test_each_value_is_a_field_of_the_chart() -> None:
    assert list(unknown(VALUES)) == []


def test_an_unknown_or_mistyped_value_is_found() -> None:
    assert list(unknown({"singleuser": {"memories": {"limit": "1G"}}}))
    assert list(unknown({"cull": {"timeout": "an hour"}}))


def test_kubernetes_model_accepts_the_pod_and_keeps_all_of_it(pod: dict[str, Any]) -> None:
    async def read_back() -> tuple[Any, Any]:
        async with kubernetes.ApiClient() as api:
            read = api.deserialize(SimpleNamespace(data=json.dumps(pod)), "V1Pod")
            return read, api.sanitize_for_serialization(read)

    read, written = asyncio.run(read_back())

    expected = copy.deepcopy(pod)
    for amounts in expected["spec"]["containers"][0]["resources"].values():
        amounts.update({name: str(amount) for name, amount in amounts.items()})  # quantities
    assert isinstance(read, kubernetes.V1Pod)
    assert written == expected


def test_the_pod_is_the_container_of_a_class(pod: dict[str, Any]) -> None:
    (container,) = pod["spec"]["containers"]
    user = VALUES["singleuser"]
    env = {one["name"]: one.get("value") for one in container["env"]}

    assert container["image"] == "labkit-class:latest"
    assert container["args"][:2] == user["cmd"]
    assert container["resources"]["limits"] == {"memory": 2**30, "cpu": 1.0}
    assert container["resources"]["requests"] == {"memory": 2**29, "cpu": 0.25}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["runAsUser"] == 1000
    assert env["LABKIT_RUNTIME"] == "embedded"
    assert env["LABKIT_CLASS_RESET"] == "an-order"
    assert env["LABKIT_BOARD_URL"].endswith("/services/board/verdicts")
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert mounts == ["/home/jovyan"]
    assert not any("/opt/labkit/notebooks".startswith(mount) for mount in mounts)


def test_the_board_has_the_scopes_of_a_class_on_one_machine() -> None:
    text = (FOLDER / "jupyterhub_config.py").read_text()

    for scope in VALUES["hub"]["loadRoles"]["board"]["scopes"]:
        assert f'"{scope}"' in text
    mounted = {Path(one["mountPath"]).name for one in VALUES["hub"]["extraFiles"].values()}
    assert mounted == {"board.py", "board_page.py", "board_rows.py"}
    sources = (FOLDER / name for name in mounted)
    imported = {
        found
        for file in sources
        for found in re.findall(r"^(?:import|from) (\w+)", file.read_text(), re.M)
    }
    own = {f"{name}.py" for name in imported if (FOLDER / f"{name}.py").exists()}
    assert own <= mounted
    assert imported - {Path(name).stem for name in own} <= {
        "__future__", "jupyterhub", "tornado", *sys.stdlib_module_names,
    }  # fmt: skip
