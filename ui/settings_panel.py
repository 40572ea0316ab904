"""The Settings view: what a person may choose, and what is running.

Knows Gradio and what `Chat` offers; how models are found and loaded is the engine's.
"""

import gradio as gr

from ui.chat import Chat
from ui.desk import PLAIN, Desk
from ui.frame import render_panel_heading


def build_settings_panel(chat: Chat, desk: Desk) -> None:
    """Build the view's components in the caller's context, and wire them."""
    gr.HTML(render_panel_heading("Settings", "They hold until Footnote is ended."), **PLAIN)
