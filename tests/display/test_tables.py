from io import StringIO

from rich.console import Console

from labkit.display.tables import Grid, Tabular

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


class Answer(Tabular):
    @property
    def table(self) -> Grid:
        return GRID


def test_a_value_with_a_table_shows_itself_as_the_table() -> None:
    written, of_table = StringIO(), StringIO()

    Console(width=60, file=written).print(Answer())
    Console(width=60, file=of_table).print(GRID)

    assert written.getvalue() == of_table.getvalue()
    assert Answer()._repr_html_() == GRID._repr_html_()
