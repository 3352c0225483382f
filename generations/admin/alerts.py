"""The attention list: what staff should look at now, most urgent first."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ..staff.alerts import ALERTS, nobody_works
from .base import GenerationModelAdmin, admin_page
from .permissions import REPAIR, SEE, needs


class AttentionPage(GenerationModelAdmin):
    @needs(SEE)
    def attention(self, request: HttpRequest) -> HttpResponse:
        found = {key: find() for key, find in ALERTS.items()}
        return admin_page(
            self,
            request,
            "generation/alerts.html",
            title=_("Attention"),
            nobody_works=nobody_works(),
            may_repair=request.user.has_perm(REPAIR),
            found=found,
            is_calm=not any(found.values()),
        )
