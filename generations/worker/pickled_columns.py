"""Keeps the pickled columns of django-q2's tables from being read: to read a pickle is to run it.

A queued task is a pickle too, but it is signed with `SECRET_KEY`; these columns are not signed.
"""

from typing import Any

from django.apps import apps
from picklefield import PickledObjectField  # nosec B403


def never_unpickle() -> None:
    """Make every pickled column of every model read as None, whoever reads it.

    django-q2 itself reads them in its monitor, and Django in `loaddata` (django-picklefield 3.4).
    What is written is stored as before.
    """
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, PickledObjectField):
                field.to_python = read_nothing
                field.from_db_value = read_nothing


def read_nothing(*args: Any) -> None:
    return None
