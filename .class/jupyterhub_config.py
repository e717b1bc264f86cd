"""JupyterHub for a class on one machine: a container for each attendee, everything on loopback.

`make class` (hold.py) starts it and ends it. A public address and TLS belong to a reverse proxy
in front, see the instructor's page.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from class_settings import INSTRUCTOR, from_environment  # noqa: E402 - found beside this file

from labkit.runtimes.docker.owner_labels import LABEL  # noqa: E402

c = get_config()  # type: ignore[name-defined] # noqa: F821 - traitlets defines it
the = from_environment()
at = the.ports
board = f"http://{the.gateway}:{at['board']}"

# Loopback outside; the Hub and the board also listen in the class's own Docker network
c.JupyterHub.bind_url = f"http://127.0.0.1:{at['proxy']}"
c.JupyterHub.hub_bind_url = f"http://{the.gateway}:{at['hub']}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{at['proxy_api']}"
c.ConfigurableHTTPProxy.command = [the.proxy]
c.ConfigurableHTTPProxy.pid_file = f"{the.folder}/proxy.pid"
c.JupyterHub.db_url = f"sqlite:///{the.folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{the.folder}/cookie_secret"

# One password for the attendees, another for the instructor
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = the.password
c.SharedPasswordAuthenticator.admin_password = the.instructor_password
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {INSTRUCTOR}
c.Authenticator.username_pattern = "[a-z][a-z0-9-]{0,30}"

# One container each
c.JupyterHub.spawner_class = "docker"
c.JupyterHub.active_server_limit = the.most
c.DockerSpawner.image = the.image
c.DockerSpawner.pull_policy = "never"  # `make class` has built it
c.DockerSpawner.name_template = the.name + "-{username}"
c.DockerSpawner.cmd = ["python3", "/opt/labkit/.class/serve.py"]
c.DockerSpawner.remove = True
c.DockerSpawner.network_name = the.name
c.DockerSpawner.use_internal_ip = False  # published on loopback instead
c.DockerSpawner.host_ip = "127.0.0.1"
c.DockerSpawner.mem_limit = the.memory
c.DockerSpawner.cpu_limit = the.cpus
c.DockerSpawner.volumes = {the.name + "-{username}": "/home/jovyan"}
c.DockerSpawner.extra_create_kwargs = {"labels": {LABEL: the.owner}}
c.DockerSpawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 1024,
}
c.DockerSpawner.notebook_dir = "/home/jovyan"
c.DockerSpawner.default_url = "/lab/tree/notebooks"
c.DockerSpawner.http_timeout = 90
c.DockerSpawner.environment = {
    "LABKIT_RUNTIME": "embedded",
    "LABKIT_BOARD_URL": f"{board}/services/board/verdicts",
    "LABKIT_CLASS_GIT_URL": the.git_url,
    "LABKIT_CLASS_EDITION": lambda spawner: "instructor" if spawner.user.admin else "attendee",
    "LABKIT_CLASS_RESET": lambda spawner: spawner.user_options.get("reset", ""),
}

c.JupyterHub.services = [
    {
        "name": "cull",
        "command": [
            sys.executable,
            *("-m", "jupyterhub_idle_culler", f"--timeout={the.idle_seconds}"),
            f"--cull-every={max(the.idle_seconds // 4, 2)}",
        ],
    },
    {
        "name": "board",
        "url": board,
        "command": [sys.executable, str(HERE / "board.py")],
        "environment": {"LABKIT_BOARD_FILE": the.board_file},
        "oauth_no_confirm": True,
    },
]
_reach_board = "access:services!service=board"
c.JupyterHub.load_roles = [
    {
        "name": "cull",
        "services": ["cull"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
    {
        "name": "board",
        "services": ["board"],
        "scopes": ["list:users", "read:users", "read:servers", "servers", "delete:servers"],
    },
    {"name": "user", "scopes": ["self", _reach_board]},
    {"name": "server", "scopes": ["users:activity!user", "access:servers!server", _reach_board]},
]
