"""Renders what a scheduler needs to call `vectormill refresh`."""
