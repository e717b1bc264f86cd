"""Render a username_template: Go's text/template, in part."""
