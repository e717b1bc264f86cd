from io import StringIO

from rich.console import Console

from labkit.display.tables import Grid

GRID = Grid("Title", ("name", "is"), (("a", "<b>"), ("[red]c", "d"), ("e", "f")))


def test_a_terminal_shows_every_cell_as_it_is() -> None:
    written = StringIO()

    Console(width=60, file=written).print(GRID)

    for word in ("Title", "name", "<b>", "[red]c"):
        assert word in written.getvalue()


def test_a_notebook_shows_every_cell_as_it_is() -> None:
    page = GRID._repr_html_()

    assert "&lt;b&gt;" in page
    assert page.count("<tr>") == 4
    assert "color" not in page


def test_a_shortened_table_says_what_it_leaves_out() -> None:
    assert GRID.shortened(2).rows == (("a", "<b>"), ("… 2 more", ""))
    assert GRID.shortened(3) is GRID
