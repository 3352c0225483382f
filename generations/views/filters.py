"""What the query string of the gallery may say, and which rows match it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..forms.fields import DateInput
from ..models import Collection
from ..models.querysets import GenerationQuerySet
from ..models.search import matching
from ..sizes import IMAGE_SIZES, RATIOS, TIERS, sizes_of_ratio, sizes_of_tier

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ANY = ("", _("All"))
DAYS = {"1": _("Last 24 hours"), "7": _("Last 7 days"), "30": _("Last 30 days")}


class DayField(forms.DateField):
    """A day of this product's life: those at the ends of the calendar have no midnight in UTC."""

    widget = DateInput
    default_validators = [
        MinValueValidator(date(2000, 1, 1)),
        MaxValueValidator(date(2999, 12, 31)),
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class Filters(forms.Form):
    """What the query string may say. A value that makes no sense filters nothing."""

    q = forms.CharField(required=False, max_length=200, label=_("Search prompts and seeds"))
    who = forms.ChoiceField(
        required=False,
        label=_("Whose"),
        choices=[ANY, ("mine", _("Mine")), ("others", _("Others'"))],
    )
    mode = forms.ChoiceField(
        required=False,
        label=_("Made from"),
        choices=[ANY, ("text", _("Text")), ("image", _("A picture"))],
    )
    ratio = forms.ChoiceField(
        required=False, label=_("Shape"), choices=[ANY, *((ratio, ratio) for ratio in RATIOS)]
    )
    tier = forms.ChoiceField(
        required=False, label=_("Quality"), choices=[ANY, *((name, name) for name in TIERS)]
    )
    days = forms.ChoiceField(required=False, label=_("When"), choices=[ANY, *DAYS.items()])
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))
    collection = forms.ChoiceField(required=False, label=_("Collection"))
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
        """The person's own ones."""
        return list(Collection.objects.filter(owner=self.user))

    def chosen(self) -> dict[str, Any]:
        """The filters that are set. The order is none."""
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


def filtered(rows: GenerationQuerySet, chosen: dict[str, Any], user: User) -> GenerationQuerySet:
    """`rows` that match every filter."""
    for name, value in chosen.items():
        rows = rows.filter(CONDITIONS[name](value, user))
    return rows


def midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


CONDITIONS: dict[str, Any] = {
    "q": lambda text, user: matching(text),
    "who": lambda who, user: Q(owner=user) if who == "mine" else ~Q(owner=user),
    "mode": lambda mode, user: (
        Q(size__in=IMAGE_SIZES) if mode == "image" else ~Q(size__in=IMAGE_SIZES)
    ),
    "ratio": lambda ratio, user: Q(size__in=sizes_of_ratio(ratio)),
    "tier": lambda name, user: Q(size__in=sizes_of_tier(name)),
    "days": lambda days, user: Q(created__gte=timezone.now() - timedelta(days=int(days))),
    "since": lambda day, user: Q(created__gte=midnight(day)),
    "until": lambda day, user: Q(created__lt=midnight(day) + timedelta(days=1)),
    "collection": lambda pk, user: Q(collections=pk, collections__owner=user),
    "favourites": lambda on, user: Q(favourite=True, owner=user),
}
