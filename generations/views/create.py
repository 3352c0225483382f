"""The form, and the cards of recent generations beside it."""

from decimal import Decimal
from functools import cache
from heapq import nlargest
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import IntegerField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import check_for_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language

from ..creation.catalog import MODES
from ..creation.pricing import total
from ..creation.quotas import Allowance, QuotaExceededError, require_pace
from ..forms import GenerationForm
from ..models import OPEN, Generation
from ..models.compiled_query import CompiledQuery, Parameter
from ..models.querysets import GenerationQuerySet
from ..providers.base import IMAGE_TO_VIDEO, TEXT_TO_VIDEO
from ..staff.alerts import nobody_works
from .compression import render_page
from .filled_form import initial_form
from .form_recovery import forget_form, initial_from_post
from .live import said
from .presenters import cards_of
from .request import HttpRequest

FINISHED_ON_THE_RAIL = 5

# In both languages, whatever the language of the page is: people write prompts in either.
EXAMPLES = (
    _("A red paper kite rises over a misty river valley at dawn, slow aerial shot, soft light"),
    _("An orange cat watches the first snow through a window, close-up, warm lamp behind it"),
    _("Neon signs mirrored in a rainy night street, a cyclist passes, cinematic, slow motion"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """GET shows the form. POST creates a row: 302 to its page; for htmx its card and a fresh id.

    Of several rows it leads to the list of all that was requested.

    POST with `redraw` creates nothing: it shows the form again, for the model that `redraw` names
    or for the chosen one, with everything that was typed; with `remove_picture` without the
    picture; with `language` in that language. They are for browsers without JavaScript.
    """
    if request.method != "POST":
        return first_page(request)
    if request.POST.keys() & {"redraw", "remove_picture", "language"}:
        return redrawn(request)
    form = GenerationForm(request.POST, request.FILES, user=request.user)
    row = create_from(form)
    if row is None:
        template = "generations/_compose.html" if request.htmx else "generations/new.html"
        return render(request, template, page_context(request, form))
    if request.htmx:
        return accepted_response(request, form.rows)
    if len(form.rows) > 1:
        return redirect("generations:activity")
    return redirect("generations:detail", row.pk)


def first_page(request: HttpRequest) -> HttpResponse:
    """The page as a link opens it."""
    form = initial_form(request)
    context, template = page_context(request, form), "generations/new.html"
    # A filled form may show text from the URL or from another person.
    response = render_page(request, template, context, compress=not form.is_filled)
    forget_form(request, response)
    return response


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """The fields that depend on the model, for `model`, `size` and `resolution`.

    The browser keeps every field that people type into: it is marked `hx-preserve`.
    """
    names = ("model", "size", "resolution")
    initial = {name: request.GET[name] for name in names if name in request.GET}
    form = GenerationForm(user=request.user, initial=initial)
    context = {"form": form, "modes": modes(form), "partial": True}
    return render(request, "generations/_model_fields.html", context)


@require_POST
def prompt_list(request: HttpRequest) -> HttpResponse:
    """The list of prompts that the form would send, their problems, and the total price."""
    form = GenerationForm(request.POST, user=request.user)
    return render(request, "generations/_prompt_list.html", {"form": form})


def redrawn(request: HttpRequest) -> HttpResponse:
    """The page with everything that was typed, after one of the redraw buttons."""
    chosen = set_language(request) if "language" in request.POST else None
    if chosen and check_for_language(language := request.POST["language"]):
        translation.activate(language)
    page = render(request, "generations/new.html", page_context(request, redrawn_form(request)))
    if chosen:
        page.cookies.update(chosen.cookies)
    return page


def redrawn_form(request: HttpRequest) -> GenerationForm:
    """The form with everything that was posted, for the model in `redraw`. Without errors."""
    initial = initial_from_post(request)
    initial["model"] = request.POST.get("redraw") or initial.get("model")
    bound = GenerationForm(request.POST, request.FILES, user=request.user)
    try:
        require_pace(request.user)
    except QuotaExceededError as error:
        form = GenerationForm(user=request.user, initial=initial)
        form.refuse(str(error))
        return form
    if "remove_picture" not in request.POST:
        if bound.is_valid():
            bound.keep_image()
        initial["kept_image"] = bound.data.get("kept_image", "")
    return GenerationForm(user=request.user, initial=initial)


def create_from(form: GenerationForm) -> Generation | None:
    """The row that the form requests, or None: then the form has errors."""
    try:
        require_pace(form.user)
    except QuotaExceededError as refusal:
        form.refuse(str(refusal))
        return None
    return form.save() if form.is_valid() else None


def accepted_response(request: HttpRequest, rows: list[Generation]) -> HttpResponse:
    """New cards, and a new ID for the form, which otherwise stays the same."""
    cards = cards_of(rows, request.user, is_live=True)
    context = {"cards": cards[::-1], "first": cards[0], "fresh_id": uuid4()}
    context |= budget(request.user, total(row.price for row in rows))
    response = render(request, "generations/_accepted.html", context)
    response["HX-Reswap"] = "none"
    response["X-Accepted"] = str(rows[0].pk)
    return response


def page_context(request: HttpRequest, form: GenerationForm) -> dict[str, Any]:
    context: dict[str, Any] = {"form": form, **budget(request.user, form.total)}
    mine = Generation.objects.owned_by(request.user).order_by("-created")
    context["previous"] = mine.values_list("pk", flat=True).first()
    context["modes"] = modes(form)
    context["sandbox_only"] = set(settings.PROVIDERS) == {"sandbox"}
    if not request.htmx:
        rows = rail(request.user)
        context |= {"cards": cards_of(rows, request.user), "poll_after": said(rows)}
        context["examples"] = EXAMPLES
        context["nobody_works"] = nobody_works()
    return context


def budget(user: User, price: Decimal | None) -> dict[str, Any]:
    used = Allowance(user)
    return {"allowance": used, "is_over": used.is_exceeded_by(price)}


def modes(form: GenerationForm) -> list[dict[str, Any]]:
    """The modes that some provider offers, each with its first model."""
    first = {choice.model.mode: choice for choice in reversed(form.model_choices.values())}
    icons = {TEXT_TO_VIDEO: "text", IMAGE_TO_VIDEO: "image"}
    current = form.choice.model.mode if form.choice else ""
    return [
        {
            "name": mode,
            "label": MODES[mode],
            "icon": icon,
            "model": first[mode].value,
            "current": mode == current,
        }
        for mode, icon in icons.items()
        if mode in first
    ]


def rail(user: User) -> list[Generation]:
    """Open generations and the last five that ended, newest first."""
    newest = nlargest(50, _open_rows().tuples(user=user.pk))
    unfinished = Generation.objects.filter(pk__in=[pk for _, pk in newest]).order_by()
    # One that ends between the two queries is in both.
    rows = {row.pk: row for row in (*unfinished, *_ended_rows().rows(user=user.pk))}
    for row in rows.values():
        row.owner = user
    return sorted(rows.values(), key=lambda row: (row.created, row.pk), reverse=True)


@cache
def _open_rows() -> CompiledQuery[Generation]:
    """In no order: for one, SQLite would read every row of the person to look for more of these."""
    return CompiledQuery(_mine().open().order_by().values_list("created", "pk"))


@cache
def _ended_rows() -> CompiledQuery[Generation]:
    return CompiledQuery(_mine().exclude(status__in=OPEN)[:FINISHED_ON_THE_RAIL])


def _mine() -> GenerationQuerySet:
    return Generation.objects.filter(owner_id=Parameter("user", IntegerField())).not_trashed()
