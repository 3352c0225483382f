"""Collections: videos that a person keeps together under a name."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .batches import batched

MAX_NAME = 100  # characters


class CollectionQuerySet(models.QuerySet["Collection"]):
    @transaction.atomic
    def hand_over(self, to: User) -> None:
        """Give the collections to `to`; one whose name is taken is merged into that one."""
        for collection in self:
            theirs, _created = Collection.objects.get_or_create(owner=to, name=collection.name)
            theirs.put(list(collection.videos.values_list("pk", flat=True)))
            collection.delete()


class Collection(models.Model):
    """A collection of one person. It can have videos of others, as long as these are shared.

    Permission is checked for each video: a collection gives access to nothing.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections")
    name = models.CharField(_("name"), max_length=MAX_NAME)
    created = models.DateTimeField(default=timezone.now, editable=False)
    # No constraint in the database: processes of the previous release delete rows without knowing
    # collections.
    videos = models.ManyToManyField(
        "generations.Generation", related_name="collections", db_constraint=False
    )

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="one_collection_per_owner_and_name", fields=["owner", "name"]
            )
        ]

    def __str__(self) -> str:
        return self.name

    def put(self, pks: Sequence[UUID]) -> None:
        """Add these videos; those that are in the collection stay."""
        for batch in batched(pks):
            self.videos.add(*batch)  # type: ignore[arg-type]

    def take_out(self, pks: Sequence[UUID]) -> None:
        """Remove these videos from this collection only."""
        for batch in batched(pks):
            self.videos.remove(*batch)  # type: ignore[arg-type]
