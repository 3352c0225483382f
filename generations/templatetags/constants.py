"""Tags whose text stays the same while a process runs: words, addresses and static files.

Django takes ninety calls of functions to render each of them, and a page has a hundred. What does
not depend on the context is rendered once and remembered.
"""

from collections.abc import Callable, Hashable

from django.conf import settings
from django.template.base import FilterExpression, Node, Parser, Token, Variable
from django.template.context import Context
from django.template.defaulttags import url as do_url
from django.templatetags.i18n import do_translate
from django.templatetags.static import do_static
from django.urls import get_script_prefix
from django.utils.translation import get_language


class ConstantNode(Node):
    """What `node` renders. It is rendered once for each value of `key()`."""

    child_nodelists = ()

    def __init__(self, node: Node, key: Callable[[], Hashable]) -> None:
        self.node, self.key = node, key
        self.rendered: dict[Hashable, str] = {}

    def render(self, context: Context) -> str:
        key = self.key()
        if key not in self.rendered:
            self.rendered[key] = self.node.render(context)
        return self.rendered[key]


def translate(parser: Parser, token: Token) -> Node:
    """`{% translate "Gallery" %}`; with DEBUG as in Django, which reads changed catalogs again."""
    node = do_translate(parser, token)
    takes_more = node.asvar or node.message_context or not is_literal(node.filter_expression)
    return node if takes_more or settings.DEBUG else ConstantNode(node, get_language)


def static(parser: Parser, token: Token) -> Node:
    """`{% static "css/studio.css" %}`"""
    node = do_static(parser, token)
    takes_more = node.varname or not is_literal(node.path)
    return node if takes_more else ConstantNode(node, static_storage)


def static_storage() -> str:
    return str(settings.STORAGES["staticfiles"]["BACKEND"])


def url(parser: Parser, token: Token) -> Node:
    """`{% url "generations:gallery" %}`"""
    node = do_url(parser, token)
    takes_more = node.asvar or node.args or node.kwargs or not is_literal(node.view_name)
    return node if takes_more else ConstantNode(node, get_script_prefix)


def is_literal(expression: FilterExpression) -> bool:
    value = expression.var
    return not expression.filters and (not isinstance(value, Variable) or value.lookups is None)
