"""A small OpenID Connect provider: it asks who one is, and signs that with a key of its own (RS256).

python tests/ui/provider.py PORT
"""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

PEOPLE = ("ada", "ben", "cy", "dee", "vic")
CLIENT, SECRET = "edgecase", "a secret of the tests"

_key = RSAKey.generate_key(2048, {"kid": "tests", "use": "sig"})
_given: dict[str, dict[str, str]] = {}


def _claims(name: str) -> dict[str, str | bool]:
    return {"sub": f"id-{name}", "email": f"{name}@example.org", "email_verified": True, "name": name.title()}


def app(issuer: str) -> Starlette:
    """The provider at an address."""

    async def configuration(_: Request) -> Response:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return JSONResponse(
            {
                "issuer": issuer,
                **{name: f"{issuer}/{place}" for name, place in places.items()},
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        links = [f'<a href="/as/{name}?{urlencode(asked)}">{name}</a>' for name in PEOPLE]
        return HTMLResponse(f"<h1>Who are you?</h1>{' '.join(links)}")

    async def chosen(request: Request) -> Response:
        asked, code = dict(request.query_params), secrets.token_urlsafe()
        _given[code] = {"name": request.path_params["name"], "nonce": asked.get("nonce", "")}
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", status_code=302)

    async def token(request: Request) -> Response:
        form = await request.form()
        given, now = _given.pop(str(form["code"])), int(time.time())
        said = {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": given["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, {**said, **_claims(given["name"])}, _key)
        return JSONResponse(
            {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 600, "id_token": signed}
        )

    async def jwks(_: Request) -> Response:
        return JSONResponse({"keys": [_key.as_dict(private=False)]})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", configuration),
            Route("/authorize", authorize),
            Route("/as/{name}", chosen),
            Route("/token", token, methods=["POST"]),
            Route("/jwks", jwks),
        ]
    )


if __name__ == "__main__":
    port = int(sys.argv[1])
    uvicorn.run(app(f"http://127.0.0.1:{port}"), host="127.0.0.1", port=port, log_level="warning")
