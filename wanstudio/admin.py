"""The site of the administration: of an address it reads only what its pages offer.

Django takes any lookup on any column of a list: `?prompt__regex=` would run a regular expression
of whoever wrote the link, and stop the process (SQLite's REGEXP is Python's `re`, 5.2).
"""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connection
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

# The lookups of Django's own filters (5.2).
LOOKUPS = ("exact", "gte", "lt", "isnull", "id__exact")
NO_VALUE = (ValidationError, ValueError, OverflowError, FieldDoesNotExist, NotRelationField)


class OfferedFilters(ChangeList):
    """Ignores parameters that no filter of the list has, and impossible values."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        given = super().get_filters_params(params)
        return {name: values for name, values in given.items() if self.is_offered(name, values)}

    def is_offered(self, name: str, values: list[str]) -> bool:
        if any("\0" in value for value in values):
            return False
        filters: list[Any] = [*self.list_filter, *getattr(self.model_admin, "linked_filters", ())]
        for each in filters:
            path = getattr(each, "parameter_name", None)  # of a filter with its own values
            if name == path:
                return True
            path = path or (each if isinstance(each, str) else each[0])
            if name == path or name in [f"{path}__{lookup}" for lookup in LOOKUPS]:
                return all(self.fits(name, value) for value in values)
        return False

    def fits(self, name: str, value: str) -> bool:
        """Whether the column that `name` leads to can hold this value."""
        if name.endswith("__isnull"):
            return value in ("True", "False")
        try:
            path = re.sub("__(exact|gte|lt)$", "", name)
            field = get_fields_from_path(self.model, path)[-1]
            field.get_db_prep_value(field.clean(value, None), connection)
        except NO_VALUE:
            return False
        return not field.is_relation  # such a filter uses the key: `groups__id__exact`


class OfferedAddresses(admin.ModelAdmin):  # type: ignore[type-arg]  # of any model
    """A mixin for all ModelAdmins, ours and those of other apps.

    A class may have `linked_filters`: fields without a filter in the list that links filter by.
    """

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        base = super().get_changelist(request, **kwargs)
        return type(base.__name__, (OfferedFilters, base), {})

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        # PostgreSQL refuses the character instead of finding nothing.
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)


class AdminSite(admin.AdminSite):
    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        base = admin_class or admin.ModelAdmin
        mixed = type(base.__name__, (OfferedAddresses, base), {"__module__": base.__module__})
        super().register(model_or_iterable, mixed, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the redirect to pages of rows: no model has one, and it fails for odd ids."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
