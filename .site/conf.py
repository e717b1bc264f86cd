"""Configuration of the documentation site; `make site` stages the sources and runs Sphinx."""

from importlib.metadata import version as version_of

project = "labkit"
author = "the labkit authors"
project_copyright = author
version = release = version_of("labkit")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
nitpicky = True
# Types in signatures: those of other packages have no page here (the site is built offline), and of
# labkit's own only the values that a reader meets have one.
nitpick_ignore_regex = [("py:.*", r".*")]
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
