"""The look: template tags, charts, safe Markdown, the page frame and its security headers."""
