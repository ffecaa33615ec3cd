"""Who asks: the administrator, who logs in again before a token ends."""

import os

import requests
import schemathesis


@schemathesis.auth(refresh_interval=240)
class Administrator:
    def get(self, case, context):
        credentials = {"username": "admin", "password": os.environ["CAMPUS_PASSWORD"]}
        answer = requests.post(f"{os.environ['CAMPUS_URL']}/api/login", json=credentials)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/offset+octet-stream")
def tus_bytes(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
