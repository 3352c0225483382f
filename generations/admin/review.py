"""Decisions: approve, reject, flag, skip, undo. One row by keyboard, or many at once."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from ..models import Event, Generation, Review, Status
from ..models.pagination import beyond, capped_count, cursor
from ..staff import review
from ..text import MAX_ADDRESS, isolate, normalize, parse_uuid
from ..wording import REJECT_REASONS
from .base import GenerationModelAdmin, admin_page, page_of, user_of
from .permissions import REVIEW, may_review, needs, reviewing_is_on

MAX_AT_ONCE = 200
REMEMBERED = 50  # decisions that a session can undo
STACK = "decided"

VERBS = {
    Review.APPROVED: gettext_lazy("Approve"),
    Review.REJECTED: gettext_lazy("Reject"),
    Review.FLAGGED: gettext_lazy("Flag"),
}
DONE = {
    Review.APPROVED: ngettext_lazy("%d video approved.", "%d videos approved."),
    Review.REJECTED: ngettext_lazy("%d video rejected.", "%d videos rejected."),
    Review.FLAGGED: ngettext_lazy("%d video flagged.", "%d videos flagged."),
}


class DecisionForm(forms.Form):
    """One decision about one or many rows. A rejection needs a preset reason or a note."""

    decision = forms.ChoiceField(choices=list(VERBS.items()))
    reason = forms.ChoiceField(required=False, choices=[("", ""), *REJECT_REASONS.items()])
    note = forms.CharField(required=False, max_length=1000)

    def clean_note(self) -> str:
        return normalize(self.cleaned_data["note"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") != Review.REJECTED:
            data["reason"] = ""
        elif not data.get("reason") and not data.get("note") and not self.errors:
            raise forms.ValidationError(_("Rejecting needs a reason. The person will read it."))
        return data


def confirmed(decision: Review) -> Any:
    """The action that shows the posters before a decision about many rows."""

    @admin.action(permissions=["review"], description=VERBS[decision])
    def ask(model_admin: Any, request: HttpRequest, rows: Any) -> HttpResponse | None:
        picked = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[:MAX_AT_ONCE]
        rows = list(rows.filter(pk__in=picked).succeeded().order_by("-created", "-id"))
        if not rows:
            said = _("Only finished videos can be reviewed.")
            model_admin.message_user(request, said, messages.WARNING)
            return None
        return admin_page(
            model_admin,
            request,
            "generation/confirm.html",
            title=VERBS[decision],
            rows=rows,
            seen=[(row.pk, review.review_version(row)) for row in rows],
            decision=decision,
            reasons=REJECT_REASONS.items() if decision == Review.REJECTED else (),
            left_out=len(picked) - len(rows),
            back=request.get_full_path(),
            filters=request.GET.urlencode(),
        )

    return ask


class ReviewPages(GenerationModelAdmin):
    """The review pages of the generation admin."""

    actions = ("approve_selected", "reject_selected", "flag_selected")

    approve_selected = confirmed(Review.APPROVED)
    reject_selected = confirmed(Review.REJECTED)
    flag_selected = confirmed(Review.FLAGGED)

    def has_review_permission(self, request: HttpRequest) -> bool:
        return may_review(request)

    def review_of(self, request: HttpRequest, row: Generation) -> dict[str, Any]:
        """The context for reviewing one row. Locks the row for this reviewer."""
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
        """Open the oldest video that waits for review and is not locked by a colleague."""
        reviewing_is_on()
        return self.open_next(request, Generation.objects.waiting_for_review(), "show=to_review")

    def open_next(self, request: HttpRequest, waiting: Any, filters: str) -> HttpResponse:
        row = waiting.not_locked_by_others(user_of(request)).order_by("created", "id").first()
        if row is None:
            self.message_user(request, self.end_of_the_list(request))
            return HttpResponseRedirect(self.sheet_with(filters))
        return HttpResponseRedirect(self.with_filters(page_of(row.pk), filters))

    def end_of_the_list(self, request: HttpRequest) -> str:
        """Why there is no next video: none waits, colleagues review them, or all were skipped."""
        waiting = Generation.objects.waiting_for_review()
        if not waiting.exists():
            return _("Nothing is left to review here.")
        free = waiting.not_locked_by_others(user_of(request))
        if not free.exists():
            return _("Colleagues are already looking at all remaining videos.")
        said = _("End of the list: %(count)s still to review.") % {"count": capped_count(free)}
        begin = reverse("admin:generations_review")
        return format_html('{} <a href="{}">{}</a>', said, begin, _("Begin again"))

    @needs(REVIEW)
    def skip(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Leave this row undecided, and open the next one."""
        reviewing_is_on()
        row = Generation.objects.filter(pk=pk).first()
        if row is None:
            return HttpResponseRedirect(self.sheet_with("show=to_review"))
        review.release_review_lock(row, user_of(request))
        return self.after(request, row)

    def after(self, request: HttpRequest, row: Generation) -> HttpResponse:
        waiting = Generation.objects.waiting_for_review()
        newer = beyond(waiting, cursor(row), oldest_first=True)
        return self.open_next(request, newer, self.filters_of(request))

    @needs(REVIEW)
    def decide(self, request: HttpRequest) -> HttpResponse:
        """Record the decision on each posted row; report rows that somebody else has decided."""
        reviewing_is_on()
        form = DecisionForm(request.POST)
        pks = [pk for text in request.POST.getlist("pk")[:MAX_AT_ONCE] if (pk := parse_uuid(text))]
        rows = Generation.objects.succeeded().in_bulk(pks)
        if not rows or not form.is_valid():
            for errors in form.errors.values():
                self.message_user(request, " ".join(map(str, errors)), messages.ERROR)
            return self.back(request, pks)
        written = self.write(request, form.cleaned_data, rows)
        if written and len(pks) == 1:
            return self.after(request, *rows.values())
        return self.back(request, pks)

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
            stack = [*request.session.get(STACK, []), [event.pk for event in written]]
            request.session[STACK] = stack[-REMEMBERED:]
            self.message_user(request, DONE[decision] % len(written), messages.SUCCESS)
        return written

    @needs(REVIEW)
    def undo(self, request: HttpRequest) -> HttpResponse:
        """Undo the last decision of this session, unless somebody has decided since."""
        reviewing_is_on()
        stack = request.session.get(STACK, [])
        if not stack:
            self.message_user(request, _("There is nothing to undo."), messages.WARNING)
            return self.back(request, [])
        *request.session[STACK], last = stack
        request.session.modified = True
        events = Event.objects.filter(pk__in=last, by=user_of(request)).select_related("generation")
        undone = [
            event
            for event in events
            if event.generation and review.undo_review(event.generation, event, by=user_of(request))
        ]
        self.say_undone(request, len(undone), len(last) - len(undone))
        return self.back(request, [event.generation_id for event in undone if event.generation_id])

    def back(self, request: HttpRequest, pks: list[UUID]) -> HttpResponse:
        """To the page of the only one, else to the list."""
        filters = self.filters_of(request)
        if len(pks) == 1:
            return HttpResponseRedirect(self.with_filters(page_of(pks[0]), filters))
        return HttpResponseRedirect(self.sheet_with(filters))

    @staticmethod
    def filters_of(request: HttpRequest) -> str:
        """The query string of the list that the reviewer came from."""
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
                request, _("Not undone: somebody else has decided since."), messages.WARNING
            )
