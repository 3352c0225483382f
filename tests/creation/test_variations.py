"""Prompts one a line, their variations, and takes of each."""

import pytest

from generations.creation.variations import prompts_of, seeds_of_takes, takes_of
from generations.providers.base import SEED_MAX


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("A fox\n\n  A wolf ", ["A fox", "A wolf"]),
        ("A {red|blue} kite", ["A red kite", "A blue kite"]),
        ("{a|b} {1|2}", ["a 1", "a 2", "b 1", "b 2"]),
        ("A {|very }big 雪", ["A big 雪", "A very big 雪"]),
        ("\u200b\n \u3000", []),
    ],
)
def test_each_line_makes_its_prompts(text, prompts):
    found = prompts_of(text, 800)
    assert (found.prompts, found.problems) == (prompts, [])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A {red kite", "Line 2 has a brace without its partner."),
        ("A red} kite", "Line 2 has a brace without its partner."),
        ("A {{a|b}|c} kite", "Line 2 has a brace without its partner."),
        ("A {red} kite", "Line 2: write a choice as {one|other}."),
        ("{|a}", "Line 2 makes a prompt without text."),
        ("{a|b}" * 40, "Line 2 makes more than 20 prompts."),
        ("x" * 11, "Line 2 is longer than the 10 characters that are sent."),
        (" A fox", "Line 2 makes the same prompt as line 1."),
        ("{b|b}", "Line 2 makes the same prompt as line 2."),
    ],
)
def test_a_bad_line_is_named_and_the_others_stay(line, problem):
    found = prompts_of(f"A fox\n{line}\nA wolf", 800 if len(line) > 11 else 10)
    assert found.problems == [problem]
    assert found.prompts[0] == "A fox" and found.prompts[-1] == "A wolf"


@pytest.mark.parametrize(
    ("seed", "seeds"),
    [
        (7, [7, 8, 9, 10]),
        (0, [0, 1, 2, 3]),
        (SEED_MAX - 1, [SEED_MAX - 1, SEED_MAX, 0, 1]),
        (None, [None, None, None, None]),
    ],
)
def test_takes_have_the_given_seed_and_the_next_ones(seed, seeds):
    assert seeds_of_takes(seed, 4) == seeds


def test_each_request_is_followed_by_its_takes():
    asks = takes_of([{"prompt": "A", "seed": 1}, {"prompt": "B", "seed": 1}], 2)
    assert [(ask["prompt"], ask["seed"]) for ask in asks] == [
        ("A", 1), ("A", 2), ("B", 1), ("B", 2),
    ]  # fmt: skip
