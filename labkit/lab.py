"""The lab facade that notebooks use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from labkit.evidence.evidence import Evidence
from labkit.experiments import Drills, Leaking, Observing, Predicting, Programs, Storming
from labkit.flow import steps
from labkit.flow.identities import Identities
from labkit.flow.names import Names
from labkit.notebook import Checks, Learning, current_lab
from labkit.parts.arguments import checked
from labkit.parts.connection import Connection, attach, start
from labkit.parts.delegation import of
from labkit.parts.gathering import Gathering
from labkit.parts.leasing import Leasing
from labkit.runtimes.endpoints import Endpoints, Runtime

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin
    from labkit.servers.aws.api.entry import Entry

NONE = type(None)


class Lab:
    """A running Vault and AWS API, with evidence of what happens in both.

    Start and stop      start, attach, do, snapshot, restore, stop
    Clients             vault, root, client, login, application, aws, aws_admin
    Leases              issue, renew, revoke
    Look and prove      look, proof, wait_for_expiry, wait_for_ttl, watch, orphans
    Evidence            evidence, gather, save, journal, lifetimes, timeline, story, population
    Experiments         predict, drills, incident, storm, outage, revocation_latencies
    Programs            workload, jobs
    Exercises           check, progress, certificate
    Permissions         who_can_do_what, explain, can
    About               endpoints, identities, names, setting, runtime, reason
    """

    def __init__(self, servers: Connection) -> None:
        self._connection = servers
        self._gathering = Gathering(servers)
        self._leasing = Leasing(servers, self._gathering)

    do = of("_connection", Connection.do)
    client = of("_connection", Connection.client)
    login = of("_connection", Connection.login)
    application = of("_connection", Connection.application)
    aws = of("_connection", Connection.aws)
    snapshot = of("_connection", Connection.snapshot)
    restore = of("_connection", Connection.restore)
    issue = of("_leasing", Leasing.issue)
    renew = of("_leasing", Leasing.renew)
    revoke = of("_leasing", Leasing.revoke)
    look = of("_leasing", Leasing.look)
    proof = of("_leasing", Leasing.proof)
    wait_for_expiry = of("_leasing", Leasing.wait_for_expiry)
    wait_for_ttl = of("_leasing", Leasing.wait_for_ttl)
    gather = of("_gathering", Gathering.gather)
    save = of("_gathering", Gathering.save)
    lifetimes = of("_gathering", Gathering.lifetimes)
    timeline = of("_gathering", Gathering.timeline)
    story = of("_gathering", Gathering.story)
    population = of("_gathering", Gathering.population)
    progress = of("_learning", Learning.progress)
    certificate = of("_learning", Learning.certificate)
    predict = of("_predicting", Predicting.predict)
    outage = of("_programs", Programs.outage)
    storm = of("_storming", Storming.storm)
    incident = of("_leaking", Leaking.incident)
    workload = of("_programs", Programs.workload)
    jobs = of("_programs", Programs.jobs)
    watch = of("_observing", Observing.watch)
    orphans = of("_observing", Observing.orphans)
    who_can_do_what = of("_observing", Observing.who_can_do_what)
    revocation_latencies = of("_observing", Observing.revocation_latencies)
    explain = of("_observing", Observing.explain)
    can = of("_observing", Observing.can)

    _observing = cached_property(lambda self: Observing(self._leasing))
    _predicting = cached_property(lambda self: Predicting(self._gathering))
    _storming = cached_property(lambda self: Storming(self._gathering))
    _leaking = cached_property(lambda self: Leaking(self._connection, self.orphans))
    _programs = cached_property(lambda self: Programs(self._gathering))
    _learning = cached_property(lambda self: Learning(self._connection))

    @cached_property
    def check(self) -> Checks:
        """The checks of the exercises."""
        return Checks(self._leasing)

    @classmethod
    @checked(
        through=(str, NONE), runtime=(str, NONE), persistent=bool, alone=bool, names=(str, NONE)
    )
    def start(
        cls,
        *,
        through: str | None = None,
        runtime: str | None = None,
        persistent: bool = False,
        alone: bool = False,
        alongside: bool = False,
        names: str | None = None,
    ) -> Self:
        """Start Vault and AWS, and replay steps of the flow.

        Args:
            through: name of the last step to replay (`flow.steps.SEQUENCE`); None replays none.
            runtime: `external`, `containers` or `embedded`; None lets the lab choose.
            persistent: keep Vault's storage, so that Vault can be stopped and started again.
            alone: use no servers that others may use too, although VAULT_ADDR names them: for
                what changes AWS under fixed names, or injects faults.
            alongside: allow a further lab in this process.
            names: on servers that others use: `namespace`, `own` or `tutorial`; None lets
                LABKIT_NAMES or Vault decide (`labkit.ownership.claim`).

        Raises:
            LabError: a lab runs already, a server did not start, or a step failed. What was
                created until then is removed.
        """
        replayed = steps.through(through) if through else ()
        if not alongside:
            current_lab.refuse_second()
        lab = cls(start(runtime, persistent=persistent, alone=alone, names=names))
        try:
            for step in replayed:
                lab.do(step)
        except BaseException:
            lab.stop()
            raise
        return lab._registered(alongside=alongside)

    @classmethod
    @checked(alongside=bool)
    def attach(cls, *, alongside: bool = False) -> Self:
        """Use the standing lab of `labkit up` as it is prepared; `stop()` leaves it standing.

        Args:
            alongside: allow a further lab in this process.

        Raises:
            LabError: no lab stands, or a lab runs in this process.
        """
        if not alongside:
            current_lab.refuse_second()
        lab = cls(attach())
        return lab._registered(alongside=alongside)

    def _registered(self, *, alongside: bool) -> Self:
        if not alongside:
            current_lab.register(self._connection)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return repr(self._connection)

    def stop(self) -> None:
        """Stop the servers, or remove what the lab created on shared servers. Idempotent.

        Raises:
            LabError: a shared server refused; the next call and `labkit sweep` try again.
        """
        for part in ("_observing", "_leaking", "_programs"):
            if part in self.__dict__:
                getattr(self, part).stop()
        current_lab.forget(self._connection)
        self._connection.stop()

    @property
    def vault(self) -> hvac.Client:
        """The administrator's client of Vault, with `aws-admin` and `lab-operator`."""
        return self._connection.running().vault

    @property
    def root(self) -> hvac.Client:
        """The client of Vault with the root token, in the lab's namespace."""
        return self._connection.running().root

    @property
    def aws_admin(self) -> AwsAdmin:
        """The admin API of AWS, for faults and propagation; LabError where AWS is not ours."""
        return self._connection.running().aws_admin

    @property
    def drills(self) -> Drills:
        """The drills. Each breaks one thing for a `with` block, and restores it."""
        return Drills(self._leasing)

    @property
    def evidence(self) -> Evidence:
        """What was done with leases, and each look at them."""
        return self._gathering.evidence

    @property
    def journal(self) -> list[Entry]:
        """Every AWS call since the lab's start, as the AWS side recorded it."""
        return self._gathering.journal()

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer."""
        return self._connection.endpoints

    @property
    def identities(self) -> Identities:
        """The operator, and the IAM user of Vault."""
        return self._connection.access.identities

    @property
    def names(self) -> Names:
        """The lab's names on Vault, of the mount, the role, the policies and the AppRole."""
        return self._connection.access.names

    @property
    def setting(self) -> steps.SetupContext:
        """What the steps of the flow work with."""
        return self._connection.setting

    @property
    def runtime(self) -> Runtime:
        """Where the servers come from."""
        return self._connection.runtime

    @property
    def reason(self) -> str:
        """Why this runtime, in words."""
        return self._connection.reason
