"""What stays the same while a process runs is rendered once, and only that."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, Engine, Template
from django.test import override_settings
from django.urls import set_script_prefix
from django.utils import translation

LOAD = "{% load i18n static studio %}"


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tags of Django that render, as they do."""
    from django.template.defaulttags import URLNode
    from django.templatetags.i18n import TranslateNode
    from django.templatetags.static import StaticNode

    names: list[str] = []
    for node in (TranslateNode, StaticNode, URLNode):

        def counted(self: Any, context: Context, render: Any = node.render) -> str:
            names.append(type(self).__name__)
            return str(render(self, context))

        monkeypatch.setattr(node, "render", counted)
    return names


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ('{% translate "Gallery" %}', "Gallery"),
        ('{% static "css/studio.css" %}', "/static/css/studio.css"),
        ('{% url "generations:gallery" %}', "/gallery/"),
    ],
)
def test_a_constant_is_rendered_once(tag: str, text: str, rendered: list[str]) -> None:
    template = Template(LOAD + tag)
    assert [template.render(Context()) for _ in range(3)] == [text] * 3
    assert len(rendered) == 1


def test_each_language_has_its_words() -> None:
    template = Template(LOAD + '{% translate "Gallery" %}')
    said = []
    for language in ("en", "zh-hans", "en", "zh-hans"):
        with translation.override(language):
            said.append(template.render(Context()))
    assert said == ["Gallery", "作品库", "Gallery", "作品库"]


def test_each_prefix_has_its_addresses() -> None:
    template = Template(LOAD + '{% url "generations:gallery" %}')
    try:
        set_script_prefix("/studio/")
        assert template.render(Context()) == "/studio/gallery/"
    finally:
        set_script_prefix("/")
    assert template.render(Context()) == "/gallery/"


@pytest.mark.parametrize(
    ("tag", "one", "other"),
    [
        ("{% translate word %}", {"word": "Gallery"}, {"word": "Trash"}),
        ('{% translate "Gallery" as word %}{{ word }}{{ n }}', {"n": 1}, {"n": 2}),
        ('{% translate "Gallery"|add:word %}', {"word": "1"}, {"word": "2"}),
        ("{% static path %}", {"path": "one.css"}, {"path": "two.css"}),
        ('{% static "one.css" as path %}{{ path }}{{ n }}', {"n": 1}, {"n": 2}),
        ("{% url name %}", {"name": "generations:gallery"}, {"name": "generations:trash"}),
        ('{% url "generations:collection" pk %}', {"pk": 1}, {"pk": 2}),
        ('{% url "generations:gallery" as path %}{{ path }}{{ n }}', {"n": 1}, {"n": 2}),
    ],
)
def test_what_depends_on_the_page_is_rendered_for_each(
    tag: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    template, plain = Template(LOAD + tag), LOAD.replace("studio", "") + tag
    for values in (one, other, one):
        assert template.render(Context(values)) == Template(plain).render(Context(values))
    assert template.render(Context(one)) != template.render(Context(other))


def test_in_development_changed_catalogs_are_read_again(rendered: list[str]) -> None:
    with override_settings(DEBUG=True):
        template = Template(LOAD + '{% translate "Gallery" %}')
    for _ in range(2):
        template.render(Context())
    assert len(rendered) == 2


def test_templates_load_these_tags_after_those_that_they_replace() -> None:
    for path in Engine.get_default().dirs[0].rglob("*.html"):
        for loaded in re.findall(r"{% load (.*?) %}", path.read_text()):
            _, _, after = loaded.partition("studio")
            assert not {"i18n", "static"} & set(after.split()), path
