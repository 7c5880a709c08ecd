"""Hooks of schemathesis: what it is not to send, and one more check."""
import json
import os

import schemathesis

KEY_PATHS = ("/v1/keys/{id}", "/v1/keys/{id}/rotate", "/admin/v1/keys/{id}",
             "/admin/v1/keys/{id}/rotate")


def is_of_own_key(case):
    """It would change the key that the run itself uses."""
    return case.operation.path in KEY_PATHS and case.method != "GET" and \
        str((case.path_parameters or {}).get("id")) == os.environ["OWN_KEY"]


def is_for_web_server(case):
    """The web server answers it, not the service."""
    return case.method.upper() == "TRACE" or any(
        "\0" in str(part) or ".." in str(part)
        for part in (case.path_parameters or {}).values())


def contradicts_itself(case):
    """Each parameter is right, but not beside the other."""
    query = case.query or {}
    if not isinstance(query, dict):
        return False
    if case.operation.path == "/v1/memories":
        cursor = str(query.get("cursor", ""))
        return cursor[:1] == ("d" if query.get("order") == "asc" else "u")
    return case.operation.path.endswith("/usage") and "start" in query


def metadata_is_large(case):
    """Its length in bytes is nothing that a schema can tell."""
    return isinstance(case.body, dict) and len(
        json.dumps(case.body.get("metadata"), default=str)) > 2000


def has_one_more_header(case):
    """Any request may have headers that nobody knows."""
    return any(name.lower() == "x-schemathesis-unknown-property"
               for name in case.headers or {})


def has_joined_keys(case):
    """A comma in a key is two keys in one header."""
    return any("," in str(value) for name, value in
               (case.headers or {}).items()
               if name.lower().endswith(("-key", "authorization")))


def is_sent_twice(case, seen=set()):
    """An Idempotency-Key belongs to one request."""
    keys = [(case.headers or {}).get("Idempotency-Key")]
    if isinstance(case.body, dict):
        keys.append(case.body.get("idempotency_key"))
    keys = {key for key in keys if isinstance(key, str)}
    twice = bool(keys & seen)
    seen |= keys
    return twice


@schemathesis.hook
def filter_case(_context, case):
    """Whether to send it."""
    return not (is_of_own_key(case) or is_for_web_server(case) or
                contradicts_itself(case) or metadata_is_large(case) or
                has_one_more_header(case) or has_joined_keys(case) or
                is_sent_twice(case))


@schemathesis.serializer("application/x-ndjson", "text/plain")
def lines(_context, value):
    """The body of an upload."""
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "replace") if isinstance(value, str) \
        else json.dumps(value).encode()


@schemathesis.check
def status_is_listed(_context, response, case):
    """Statuses of ours stand one by one in the description: `default` is for
    those of vendors."""
    if case.method.upper() == case.operation.method.upper() and \
            str(response.status_code) not in \
            case.operation.definition.raw["responses"]:
        raise AssertionError("status %d is not described: %s" % (
            response.status_code, response.text[:200]))
