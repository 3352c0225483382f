"""Keys and prompts show nowhere."""

from __future__ import annotations

import pytest

from tests.providers.contract.base import CANARY, PROMPT, Contract, assert_no_key
from tests.providers.server import Server, answer


class KeyContract(Contract):
    def test_the_key_shows_nowhere_even_if_the_service_tells_it_back(
        self, server: Server, log: pytest.LogCaptureFixture
    ) -> None:
        provider = self.make(server.url)
        assert CANARY not in repr(provider) + str(provider)
        echo = {"code": CANARY, "message": f"Bearer {CANARY} is wrong", "error": CANARY}
        for status in (200, 400, 401, 404, 429, 500):
            server.script.clear()
            server.then(answer(status, echo, {"X-Request-Id": CANARY}, keep=True))
            assert_no_key(self.failure(lambda: self.submit(provider)), log)
        server.script.clear()
        server.then(answer(200, self.recorded("succeeded")["body"] | echo, keep=True))
        assert CANARY not in repr(self.poll(provider)) + log.text

    def test_no_log_line_holds_a_prompt_or_a_picture(
        self, server: Server, log: pytest.LogCaptureFixture
    ) -> None:
        server.then(self.told("created"), self.told("succeeded"))
        provider = self.make(server.url)
        self.submit(provider, self.full(self.text_model))
        self.poll(provider)
        assert "here submit" in log.text and "here poll 200" in log.text
        for secret in (PROMPT, "blurry", "Signature", CANARY):
            assert secret not in log.text
