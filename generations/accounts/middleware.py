"""Who asks: as Django finds out, with a query whose SQL is built once."""

from functools import cache

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import middleware
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import IntegerField
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from ..models.compiled_query import CompiledQuery, Parameter


@cache
def _user() -> CompiledQuery[User]:
    return CompiledQuery(User.objects.filter(pk=Parameter("pk", IntegerField())))


class AuthenticationMiddleware(middleware.AuthenticationMiddleware):
    """Sets `request.user`."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]


def get_user(request: HttpRequest) -> User | AnonymousUser:
    """The person of a session that everything speaks for; in any other case Django decides."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = _proven(request) or auth.get_user(request)  # type: ignore[attr-defined]
    return request._cached_user  # type: ignore[attr-defined,no-any-return]


def _proven(request: HttpRequest) -> User | None:
    """None unless the session names a backend of ours and an active person, whose password is
    still that of the sign-in.
    """
    session = request.session
    pk, proof = session.get(auth.SESSION_KEY), session.get(auth.HASH_SESSION_KEY)
    if (
        not (pk and proof)
        or session.get(auth.BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS
    ):
        return None
    for user in _user().rows(pk=pk):
        if user.is_active and constant_time_compare(proof, user.get_session_auth_hash()):
            return user
    return None
