"""One table of sizes, with their tiers and ratios."""

import pytest

from generations import sizes


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        ("480P", ["832x480", "480x832", "624x624", "480P"]),
        ("720P", ["720P"]),
        ("1080P", ["1920x1080", "1080x1920", "1440x1440", "1632x1248", "1248x1632"]),
        ("1280x720", ["1280x720"]),
    ],
)
def test_a_tier_has_its_sizes(tier: str, expected: list[str]) -> None:
    assert sizes.sizes_of_tier(tier) == expected
    assert {sizes.tier_of(size) for size in expected} == {tier}


@pytest.mark.parametrize(
    ("size", "ratio"),
    [("832x480", "16:9"), ("1632x1248", "4:3"), ("1248x1632", "3:4"), ("624x624", "1:1"),
     ("1280x720", "16:9"), ("720P", "")],
)  # fmt: skip
def test_ratios_are_as_people_call_them(size: str, ratio: str) -> None:
    assert sizes.ratio_of(size) == ratio


def test_every_size_is_found_by_its_ratio_and_by_its_tier() -> None:
    by_ratio = [size for ratio in sizes.RATIOS for size in sizes.sizes_of_ratio(ratio)]
    by_tier = [size for tier in sizes.TIERS for size in sizes.sizes_of_tier(tier)]
    assert sorted(by_ratio) == sorted(sizes.TEXT_SIZES)
    assert sorted(by_tier) == sorted([*sizes.TEXT_SIZES, *sizes.IMAGE_SIZES])


def test_the_larger_size_has_the_same_ratio() -> None:
    for small, large in sizes.LARGER.items():
        assert sizes.ratio_of(small) == sizes.ratio_of(large)
        assert (sizes.tier_of(small), sizes.tier_of(large)) == ("480P", "1080P")
