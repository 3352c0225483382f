"""Deciding: approve, reject, flag, skip, undo. One row with the keyboard, or many at once."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from ..models import Event, Generation, Review, Status
from ..models.pagination import capped_count, cursor, newer_than
from ..staff import review
from ..text import MAX_ADDRESS, isolate, normalize, parse_uuid
from ..wording import REJECT_REASONS
from .base import GenerationModelAdmin, page_of, user_of
from .permissions import REVIEW, may_review, needs, reviewing_is_on

MAX_AT_ONCE = 200
REMEMBERED = 50  # decisions a session can undo
STACK = "decided"

VERBS = {
    Review.APPROVED: gettext_lazy("Approve"),
    Review.REJECTED: gettext_lazy("Reject"),
    Review.FLAGGED: gettext_lazy("Flag"),
}


class DecisionForm(forms.Form):
    """One decision about one or many rows. Rejecting needs a reason, ready-made or typed."""

    decision = forms.ChoiceField(choices=list(VERBS.items()))
    reason = forms.ChoiceField(required=False)
    note = forms.CharField(required=False, max_length=1000, strip=True)

    def clean_note(self) -> str:
        return normalize(self.cleaned_data["note"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = cast(forms.ChoiceField, self.fields["reason"])
        reason.choices = [("", ""), *REJECT_REASONS.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") != Review.REJECTED:
            data["reason"] = ""
        elif not data.get("reason") and not data.get("note") and not self.errors:
            raise forms.ValidationError(_("Rejecting needs a reason. The person will read it."))
        return data


def confirm_page(model_admin: Any, request: HttpRequest, rows: Any, decision: Review) -> Any:
    """Show the posters before deciding about many."""
    picked = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[:MAX_AT_ONCE]
    rows = list(rows.filter(pk__in=picked).succeeded().order_by("-created", "-id"))
    if not rows:
        model_admin.message_user(
            request, _("Only finished videos can be reviewed."), messages.WARNING
        )
        return None
    return TemplateResponse(
        request,
        "admin/generations/generation/confirm.html",
        {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": VERBS[decision],
            "media": model_admin.media,
            "rows": rows,
            "seen": [(row.pk, review.review_version(row)) for row in rows],
            "decision": decision,
            "verb": VERBS[decision],
            "reasons": REJECT_REASONS.items() if decision == Review.REJECTED else (),
            "left_out": len(picked) - len(rows),
            "back": request.get_full_path(),
            "filters": request.GET.urlencode(),
        },
    )


class ReviewPages(GenerationModelAdmin):
    """The part of the generation admin that decides."""

    actions = ("approve_selected", "reject_selected", "flag_selected")

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("review/", guard(self.begin), name="generations_review"),
            path("decide/", guard(require_POST(self.decide)), name="generations_decide"),
            path("undo/", guard(require_POST(self.undo)), name="generations_undo"),
            path("<uuid:pk>/skip/", guard(require_POST(self.skip)), name="generations_skip"),
            *super().get_urls(),
        ]

    def has_review_permission(self, request: HttpRequest) -> bool:
        return may_review(request)

    @admin.action(permissions=["review"], description=gettext_lazy("Approve"))
    def approve_selected(self, request: HttpRequest, rows: Any) -> Any:
        return confirm_page(self, request, rows, Review.APPROVED)

    @admin.action(permissions=["review"], description=gettext_lazy("Reject"))
    def reject_selected(self, request: HttpRequest, rows: Any) -> Any:
        return confirm_page(self, request, rows, Review.REJECTED)

    @admin.action(permissions=["review"], description=gettext_lazy("Flag"))
    def flag_selected(self, request: HttpRequest, rows: Any) -> Any:
        return confirm_page(self, request, rows, Review.FLAGGED)

    def review_of(self, request: HttpRequest, row: Generation) -> dict[str, Any]:
        """What the page of one row needs for deciding. Opening it marks the row as looked at."""
        if not may_review(request) or row.status != Status.SUCCEEDED:
            return {"may_review": False}
        review.lock_for_review(row, user_of(request))
        return {
            "may_review": True,
            "reasons": list(REJECT_REASONS.items()),
            "seen": review.review_version(row),
            "colleague": review.reviewer_other_than(row, user_of(request)),
            "can_undo": bool(request.session.get(STACK)),
            "left": capped_count(Generation.objects.waiting_for_review()),
        }

    @needs(REVIEW)
    def begin(self, request: HttpRequest) -> HttpResponse:
        """Open the oldest video that waits for review and that nobody else looks at."""
        reviewing_is_on()
        return self.open_next(request, Generation.objects.waiting_for_review(), "show=to_review")

    def open_next(self, request: HttpRequest, waiting: Any, filters: str) -> HttpResponse:
        row = waiting.not_locked_by_others(user_of(request)).order_by("created", "id").first()
        if row is None:
            self.message_user(request, self.end_of_the_list(request))
            return HttpResponseRedirect(self.sheet_with(filters))
        return HttpResponseRedirect(self.with_filters(page_of(row.pk), filters))

    def end_of_the_list(self, request: HttpRequest) -> str:
        """Why there is no next video: nothing waits, or colleagues look at it, or it was passed."""
        waiting = Generation.objects.waiting_for_review()
        if not waiting.exists():
            return _("Nothing is left to review here.")
        free = waiting.not_locked_by_others(user_of(request))
        if not free.exists():
            return _("Colleagues are looking at all that is left to review.")
        said = _("End of the list: %(count)s still to review.") % {"count": capped_count(free)}
        begin = reverse("admin:generations_review")
        return format_html('{} <a href="{}">{}</a>', said, begin, _("Begin again"))

    @needs(REVIEW)
    def skip(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave this one undecided and open the next."""
        reviewing_is_on()
        row = Generation.objects.filter(pk=pk).first()
        if row is None:
            return HttpResponseRedirect(self.sheet_with("show=to_review"))
        review.release_review_lock(row, user_of(request))
        return self.after(request, row)

    def after(self, request: HttpRequest, row: Generation) -> HttpResponse:
        waiting = newer_than(Generation.objects.waiting_for_review(), cursor(row))
        return self.open_next(request, waiting, self.filters_of(request))

    @needs(REVIEW)
    def decide(self, request: HttpRequest) -> HttpResponse:
        """Write the decision on each posted row, as seen; say which ones somebody else decided."""
        reviewing_is_on()
        form = DecisionForm(request.POST)
        pks = [pk for text in request.POST.getlist("pk")[:MAX_AT_ONCE] if (pk := parse_uuid(text))]
        rows = Generation.objects.succeeded().in_bulk(pks)
        if not rows or not form.is_valid():
            self.say_errors(request, form)
            return self.back(request, pks)
        written = self.write(request, form.cleaned_data, rows)
        if len(pks) > 1:
            return HttpResponseRedirect(self.sheet_with(self.filters_of(request)))
        [row] = rows.values()
        return self.after(request, row) if written else self.back(request, pks)

    def write(
        self, request: HttpRequest, data: dict[str, Any], rows: dict[UUID, Generation]
    ) -> list[Event]:
        decision = Review(data["decision"])
        written = []
        for pk, row in rows.items():
            seen = request.POST.get(f"seen-{pk}", "")
            event = review.record_review(
                row,
                decision,
                by=user_of(request),
                seen=seen,
                reason=data["reason"],
                note=data["note"],
            )
            if event is None:
                self.say_overtaken(request, row)
            else:
                written.append(event)
        if written:
            self.remember(request, [event.pk for event in written])
            self.say_written(request, decision, len(written))
        return written

    @needs(REVIEW)
    def undo(self, request: HttpRequest) -> HttpResponse:
        """Take back this session's last decision, unless somebody has decided since."""
        reviewing_is_on()
        stack = request.session.get(STACK, [])
        if not stack:
            self.message_user(request, _("There is nothing to undo."), messages.WARNING)
            return HttpResponseRedirect(self.sheet_with(self.filters_of(request)))
        *request.session[STACK], last = stack
        request.session.modified = True
        events = Event.objects.filter(pk__in=last, by=user_of(request)).select_related("generation")
        undone = [
            event
            for event in events
            if event.generation and review.undo_review(event.generation, event, by=user_of(request))
        ]
        self.say_undone(request, len(undone), len(last) - len(undone))
        if len(undone) == 1:
            page = page_of(str(undone[0].generation_id))
            return HttpResponseRedirect(self.with_filters(page, self.filters_of(request)))
        return HttpResponseRedirect(self.sheet_with(self.filters_of(request)))

    def remember(self, request: HttpRequest, events: list[int]) -> None:
        request.session[STACK] = [*request.session.get(STACK, []), events][-REMEMBERED:]

    def back(self, request: HttpRequest, pks: list[UUID]) -> HttpResponse:
        filters = self.filters_of(request)
        if len(pks) == 1:
            return HttpResponseRedirect(self.with_filters(page_of(pks[0]), filters))
        return HttpResponseRedirect(self.sheet_with(filters))

    @staticmethod
    def filters_of(request: HttpRequest) -> str:
        """The sheet's query string that the reader came from."""
        return request.POST.get("_changelist_filters", "")

    @staticmethod
    def sheet_with(filters: str) -> str:
        url = reverse("admin:generations_generation_changelist")
        return f"{url}?{filters}" if filters else url

    @staticmethod
    def with_filters(url: str, filters: str) -> str:
        if not filters or len(filters) > MAX_ADDRESS:
            return url
        return f"{url}?{urlencode({'_changelist_filters': filters})}"

    def say_written(self, request: HttpRequest, decision: Review, count: int) -> None:
        sentences = {
            Review.APPROVED: ngettext("%d video approved.", "%d videos approved.", count),
            Review.REJECTED: ngettext("%d video rejected.", "%d videos rejected.", count),
            Review.FLAGGED: ngettext("%d video flagged.", "%d videos flagged.", count),
        }
        self.message_user(request, sentences[decision] % count, messages.SUCCESS)

    def say_overtaken(self, request: HttpRequest, row: Generation) -> None:
        row.refresh_from_db()
        sentence = _("%(who)s has decided about %(id)s in the meantime: %(review)s. Look again.")
        words = {
            "who": isolate(str(row.reviewed_by or "?")),
            "id": row.pk,
            "review": row.get_review_display(),
        }
        self.message_user(request, sentence % words, messages.WARNING)

    def say_undone(self, request: HttpRequest, undone: int, stayed: int) -> None:
        if undone:
            sentence = ngettext("%d decision undone.", "%d decisions undone.", undone) % undone
            self.message_user(request, sentence, messages.SUCCESS)
        if stayed:
            self.message_user(
                request, _("Somebody has decided since: that was not undone."), messages.WARNING
            )

    def say_errors(self, request: HttpRequest, form: DecisionForm) -> None:
        for errors in form.errors.values():
            self.message_user(request, " ".join(map(str, errors)), messages.ERROR)
