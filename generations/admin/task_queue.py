"""django-q2's own admin, made harmless.

`Schedule.func` names any importable callable, and its actions put tasks on the queue again:
either would let staff run code. So: superusers only, and only to look (1.11.1, 2026-11).
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django_q import admin as q_admin
from django_q.models import Failure, OrmQ, Schedule, Success

from .permissions import ReadOnly


class SuperusersOnly(ReadOnly):
    actions = None
    list_editable = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class ScheduleAdmin(SuperusersOnly, q_admin.ScheduleAdmin):
    pass


class SuccessAdmin(SuperusersOnly, q_admin.TaskAdmin):
    pass


class FailureAdmin(SuperusersOnly, q_admin.FailAdmin):
    pass


class WaitingAdmin(SuperusersOnly, q_admin.QueueAdmin):
    pass


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
