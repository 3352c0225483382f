"""The generation from which a form was filled, and the differences."""

import json
from functools import cached_property
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.models import User

from ..models import Generation, OriginKind, Status
from ..sizes import LARGER
from ..text import normalize, parse_uuid


class Origin(NamedTuple):
    """What a request is to be to `row`."""

    kind: OriginKind
    row: Generation


def settings_of(row: Generation) -> dict[str, Any]:
    """The settings of `row`, by the fields of the form that show them."""
    return {
        "model": f"{row.provider}/{row.model}",
        "prompt": row.prompt,
        "negative_prompt": row.negative_prompt,
        "resolution" if row.is_image_to_video else "size": row.size,
        "seed": row.seed,
        "prompt_extend": row.prompt_extend,
        "watermark": row.watermark,
    }


class OriginForm(forms.Form):
    """A form that may have been filled from a generation; `origin` is `<kind>:<id>`."""

    user: User

    origin = forms.CharField(required=False, widget=forms.HiddenInput)

    @cached_property
    def made_from(self) -> Origin | None:
        """The origin, if this person can still open it; a deleted one is ignored."""
        kind, _, text = str(self["origin"].value() or "").partition(":")
        pk = parse_uuid(text)
        if pk is None or kind not in OriginKind.values:
            return None
        rows = Generation.objects.readable_by(self.user).filter(status=Status.SUCCEEDED)
        row = rows.filter(pk=pk).first()
        return Origin(OriginKind(kind), row) if row else None

    @property
    def origin_values(self) -> dict[str, str | bool]:
        """The settings of the origin, by the fields that show them."""
        if self.made_from is None:
            return {}
        values = settings_of(self.made_from.row)
        return values | {"seed": "" if values["seed"] is None else str(values["seed"])}

    @property
    def origin_json(self) -> str:
        """Field -> its label and its value at the origin, for the script that compares them."""
        fields = self.origin_values.items()
        return json.dumps({name: [str(self[name].label), value] for name, value in fields})

    @property
    def differences(self) -> list[str]:
        """The labels of the fields that differ from the origin."""
        values = self.origin_values.items()
        return [str(self[name].label) for name, value in values if self._as_stored(name) != value]

    def _as_stored(self, name: str) -> str | bool:
        value = self[name].value()
        if isinstance(self.fields[name], forms.BooleanField):
            return bool(value)
        return "" if value is None else normalize(str(value))

    def origin_fields(self, size: str, is_same_picture: bool) -> dict[str, Any]:
        """What the row keeps. Another size or picture than offered makes it a remix."""
        if self.made_from is None:
            return {}
        kind, row = self.made_from
        is_larger = kind == OriginKind.LARGER and size == LARGER.get(row.size)
        goes_on = kind == OriginKind.CONTINUATION and is_same_picture
        return {"origin": row, "origin_kind": kind if is_larger or goes_on else OriginKind.REMIX}
