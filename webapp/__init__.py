"""The web app: pages that ask the engine once and draw what comes back."""
