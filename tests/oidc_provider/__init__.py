"""A real OpenID Connect provider on loopback: django-oauth-toolkit, as a Django project of its own.

Started by `running_provider`; its people and their groups are given to it.
"""
