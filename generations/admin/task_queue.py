"""django-q2's own admin, read-only.

`Schedule.func` names any importable callable, and the actions enqueue tasks again: both would let
staff run code. Therefore only superusers see these pages, and nobody can change anything (1.11.1,
2026-11). Results, arguments and waiting tasks are pickles, which run code when they are read: no
page reads such a column. The log says why a task failed.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_q import admin as q_admin
from django_q.models import Failure, OrmQ, Schedule, Success

from .permissions import ReadOnly


class SuperusersOnly(ReadOnly):
    actions = None
    list_editable = ()
    unread: tuple[str, ...] = ()  # columns

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return rows.defer(*self.unread)


class ScheduleAdmin(SuperusersOnly, q_admin.ScheduleAdmin):
    pass


class DoneTask(SuperusersOnly):
    unread = ("args", "kwargs", "result")
    list_display = ("name", "group", "func", "cluster", "started", "stopped")
    fields = ("id", *list_display, "attempt_count")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields


class SuccessAdmin(DoneTask, q_admin.TaskAdmin):
    pass


class FailureAdmin(DoneTask, q_admin.FailAdmin):
    pass


class WaitingAdmin(SuperusersOnly, q_admin.QueueAdmin):
    unread = ("payload",)
    list_display = fields = ("id", "key", "lock")
    readonly_fields = fields


DJANGO_Q_ADMINS: dict[type[Model], type[admin.ModelAdmin[Any]]] = {
    Schedule: ScheduleAdmin,
    Success: SuccessAdmin,
    Failure: FailureAdmin,
    OrmQ: WaitingAdmin,
}

for model, tamed in DJANGO_Q_ADMINS.items():
    if admin.site.is_registered(model):
        admin.site.unregister(model)
        admin.site.register(model, tamed)
