"""The query string of the gallery, and the rows that match it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import IntegerField, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..forms.fields import DATE_INPUT
from ..models import Collection
from ..models.compiled_query import CompiledQuery, Parameter
from ..models.daily_totals import start_of_day
from ..models.querysets import GenerationQuerySet
from ..models.search import matching
from ..sizes import IMAGE_SIZES, RATIOS, TIERS, sizes_of_ratio, sizes_of_tier

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ANY = ("", _("All"))
DAYS = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days")}


class DayField(forms.DateField):
    """A day. Days at the ends of the calendar are refused: they have no midnight in UTC."""

    widget = DATE_INPUT
    default_validators = [
        MinValueValidator(date(2000, 1, 1)),
        MaxValueValidator(date(2999, 12, 31)),
    ]


def menu(label: StrOrPromise, **choices: StrOrPromise) -> forms.ChoiceField:
    return forms.ChoiceField(required=False, label=label, choices=[ANY, *choices.items()])


class Filters(forms.Form):
    """The parameters of the query string. Invalid values are ignored."""

    q = forms.CharField(required=False, max_length=200, label=_("Search prompts and seeds"))
    who = menu(_("Whose"), mine=_("Mine"), others=_("Others'"))
    mode = menu(_("Made from"), text=_("Text"), image=_("A picture"))
    ratio = menu(_("Shape"), **{ratio: ratio for ratio in RATIOS})
    tier = menu(_("Quality"), **{name: name for name in TIERS})
    days = menu(_("When"), **DAYS)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)
    collection = menu(_("Collection"))
    favourites = forms.BooleanField(required=False, label=_("Favourites only"))
    sort = forms.ChoiceField(
        required=False,
        label=_("Order"),
        choices=[("", _("Newest first")), ("oldest", _("Oldest first"))],
    )

    def __init__(self, query: Mapping[str, Any], user: User) -> None:
        super().__init__(query, auto_id=False)
        self.user = user
        # Asked for when the page shows them, and not for a part of it.
        self.fields["collection"].choices = self.collection_choices  # type: ignore[attr-defined]

    def collection_choices(self) -> list[tuple[str, StrOrPromise]]:
        return [ANY, *((str(one.pk), one.name) for one in self.collections)]

    @cached_property
    def collections(self) -> list[Collection]:
        """The person's own collections."""
        return _collections().rows(user=self.user.pk)

    def chosen(self) -> dict[str, Any]:
        """The filters that are set, without the order."""
        self.is_valid()
        values = self.cleaned_data.items()
        return {name: value for name, value in values if value and name in CONDITIONS}

    @property
    def oldest_first(self) -> bool:
        return self.is_valid() and self.cleaned_data["sort"] == "oldest"

    @property
    def menus(self) -> list[forms.BoundField]:
        names = ["who", "collection", "mode", "ratio", "tier", "days"]
        if settings.WANSTUDIO_SHARING == "nobody":
            names.remove("who")
        if not self.collections:
            names.remove("collection")
        return [self[name] for name in names]


@cache
def _collections() -> CompiledQuery[Collection]:
    return CompiledQuery(Collection.objects.filter(owner_id=Parameter("user", IntegerField())))


def filtered(rows: GenerationQuerySet, chosen: dict[str, Any], user: User) -> GenerationQuerySet:
    """`rows` that match all filters."""
    for name, value in chosen.items():
        rows = rows.filter(CONDITIONS[name](value, user))
    return rows


CONDITIONS: dict[str, Any] = {
    "q": lambda text, user: matching(text),
    "who": lambda who, user: Q(owner=user) if who == "mine" else ~Q(owner=user),
    "mode": lambda mode, user: (
        Q(size__in=IMAGE_SIZES) if mode == "image" else ~Q(size__in=IMAGE_SIZES)
    ),
    "ratio": lambda ratio, user: Q(size__in=sizes_of_ratio(ratio)),
    "tier": lambda name, user: Q(size__in=sizes_of_tier(name)),
    "days": lambda days, user: Q(created__gte=timezone.now() - timedelta(days=int(days))),
    "since": lambda day, user: Q(created__gte=start_of_day(day)),
    "until": lambda day, user: Q(created__lt=start_of_day(day) + timedelta(days=1)),
    "collection": lambda pk, user: Q(collections=pk, collections__owner=user),
    "favourites": lambda on, user: Q(favourite=True, owner=user),
}
