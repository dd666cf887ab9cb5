import ssl

import httpx


def quote() -> str:
    authorities = len(ssl.create_default_context().get_ca_certs())
    try:
        return httpx.get("https://quotes.invalid/", timeout=2).text
    except httpx.HTTPError as error:
        return f"no quote today ({type(error).__name__}), but {'some' if authorities else 'no'} authorities are trusted"
