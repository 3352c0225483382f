"""The settings of the queue."""

import pytest

from tests.wanstudio.processes import run


@pytest.mark.parametrize(("platform", "most"), [("linux", 400_000), ("darwin", 409_600_000)])
def test_a_worker_is_replaced_at_the_same_size_on_every_system(platform, most):
    # `zoneinfo` asks for the build of the real platform.
    code = f"import sys, zoneinfo; sys.platform = {platform!r}; import wanstudio.settings as s; "
    assert run(code + "print(s.Q_CLUSTER['max_rss'])").stdout.strip() == str(most)
