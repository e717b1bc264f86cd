"""Configuration of the documentation site; `make site` stages the sources and runs Sphinx."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for short_names

project = "labkit"
author = "the labkit authors"
project_copyright = author
version = release = version_of("labkit")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "short_names",
]
nitpicky = True
# Names without a page here. The site is built offline and reads no inventory of other projects.
FOREIGN = {
    "the standard library": [
        "collections.abc.Callable",
        "collections.abc.Iterator",
        "collections.abc.Mapping",
        "collections.abc.Sequence",
        "contextlib.AbstractContextManager",
        "datetime.datetime",
        "pathlib.Path",
    ],
    "matplotlib": ["Axes"],
    "hvac": ["hvac.Client"],
    "boto3": ["boto3.session.Session", "botocore.config.Config"],
}
# What the lab's own parts hand on to each other; no reader makes or gets one.
INTERNAL = [
    "Leasing",
    "Access",
    "labkit.notebook.checks.checks.Checks",
    "Tenancy",
]
# Sphinx reads a type in a docstring only up to its first comma.
CUT_OFF = ["Callable[[]", "collections.abc.Callable[[]"]
nitpick_ignore = [
    ("py:class", name) for names in (*FOREIGN.values(), INTERNAL, CUT_OFF) for name in names
]
exclude_patterns = ["pictures/*.md"]

default_role = "code"  # docstrings write `name` as Markdown does
nb_execution_mode = "off"  # the outputs as committed
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist", "attrs_block"]
myst_heading_anchors = 3

autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_use_rtype = False
# Their contents are in the docstring's `Attributes:` section as well.
autodoc_default_options = {"members": True, "show-inheritance": False}

copybutton_prompt_text = r">>> |\$ |% "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = False

html_theme = "pydata_sphinx_theme"
html_title = "labkit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
