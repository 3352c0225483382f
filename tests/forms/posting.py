"""The form, filled in and posted."""

import io
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from generations.forms import GenerationForm
from generations.models import Generation

TEXT = "dashscope/wan2.2-t2v-plus"
IMAGE = "dashscope/wan2.2-i2v-flash"


def typed(**changes):
    """What a browser posts; None leaves a field out."""
    fields = {
        "id": str(uuid4()), "model": TEXT, "prompt": "A fox in the snow", "negative_prompt": "",
        "size": "832x480", "seed": "", "prompt_extend": "on",
    }  # fmt: skip
    return {name: value for name, value in (fields | changes).items() if value is not None}


def picture(width=640, height=360, kind="JPEG", name="fox.jpg"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind)
    return SimpleUploadedFile(name, file.getvalue())


def posted(owner, files=None, **changes):
    return GenerationForm(typed(**changes), files, user=owner)


def saved(owner, files=None, **changes):
    form = posted(owner, files, **changes)
    assert form.is_valid(), form.errors
    return form.save()


def refused(owner, field, files=None, **changes):
    """The sentence at `field`, which is the only one; nothing typed is lost, no row is made."""
    form = posted(owner, files, **changes)
    assert not form.is_valid()
    assert list(form.errors) == [field]
    assert not Generation.objects.exists()
    for name, value in typed(**changes).items():
        if name != "id" and name in form.fields and "\ud83e" not in value:
            assert form[name].value() == (True if value == "on" else value)
    str(form).encode()
    (sentence,) = form.errors[field]
    return sentence
