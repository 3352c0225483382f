"""What the templates need beyond Django's own tags."""

import pytest

from generations.templatetags.studio import two_lines

KITE = "A red paper kite rises over a misty river valley at dawn, slow aerial shot, soft light"
BAMBOO = "清晨的竹林里薄雾缓缓流动，阳光穿过竹叶洒下斑驳的光影，镜头沿着石板小径向前推进"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A fox in the snow", "A fox in the snow"),
        (KITE, "A red paper kite rises over a misty river valley at dawn, slow…"),
        ("x" * 70, "x" * 64 + "…"),
        (BAMBOO, BAMBOO[:32] + "…"),
        ("一只猫 " + "a" * 60, "一只猫…"),
    ],
)
def test_a_title_is_cut_between_words_and_chinese_between_characters(text, shown):
    assert two_lines(text) == shown
