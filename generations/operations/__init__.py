"""Backups, and moving a database."""
