"""Bodies that are no JSON, no object, too much: each its clear answer, never a 500."""

import json

import pytest

from customers.models import Customer
from tenancy.strict_json import MAX_BODY_BYTES

ROUTE = "/api/v1/customers/"


def send(
    client, body: bytes, content_type: str = "application/json", route: str = ROUTE, **headers
):
    return client.generic("POST", route, body, content_type=content_type, **headers)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "Malformed JSON"),
        (b"{'source': 1}", "Malformed JSON"),
        (b'{"source": "a",}', "Malformed JSON"),
        (b'{"source": "a"} x', "Malformed JSON"),
        (b'\xef\xbb\xbf{"source": "a"}', "Malformed JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b'{"source": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"source": "a\\u0000b"}', "NUL"),
        (b'{"source": "\\ud800"}', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'{"net": NaN}', "NaN"),
        (b'{"net": -Infinity}', "Infinity"),
        (b'{"net": 1e999}', "too large"),
        (b'{"net": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"source": "a", "source": "b"}', "twice"),
        (b"[" * 100_000, "nested"),
        (b'["' + b'\\"' * 100_000 + b"\\", "Malformed JSON"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "nested"),
    ],
)
@pytest.mark.parametrize("route", [ROUTE, f"{ROUTE}bulk/"])
def test_what_is_no_json_is_a_400_that_says_why(api, route, body, said):
    answer = send(api(), body, route=route)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:problem-type:clinic-crm:parse_error"
    [error] = answer.json()["errors"]
    assert (error["code"], error["attr"], error["pointer"]) == ("parse_error", None, None)
    assert said in error["detail"]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"12", b"null", b"true", b"[{}]"])
def test_what_is_no_object_is_a_400(api, body):
    answer = send(api(), body)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:problem-type:clinic-crm:validation_error"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "nonsense", ""],
)  # fmt: skip
def test_another_content_type_is_a_415(api, content_type):
    answer = send(api(), b'{"source": "booking"}', content_type)

    assert answer.status_code == 415
    assert answer.json()["errors"][0]["code"] == "unsupported_media_type"


def test_an_empty_body_names_what_is_missing(api):
    answer = send(api(), b"")

    assert answer.status_code == 400
    fields = {error["attr"] for error in answer.json()["errors"]}
    assert fields == {"source", "external_id"}


def test_a_body_over_the_limit_is_a_413(api):
    body = json.dumps({"source": "booking", "notes": "x" * MAX_BODY_BYTES}).encode()

    answer = send(api(), body)

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "body_too_large"


def test_a_huge_body_is_refused_by_its_announced_length_without_being_read(api):
    answer = send(api(), b"{}", CONTENT_LENGTH=str(200 * 1024 * 1024))

    assert answer.status_code == 413


def test_another_accept_is_a_406(api):
    answer = api().get(ROUTE, HTTP_ACCEPT="text/html")

    assert answer.status_code == 406


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_another_method_is_a_405(api, method):
    answer = getattr(api(), method)(ROUTE)

    assert answer.status_code == 405
    assert answer.json()["errors"][0]["code"] == "method_not_allowed"


def test_nothing_was_written(api):
    for body in (b"{", b"[]", b'{"source": "booking", "external_id": "1", "nmae": "x"}'):
        send(api(), body)

    assert not Customer.objects.exists()
