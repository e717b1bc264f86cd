"""The journal itself, without a server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from labkit.servers.aws.api.entry import Entry
from labkit.servers.aws.journal.journal import BLOCK, Journal


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


def read(journal: Journal, after: int = 0) -> list[Entry]:
    return [Entry.from_json(line) for line in journal.after(after)]


def test_entries_after_a_number_are_those_not_yet_known() -> None:
    journal = Journal()
    for action in ("A", "B", "C"):
        journal.add(seen(action))

    assert [entry.action for entry in read(journal)] == ["A", "B", "C"]
    assert [(entry.seq, entry.action) for entry in read(journal, 2)] == [(3, "C")]
    assert journal.after(3) == []
    assert journal.after(99) == []


def test_a_full_journal_drops_the_oldest_and_counts_them() -> None:
    journal = Journal(capacity=3)
    for _ in range(5):
        journal.add(seen())

    assert [entry.seq for entry in read(journal)] == [3, 4, 5]
    assert [entry.seq for entry in read(journal, 4)] == [5]
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

    assert [entry.seq for entry in read(journal)] == list(range(1, 8001))
    assert journal.dropped == 0


@pytest.mark.parametrize("capacity", [1, 255, 256, 257, 512, 700, 5000])
def test_entries_that_are_compressed_are_read_as_they_were(capacity: int) -> None:
    journal, total = Journal(capacity), 3 * BLOCK + 5
    for number in range(1, total + 1):
        journal.add(seen(f"Action{number}"))
        kept = range(max(1, number - capacity + 1), number + 1)
        assert journal.dropped == kept.start - 1
        if number % 50 == 0 or number == total:
            for after in (0, number - 300, number - 256, number - 255, number - 1, number):
                expected = [at for at in kept if at > after]
                assert [entry.seq for entry in read(journal, max(0, after))] == expected

    assert [entry.action for entry in read(journal)] == [f"Action{number}" for number in kept]


def test_an_entry_of_any_text_is_one_line() -> None:
    journal = Journal()
    for _ in range(BLOCK):
        journal.add(replace(seen("a\nb\u2028c"), target_user="\r\x85"))

    assert {entry.action for entry in read(journal)} == {"a\nb\u2028c"}
    assert len(read(journal)) == BLOCK
