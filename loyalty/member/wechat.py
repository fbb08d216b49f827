"""Signing in with WeChat (网页授权): a page of theirs, a code, and an openid from their server.

Off without credentials. https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/
Wechat_webpage_authorization.html
"""

import json
from urllib.parse import urlencode

import httpcore
from django.conf import settings

from tenancy.exceptions import DomainError

AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
SECONDS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
LONGEST_ANSWER = 16_384


class WeChatUnavailable(DomainError):
    code = "wechat_unavailable"


def is_on() -> bool:
    return bool(settings.WECHAT_APP_ID and settings.WECHAT_APP_SECRET)


def authorize_url(*, back: str, state: str) -> str:
    """Where the member agrees. snsapi_base: the openid alone, no profile is asked for."""
    asked = {
        "appid": settings.WECHAT_APP_ID,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return f"{AUTHORIZE}?{urlencode(asked)}#wechat_redirect"


def openid_of(code: str) -> str:
    """Whom this code stands for. Raises WeChatUnavailable for any other answer."""
    asked = {
        "appid": settings.WECHAT_APP_ID,
        "secret": settings.WECHAT_APP_SECRET,
        "code": code,
        "grant_type": "authorization_code",
    }
    url = f"{settings.WECHAT_API_URL}/sns/oauth2/access_token?{urlencode(asked)}"
    try:
        with httpcore.ConnectionPool() as pool:
            answer = pool.request("GET", url, extensions={"timeout": SECONDS})
        told = json.loads(answer.content[:LONGEST_ANSWER])
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ValueError):
        raise WeChatUnavailable("WeChat did not answer.") from None
    openid = told.get("openid") if isinstance(told, dict) else None
    if not openid or not isinstance(openid, str):
        raise WeChatUnavailable("WeChat knows no such code.")
    return openid
