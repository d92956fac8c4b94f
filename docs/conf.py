"""Configuration of Sphinx; `make docs` builds with it."""

project = "radtest"
author = "the radtest authors"
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {"description": "Radiation effects testing", "page_width": "1100px"}
html_show_copyright = False
exclude_patterns = ["_build"]
