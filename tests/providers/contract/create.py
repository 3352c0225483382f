"""What leaves when a video is asked for."""

from __future__ import annotations

import json
import time

import pytest

from generations.providers.base import SourceImage
from generations.providers.errors import ProviderUnavailableError, RequestRejectedError
from tests.providers.contract.base import CANARY, PICTURE, Contract, value_at
from tests.providers.server import Json, Server


class CreateContract(Contract):
    def test_one_post_goes_out_and_its_id_comes_back(self, server: Server) -> None:
        server.then(self.told("created"))
        assert self.submit(self.make(server.url)) == self.remote_id
        assert [(seen.method, seen.path) for seen in server.seen] == [
            ("POST", self.paths[self.text_model])
        ]

    def test_the_key_goes_in_the_header(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url))
        assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
        assert server.seen[0].headers["content-type"] == "application/json"

    def test_each_create_has_a_connection_of_its_own(self, server: Server) -> None:
        server.then(self.told("created"))
        provider = self.make(server.url)
        self.submit(provider)
        self.submit(provider)
        assert [seen.connection for seen in server.seen] == [1, 2]

    def test_all_that_can_be_asked_for_leaves_and_nothing_else(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.full(self.text_model))
        assert server.seen[0].json == self.text_body

    def test_what_was_not_given_stays_out(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.ask(size="1920x1080", negative_prompt="  "))
        assert server.seen[0].json == self.spare_text_body

    def test_a_picture_goes_where_the_protocol_wants_it(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.full(self.image_model))
        assert server.seen[0].path == self.paths[self.image_model]
        assert server.seen[0].json == self.image_body

    def test_an_uploaded_picture_goes_as_a_data_uri(self, server: Server) -> None:
        server.then(self.told("created"))
        image = SourceImage(content=b"\x89PNG", content_type="image/png")
        self.submit(self.make(server.url), self.full(self.image_model, image=image))
        uri = "data:image/png;base64,iVBORw=="
        expected = json.loads(json.dumps(self.image_body).replace(PICTURE, uri))
        assert server.seen[0].json == expected

    def test_every_size_in_the_services_spelling(self, server: Server) -> None:
        server.then(self.told("created"))
        provider = self.make(server.url)
        for size in self.model(self.text_model).sizes:
            self.submit(provider, self.ask(size=size))
        sent = [value_at(seen.json, self.size_at) for seen in server.seen]
        assert sent == [size.replace("x", "*") for size in self.model(self.text_model).sizes]
        assert len(sent) == 8

    def test_chinese_goes_out_as_it_is(self, server: Server) -> None:
        server.then(self.told("created"))
        self.submit(self.make(server.url), self.ask(prompt="一只小猫在月光下奔跑 🐈"))
        assert "一只小猫在月光下奔跑 🐈".encode() in server.seen[0].body

    @pytest.mark.parametrize(
        "changes",
        [
            {"size": "1280x720"},
            {"size": "1920*1080"},
            {"size": "1080P"},
            {"model": "wan9.9"},
            {"prompt": " "},
            {"prompt": "a" * 801},
            {"negative_prompt": "a" * 501},
            {"prompt": "\ud800"},
            {"image": SourceImage(url=PICTURE)},
        ],
        ids=repr,
    )
    def test_what_the_model_does_not_take_is_refused_unsent(
        self, server: Server, changes: Json
    ) -> None:
        server.then(self.told("created"))
        with pytest.raises(RequestRejectedError):
            self.submit(self.make(server.url), self.ask(**changes))
        assert server.connections == 0

    def test_options_the_models_do_not_take_are_refused_not_dropped(self, server: Server) -> None:
        server.then(self.told("created"))
        asked = {
            "negative_prompt": "blurry",
            "seed": 0,
            "prompt_extend": False,
            "watermark": True,
        }
        provider = self.make(server.url)
        for model in provider.models:
            for option, value in asked.items():
                if option not in model.accepts:
                    with pytest.raises(RequestRejectedError):
                        self.submit(provider, self.ask(model.id, **{option: value}))
        with pytest.raises(RequestRejectedError):
            self.submit(provider, self.ask(self.image_model, image=None))
        assert server.connections == 0

    def test_nothing_is_sent_after_the_deadline(self, server: Server) -> None:
        server.then(self.told("created"))
        with pytest.raises(ProviderUnavailableError):
            self.make(server.url).submit(self.ask(), deadline=time.monotonic() - 0.001)
        assert server.connections == 0
