"""Why an ask is refused."""

from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "no_prompt": _("Write what the video should show."),
    "size": _("Choose one of the sizes in the list."),
    "other_size": _("This size belongs to another model."),
    "model": _("Choose one of the models in the list."),
    "nothing_set_up": _("Video creation is not set up yet. Please tell the administrator."),
    "id": _("This page was out of date, and nothing was sent. Press the button once more."),
    "no_picture": _("Choose the picture that the video begins with."),
    "two_pictures": _("Give either a picture or an address, not both."),
    "unwanted_picture": _("This model makes videos from text alone. Remove the picture."),
    "picture_gone": _("The picture is no longer here. Please choose it again."),
    "busy": _("The studio is busy. Press the button once more: it is asked for once only."),
    "not_stored": _("The picture could not be stored. Please try again later."),
}
