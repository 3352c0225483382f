"""The services of `test_services.py`: their accounts, and what leaves for each of them."""

from dataclasses import dataclass, field
from typing import Any

# Alias -> key and path. MuleRouter's clients and gateways alike put prefixes before the protocol.
ACCOUNTS = {
    "dashscope": ("sk-dashscope", "/gateway/of-somebody"),
    "dashscope-cn": ("sk-dashscope-cn", ""),
    "mulerouter": ("sk-mulerouter", ""),
    "vtrix": ("sk-vtrix", ""),
    "vtrix-plain": ("sk-vtrix-plain", ""),
    "relay": ("sk-relay", "/relay"),
}
ALIASES = {"dashscope-cn": "dashscope", "vtrix-plain": "vtrix"}
PRICES = "t2v:480P=0.10,t2v:1080P=1.00,i2v:480P=0.10,i2v:720P=0.20"
KEYS = {alias: key for alias, (key, _) in ACCOUNTS.items()}
HEADERS = {
    "host", "user-agent", "accept", "accept-encoding", "connection", "content-type",
    "content-length", "authorization",
}  # fmt: skip

T2V, I2V = "wan2.2-t2v-plus", "wan2.2-i2v-flash"
TEXTS = {"negative_prompt": "blurry"}
SWITCHED = {"prompt_extend": False, "seed": 0}
CREATE = "/api/v1/services/aigc/video-generation/video-synthesis"
MULEROUTER = "/vendors/alibaba/v1/{}/generation"


@dataclass(frozen=True, eq=False)
class Pair:
    """One interface in one mode. `body` is what leaves, for the prompt and picture given."""

    alias: str
    model: str
    path: str
    body: Any
    refuses: frozenset[str] = frozenset()
    extends: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def value(self) -> str:
        return f"{self.alias}/{self.model}"

    @property
    def is_image(self) -> bool:
        return "i2v" in self.model

    def __str__(self) -> str:
        return self.value


def vtrix_text(prompt: str, picture: str) -> dict[str, Any]:
    return {
        "input": {"prompt": prompt, **TEXTS},
        "parameters": {"size": "832*480", "duration": 5, "watermark": True, **SWITCHED},
    }


def vtrix_image(prompt: str, picture: str) -> dict[str, Any]:
    return {
        "input": {"prompt": prompt, "img_url": picture, **TEXTS},
        "parameters": {"resolution": "480P", "duration": 5, "watermark": True, **SWITCHED},
    }


def dashscope(alias: str, path: str, *, extends: bool) -> list[Pair]:
    switched = SWITCHED | {"prompt_extend": extends}
    asynchronous = {"x-dashscope-async": "enable"}
    return [
        Pair(
            alias, T2V, path + CREATE,
            lambda prompt, picture: {
                "model": T2V,
                "input": {"prompt": prompt, **TEXTS},
                "parameters": {"size": "832*480", "watermark": True, **switched},
            },
            extends=extends,
            headers=asynchronous,
        ),
        Pair(
            alias, I2V, path + CREATE,
            lambda prompt, picture: {
                "model": I2V,
                "input": {"prompt": prompt, "img_url": picture, **TEXTS},
                "parameters": {"resolution": "480P", "watermark": True, **switched},
            },
            extends=extends,
            headers=asynchronous,
        ),
    ]  # fmt: skip


PAIRS = [
    *dashscope("dashscope", "/gateway/of-somebody", extends=True),
    dashscope("dashscope-cn", "", extends=False)[0],
    Pair(
        "mulerouter", T2V, MULEROUTER.format(T2V),
        lambda prompt, picture: {
            "prompt": prompt, "size": "832*480", "duration": 5, **TEXTS, **SWITCHED,
        },
        refuses=frozenset({"watermark"}),
    ),
    Pair(
        "mulerouter", I2V, MULEROUTER.format(I2V),
        lambda prompt, picture: {
            "prompt": prompt, "image": picture, "resolution": "480P", "duration": 5, **TEXTS,
            **SWITCHED,
        },
        refuses=frozenset({"watermark"}),
    ),
    *(
        Pair(
            "vtrix", model, "/model/v1/generation",
            lambda prompt, picture, model=model, wish=wish: {
                "model": model, "input": [{"params": wish(prompt, picture)}],
            },
        )
        for model, wish in (("wan22_t2v_plus", vtrix_text), ("wan22_i2v_flash", vtrix_image))
    ),
    *(
        Pair(
            "vtrix-plain", model, "/model/v1/generation",
            lambda prompt, picture, model=model, wish=wish: {
                "model": model, **wish(prompt, picture),
            },
        )
        for model, wish in (("wan22_t2v_plus", vtrix_text), ("wan22_i2v_flash", vtrix_image))
    ),
    Pair(
        "relay", T2V, "/relay/v2/videos/generations",
        lambda prompt, picture: {
            "model": T2V, "prompt": prompt, "size": "832*480", "watermark": True, **TEXTS,
            **SWITCHED,
        },
    ),
    Pair(
        "relay", I2V, "/relay/v2/videos/generations",
        lambda prompt, picture: {
            "model": I2V, "prompt": prompt, "images": [picture], "resolution": "480P",
        },
        refuses=frozenset({"negative_prompt", "seed", "prompt_extend", "watermark"}),
    ),
]  # fmt: skip


# What the page of a video tells, where the service told it, and nowhere else.
TOLD = {
    "dashscope": {"What the model read", "In the provider's queue", "In the making"},
    "dashscope-cn": {"In the provider's queue", "In the making"},  # asked not to rewrite
    "mulerouter": {"At the provider"},
    "vtrix": {"Cost reported"},
    "vtrix-plain": {"Cost reported"},
    "relay": {"In the provider's queue", "In the making"},
}
