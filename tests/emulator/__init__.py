"""Real HTTP servers on loopback that speak the four protocols, with faults on demand."""

from tests.emulator.server import Emulator
from tests.emulator.state import Settings

__all__ = ["Emulator", "Settings"]
