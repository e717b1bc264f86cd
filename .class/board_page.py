"""The page of the board: one table, no script, nothing from another server."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from board_rows import Row

RELOAD_SECONDS = 10
STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 2em; color: #1a1a1a; background: #fff }
table { border-collapse: collapse } th, td { border: 1px solid #bbb; padding: .3em .6em }
th { text-align: left } .done { background: #d8f0dc } .tried { background: #fdf1cf }
.stuck th { background: #fbdcd9 }
"""


def page(rows: list[Row], form: str | None) -> str:
    """Return the page.

    Args:
        rows: what the reader may see.
        form: the fields that protect a form, for the instructor; None for an attendee.
    """
    columns = sorted({exercise for row in rows for exercise in row.exercises})
    heads = ["attendee", *columns, "last step", "stuck at", *(["lab"] if form else [])]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "\n".join(_row(row, columns, form) for row in rows)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The board</title>
<meta http-equiv="refresh" content="{RELOAD_SECONDS}"><style>{STYLE}</style></head>
<body><h1>The board</h1>
<table><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table></body></html>
"""


def _row(row: Row, columns: Iterable[str], form: str | None) -> str:
    cells = [_cell(row.exercises.get(exercise, "")) for exercise in columns]
    cells += [f"<td>{_ago(row.seconds)}</td>", f"<td>{_stuck(row)}</td>"]
    if form:
        cells.append(f"<td>{_reset(row.user, form)}</td>")
    kind = ' class="stuck"' if row.stuck else ""
    return f'<tr{kind}><th scope="row">{escape(row.user)}</th>{"".join(cells)}</tr>'


def _cell(state: str) -> str:
    kind = {"done": "done", "not yet": "tried"}.get(state, "")
    return f'<td class="{kind}">{state}</td>'


def _ago(seconds: float | None) -> str:
    if seconds is None:
        return "none yet"
    return f"{seconds:.0f} s ago" if seconds < 60 else f"{seconds / 60:.0f} min ago"  # noqa: PLR2004 - a minute


def _stuck(row: Row) -> str:
    return f"{escape(row.stuck)}: {escape(row.hint)}" if row.stuck else ""


def _reset(user: str, form: str) -> str:
    return (
        f'<form method="post" action="reset">{form}'
        f'<input type="hidden" name="user" value="{escape(user)}">'
        f"<button>Reset {escape(user)}</button></form>"
    )
