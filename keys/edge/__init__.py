"""The verifier: answers gateways whether one call may pass. Raw ASGI, without Django."""
