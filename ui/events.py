"""What Gradio's requests and events say: whose session it is, and what the page's script sent."""

import gradio as gr

from ui.person import GROUPS, USER, session_name


def session_of(request: gr.Request) -> str:
    """Return the name of the session that the request belongs to, with its person and groups."""
    headers = getattr(request, "headers", None) or {}
    return session_name(
        request.session_hash or "", headers.get(USER) or "", headers.get(GROUPS) or ""
    )


def user_of(request: gr.Request) -> str:
    """Return who is signed in; empty where no password is asked for."""
    return getattr(request, "username", None) or ""


def clean(text: str) -> str:
    """Return `text` with lone surrogates, which nothing after this can encode, replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def event_text(event: gr.EventData, name: str) -> str:
    """Return a text that the page's script sent with an event; empty if it is not there."""
    data = event._data
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
