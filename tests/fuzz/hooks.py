"""What schemathesis cannot know from the document: how to log in, and which refusals of
well-formed requests depend on what is stored."""

import json
import os
import urllib.request

import schemathesis

# Refusals that say "not as documented". A request made as the document says must never hear them.
MALFORMED = {
    "malformed_json",
    "unsupported_media_type",
    "missing_field",
    "unknown_field",
    "invalid_field",
    "invalid_amount",
    "unsupported_currency",
    "idempotency_key_required",
    "idempotency_key_invalid",
}


def log_in(base_url):
    credentials = {
        "email": os.environ["FUZZ_EMAIL"],
        "password": os.environ["FUZZ_PASSWORD"],
    }
    request = urllib.request.Request(
        base_url.rstrip("/") + "/login",
        data=json.dumps(credentials).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access_token"]


class Session:
    def get(self, case, context):
        return log_in(case.operation.base_url)

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


# A logout ends its session: each gets one of its own, all others share one.
schemathesis.auth(refresh_interval=600).apply_to(path_regex="^(?!/logout$)")(Session)
schemathesis.auth(refresh_interval=None).apply_to(path="/logout")(Session)


def has_fraction_written(value):
    """JSON Schema calls 1.0 an integer; this API wants money written as digits."""
    if isinstance(value, dict):
        return any(has_fraction_written(member) for member in value.values())
    return isinstance(value, float)


@schemathesis.check
def documented_requests_are_understood(context, response, case):
    """In place of positive_data_acceptance, which takes each 400 and 422 for a fault: a key used
    before or one's own wallet as payee are refused with 422, and no schema can say so."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code in (400, 422) and not has_fraction_written(case.body):
        code = response.json().get("code")
        assert code not in MALFORMED, f"made as documented, refused as {code}"
