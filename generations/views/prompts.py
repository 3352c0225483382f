"""What a person asked for before, to ask for it again."""

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Generation
from ..models.search import holding
from .request import HttpRequest

SHOWN = 50  # prompts
READ = 2000  # rows: many takes of one prompt are one line


@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    """The last prompts with `q` in them; for htmx the list alone."""
    text = request.GET.get("q", "").strip()
    template = "_prompts.html" if request.htmx else "prompts.html"
    context = {"rows": recent_prompts(request.user, text), "q": text}
    return render(request, f"generations/{template}", context)


def recent_prompts(user: User, text: str) -> list[Generation]:
    """The newest row of each of this person's own last prompts that hold `text`."""
    rows = Generation.objects.owned_by(user).not_deleted().exclude(prompt="")
    rows = rows.filter(holding(text))
    newest: dict[str, Generation] = {}
    for row in rows.only("prompt")[:READ].iterator(chunk_size=SHOWN * 4):
        newest.setdefault(row.prompt, row)
        if len(newest) == SHOWN:
            break
    return list(newest.values())
