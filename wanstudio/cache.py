"""How values are kept in Redis."""

import json
from typing import Any


class JSONSerializer:
    """For `RedisCache`, in place of its pickles. A tuple comes back as a list."""

    def dumps(self, value: Any) -> bytes:
        """Raises TypeError for what is not JSON."""
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """Raises ValueError for what is not JSON."""
        return json.loads(data)
