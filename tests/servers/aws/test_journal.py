"""The journal itself, without a server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from labkit.servers.aws.api.entry import Entry
from labkit.servers.aws.journal.journal import Journal


def seen(action: str = "CreateUser") -> Entry:
    return Entry(
        time=1795459147.5,
        duration=0.004,
        service="iam",
        action=action,
        region="eu-north-1",
        access_key_id="AKIAX",
        principal="arn:aws:iam::123456789012:user/vault-root",
        target_user="vault-a",
        target_key_id=None,
        status=200,
        error=None,
    )


def test_entries_after_a_number_are_those_not_yet_known() -> None:
    journal = Journal()
    for action in ("A", "B", "C"):
        journal.add(seen(action))

    assert [entry.action for entry in journal.after(0)] == ["A", "B", "C"]
    assert [(entry.seq, entry.action) for entry in journal.after(2)] == [(3, "C")]
    assert journal.after(3) == []
    assert journal.after(99) == []


def test_a_full_journal_drops_the_oldest_and_counts_them() -> None:
    journal = Journal(capacity=3)
    for _ in range(5):
        journal.add(seen())

    assert [entry.seq for entry in journal.after(0)] == [3, 4, 5]
    assert [entry.seq for entry in journal.after(4)] == [5]
    assert journal.dropped == 2


def test_an_entry_survives_its_json_form() -> None:
    entry = replace(seen(), seq=7)

    assert Entry.from_json(entry.to_json()) == entry


def test_threads_get_each_number_once() -> None:
    journal = Journal()

    def add_many() -> None:
        for _ in range(500):
            journal.add(seen())

    with ThreadPoolExecutor(16) as threads:
        for _ in range(16):
            threads.submit(add_many)

    assert [entry.seq for entry in journal.after(0)] == list(range(1, 8001))
    assert journal.dropped == 0
