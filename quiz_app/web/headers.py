"""The security headers of every response, errors and static files included."""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
UNSAID = {None, "no-cache", "no-cache, max-age=0"}  # Flask's own words for a file sent: a browser would keep it
_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def protect(response: Response) -> Response:
    """Add what every response carries; a view may only set its own Cache-Control.

    Nothing is stored by browsers or proxies unless the view says so: phones are shared, and a page shown to one
    member must not come back with the back button for the next.
    """
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
    if response.headers.get("Cache-Control") in UNSAID:
        response.headers["Cache-Control"] = "no-store"
    return response


def init(app: Flask) -> None:
    """Protect every response of the application."""
    app.after_request(protect)
