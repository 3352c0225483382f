"""What people read about a generation, said once and translatable."""

from .durations import until_sent, usually
from .errors import AGAIN, EDIT, cause, next_step, provider_code, retry, sentence
from .key_check import KEY_SENTENCES, REGION_NAMES
from .review import REJECT_REASONS, reject_reason
from .status import Place, State, is_late, state
