"""WeChat: template messages of a service account, and mass messages of WeCom.

Service account, provider class: keyed. `client_msg_id` drops a repeated message to the same person
for ten minutes. WeCom, provider class: blind: add_msg_template takes no key, and a member of staff
confirms it in the app.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderClass,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.channels.http import HttpChannel

ENDPOINT_WECHAT = "https://api.weixin.qq.com"
ENDPOINT_WECOM = "https://qyapi.weixin.qq.com"
_TOKEN_ENDED = frozenset({40001, 40014, 42001})
_NOT_NOW = frozenset({45009, 45011, 48001, 40013, 40125, 41002, 41004, 60020, 301002, 45033})
MAX_WORDS = 200  # of one value of a template


class _WithToken(HttpChannel):
    """Both ask for an access token first, and again when it ended."""

    token_path = ""

    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str) -> None:
        super().__init__(endpoint)
        self._sender, self._credentials, self._token = sender, credentials, ""

    def token_parameters(self) -> dict[str, str]:
        raise NotImplementedError

    def _ask(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(said, ensure_ascii=False).encode()
        for is_last in (False, True):
            token = self._token or self._fetch_token()
            answer = self.call("POST", path, params={"access_token": token}, content=body)
            code = _code(answer)
            if code in _TOKEN_ENDED and not is_last:
                self._token = ""
                continue
            if code != 0:
                raise _meaning(code)
            return answer
        raise ProviderUnavailable("no token")

    def _fetch_token(self) -> str:
        """Nothing was handed over yet: whatever goes wrong here, the message was not taken."""
        try:
            answer = self.call("GET", self.token_path, params=self.token_parameters())
        except (OutcomeUnknown, MessageRefused) as error:
            raise ProviderUnavailable(f"no token: {error}") from error
        self._token = str(answer.get("access_token") or "")
        if not self._token:
            raise ProviderUnavailable(f"no token: {answer.get('errcode')}")
        return self._token


class WeChatTemplate(_WithToken):
    provider_class = ProviderClass.KEYED
    repeat_within = timedelta(minutes=9)  # promised are ten
    token_path = "/cgi-bin/token"  # noqa: S105 a path, no secret

    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str = "") -> None:
        super().__init__(sender, credentials, endpoint or ENDPOINT_WECHAT)

    def token_parameters(self) -> dict[str, str]:
        return {
            "grant_type": "client_credential",
            "appid": self._credentials["app_id"],
            "secret": self._credentials["app_secret"],
        }

    def send(self, envelope: Envelope) -> Taken:
        field = self._credentials.get("template_field") or "thing1"
        said = {
            "touser": envelope.address,
            "template_id": self._credentials["template_id"],
            "url": self._credentials.get("url", ""),
            "client_msg_id": envelope.reference,
            "data": {field: {"value": envelope.text[:MAX_WORDS]}},
        }
        answer = self._ask("/cgi-bin/message/template/send", said)
        return Taken(provider_ref=str(answer.get("msgid", ""))[:120])


class WeCom(_WithToken):
    token_path = "/cgi-bin/gettoken"  # noqa: S105 a path, no secret

    def __init__(self, sender: str, credentials: Mapping[str, str], endpoint: str = "") -> None:
        """sender: the member of staff in whose name it goes."""
        super().__init__(sender, credentials, endpoint or ENDPOINT_WECOM)

    def token_parameters(self) -> dict[str, str]:
        return {
            "corpid": self._credentials["corp_id"],
            "corpsecret": self._credentials["corp_secret"],
        }

    def send(self, envelope: Envelope) -> Taken:
        said = {
            "chat_type": "single",
            "external_userid": [envelope.address],
            "sender": self._sender,
            "text": {"content": envelope.text},
        }
        answer = self._ask("/cgi-bin/externalcontact/add_msg_template", said)
        if envelope.address in (answer.get("fail_list") or []):
            raise MessageRefused("not a contact of this member")
        return Taken(provider_ref=str(answer.get("msgid", ""))[:120])


def _code(answer: dict[str, Any]) -> int:
    code = answer.get("errcode", 0)
    if not isinstance(code, int):
        raise OutcomeUnknown("errcode is no number")
    return code


def _meaning(code: int) -> Exception:
    if code == -1:  # «system busy, try again»: it was not taken
        return TryLater("-1")
    return (ProviderUnavailable if code in _NOT_NOW | _TOKEN_ENDED else MessageRefused)(str(code))
