"""What every adapter must do, whatever it speaks. Inherit, and fill in what is asked for.

    class TestMyService(ProviderContract):
        adapter = MyService
        ...

The answers are recorded ones, in `fixtures/<folder>/`; the network is real, on loopback.
"""

from __future__ import annotations

from tests.providers.contract.create import CreateContract
from tests.providers.contract.key import KeyContract
from tests.providers.contract.outcomes import OutcomeContract
from tests.providers.contract.poll import PollContract


class ProviderContract(CreateContract, OutcomeContract, PollContract, KeyContract):
    """All parts of it; what must be declared stands in `base.Contract`."""
